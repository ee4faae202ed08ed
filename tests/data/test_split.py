import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, strategies as st

from chainrule.data.split import folds, split_rows
from chainrule.errors import DataError, InputError
from frames import LIBRARIES, column

shares = st.floats(0.01, 0.99)
seeds = st.integers(0, 2**40)


def are_all_rows(split, rows):
    return np.array_equal(np.sort(np.concatenate(split)), np.arange(rows))


# --- at random


@given(st.integers(2, 300), shares, seeds)
def test_random(rows, share, seed):
    split = split_rows(rows, test=share, seed=seed)
    assert are_all_rows(split, rows)
    assert len(split.train) >= 1 <= len(split.test)
    assert abs(len(split.test) - share * rows) <= 0.5 or len(split.test) in (1, rows - 1)
    assert (np.diff(split.train) > 0).all()
    assert (np.diff(split.test) > 0).all()
    again = split_rows(rows, test=share, seed=seed)
    assert np.array_equal(split.test, again.test)


def test_the_same_on_every_machine():
    assert split_rows(20, test=0.25, seed=7).test.tolist() == [3, 8, 14, 17, 18]
    assert [split.test.tolist() for split in folds(8, 3, seed=7)] == [[3, 4, 6], [0, 1, 7], [2, 5]]


def test_seeds_differ():
    tests = {tuple(split_rows(50, seed=seed).test.tolist()) for seed in range(20)}
    assert len(tests) == 20


def test_every_row_is_a_test_row_about_as_often():
    counts = sum(np.isin(np.arange(10), split_rows(10, test=0.3, seed=seed).test) for seed in range(1000))
    # binomial(1000, 0.3): a deviation of 14.5, so 60 is four of them
    assert (np.abs(counts - 300) < 60).all()


# --- by class


@given(st.lists(st.integers(0, 3), min_size=8, max_size=200), shares, seeds)
def test_stratified(labels, share, seed):
    labels = np.array(labels * 2)
    split = split_rows(len(labels), test=share, seed=seed, stratify=labels) if fits(labels, share) else None
    if split is None:
        return
    assert are_all_rows(split, len(labels))
    exact = len(split.test) / len(labels)
    for label in np.unique(labels):
        count = (labels == label).sum()
        taken = (labels[split.test] == label).sum()
        assert 1 <= taken < count
        assert abs(taken - exact * count) < 1 or taken in (1, count - 1) or has_forced(labels, exact)


def fits(labels, share):
    wanted = int(np.floor(share * len(labels) + 0.5))
    classes = len(np.unique(labels))
    return classes <= wanted <= len(labels) - classes


def has_forced(labels, share):
    """Whether a class had to give more or fewer rows than its share, which others make up for."""
    counts = np.unique(labels, return_counts=True)[1]
    return bool(((counts * share < 1) | (counts * (1 - share) < 1)).any())


@pytest.mark.parametrize("library", LIBRARIES)
def test_stratified_by_hand(library):
    labels = ["a"] * 50 + ["b"] * 30 + ["c"] * 20
    split = split_rows(100, test=0.1, stratify=column(labels, library=library))
    assert [labels[row] for row in split.test] == ["a"] * 5 + ["b"] * 3 + ["c"] * 2
    assert np.array_equal(split.test, split_rows(100, test=0.1, stratify=labels).test)


def test_a_small_class_is_on_both_sides():
    split = split_rows(52, test=0.1, stratify=["a"] * 50 + ["b"] * 2)
    assert len(split.test) == 5
    assert sum(split.test >= 50) == 1


def test_a_class_of_one_row_cannot_be_split():
    for function in (lambda y: split_rows(5, stratify=y), lambda y: folds(5, 2, stratify=y)):
        with pytest.raises(DataError) as caught:
            function(["a", "b", "a", "a", "a"])
        assert str(caught.value) == (
            "Class 'b' has a single row, row 2: it cannot be both learned from and judged by. "
            "Leave the row out, or split at random (split='random', --split random)."
        )
        assert caught.value.row == 2


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"stratify": ["a", "b", "a"]}, "Class 'b' has a single row, row 7: it cannot be both learned from and judged "
         "by. Leave the row out, or split at random (split='random', --split random)."),
        ({"stratify": ["a", None, "a"]}, "stratify: row 7 has no value. Give one, or leave the row out."),
        ({"groups": ["a", None, "a"]}, "groups: row 7 has no value. Give one, or leave the row out."),
        ({"time": [1.0, None, 2.0]}, "time: row 7 has no value. Give one, or leave the row out."),
    ],
)  # fmt: skip
def test_messages_name_rows_by_their_numbers_in_the_table(how, message):
    with pytest.raises(DataError) as caught:
        split_rows(3, numbers=np.array([3, 7, 8]), **how)
    assert (str(caught.value), caught.value.row) == (message, 7)


