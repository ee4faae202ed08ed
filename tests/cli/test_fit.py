"""``chainrule fit``: what it prints, what it writes, and what its options do."""

import io
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import chainrule
from chainrule.cli import folders
from cli.commands import QUICK, table


def names(folder: str) -> list[str]:
    return sorted(each.name for each in Path(folder).iterdir())


def test_one_object_on_standard_output(shell):
    done = shell("fit", "data.csv", "--target", "bought", "--json", "--engine", "numpy", "--epochs", "2")
    assert done.code == 0
    assert done.err == ""
    answer = done.answer
    assert answer["run"] == "runs/data"
    assert answer["report"] == "runs/data/report.html"
    assert {name: answer[name] for name in ("engine", "target", "task", "rows", "notes")} == {
        "engine": "numpy",
        "target": "bought",
        "task": "classification",
        "rows": 40,
        "notes": [],
    }
    assert set(answer["metrics"]["test"]) == {"accuracy", "log_loss", "auc"}
    assert list(answer["baselines"]) == ["majority", "logistic regression", "gradient boosting"]
    assert all(set(metrics) == set(answer["metrics"]["test"]) for metrics in answer["baselines"].values())
    facts = chainrule.load(answer["run"]).facts
    assert answer["metrics"]["test"] == facts["metrics"]["test"]
    assert answer["baselines"] == facts["baselines"]


def test_what_a_person_reads(shell):
    done = shell("fit", "data.csv", "--target", "price", "--drop", "bought", "--engine", "numpy", "--epochs", "2")
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[:6] == [
        "data    data.csv, 40 rows",
        "target  price, numbers from 1.5 to 118.5",
        "inputs  1 number: size",
        "        1 category: shop",
        "notes   'bought' is left out: you said so",
        "split   32 rows to learn from (5 to know when to stop), 8 held out (random)",
    ]
    assert lines[7].split() == ["On", "8", "held-out", "rows", "R²", "RMSE", "MAE"]
    assert [line.split()[0] for line in lines[9:13]] == ["network", "mean", "linear", "gradient"]
    assert lines[11].count("*") == 3, "a line is fitted best by linear regression"
    assert lines[13] == "* best"
    engine = lines.index("engine  numpy, as asked")
    ended = " ".join(line.strip() for line in lines[15:engine])
    assert ended == f"ended   {chainrule.load('runs/data').stopped}"
    assert lines[engine + 2 :] == [
        "found   2 findings: learning rate too low, leaking column.",
        "run     runs/data",
        "report  runs/data/report.html",
        "next    chainrule explain runs/data",
        "        chainrule diagnose runs/data",
    ]
    assert all(line == line.rstrip() for line in lines)


def test_quiet_writes_nothing(shell):
    done = shell("fit", "data.csv", "--target", "price", "--quiet", *QUICK)
    assert done == (0, "", "")
    assert (shell.folder / "runs" / "data" / "report.html").is_file()


def test_runs_are_numbered_and_never_written_over(shell):
    folder = shell.folder / "runs"
    for name in ("data", "data-2", "data-3"):
        before = shell.holds()
        assert shell("fit", "data.csv", "--target", "price", "--json", *QUICK).answer["run"] == f"runs/{name}"
        after = shell.holds()
        assert {path: after[path] for path in before} == before
    assert sorted(path.name for path in folder.iterdir()) == ["data", "data-2", "data-3"]


def test_the_report_belongs_to_the_checked_files(shell):
    shell("fit", "data.csv", "--target", "price", "-q", "-o", "mine", *QUICK)
    report = shell.folder / "mine" / "report.html"
    assert "report.html" in (shell.folder / "mine" / "SHA256SUMS").read_text(encoding="utf-8")
    report.write_text("changed", encoding="utf-8")
    assert shell("explain", "mine").code == 2


def test_a_table_from_standard_input(shell, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(table().encode())))
    answer = shell("fit", "-", "--target", "price", "--json", *QUICK).answer
    assert answer["run"] == "runs/stdin"
    assert answer["rows"] == 40


