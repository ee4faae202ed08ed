"""Tables are written in the form that the file's ending names."""

import io
from pathlib import Path

import polars as pl
import pytest

from chainrule.cli.writing import check_output, writer_for
from chainrule.errors import FileError, InputError

TABLE = pl.DataFrame({"a": [1.5, None], "b": ["x", "ü"]})


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (None, pl.read_csv),
        ("a", pl.read_csv),
        ("a.CSV", pl.read_csv),
        ("a.tsv", lambda content: pl.read_csv(content, separator="\t")),
        ("a.parquet", pl.read_parquet),
        ("a.ndjson", pl.read_ndjson),
    ],
)
def test_what_is_written_can_be_read(name, read):
    content = writer_for(None if name is None else Path(name))(TABLE)
    assert read(io.BytesIO(content)).equals(TABLE)


def test_endings_that_are_no_table():
    with pytest.raises(InputError) as caught:
        writer_for(Path("a.pdf"))
    assert str(caught.value) == (
        "a.pdf: tables cannot be written as '.pdf'. Choose one of .csv, .tsv, .parquet, .jsonl, .ndjson, .xlsx."
    )


def test_places(tmp_path):
    check_output(tmp_path / "new.csv", force=False)
    (tmp_path / "old.csv").touch()
    check_output(tmp_path / "old.csv", force=True)
    for path, force, message in (
        (tmp_path, True, f"{tmp_path} is a folder; give the name of a file."),
        (
            tmp_path / "old.csv",
            False,
            f"{tmp_path / 'old.csv'} is there already and is left as it is. Choose another name, or pass --force.",
        ),
        (tmp_path / "no" / "a.csv", False, f"There is no folder {tmp_path / 'no'} to write a.csv into. Make it first."),
    ):
        with pytest.raises(FileError) as caught:
            check_output(path, force=force)
        assert str(caught.value) == message
