"""How a table's rows are divided: what is learned from, what is held out, and what is said when that cannot be."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule.errors import DataError, InputError
from chainrule.tasks import fit_table
from chainrule.tasks.split import split_table, split_training
from chainrule.tasks.table import understand


def of_classes(*labels: str, **columns: list) -> pl.DataFrame:
    return pl.DataFrame({"x": [float(place) for place in range(len(labels))], "y": labels} | columns)


def divided(source, split=None, by=None, test=0.2, seed=0, **options):
    """The table, and the labels that are learned from, that decide when to stop, and that judge."""
    table, parts = split_table(understand(source, "y", **options), test, split, by, seed)
    inner = split_training(table, table.frame[parts.train.tolist()], parts, split, by, seed)
    sides = [parts.train[inner.train], parts.train[inner.test], parts.test]
    assert sorted(np.concatenate(sides).tolist()) == list(range(len(table.frame)))
    return table, [table.frame["y"][side.tolist()].to_list() for side in sides]


def refusal(source, **options) -> DataError | InputError:
    with pytest.raises(InputError) as caught:
        divided(source, **options)
    return caught.value


def test_a_class_with_one_row_left_is_learned_from():
    _, (learned, watched, judged) = divided(of_classes(*"a" * 30, *"b" * 28, *"cc"))
    assert (learned.count("c"), watched.count("c"), judged.count("c")) == (1, 0, 1)
    assert set(watched) == {"a", "b"}


def test_more_classes_than_rows_to_decide_when_to_stop():
    """36 of 45 rows are learned from; of these 5 are set aside, which cannot hold all nine classes."""
    _, (learned, watched, judged) = divided(of_classes(*"abcdefghi" * 5))
    assert (len(learned), len(watched), len(judged)) == (31, 5, 9)
    assert set(learned) == set(judged) == set("abcdefghi")


@pytest.mark.parametrize("seed", range(8))
def test_classes_that_chance_takes_away_come_back(seed):
    _, (learned, _watched, judged) = divided(of_classes(*"ab" * 30, *"cdefg"), "random", seed=seed, test=[1, 2, 3])
    assert set("cdefg") < set(learned)
    assert judged == ["a", "b", "a"]


@pytest.mark.parametrize("seed", range(8))
def test_a_class_of_one_group_comes_back_with_the_group(seed):
    groups = ["g", "h", "i", "j", "k", "l"]
    labels = ["a", "b"] * 25 + ["c"] * 5 + ["a"] * 5
    table = of_classes(*labels, group=[groups[place // 10] for place in range(60)])
    held = [place + 1 for place in range(10)]
    _, (learned, watched, _) = divided(table, "grouped", "group", held, seed)
    assert learned.count("c") == 5
    assert len(watched) in (10, 20)


def test_rows_by_time_come_back():
    table = of_classes(*["a", "b"] * 40, *"cc", *"ab" * 9, when=list(range(100)))
    _, (learned, watched, _) = divided(table, "time", "when", 0.15)
    assert learned.count("c") == 2
    assert set(watched) == {"a", "b"}


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame])
def test_a_class_that_is_only_held_out(make):
    """Rows are counted in the table, where two have no target."""
    table = make({"x": range(60), "g": [0] * 20 + [1] * 40, "y": [None] * 2 + ["a", "b"] * 24 + ["c"] * 10})
    error = refusal(table, test=list(range(51, 61)))
    assert str(error) == (
        "Every row of the class 'c' is held out (row 51, for one), so that it cannot be learned. Split in another way, "
        "hold out fewer rows, or leave the class out."
    )
    assert (error.row, error.column) == (51, "y")


def test_rows_are_named_by_their_numbers_in_the_table():
    table = of_classes(*"a" * 30, *"b" * 29, "c").with_columns(y=pl.when(pl.col("x") < 5).then(None).otherwise("y"))
    error = refusal(table)
    assert str(error) == (
        "Class 'c' has a single row, row 60: it cannot be both learned from and judged by. Leave the row out, or split "
        "at random (split='random', --split random)."
    )
    gap = of_classes(None, *"ab" * 30, g=[*["p", "q", "r"] * 10, None, *["p", "q", "r"] * 10])
    for how in ({"test": 0.2}, {"test": [2, 3]}):
        error = refusal(gap, split="grouped", by="g", **how)
        assert (error.row, error.column) == (31, "g")
        assert str(error) == (
            "Column 'g' is empty in row 31, so that the row has no group to split by. Fill the cell in, or leave the "
            "row out."
        )


def test_texts_have_no_order_in_time():
    table = of_classes(None, *"ab" * 30, when=["1st of May"] * 61)
    error = refusal(table, split="time", by="when")
    assert str(error) == (
        "Column 'when' holds texts ('1st of May' in row 2), whose order need not be that of time. Choose a column of "
        "dates or numbers, or write its dates as YYYY-MM-DD."
    )
    assert (error.row, error.column) == (2, "when")
    gap = of_classes(*"ab" * 30, when=[1.5] * 59 + [None])
    assert str(refusal(gap, split="time", by="when")) == (
        "Column 'when' is empty in row 60, so that the row has no time to split by. Fill the cell in, or leave the row "
        "out."
    )


def test_no_row_can_be_spared():
    message = (
        "No row is left to decide when to stop, since each is needed for its class to be learned. Give more rows of "
        "each class, or train for a fixed number of epochs (early_stopping=None, --early-stopping 0)."
    )
    table = of_classes(*"aabbcc", group=[1, 2, 3, 4, 5, 6])
    assert str(refusal(table, test=[1, 3, 5])) == message
    assert str(refusal(table, test=[1, 3, 5], split="grouped", by="group")) == message


def test_one_group_is_left():
    table = of_classes(*"ab" * 20, island=["Dream"] * 30 + ["Biscoe"] * 10)
    assert str(refusal(table, split="grouped", by="island")) == (
        "One group of 'island' is left to learn from, so that no other can decide when to stop. Give three groups or "
        "more, or train for a fixed number of epochs (early_stopping=None, --early-stopping 0)."
    )


@pytest.mark.parametrize("split", [None, "random", "stratified"])
def test_a_column_to_go_by_needs_a_split_that_does(split):
    assert str(refusal(of_classes(*"ab" * 20), split=split, by="x")) == (
        "by='x' says which column holds groups or time; say which of them it is: split='grouped' or split='time' "
        "(on the command line --split)."
    )


def test_columns_that_are_left_out_are_said_once():
    codes = [f"g{place}" for place in range(60)]
    table, _ = divided(of_classes(*"ab" * 30, g=codes, more=codes[::-1]), "grouped", "g", drop=["more"])
    assert [(column.name, column.kind, column.reason) for column in table.schema.left_out] == [
        ("g", "dropped", "the rows are grouped by it"),
        ("more", "dropped", "you said so"),
    ]
    assert table.notes == ("'more' is left out: you said so", "'g' is left out: the rows are grouped by it")


def test_rows_that_are_dropped_are_on_neither_side_and_all_others_stay_where_they_are():
    source = understand(of_classes(*"ab" * 20), "y")
    _, parts = split_table(source, 0.2, None, None, 0)
    dropped = [int(parts.train[0]) + 1, int(parts.test[1]) + 1]
    table, kept = split_table(source, 0.2, None, None, 0, dropped)
    assert kept.train.tolist() == parts.train[1:].tolist()
    assert kept.test.tolist() == np.delete(parts.test, 1).tolist()
    assert table.notes[-1] == "2 rows are left out: you said so"
    assert split_table(source, 0.2, None, None, 0, dropped[:1])[0].notes[-1] == "1 row is left out: you said so"


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        ([0], "drop_rows names row 0, which is not there or has no 'y'; rows are numbered from 1 to 40."),
        (["a"], "drop_rows must be the numbers of rows, from 1; got ['a']."),
        (range(5, 41), "drop_rows leaves no row to learn from."),
        (range(1, 5), "drop_rows leaves no row to judge the result."),
    ],
)
def test_rows_that_cannot_be_dropped(dropped, said):
    with pytest.raises(InputError) as caught:
        split_table(understand(of_classes(*"ab" * 20), "y"), [1, 2, 3, 4], None, None, 0, dropped)
    assert str(caught.value) == said


def test_a_number_has_no_classes_to_keep_the_shares_of():
    with pytest.raises(InputError) as caught:
        fit_table({"x": [1.0, 2.0] * 5, "y": [float(i) for i in range(10)]}, "y", split="stratified")
    assert str(caught.value) == (
        "A stratified split holds out each class's share, and the target 'y' is a number. Leave split out (on the "
        "command line --split), or say that it is of classes: task='classification' (--task)."
    )


@pytest.mark.parametrize(("rows", "early_stopping"), [(3, 20), (2, 20), (2, None)])
def test_a_table_of_a_few_rows_is_refused(rows, early_stopping):
    table = {"x": list(range(rows)), "y": [i / 2 for i in range(rows)]}
    with pytest.raises(DataError) as caught:
        fit_table(table, "y", early_stopping=early_stopping)
    assert str(caught.value) == (
        f"The table has too few rows with a 'y', {rows}: 1 of them would be left to learn from, the others judge the "
        "result or decide when to stop. Give more rows; a few hundred are a good beginning."
    )
