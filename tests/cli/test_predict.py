"""``chainrule predict``: the same predictions as in Python, in every kind of file, and nothing written over."""

import io
import sys
from importlib.util import find_spec

import numpy as np
import polars as pl
import pytest

import chainrule
from cli.commands import QUICK, rows, table


def judged():
    """What is said of the predictions for all rows, by hand."""
    given = pl.read_csv("data.csv")
    price = given["price"].to_numpy()
    off = chainrule.load("price").predict(given) - price
    r2, rmse = 1 - (off**2).mean() / price.var(), (off**2).mean() ** 0.5
    return f"Judged by 40 rows with a 'price': R² {r2:.3f}, RMSE {rmse:.1f}, MAE {abs(off).mean():.1f}.\n"


def test_predictions_are_those_of_the_run(runs):
    done = runs("predict", "price", "data.csv")
    assert (done.code, done.err) == (0, judged())
    written = pl.read_csv(io.StringIO(done.out))
    given = pl.read_csv("data.csv")
    assert written.drop("prediction").equals(given)
    expected = chainrule.load("price").predict(given)
    np.testing.assert_array_equal(written["prediction"].to_numpy(), expected)  # CSV keeps every digit of a float64


def test_classes_come_with_their_probabilities(runs):
    done = runs("predict", "bought", "data.csv")
    written = pl.read_csv(io.StringIO(done.out))
    assert written.columns[-3:] == ["prediction", "probability of no", "probability of yes"]
    assert written["prediction"].to_list() == chainrule.load("bought").predict(pl.read_csv("data.csv")).tolist()
    np.testing.assert_allclose(written["probability of no"] + written["probability of yes"], 1, rtol=1e-12)


READERS = {
    "csv": pl.read_csv,
    "tsv": lambda path: pl.read_csv(path, separator="\t"),
    "parquet": pl.read_parquet,
    "jsonl": pl.read_ndjson,
}
if find_spec("xlsxwriter"):  # what polars writes workbooks with; nothing else needs it
    READERS["xlsx"] = pl.read_excel


@pytest.mark.parametrize("suffix", READERS)
def test_every_kind_of_file_holds_the_same(runs, suffix):
    done = runs("predict", "price", "data.csv", "-o", f"out.{suffix}")
    assert done == (0, f"40 rows predicted, in out.{suffix}\n{judged()}", "")
    written = READERS[suffix](f"out.{suffix}")
    expected = chainrule.load("price").predict(pl.read_csv("data.csv"))
    assert written["shop"].to_list() == ["A", "B"] * 20
    np.testing.assert_allclose(written["prediction"], expected, rtol=1e-15)  # workbooks hold 16 digits


def test_a_table_comes_back_as_it_was_written(shell):
    """Separator, quotes, decimal commas and dates stay; the predictions are written as the table writes numbers."""
    lines = [
        f'{i / 4:.2f};"{"AB"[i % 2]}; x";0{1 + i % 9}.03.2024;{3 * i + 1.5}'.replace(".", ",", 1) for i in range(40)
    ]
    text = "\n".join(["size;shop;day;price", *(line[:-2] + ",5" for line in lines)]) + "\n"
    shell.write("semicolons.csv", text)
    assert shell("fit", "semicolons.csv", "--target", "price", "-o", "run", "-q", *QUICK).code == 0
    done = shell("predict", "run", "semicolons.csv")
    assert done.code == 0
    assert done.err.startswith("Judged by 40 rows with a 'price': R² ")
    written = [line.rpartition(";") for line in done.out.splitlines()]
    assert "\n".join(line for line, *_ in written) + "\n" == text
    assert written[0][2] == "prediction"
    values = [float(value.replace(",", ".")) for *_, value in written[1:]]
    np.testing.assert_array_equal(values, chainrule.load("run").predict("semicolons.csv"))
    assert shell("predict", "run", "semicolons.csv", "-o", "p.csv").code == 0
    assert (shell.folder / "p.csv").read_text(encoding="utf-8") == done.out
    assert shell("explain", "run", "--row", "3").err == ""  # how the target is written is not told again


def test_a_target_that_is_written_otherwise_does_not_hinder(shell):
    shell.write("commas.csv", "size;price\n" + "".join(f"{i / 4};{i},5\n" for i in range(40)))
    assert shell("fit", "commas.csv", "--target", "price", "-o", "run", "-q", *QUICK).code == 0
    shell.write("new.csv", "size;price\n0.5;to be told\n")
    done = shell("predict", "run", "new.csv")
    assert done.code == 0
    assert done.err == (
        "The predictions are not judged by the table's 'price': Column 'price' must hold numbers; new.csv, row 1 (line "
        "2) holds 'to be told'. Correct it, or leave the cell empty.\n"
    )
    assert done.out.startswith("size;price;prediction\n0.5;to be told;")


