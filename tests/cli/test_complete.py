"""What Tab offers: runs that are there, and columns of the table that was typed."""

from types import SimpleNamespace

import pytest

from chainrule.cli.complete import complete_column, complete_run, header


def test_runs_are_folders_with_a_run_in_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b", "a", "other"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    for name in ("b", "a"):
        (tmp_path / "runs" / name / "run.json").touch()
    assert complete_run("") == ["runs/a", "runs/b"]
    assert complete_run("runs/b") == ["runs/b"]
    assert complete_run("elsewhere") == []


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("a.csv", 'size,"a, b",price\n1,2,3\n', ["size", "a, b", "price"]),
        ("a.tsv", "size\tprice\n", ["size", "price"]),
        ("a.txt", "size;price\n", ["size", "price"]),
        ("a.csv", "\ufeffsize|price\n", ["size", "price"]),
        ("a.csv", "", []),
        ("a.parquet", "size,price\n", []),
    ],
)
def test_names_of_the_first_line(tmp_path, name, text, names):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert header(tmp_path / name) == names


def test_names_in_another_encoding(tmp_path):
    (tmp_path / "a.csv").write_bytes("Größe;Preis\n1;2\n".encode("cp1252"))
    assert header(tmp_path / "a.csv") == ["Größe", "Preis"]


def test_columns_of_the_table_wherever_it_stands_in_the_command(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("size,shop,price\n", encoding="utf-8")
    for context in (
        SimpleNamespace(params={"table": str(path)}, args=[]),
        SimpleNamespace(params={}, args=["--target", str(path)]),
    ):
        assert complete_column(context, "s") == ["size", "shop"]
    assert complete_column(SimpleNamespace(params={"table": "nowhere.csv"}, args=[]), "") == []
