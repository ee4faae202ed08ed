import errno
import gzip
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from chainrule.data.read import open_table, read_table
from chainrule.errors import DataError, FileError, InputError

ROWS = [(1, "x"), (2, None)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"a,b\n1,x\n2,\n"),
        ("a.TSV", b"a\tb\n1\tx\n2\t\n"),
        ("a.txt", b"a|b\n1|x\n2|NA\n"),
        ("table", b"a;b\n1;x\n2;?\n"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,x\n2,\n", mtime=0)),
        ("a.jsonl", b'{"a":1,"b":"x"}\n{"a":2}\n'),
        ("a.json", b'[{"a":1,"b":"x"},{"a":2}]'),
        ("a.ndjson.gz", gzip.compress(b'{"a":1,"b":"x"}\n{"a":2}\n', mtime=0)),
    ],
)
@pytest.mark.parametrize("kind", [str, Path])
def test_files(name, data, kind):
    Path(name).write_bytes(data)
    assert read_table(kind(name)).rows() == ROWS


def test_parquet_keeps_its_types():
    pl.DataFrame({"a": ["1", "NA"], "n": [1.5, float("nan")]}).write_parquet("a.parquet")
    assert read_table("a.parquet").rows() == [("1", 1.5), ("NA", None)]


def test_dates_in_json_lines_are_read():
    Path("a.jsonl").write_text('{"on": "2024-05-31"}\n{"on": null}\n')
    assert str(read_table("a.jsonl")["on"].to_list()[0]) == "2024-05-31"


@pytest.mark.parametrize(("data", "rows"), [(b"a,b\n1,x\n2,\n", ROWS)])
def test_standard_input(monkeypatch, data, rows):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    reading = open_table("-")
    assert reading.frame.rows() == rows
    assert reading.locate(2) == "standard input, row 2 (line 3)"


def test_an_empty_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
    with pytest.raises(DataError) as caught:
        read_table("-")
    assert str(caught.value) == (
        "standard input is empty. Give a table: a line with the columns' names, then a line a row."
    )


def test_an_encoding_that_is_not_utf8_is_said():
    Path("a.csv").write_bytes("a,b\nnaïve,1\n".encode("cp1252"))
    assert open_table("a.csv").notes == ("a.csv is not UTF-8; it is read as Windows-1252.",)


def test_rows_are_located_by_their_line():
    Path("a.csv").write_text('\na,b\n\n"x\ny",1\n\nz,2\n')
    reading = open_table("a.csv")
    assert [reading.locate(1), reading.locate(2)] == ["a.csv, row 1 (line 4)", "a.csv, row 2 (line 7)"]
    assert open_table({"a": [1]}).locate(1) == "row 1"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("sale.csv", "There is no file sale.csv. Did you mean 'sales.csv'?"),
        ("zzz", "There is no file zzz. Check the path."),
        ("no/sales.csv", "There is no folder no, so no file no/sales.csv. Check the path."),
        ("sub", "sub is a folder; a file was expected. Give one of the files in it."),
        ("sale.db::cars", "There is no file sale.db. Did you mean 'sales.db'?"),
    ],
)
def test_files_that_are_not_there(folder, source, message):
    (folder / "sub").mkdir()
    Path("sales.csv").touch()
    Path("sales.db").touch()
    with pytest.raises(FileError) as caught:
        read_table(source)
    assert str(caught.value) == str(Path(message)) if "/" not in message else message


@pytest.mark.parametrize(
    ("name", "data", "error", "message"),
    [
        ("a.csv", b"", DataError,
         "a.csv is empty. Give a table: a line with the columns' names, then a line a row."),
        ("a.docx", b"x", InputError,
         "a.docx: files of type '.docx' are not understood. Give CSV, TSV or other delimited text (also .gz), "
         "Excel (.xlsx), Parquet, JSON (.jsonl, .json) or SQLite (.db)."),
        ("a", b"%PDF-1.4", InputError,
         "a: files of type 'unknown' are not understood. Give CSV, TSV or other delimited text (also .gz), "
         "Excel (.xlsx), Parquet, JSON (.jsonl, .json) or SQLite (.db)."),
        ("a.csv.gz", b"a,b\n1,2\n", DataError,
         "a.csv.gz cannot be unpacked: it is no gzip archive, or is cut short or damaged. Get it again."),
        ("b.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], DataError,
         "b.csv.gz cannot be unpacked: it is no gzip archive, or is cut short or damaged. Get it again."),
        ("a.parquet", b"junk", DataError,
         "a.parquet cannot be read as Parquet: it is another kind of file, or damaged. Write it again."),
    ],
)  # fmt: skip
def test_files_that_are_no_table(name, data, error, message):
    Path(name).write_bytes(data)
    with pytest.raises(error) as caught:
        read_table(name)
    assert str(caught.value) == message


def test_a_gzip_archive_with_a_flipped_byte():
    """Whichever byte it is: of the header, of the packed text or of the sum."""
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(200)), mtime=0)
    for place in range(10, len(whole)):
        Path("a.csv.gz").write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        with pytest.raises(DataError) as caught:
            read_table("a.csv.gz")
        assert str(caught.value) == (
            "a.csv.gz cannot be unpacked: it is no gzip archive, or is cut short or damaged. Get it again."
        )


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.parquet", "a.xlsx"])
def test_files_that_may_not_be_read(monkeypatch, name):
    Path(name).touch()

    def refuse(_path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(FileError) as caught:
        read_table(name)
    assert str(caught.value) == f"{name} cannot be read: Permission denied."


def test_a_path_that_is_too_long():
    for name in ("a" * 5000, "a" * 5000 + ".csv"):
        with pytest.raises(FileError) as caught:
            read_table(name)
        assert str(caught.value) == f"{'a' * 300}… cannot be read: {os.strerror(errno.ENAMETOOLONG)}."


@pytest.mark.parametrize(
    ("source", "name"),
    [("a.csv", "a.csv"), ("-", "Standard input"), ({"a": [1]}, "A table in memory")],
)
def test_a_sheet_of_what_has_none(source, name):
    Path("a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        read_table(source, sheet="q")
    assert str(caught.value) == f"{name} has no sheets; got sheet='q'. Leave it out: only Excel workbooks have sheets."


def test_the_package_is_light_to_import():
    code = (
        "import sys, chainrule.data as d; print({'polars', 'narwhals', 'pydantic'} & set(sys.modules), len(d.__all__))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("set()")


def test_every_public_name_is_there():
    import chainrule.data as data

    assert all(getattr(data, name) for name in data.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        data.__getattr__("nothing")