def test_classes_need_a_row_on_each_side():
    labels = ["a", "b", "c"] * 4
    with pytest.raises(InputError) as caught:
        split_rows(12, test=0.1, stratify=labels)
    assert str(caught.value) == (
        "1 test row cannot hold each of the 3 classes. Choose a larger test, or split at random (split='random', "
        "--split random)."
    )
    with pytest.raises(InputError) as caught:
        split_rows(12, test=0.85, stratify=labels)
    assert str(caught.value) == (
        "2 training rows cannot hold each of the 3 classes. Choose a smaller test, or split at random "
        "(split='random', --split random)."
    )


# --- by group


@given(st.lists(st.integers(0, 8), min_size=2, max_size=100), shares, seeds)
def test_no_group_is_on_both_sides(groups, share, seed):
    if len(set(groups)) < 2:
        return
    split = split_rows(len(groups), test=share, seed=seed, groups=groups)
    assert are_all_rows(split, len(groups))
    sides = [{groups[row] for row in side} for side in split]
    assert all(sides)
    assert not sides[0] & sides[1]
    largest = max(map(groups.count, groups))
    wanted = min(max(share * len(groups), 1), len(groups) - 1)
    assert abs(len(split.test) - wanted) <= largest + 0.5


def test_a_group_that_is_a_little_too_large_is_taken_where_it_comes_nearer():
    """Of 4 test rows wanted, the group of 5 is nearer than none, whichever comes first; with the others it is not."""
    groups = ["five"] * 5 + ["nine"] * 9 + ["six"] * 6
    sizes = {len(split_rows(20, test=0.2, seed=seed, groups=groups).test) for seed in range(12)}
    assert sizes == {5, 6}


def test_the_smallest_group_is_the_test_when_all_are_too_large():
    split = split_rows(10, test=0.1, groups=[1] * 6 + [2] * 4)
    assert split.test.tolist() == [6, 7, 8, 9]


def test_one_group_is_left_for_training():
    # both groups together are nearer to the five rows that are wanted than one of them
    split = split_rows(6, test=0.9, groups=["a", "a", "a", "b", "b", "b"])
    assert len(split.train) == len(split.test) == 3


def test_one_group_cannot_be_split():
    with pytest.raises(InputError) as caught:
        split_rows(3, groups=["a", "a", "a"])
    assert str(caught.value) == "groups holds one group only, 'a'; two or more are needed to split by group."


# --- by time


@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), shares)
def test_training_comes_before_testing(times, share):
    if len(set(times)) < 2:
        return
    split = split_rows(len(times), test=share, time=times)
    assert are_all_rows(split, len(times))
    assert max(times[row] for row in split.train) < min(times[row] for row in split.test)
    wanted = min(max(int(np.floor(share * len(times) + 0.5)), 1), len(times) - 1)
    ties = max(map(times.count, times))
    assert abs(len(split.test) - wanted) <= ties


MONDAY = dt.date(2024, 1, 1)
DATES = [MONDAY + dt.timedelta(days=days) for days in (4, 0, 2, 1, 3)]


@pytest.mark.parametrize(
    "time",
    [
        DATES,
        np.array(DATES, dtype="datetime64[D]"),
        pl.Series(DATES),
        pd.Series(pd.to_datetime(DATES)),
        pd.Series(pd.to_datetime(DATES, utc=True)),
        [4.0, 0.0, 2.0, 1.0, 3.0],
        *(column(DATES, library=library) for library in LIBRARIES),
    ],
)
def test_time_may_be_anything_that_has_an_order(time):
    split = split_rows(5, test=0.4, time=time)
    assert (split.train.tolist(), split.test.tolist()) == ([1, 3, 2], [4, 0])


def test_rows_of_one_time_stay_together():
    split = split_rows(10, test=0.2, time=[0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    assert split.test.tolist() == [4, 5, 6, 7, 8, 9]


def test_time_must_pass():
    with pytest.raises(InputError) as caught:
        split_rows(3, time=[1, 1, 1])
    assert str(caught.value) == (
        "time is the same in all rows, so there is no earlier and later. Split at random instead."
    )


@pytest.mark.parametrize("time", [["1.2.2024", "3.1.2024"], pl.Series(["b", "a"]), np.array(["b", "a"], dtype=object)])
def test_texts_have_no_order_in_time(time):
    with pytest.raises(InputError) as caught:
        split_rows(2, time=time)
    assert str(caught.value) == (
        "time holds texts, whose order need not be that of time. Convert them to dates or numbers."
    )


# --- folds


@given(st.integers(2, 60), st.integers(2, 8), seeds)
def test_random_folds(rows, k, seed):
    k = min(k, rows)
    made = list(folds(rows, k, seed=seed))
    are_folds(made, rows, k)
    sizes = [len(split.test) for split in made]
    assert max(sizes) - min(sizes) <= 1


def are_folds(made, rows, k):
    assert len(made) == k
    assert all(are_all_rows(split, rows) for split in made)
    assert np.array_equal(np.sort(np.concatenate([split.test for split in made])), np.arange(rows))


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.integers(2, 5), seeds)
def test_stratified_folds(labels, k, seed):
    labels = np.array(labels * 2)
    made = list(folds(len(labels), k, seed=seed, stratify=labels))
    are_folds(made, len(labels), k)
    sizes = [len(split.test) for split in made]
    assert max(sizes) - min(sizes) <= 1
    for label in np.unique(labels):
        counts = [(labels[split.test] == label).sum() for split in made]
        assert max(counts) - min(counts) <= 1
        assert all((labels[split.train] == label).any() for split in made)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=60), seeds)