def test_options_reach_the_training(shell):
    options = ["--kind", "size=category", "--drop", "bought", "--hidden-layers", "5,3", "--activation", "tanh"]
    options += ["--optimizer", "sgd", "--learning-rate", "0.25", "--batch-size", "7", "--seed", "4"]
    options += ["--dtype", "float64", "--early-stopping", "0", "--test", "0.5", "--dropout", "0.1", "--loss", "mae"]
    shell("fit", "data.csv", "--target", "price", "-q", *QUICK, *options)
    run = chainrule.load("runs/data")
    assert run.training["optimizer"]["type"] == "SGD"
    assert run.training["optimizer"]["learning_rate"] == 0.25
    assert {name: run.training[name] for name in ("batch_size", "seed", "dtype", "validation_rows", "rows")} == {
        "batch_size": 7,
        "seed": 4,
        "dtype": "float64",
        "validation_rows": 0,
        "rows": 20,
    }
    assert run.params["dense2.weight"].shape == (5, 3)
    assert [column["kind"] for column in run.facts["columns"]] == ["category", "category", "dropped"]
    assert run.network.loss == chainrule.MAE()
    assert "Dropout" in repr(run.network)
    assert "tanh" in repr(run.network)


def test_a_split_by_time_and_one_by_groups(shell):
    lines = [f"{i},{i // 10},{i * 0.5}" for i in range(60)]
    shell.write("t.csv", table(lines, "day,group,price"))
    fit = ("fit", "t.csv", "--target", "price", *QUICK, "--split")
    assert shell(*fit, "time", "--by", "day", "-o", "later").code == 0
    assert shell(*fit, "grouped", "--by", "group", "-o", "apart").code == 0
    later, apart = chainrule.load("later").facts, chainrule.load("apart").facts
    assert (later["split"]["kind"], later["split"]["by"]) == ("time", "day")
    assert min(later["test_rows"]["row"]) > 40
    left_out = [column for column in apart["columns"] if not column["used"]]
    assert [(column["name"], column["kind"], column["reason"]) for column in left_out] == [
        ("group", "dropped", "the rows are grouped by it")
    ]
    assert "'group' is left out: the rows are grouped by it" in apart["notes"]


def test_a_sheet_of_a_workbook(shell):
    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    sheet = book.create_sheet("prices")
    for line in table().splitlines():
        sheet.append([float(cell) if cell[0].isdigit() else cell for cell in line.split(",")])
    book.save("book.xlsx")
    done = shell("fit", "book.xlsx", "--target", "price", "--sheet", "prices", "--json", *QUICK)
    assert done.answer["rows"] == 40
    assert shell("explain", "runs/book", "--row", "2").code == 0
    assert shell("predict", "runs/book", "book.xlsx").out.count("\n") == 41
    assert shell("fit", "book.xlsx", "--target", "price", "--sheet", "price").code == 2


def test_a_table_of_a_database_of_several(shell):
    names, *lines = [line.split(",") for line in table().splitlines()]
    with closing(sqlite3.connect("shop.db")) as shop:
        for name in ("customers", "orders"):
            shop.execute(f"CREATE TABLE {name} ({', '.join(names)})")
        shop.executemany(f"INSERT INTO customers VALUES ({', '.join('?' * len(names))})", lines)
        shop.commit()
    done = shell("fit", "shop.db::customers", "--target", "price", "--json", *QUICK)
    assert chainrule.load(done.answer["run"]).facts["source"] == "shop.db::customers"
    run = "runs/customers"
    assert shell("explain", run, "--row", "2").out.startswith("Worksheet  row 2 of shop.db::customers\n")
    assert shell("export", run, "--to", "excel", "--row", "2", "-o", "two.xlsx").code == 0
    assert "Without the training rows" not in shell("diagnose", run).out
    assert shell("predict", run, "shop.db").out.count("\n") == 41


