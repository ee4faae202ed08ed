"""One row of a run's table, by the number that people count."""

from dataclasses import replace

import pytest

import chainrule as cr
from chainrule.cli.rows import row_of
from chainrule.errors import InputError


def test_rows_count_from_one_in_the_table_given(runs):
    run = cr.load(runs.folder / "price")
    given = row_of(run, runs.folder / "price", 2, "data.csv", None)
    whole = run.read("data.csv").frame
    assert (given.number, given.label, len(given.reading.frame)) == (2, "row 2 of data.csv", 1)
    assert given.reading.frame.rows() == [whole.rows()[1]]
    assert row_of(run, runs.folder / "price", None, "data.csv", None).number == 1
    with pytest.raises(InputError) as caught:
        row_of(run, runs.folder / "price", 41, "data.csv", None)
    assert str(caught.value) == "There is no row 41: data.csv has 40, counted from 1."


def test_without_a_row_or_a_table_it_is_the_runs_example(runs):
    folder = runs.folder / "price"
    run = cr.load(folder)
    given = row_of(run, folder, None, None, None)
    assert given.number == run.facts["example"]["row"]
    assert given.reading.frame.rows(named=True) == [run.facts["example"]["values"]]
    without = replace(run, facts={name: each for name, each in run.facts.items() if name != "example"})
    with pytest.raises(InputError) as caught:
        row_of(without, folder, None, None, None)
    assert str(caught.value) == f"{folder} keeps no example row. Say which: --row 17, or --data FILE."