def test_grouped_folds(groups, seed):
    k = min(3, len(set(groups)))
    if k < 2:
        return
    made = list(folds(len(groups), k, seed=seed, groups=groups))
    are_folds(made, len(groups), k)
    assert all(not {groups[row] for row in split.train} & {groups[row] for row in split.test} for split in made)
    sizes = [len(split.test) for split in made]
    assert max(sizes) - min(sizes) <= max(map(groups.count, groups))


@given(st.lists(st.integers(0, 30), min_size=4, max_size=60))
def test_folds_by_time(times):
    k = min(3, len(set(times)) - 1)
    if k < 2:
        return
    made = list(folds(len(times), k, time=times))
    assert len(made) == k
    for split in made:
        assert split.test.size
        assert max(times[row] for row in split.train) < min(times[row] for row in split.test)
    for before, after in pairwise(made):
        assert after.train.tolist() == [*before.train, *before.test]
    assert are_all_rows(made[-1], len(times))


def test_folds_by_time_are_of_one_length_where_times_differ():
    made = list(folds(12, 3, time=range(12)))
    assert [split.test.tolist() for split in made] == [[3, 4, 5], [6, 7, 8], [9, 10, 11]]


def test_folds_by_time_leave_times_for_the_folds_that_follow():
    made = list(folds(11, 3, time=[0, 1, 2] + [3] * 8))
    assert [split.test.tolist() for split in made] == [[1], [2], list(range(3, 11))]


@pytest.mark.parametrize("seed", range(8))
def test_large_groups_are_dealt_first(seed):
    made = list(folds(12, 2, seed=seed, groups=[1, 1, 2, 2, 3, 3] + [4] * 6))
    assert [len(split.test) for split in made] == [6, 6]


def test_folds_cannot_be_more_than_groups_or_times():
    with pytest.raises(InputError) as caught:
        folds(4, 3, groups=["a", "b", "a", "b"])
    assert str(caught.value) == "groups holds 2 groups; 3 folds need 3 or more."
    with pytest.raises(InputError) as caught:
        folds(4, 3, time=[1, 1, 2, 3])
    assert str(caught.value) == "time has 3 different values; 3 folds by time need 4 or more."


# --- what cannot be asked for


@pytest.mark.parametrize("k", [1, 6, True])
def test_folds_need_a_number_that_fits(k):
    with pytest.raises(InputError) as caught:
        folds(5, k)
    assert str(caught.value) == f"folds needs k between 2 and the number of rows, 5; got {k}."


@pytest.mark.parametrize("share", [0, 1, -0.1, 20, float("nan")])
def test_the_share_lies_between_0_and_1(share):
    with pytest.raises(InputError) as caught:
        split_rows(5, test=share)
    assert str(caught.value) == f"test must be a share between 0 and 1; got {share}."


@pytest.mark.parametrize("function", [split_rows, lambda rows, **how: folds(rows, 2, **how)])
def test_arguments_are_checked(function):
    with pytest.raises(InputError) as caught:
        function(2, stratify=[1, 1], time=[1, 2])
    assert str(caught.value) == "Give one of stratify, groups and time; got stratify and time."
    with pytest.raises(InputError) as caught:
        function(1)
    assert str(caught.value) == "There must be two rows or more to split; got 1."
    for name in ("stratify", "groups", "time"):
        with pytest.raises(InputError) as caught:
            function(3, **{name: [1, 2]})
        assert str(caught.value) == f"{name} must have one value a row, 3; got 2."
        for gap in (None, float("nan")):
            for values in ([1.0, 2.0, gap], pl.Series([1.0, 2.0, gap]), pd.Series([1.0, 2.0, gap])):
                with pytest.raises(DataError) as caught:
                    function(3, **{name: values})
                assert str(caught.value) == f"{name}: row 3 has no value. Give one, or leave the row out."
                assert caught.value.row == 3