def test_no_hidden_layers_and_weights_of_classes(shell):
    shell(
        "fit", "data.csv", "--target", "bought", "-q", "--hidden-layers", "none", "--class-weight", "yes=2,no=1", *QUICK
    )
    assert list(chainrule.load("runs/data").params) == ["dense1.weight", "dense1.bias"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console")
def test_a_stopped_training_goes_on_in_its_folder(shell, monkeypatch):
    command = ("fit", "data.csv", "--target", "price", "--engine", "numpy", "--no-baselines", "--epochs", "30", "-q")
    shell(*command, "-o", "whole")

    def press(*_):
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr("chainrule.training.progress.ProgressBar.update", press)
        shell(*command, "--checkpoint")
    stopped = chainrule.load("runs/data")
    assert stopped.training["interrupted"]
    assert (shell.folder / "runs" / "data" / "checkpoints" / "latest.safetensors").is_file()
    assert shell(*command, "--checkpoint", "--seed", "1").err.startswith(
        "Error: runs/data/checkpoints/latest.safetensors was made by another training"
    )
    assert shell(*command, "--checkpoint") == (0, "", "")
    whole, gone_on = chainrule.load("whole"), chainrule.load("runs/data")
    assert not gone_on.training["interrupted"]
    assert all(np.array_equal(gone_on.params[name], array) for name, array in whole.params.items())
    assert names("runs") == ["data"]
    assert shell(*command, "--checkpoint") == (0, "", "")  # that one is done: the next begins anew, beside it
    assert names("runs") == ["data", "data-2"]


def test_a_training_that_was_killed_goes_on_in_its_folder(shell):
    command = ("fit", "data.csv", "--target", "price", "-q", "-o", "run", "--checkpoint", *QUICK)
    shell(*command)
    kept = shell.folder / "run" / "checkpoints" / "latest.safetensors"
    for file in (shell.folder / "run").iterdir():
        if file.is_file():
            file.unlink()
    before = kept.stat().st_mtime_ns
    assert shell(*command) == (0, "", "")
    assert chainrule.load("run").training["epochs"] == 2
    assert kept.stat().st_mtime_ns >= before
    done = shell(*command)
    assert done.err == "Error: run is there already and is left as it is. Choose another folder: --output.\n"


def test_nothing_is_left_when_the_report_fails(shell, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chainrule.report.write_report", full)
    before = shell.holds()
    done = shell("fit", "data.csv", "--target", "price", *QUICK)
    assert done.code == 2
    assert done.err == "Error: The run could not be written to runs/data: No space left on device.\n"
    assert shell.holds() == before


def test_a_folder_that_came_to_be_while_training_is_left_alone(shell, monkeypatch):
    chosen = folders.choose_folder

    def meanwhile(*asked, **options):
        place = chosen(*asked, **options)
        place.mkdir(parents=True)
        return place

    monkeypatch.setattr("chainrule.cli.fit.choose_folder", meanwhile)
    done = shell("fit", "data.csv", "--target", "price", "-o", "mine", *QUICK)
    assert done.err == "Error: mine came to be while training; it is left as it is.\n"
    assert list((shell.folder / "mine").iterdir()) == []
    assert shell("fit", "data.csv", "--target", "price", "-q", *QUICK).code == 0
    assert names("runs") == ["data", "data-2"]
    assert names("runs/data") == []


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_keeps_what_was_learned(shell, monkeypatch):
    def press(*_):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("chainrule.training.progress.ProgressBar.update", press)
    long = ("--engine", "numpy", "--epochs", "100000000", "--early-stopping", "0", "--no-baselines")
    done = shell("fit", "data.csv", "--target", "price", "--json", *long)
    assert (done.code, done.err) == (0, "")
    assert done.answer["stopped"].startswith("stopped by Ctrl-C after step")
    assert (shell.folder / "runs" / "data" / "report.html").is_file()


def test_ctrl_c_before_there_is_anything_to_keep(shell, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.tasks.fit_table", stop)
    before = shell.holds()
    assert shell("fit", "data.csv", "--target", "price") == (130, "", "Error: Stopped; nothing was kept.\n")
    assert shell.holds() == before


@pytest.mark.parametrize(
    ("source", "stem"), [("a b/c.csv", "c"), (".hidden", "hidden"), ("x.tar.gz", "x"), ("s.db::main.t/1", "main.t-1")]
)
def test_runs_are_called_after_their_tables(source, stem):
    assert folders.stem_of(source) == stem


def test_words_for_missing_cells_hold_for_the_run_s_new_tables_too(shell):
    lines = table().splitlines()
    for place, word in ((3, "k.A."), (5, "unbekannt")):
        lines[place] = ",".join([word, *lines[place].split(",")[1:]])
    shell.write("gaps.csv", "\n".join(lines) + "\n")
    words = ("--missing", "k.A.", "--missing", "unbekannt")
    done = shell("fit", "gaps.csv", "--target", "price", "--json", *words, *QUICK)
    run = chainrule.load(done.answer["run"])
    size = next(column for column in run.facts["columns"] if column["name"] == "size")
    assert (size["kind"], size["missing"]) == ("number", 2)
    assert shell("explain", done.answer["run"], "--row", "3").code == 0
    assert run.predict("gaps.csv").shape == (40,)
    new = {"size": ["k.A.", "1.5"], "shop": ["A", "B"], "bought": ["yes", "no"]}
    gap = {"size": [None, 1.5], "shop": ["A", "B"], "bought": ["yes", "no"]}
    assert run.predict(new).tolist() == run.predict(gap).tolist()
    assert len(run.steps("dense1.bias[0]", 0, 1)["old"]) == 1
