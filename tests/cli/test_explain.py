"""``chainrule explain``: the worksheet of one row, from the run alone or from its table."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import chainrule
from cli.commands import rows, table


def test_a_row_of_the_table_it_was_trained_on(runs):
    done = runs("explain", "price", "--row", "17")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Worksheet  row 17 of data.csv\n")
    assert "re-added: " in done.out
    assert "Backward" in done.out


def test_the_answer_is_the_prediction(runs):
    answer = runs("explain", "price", "--row", "17", "--json").answer
    lines = {line["name"]: line for section in answer["sections"] for line in section["lines"]}
    expected = chainrule.load("price").predict(pl.read_csv("data.csv"))[16]
    assert answer["row"] == 17
    # float32, where a product over one row may add in another order than one over forty
    np.testing.assert_allclose(lines["price"]["result"], expected, rtol=1e-6)
    assert all(check["agrees"] for check in answer["checks"])


def test_without_a_row_the_example_needs_no_file(runs):
    (runs.folder / "data.csv").unlink()
    example = chainrule.load("price").facts["example"]["row"]
    done = runs("explain", "price")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Worksheet  row {example} of data.csv\n")


def test_the_example_is_the_row_of_its_number(runs):
    example = chainrule.load("bought").facts["example"]["row"]
    alone, from_table = runs("explain", "bought", "--json"), runs("explain", "bought", "--json", "--row", example)
    assert alone.answer["sections"] == from_table.answer["sections"]


def test_an_example_with_dates_and_gaps(shell):
    lines = [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d},{'' if i % 4 else i},{i % 7}.5" for i in range(60)]
    shell.write("dates.csv", table(lines, "day,size,price"))
    shell(
        "fit",
        "dates.csv",
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
    assert chainrule.load("run").facts["columns"][0]["kind"] == "date"
    done = shell("explain", "run")
    assert (done.code, done.err) == (0, "")


def test_a_row_that_is_not_there(runs):
    expected = "Error: There is no row 41: data.csv has 40, counted from 1.\n"
    assert runs("explain", "price", "--row", "41") == (2, "", expected)


def test_the_table_is_gone(runs):
    (runs.folder / "data.csv").unlink()
    assert runs("explain", "price", "--row", "1").err == (
        f"Error: price was trained on data.csv, which is not there (seen from {runs.folder}). Give it, or another "
        "table with the row: --data FILE; or leave --row out to see the run's own example.\n"
    )


def test_the_table_has_changed(runs):
    runs.write("data.csv", table(rows()[::-1]))
    done = runs("explain", "price", "--row", "1")
    assert done.code == 0
    assert done.err == "data.csv has changed since the run was trained; the row is the one that stands there now.\n"
    assert "(39 − mean)" not in done.out


def test_another_table_without_the_truth(runs):
    runs.write("new.csv", table(["4,A,yes"], "size,shop,bought"))
    done = runs("explain", "price", "--data", "new.csv")
    assert done.out.startswith("Worksheet  row 1 of new.csv\n")
    assert "Backward" not in done.out
    assert done.err == "The row has no 'price', so there is no loss and no way back.\n"


def test_a_true_class_that_training_has_not_seen(runs):
    runs.write("new.csv", table(["4,A,1,maybe"]))
    done = runs("explain", "bought", "--data", "new.csv")
    assert done.err == (
        "No training row held the 'bought' of this row, 'maybe', so there is no loss and no way back.\n"
    )


def test_an_unknown_category_says_its_own_row(runs):
    runs.write("new.csv", table([*rows()[:2], "1,C,2,yes"]))
    done = runs("explain", "price", "--data", "new.csv", "--row", "3")
    assert done.code == 2
    assert "Column 'shop' holds 'C' in new.csv, row 3 (line 4)" in done.err
    assert runs("explain", "price", "--data", "new.csv", "--row", "2").code == 0
    assert "row 3" in runs("explain", "price", "--data", "new.csv", "--row", "3", "--allow-unknown").err


def test_decimals_and_opening(runs):
    few, many = (runs("explain", "price", "--decimals", n).out for n in (1, 12))
    assert len(few) < len(many)
    folded, opened = runs("explain", "price").out, runs("explain", "price", "--open", "dense1").out
    assert opened.count("\n") > folded.count("\n")
    done = runs("explain", "price", "--open", "dense9")
    assert done.code == 2
    assert "There is no 'dense9' to open" in done.err


def test_files(runs):
    assert runs("explain", "price", "-o", "w.html").code == 0
    page = (runs.folder / "w.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert 'class="cr-shown"' in page
    done = runs("explain", "price", "--format", "text", "-o", "w.txt")
    assert done.out.endswith("is in w.txt\n")
    assert (runs.folder / "w.txt").read_text(encoding="utf-8") == runs("explain", "price").out
    answer = runs("explain", "price", "--json", "-o", "w.json").answer
    assert answer["output"] == "w.json"
    assert json.loads((runs.folder / "w.json").read_text(encoding="utf-8"))["row"] == answer["row"]
    assert runs("explain", "price", "-o", "w.txt").err.startswith("Error: w.txt is there already")
    assert runs("explain", "price", "--format", "json").answer["row"] == answer["row"]


def test_a_run_that_is_not_whole(runs):
    for break_it, message in {
        lambda run: (run / "model.safetensors").unlink(): (
            "run is not whole: model.safetensors is missing. Restore it, or train again."
        ),
        lambda run: (run / "model.safetensors").write_bytes((run / "model.safetensors").read_bytes()[:-9]): (
            "run/model.safetensors was changed or damaged since the run was saved (its checksum differs). Restore it, "
            "or train again."
        ),
        lambda run: (run / "run.json").write_bytes((run / "run.json").read_bytes().replace(b"40", b"41", 1)): (
            "run/run.json was changed or damaged since the run was saved (its checksum differs). Restore it, or train "
            "again."
        ),
        lambda run: (run / "SHA256SUMS").unlink(): "run is not whole: SHA256SUMS is missing or damaged. Train again.",
        lambda run: (run / "run.json").unlink(): "run is no run: it has no run.json.",
        lambda run: shutil.rmtree(run): "There is no run at run: no such folder.",
    }.items():
        shutil.copytree("price", "run")
        break_it(runs.folder / "run")
        for command in (("explain", "run"), ("predict", "run", "data.csv", "-o", "p.csv")):
            assert runs(*command) == (2, "", f"Error: {message}\n")
        shutil.rmtree("run", ignore_errors=True)
    assert not (runs.folder / "p.csv").exists()


def test_a_run_that_was_trained_on_arrays(shell):
    net = chainrule.Network([chainrule.Dense(1)], loss="mse")
    chainrule.fit(net, [[1.0], [2.0]], [1.0, 2.0], epochs=1, progress=False, engine="numpy").save("arrays")
    assert shell("explain", "arrays").err == (
        "Error: arrays was trained on arrays, not on a table, so there are no columns to read. Ask it in Python: "
        "chainrule.load('arrays').trace(X, y).worksheet().\n"
    )
    assert shell("predict", "arrays", "new.csv", "-o", "out.csv").err.endswith("chainrule.load('arrays').predict(X).\n")


def test_a_derivative_is_checked_where_that_is_asked_for(runs):
    plain = runs("explain", "price", "--wrt", "size", "--row", "17")
    checked = runs("explain", "price", "--wrt", "size", "--row", "17", "--check")
    assert (checked.code, checked.err) == (0, "")
    assert "central differences" not in plain.out
    assert "\nChecked\n" in checked.out
    assert checked.out.splitlines()[-1].startswith("backward ")
    assert "they agree to" in checked.out


def test_a_parameters_ledger_adds_up(runs):
    answer = runs("explain", "price", "--param", "dense1.weight[0, 1]", "--ledger", "--json").answer
    ledger = chainrule.load("price").ledger("dense1.weight[0, 1]")
    np.testing.assert_allclose(
        ledger.initial + ledger.by_row.sum() + sum(ledger.others.values()), ledger.final, rtol=1e-12
    )
    assert answer["run"] == "price"
    text = runs("explain", "price", "--param", "dense1.weight[0,1]", "--ledger").out
    assert text.startswith("Ledger  ")


def test_a_predictions_ledger_adds_up(runs):
    answer = runs("explain", "price", "--row", "2", "--ledger", "--step", "1:2", "--json").answer
    trained = chainrule.load("price")
    answers = [trained.at(step).predict("data.csv")[1] for step in (1, 2)]
    np.testing.assert_allclose([answer["initial"], answer["final"]], answers, rtol=1e-5)
    added = sum(answer["by_row"]) + sum(answer["others"].values())
    np.testing.assert_allclose(answer["initial"] + added, answer["final"], rtol=1e-12)
    assert answer["row"] == 2
    text = runs("explain", "price", "--row", "2", "--ledger").out
    assert text.startswith("Ledger  prediction for row 2 of ")


def test_where_the_table_has_moved_data_says_where_it_is(runs):
    asked = (
        ("--param", "dense1.bias[0]", "--ledger"),
        ("--param", "dense1.bias[0]", "--step", "2"),
        ("--row", "2", "--ledger"),
        ("--row", "2", "--step", "2"),
    )
    before = [runs("explain", "price", *options).out for options in asked]
    (runs.folder / "data.csv").rename(runs.folder / "moved.csv")
    for options, out in zip(asked, before, strict=True):
        without = runs("explain", "price", *options)
        assert (without.code, without.out) == (2, "")
        assert "--data FILE" in without.err
        done = runs("explain", "price", *options, "--data", "moved.csv")
        assert (done.code, done.err) == (0, "")
        assert done.out.replace("moved.csv", "data.csv") == out


def test_of_classes_it_is_the_ledger_of_the_one_predicted(runs):
    row = chainrule.load("bought").facts["example"]
    predicted = chainrule.load("bought").predict({name: [value] for name, value in row["values"].items()})[0]
    assert runs("explain", "bought", "--ledger").out.startswith(f"Ledger  P({predicted}) for row ")
    other = runs("explain", "bought", "--ledger", "--of", "dense1.z[0]").out
    assert other.startswith("Ledger  dense1.z[0] for row ")


def test_a_parameters_steps(runs):
    done = runs("explain", "price", "--param", "dense2.bias[0]", "--step", "0:2", "--decimals", "8")
    assert (done.code, done.err) == (0, "")
    steps = chainrule.load("price").steps("dense2.bias[0]", 0, 2)
    assert done.out == steps.to_text(decimals=8) + "\n"
    one = runs("explain", "price", "--param", "dense2.bias[0]", "--step", "2").out
    assert one == chainrule.load("price").steps("dense2.bias[0]", 1, 2).to_text(decimals=4) + "\n"


def test_a_derivation_by_a_raw_column(runs):
    answer = runs("explain", "price", "--wrt", "size", "--row", "17", "--json").answer
    trace = chainrule.load("price").trace(pl.read_csv("data.csv"))
    expected = trace.derivation("size", "prediction", row=16)
    assert runs("explain", "price", "--wrt", "size", "--row", "17").out == expected.to_text(decimals=4) + "\n"
    assert answer["row"] == 17


def test_a_derivation_of_the_loss_by_a_parameter(runs):
    trace = replace(chainrule.load("price").trace(pl.read_csv("data.csv")[16:17]), row_numbers=np.array([17]))
    expected = trace.derivation("dense2.bias[0]", row=0).to_text(decimals=4)
    assert "\nRow 17" in expected
    assert runs("explain", "price", "--param", "dense2.bias[0]", "--row", "17").out == expected + "\n"


def test_a_prediction_as_it_was_after_a_step(runs):
    answer = runs("explain", "price", "--row", "17", "--step", "1", "--json").answer
    lines = {line["name"]: line for section in answer["sections"] for line in section["lines"]}
    expected = chainrule.load("price").at(1).predict(pl.read_csv("data.csv"))[16]
    np.testing.assert_allclose(lines["price"]["result"], expected, rtol=1e-6)
    assert answer["label"] == "row 17 of data.csv, after step 1"


def test_effects_of_every_column(runs):
    done = runs("explain", "price", "--effects")
    assert (done.code, done.err) == (0, "")
    assert "size" in done.out
    one = runs("explain", "price", "--effects", "--row", "3")
    assert one.out == chainrule.load("price").effects("data.csv", intervals=None).row(2).to_text() + "\n"


def test_a_row_has_the_same_number_everywhere(runs):
    for options in ((), ("--wrt", "size"), ("--param", "dense2.bias[0]"), ("--effects",), ("--ledger",)):
        text = runs("explain", "price", "--row", "17", *options).out
        assert re.search(r"\brow 17\b", text, re.IGNORECASE)
        if options != ("--ledger",):  # in which other rows stand, too
            assert set(re.findall(r"\brow (\d+)", text, re.IGNORECASE)) == {"17"}
    trained = chainrule.load("price")
    step = trained.trace_step(1)
    number = trained.rows_of_step(1)[3]
    assert step.worksheet(3).label == f"row {number}"
    assert f"row {number}" in str(step.derivation("dense2.bias[0]"))


def test_most_opens_what_is_folded(runs):
    few, many = (runs("explain", "price", "--row", "3", *options).out for options in ((), ("--most", "9")))
    assert "To open what is folded: open='dense1'" in " ".join(few.split())
    trace = chainrule.load("price").trace(pl.read_csv("data.csv")[2:3])
    shown = trace.worksheet(lines=9, terms=9, decimals=4, label="row 3 of data.csv")
    assert many.splitlines()[:200] == shown.to_text().splitlines()[:200]
    assert len(many) > 1.5 * len(few)
    ledger = ("explain", "price", "--param", "dense2.bias[0]", "--step", "0:2", "--most", "1")
    assert "… 1 more row (most=2 or --most 2 shows all) …" in runs(*ledger).out
    by_layers = runs("explain", "price", "--param", "dense1.bias[0]", "--row", "3", "--most", "1").out
    assert "More than 1 path a row, so by layers (most= or --most raises the limit)." in by_layers


def test_every_format(runs):
    for ending, start in (("tex", "\\documentclass"), ("md", "#"), ("html", "<!doctype html>"), ("json", "{")):
        done = runs("explain", "price", "--row", "2", "-o", f"sheet.{ending}")
        assert (done.code, done.out) == (0, f"The worksheet of row 2 is in sheet.{ending}\n")
        assert (runs.folder / f"sheet.{ending}").read_text(encoding="utf-8").startswith(start)


def test_a_decimal_comma_and_rounding_as_one_goes(runs):
    assert "0,5" in runs("explain", "price", "--row", "3", "--comma").out
    assert "0.5" not in runs("explain", "price", "--row", "3", "--comma").out
    assert runs("explain", "price", "--row", "3", "--rounding", "2").out != runs("explain", "price", "--row", "3").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--ledger", "--wrt", "size"),
            "--ledger is of the prediction, or of a parameter (--param NAME); leave --wrt out.",
        ),
        (("--of", "loss"), "--of says what to differentiate; say by what, too: --wrt NAME."),
        (
            ("--check",),
            "--check compares a derivative with other ways to it; say by what to differentiate: --wrt NAME.",
        ),
        (
            ("--param", "dense2.bias[0]", "--step", "1", "--check"),
            "--param with --step is a table of gradient descent, and --check is for a derivative: that after a step is "
            "--wrt NAME --step N.",
        ),
        (
            ("--wrt", "dense2.bias", "--check"),
            "--check compares one number, and the derivative by 'dense2.bias' is 64. Name one number of each array, "
            "such as dense1.weight[0, 0].",
        ),
        (
            ("--param", "dense1.bias[0]", "--wrt", "size"),
            "--param and --wrt are two ways to say what to differentiate by; give one of them.",
        ),
        (("--effects", "--wrt", "size"), "--effects goes with --row and --data alone."),
        (
            ("--param", "dense2.bias[0]", "--ledger", "--of", "loss"),
            "The ledger of a parameter is over all training rows, and of nothing else; leave --of out.",
        ),
        (
            ("--param", "dense2.bias[0]", "--step", "1", "--row", "3"),
            "The table of steps of a parameter is over all training rows, and of nothing else; leave --row out.",
        ),
        (
            ("--wrt", "size", "--rounding", "2"),
            "--rounding is for the worksheet of a row; leave it out, or the other options.",
        ),
        (("--step", "first"), "--step takes a step, 1234, or steps from one to another, 1000:1100; got 'first'."),
    ],
)
def test_options_that_say_nothing_together(runs, options, message):
    done = runs("explain", "price", *options)
    assert (done.code, done.out, done.err) == (2, "", f"Error: {message}\n")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--param", "dense1.wieght[0,0]", "--ledger"), "Did you mean 'dense1.weight'?"),
        (("--param", "dense1.bias[0]", "--step", "99999"), "99,999"),
        (("--step", "99999"), "99999"),
        (("--wrt", "sise"), "Did you mean 'size'?"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(runs, options, part):
    done = runs("explain", "price", *options)
    assert (done.code, done.out) == (2, "")
    assert part.replace(",", "") in done.err.replace(",", "")