def test_rows_whose_target_is_known_judge_the_predictions(runs):
    lines = rows()[:6]
    lines[1] = ",".join([*lines[1].split(",")[:2], "", *lines[1].split(",")[3:]])
    runs.write("some.csv", table(lines))
    price = [float(line.split(",")[2]) for line in lines if line != lines[1]]
    run = chainrule.load("price")
    found = np.delete(run.predict("some.csv"), 1)
    answer = runs("predict", "price", "some.csv", "--json").answer
    assert answer["metrics"]["mae"] == pytest.approx(np.abs(found - price).mean(), rel=1e-6)
    assert runs("predict", "price", "some.csv").err.startswith("Judged by 5 rows with a 'price': R² ")
    assert runs("predict", "price", "some.csv", "-q").err == ""
    alone = pl.read_csv("some.csv").drop("price")
    alone.write_csv("alone.csv")
    assert runs("predict", "price", "alone.csv", "--json").answer["metrics"] is None
    assert runs("predict", "price", "alone.csv").err == ""


def test_numbers_far_from_those_it_learned_from_are_told(runs):
    runs.write("far.csv", table(["0.5,A,,yes", "4000,A,,yes", "-70,B,,no"]))
    column = chainrule.load("price").table.column("size")
    done = runs("predict", "price", "far.csv")
    assert " ".join(done.err.split()) == (
        "Column 'size': 4000 in far.csv, row 2 (line 3), -70 in far.csv, row 3 (line 4) lie far outside of what the "
        f"network has learned from; the training rows hold {column.low:g} to {column.high:g}."
    )


def test_json(runs):
    answer = runs("predict", "bought", "data.csv", "--json").answer
    assert answer["run"] == "bought"
    assert (answer["rows"], answer["output"], answer["notes"]) == (40, None, [])
    assert len(answer["predictions"]) == 40
    assert list(answer["probabilities"]) == ["no", "yes"]
    answer = runs("predict", "price", "data.csv", "--json", "-o", "p.csv").answer
    assert list(answer) == ["run", "rows", "output", "notes", "metrics"]
    assert (answer["run"], answer["rows"], answer["output"], answer["notes"]) == ("price", 40, "p.csv", [])
    assert list(answer["metrics"]) == ["loss", "r2", "rmse", "mae"]


def test_standard_input(runs, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(table(rows()[:3]).encode())))
    assert runs("predict", "price", "-").out.count("\n") == 4


def test_nothing_is_written_over_unless_asked(runs):
    runs.write("p.csv", "mine")
    before = runs.holds()
    done = runs("predict", "price", "data.csv", "-o", "p.csv")
    assert done == (
        2,
        "",
        "Error: p.csv is there already and is left as it is. Choose another name, or pass --force.\n",
    )
    assert runs.holds() == before
    assert runs("predict", "price", "data.csv", "-o", "p.csv", "--force", "-q") == (0, "", "")
    assert (runs.folder / "p.csv").read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            "p.pdf",
            "p.pdf: tables cannot be written as '.pdf'. Choose one of .csv, .tsv, .parquet, .jsonl, .ndjson, .xlsx.",
        ),
        ("no/p.csv", "There is no folder no to write p.csv into. Make it first."),
        ("price", "price is a folder; give the name of a file."),
    ],
)
def test_files_that_cannot_be_written(runs, output, message):
    assert runs("predict", "price", "data.csv", "-o", output).err == f"Error: {message}\n"


def test_excel_without_its_package(runs, monkeypatch):
    monkeypatch.setattr("chainrule.cli.writing.find_spec", lambda _: None)
    assert runs("predict", "price", "data.csv", "-o", "p.xlsx") == (
        2,
        "",
        "Error: Writing p.xlsx needs the package xlsxwriter, which is not installed: pip install xlsxwriter, or write "
        "a .csv file.\n",
    )


def test_an_unknown_category_is_refused(runs):
    runs.write("new.csv", table([*rows()[:2], "1,C,2,yes", "1,D,2,yes"]))
    before = runs.holds()
    done = runs("predict", "price", "new.csv", "-o", "p.csv")
    message = (
        "Column 'shop' holds 'C' in new.csv, row 3 (line 4), which no training row held (1 more row holds such "
        "values). Known are 'A', 'B'. Correct it, leave the cell empty, or go on without it: allow_unknown=True (on "
        "the command line --allow-unknown)."
    )
    assert done == (2, "", f"Error: {message}\n")
    assert runs.holds() == before


