"""The worked prediction is the worksheet of the row that the facts keep."""

from dataclasses import replace

import pytest

import chainrule as cr
from chainrule.data import to_frame
from chainrule.format import number
from chainrule.report.example_part import example_part


def test_numbers_of_a_table(numbers_run):
    example = numbers_run.facts["example"]
    frame = to_frame({name: [value] for name, value in example["values"].items()})
    said = float(numbers_run.predict(frame)[0])
    html = example_part(numbers_run)
    assert f"Row {example['row']}, as it stands in the table" in html
    assert number(said, 6) in html
    assert number(example["values"]["noise"], 8) in html
    assert "every delta and every gradient" in html
    assert "dense1.weight" in html


def test_classes_are_judged(classes_run):
    example = dict(classes_run.facts["example"])
    html = example_part(classes_run)
    right, wrong = "which is right." in html, "in truth it is" in html
    assert right != wrong
    other = {"<yes>": "no & no", "no & no": "<yes>"}[example["values"]["<b>bought</b>"]]
    turned = example | {"values": example["values"] | {"<b>bought</b>": other}}
    html = example_part(replace(classes_run, facts=dict(classes_run.facts) | {"example": turned}))
    assert ("which is right." in html) == wrong


def test_a_row_without_truth_has_no_way_back(numbers_run):
    example = dict(numbers_run.facts["example"])
    example["values"] = dict(example["values"]) | {"price": None}
    html = example_part(replace(numbers_run, facts=dict(numbers_run.facts) | {"example": example}))
    assert "every gradient" not in html
    assert "Forward" in html


def test_a_row_that_cannot_be_read_is_said(numbers_run):
    example = {"row": 1, "values": dict(numbers_run.facts["example"]["values"]) | {"noise": "not <a> number"}}
    html = example_part(replace(numbers_run, facts=dict(numbers_run.facts) | {"example": example}))
    assert "The row that was kept cannot be worked out: " in html
    assert "<a>" not in html


def test_arrays(bags_run):
    html = example_part(bags_run)
    assert "The first of the rows that it learned from." in html
    assert "2.14" in html
    assert example_part(replace(bags_run, trainer=None)) == ""


def test_a_loaded_run_on_arrays_says_what_it_needs(bags_run, tmp_path):
    loaded = cr.load(bags_run.save(tmp_path / "run"))
    assert (
        "This part makes the training again from its rows, and a run that was loaded has none. Pass those it was "
        "trained on: run.with_data(X, y)."
    ) in example_part(loaded)
    rows = bags_run.trainer.rows
    assert example_part(loaded.with_data(rows.inputs, rows.target)) == example_part(bags_run)


@pytest.mark.parametrize("facts", [{}, {"example": None}])
def test_nothing_kept(numbers_run, facts):
    assert example_part(replace(numbers_run, facts=facts, trainer=None)) == ""
