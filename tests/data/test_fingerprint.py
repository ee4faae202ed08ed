"""A table's file is known again by its content."""

from hashlib import sha256

from chainrule.data.fingerprint import fingerprint


def test_a_file_is_known_by_its_bytes(tmp_path):
    file = tmp_path / "x.csv"
    file.write_bytes(b"a\n1\n")
    assert fingerprint(file) == fingerprint(str(file)) == sha256(b"a\n1\n").hexdigest()
    assert fingerprint(f"{file}::table") == fingerprint(file)


def test_what_cannot_be_looked_at_twice_has_none(tmp_path):
    assert [fingerprint(source) for source in ("-", {"a": [1]}, tmp_path / "none.csv", tmp_path)] == [None] * 4
