"""The table that a run was trained on is found again, and it is noticed when it has changed."""

from types import SimpleNamespace

import pytest

from chainrule.cli.tables import load_table_run, trained_on
from chainrule.data.fingerprint import fingerprint
from chainrule.errors import FileError, InputError


def of(source, **reading):
    return SimpleNamespace(facts={"source": source, "reading": reading})


def test_a_table_that_is_as_it_was_and_one_that_has_changed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"abc")
    run = of(str(path), sha256=fingerprint(str(path)), sheet="May")
    assert trained_on(run, tmp_path) == (str(path), "May", ())
    path.write_bytes(b"abd")
    assert trained_on(run, tmp_path)[2] == (
        f"{path} has changed since the run was trained; the row is the one that stands there now.",
    )
    assert trained_on(of(str(path)), tmp_path)[2] == ()


@pytest.mark.parametrize("source", ["standard input", "a table in memory"])
def test_what_was_no_file_cannot_be_read_again(tmp_path, source):
    with pytest.raises(InputError) as caught:
        trained_on(of(source), tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} was trained on {source}, which cannot be read again. Give a table with the row: --data FILE; or "
        "leave --row out to see the run's own example."
    )


def test_a_table_that_is_gone(tmp_path):
    with pytest.raises(FileError, match=r"was trained on gone\.csv, which is not there \(seen from .*\)\. Give it, or"):
        trained_on(of("gone.csv"), tmp_path)


def test_a_run_on_a_table_comes_with_its_encoder(runs):
    run, encoder = load_table_run(runs.folder / "price", "predict(X)")
    assert run.table is encoder
    assert encoder.target.name == "price"
