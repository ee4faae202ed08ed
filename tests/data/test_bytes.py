import pytest

from chainrule.data.bytes import to_utf8
from chainrule.errors import DataError

TEXT = "größe,naïve\n1,é\n"


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_every_encoding_becomes_utf8(codec, encoding):
    text = to_utf8(TEXT.encode(codec), "a.csv")
    assert text.data.decode() == TEXT
    assert text.encoding == encoding


def test_the_euro_sign_of_windows_is_read():
    assert to_utf8("preis €\n".encode("cp1252"), "a.csv").data.decode() == "preis €\n"


def test_a_byte_that_windows_leaves_undefined_is_latin_1():
    assert to_utf8(b"a\x81\xe9\n", "a.csv").encoding == "Latin-1"


def test_damaged_utf8_is_refused_with_its_line():
    data = b"a,b\n" + "é,ö\n".encode() * 5 + b"\xff,1\n"
    with pytest.raises(DataError) as caught:
        to_utf8(data, "a.csv")
    assert str(caught.value) == (
        "a.csv, line 7: the byte 0xff is not UTF-8, though the file is. "
        "Mend that line, or save the file as UTF-8 again."
    )
    assert caught.value.file == "a.csv"


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"a,b\n1,\x002\n", b"\x01\x02\x03a" * 50, b"\xff\xfea"])
def test_junk_is_refused(data):
    with pytest.raises(DataError) as caught:
        to_utf8(data, "a.csv")
    assert str(caught.value) == (
        "a.csv is not text: it holds bytes that no text has. Give a table: CSV, TSV or other delimited text, "
        "Excel (.xlsx), Parquet, JSON lines or SQLite."
    )


def test_a_binary_file_under_a_wrong_name_is_named():
    with pytest.raises(DataError) as caught:
        to_utf8(b"PAR1\x15\x04", "a.csv")
    assert str(caught.value) == (
        "a.csv is a Parquet file, not delimited text, whatever it is called. Give the file its own ending, "
        "or save the table as CSV, Excel (.xlsx), Parquet or JSON lines."
    )