def test_an_unknown_category_is_told_of_where_it_is_allowed(runs):
    runs.write("new.csv", table([*rows()[:2], "1,C,2,yes"]))
    done = runs("predict", "price", "new.csv", "--allow-unknown")
    assert done.code == 0
    assert done.out.count("\n") == 4
    assert done.err.startswith("Column 'shop': 'C' in new.csv, row 3 (line 4) was not kept")
    assert "every feature of the column is 0" in done.err
    assert runs("predict", "price", "new.csv", "--allow-unknown", "--quiet").err == ""
    assert len(runs("predict", "price", "new.csv", "--allow-unknown", "--json").answer["notes"]) == 1


def test_rare_categories_teach_what_to_make_of_unknown_ones(shell):
    lines = [f"{i},{'AB'[i % 2] if i % 80 else f'rare{i}'},{i}" for i in range(400)]
    shell.write("data.csv", table(lines, "size,shop,price"))
    shell(
        "fit",
        "data.csv",
        "--target",
        "price",
        "-q",
        "-o",
        "run",
        "--engine",
        "numpy",
        "--epochs",
        "1",
        "--no-baselines",
    )
    shell.write("new.csv", table(["1,never seen,2"], "size,shop,price"))
    done = shell("predict", "run", "new.csv")
    assert done.code == 0
    assert "it counts as other" in done.err


def test_a_gap_where_training_had_none_is_filled_and_told_of(runs):
    runs.write("new.csv", table([",A,2,yes"]))
    done = runs("predict", "price", "new.csv")
    assert done.code == 0
    assert done.err.startswith("Column 'size', new.csv, row 1 (line 2): no value")


def test_a_column_that_is_missing(runs):
    runs.write("new.csv", table(["1,2,yes"], "size,price,bought"))
    assert runs("predict", "price", "new.csv") == (
        2,
        "",
        "Error: new.csv: The table lacks a column that the network needs: 'shop'. It has 'size', 'price', 'bought'.\n",
    )


def test_a_column_of_that_name_stays(runs):
    runs.write("new.csv", table(["1,A,yes,9"], "size,shop,bought,prediction"))
    done = runs("predict", "price", "new.csv")
    assert done.err == "The table has a column 'prediction'; the new one is called 'prediction 2'.\n"
    assert done.out.splitlines()[0] == "size,shop,bought,prediction,prediction 2"
    assert done.out.splitlines()[1].startswith("1,A,yes,9,")


def test_the_kinds_given_in_training_hold(shell):
    shell.write("zip.csv", table([f"{10000 + i % 5},{i % 5}" for i in range(60)], "zip,price"))
    shell("fit", "zip.csv", "--target", "price", "--kind", "zip=category", "--task", "regression", "-q", "-o", "run",
          "--engine", "numpy", "--epochs", "1", "--no-baselines")  # fmt: skip
    shell.write("new.csv", table(["10001"], "zip"))
    assert shell("predict", "run", "new.csv").code == 0
    shell.write("new.csv", table(["20001"], "zip"))
    assert "'zip' holds '20001' in new.csv, row 1 (line 2)" in shell("predict", "run", "new.csv").err


def test_numbers_are_read_as_they_were_in_training(shell):
    """The new table shows no decimal comma; read afresh, 8.654 would be eight and a half."""
    rows = [f"{8 + place % 5}.{100 + place};0,{10 + place};{2 * (8000 + place)}" for place in range(40)]
    shell.write("prices.csv", "price;w;y\n" + "\n".join(rows) + "\n")
    shell(
        "fit", "prices.csv", "--target", "y", "-q", "--epochs", "3", "--engine", "numpy", "--no-baselines", "-o", "run"
    )
    shell.write("whole.csv", "price;w\n8.104;1\n9.105;0\n")
    shell.write("plain.csv", "price;w\n8104;1\n9105;0\n")
    whole, plain = (shell("predict", "run", name, "--json") for name in ("whole.csv", "plain.csv"))
    assert whole.answer["predictions"] == plain.answer["predictions"]


def test_the_cell_that_cannot_be_read_is_named(shell):
    rows = [f"{place}.5,{2 * place}" for place in range(40)]
    shell.write("x.csv", "x,y\n" + "\n".join(rows) + "\n")
    shell("fit", "x.csv", "--target", "y", "-q", "--epochs", "1", "--engine", "numpy", "--no-baselines", "-o", "run")
    shell.write("new.csv", "x\n" + "\n".join(["1.5"] * 7 + ["39.1x"]) + "\n")
    done = shell("predict", "run", "new.csv")
    assert (done.code, done.err) == (
        2,
        "Error: Column 'x' must hold numbers with a decimal point, as in the training rows; new.csv, row 8 (line 9) "
        "holds '39.1x'. Correct it, or leave the cell empty.\n",
    )
