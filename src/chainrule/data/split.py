"""Which rows a network learns from and which it is judged by: at random, by class, by group, or by time.

The same arguments give the same rows on every machine: shuffles come from the project's own generator.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import narwhals as nw
import numpy as np

from chainrule._typing import Array, Int
from chainrule.data.cells import Distinct, distinct, shown
from chainrule.errors import DataError, InputError
from chainrule.ops.random import Rng

Values: TypeAlias = Any
"""One value a row: a narwhals Series, a NumPy array or a sequence."""
AT_RANDOM = "split at random (split='random', --split random)"


class Split(NamedTuple):
    """Row numbers, from 0 and in the table's order (by time: in the order of time)."""

    train: Int[Array, " train"]
    test: Int[Array, " test"]


def split_rows(
    rows: int,
    *,
    test: float = 0.2,
    seed: int = 0,
    stratify: Values | None = None,
    groups: Values | None = None,
    time: Values | None = None,
    numbers: Int[Array, " n"] | None = None,
) -> Split:
    """Split rows into training and test rows; at random unless one of the last three arguments says otherwise.

    Args:
        rows: how many rows there are.
        test: the share of test rows, between 0 and 1; the number is rounded, and at least 1.
        seed: which of all shuffles.
        stratify: a class a row; each class is split by itself, as near to the share as whole rows allow, and has a
            row or more on both sides.
        groups: a group a row; no group has rows on both sides, so the share is met only as nearly as groups allow.
        time: when each row was (anything that sorts); the last rows are the test rows. Rows of the same time stay
            together, so the share may not be met exactly.
        numbers: the number of each row in the table, for messages; from 1 by default.

    Raises:
        InputError: what is asked for cannot be done.
        DataError: a row has no class, group or time, or a class has a single row.

    >>> split_rows(10, test=0.3)
    Split(train=array([0, 2, 5, 6, 7, 8, 9]), test=array([1, 3, 4]))
    >>> split_rows(6, test=0.3, time=[5, 4, 3, 2, 1, 0])
    Split(train=array([5, 4, 3, 2]), test=array([1, 0]))
    """
    _check(rows, stratify, groups, time)
    if not 0 < test < 1:
        raise InputError(f"test must be a share between 0 and 1; got {test!r}.")
    wanted = min(max(int(np.floor(test * rows + 0.5)), 1), rows - 1)
    rng = Rng(seed).child("split")
    if stratify is not None:
        return _sides(_stratified(codes_of(stratify, rows, "stratify", numbers), wanted, rng, numbers))
    if groups is not None:
        return _sides(_grouped(codes_of(groups, rows, "groups", numbers), wanted, rng))
    if time is not None:
        return _by_time(time, rows, wanted, numbers)
    is_test = np.zeros(rows, dtype=bool)
    is_test[rng.permutation(rows)[:wanted]] = True
    return _sides(is_test)


def folds(
    rows: int,
    k: int,
    *,
    seed: int = 0,
    stratify: Values | None = None,
    groups: Values | None = None,
    time: Values | None = None,
) -> Iterator[Split]:
    """Split rows ``k`` times, so that every row is a test row once; the arguments are those of :func:`split_rows`.

    By time, the rows are cut into ``k + 1`` stretches: each but the first is the test once, and only what came before
    it is trained on.

    >>> [split.test.tolist() for split in folds(7, 3)]
    [[0, 5, 6], [1, 2], [3, 4]]
    >>> [(split.train.tolist(), split.test.tolist()) for split in folds(6, 2, time=[0, 1, 2, 3, 4, 5])]
    [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
    """
    _check(rows, stratify, groups, time)
    if isinstance(k, bool) or not 2 <= k <= rows:
        raise InputError(f"folds needs k between 2 and the number of rows, {rows}; got {k!r}.")
    rng = Rng(seed).child("folds")
    if time is not None:
        return _stretches(time, rows, k)
    if stratify is not None:
        fold = _dealt_by_class(codes_of(stratify, rows, "stratify"), k, rng)
    elif groups is not None:
        fold = _dealt_groups(codes_of(groups, rows, "groups"), k, rng)
    else:
        fold = np.empty(rows, dtype=np.int64)
        fold[rng.permutation(rows)] = np.arange(rows) % k
    return (_sides(fold == number) for number in range(k))


class Coded(NamedTuple):
    """Values as numbers from 0, in order of appearance."""

    index: Int[Array, " n"]
    names: list[str]
    counts: Int[Array, " k"]


def codes_of(values: Values, rows: int, argument: str, numbers: Int[Array, " n"] | None = None) -> Coded:
    """Number the distinct values, refusing gaps; ``numbers`` are those of the rows in the table, for the message.

    >>> codes_of(["b", "a", "b"], 3, "groups").index
    array([0, 1, 0], dtype=int32)
    """
    series = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        names, index = distinct(cast("nw.Series[Any]", series))
    else:
        names, index = _numbered(np.asarray(values).tolist())
    _check_length(index, rows, argument)
    _check_gaps(index < 0, argument, numbers)
    return Coded(index, [shown(name) for name in names], np.bincount(index))


def _numbered(values: list[Any]) -> Distinct:
    number_of: dict[Any, int] = {}
    index = [-1 if v is None or v != v else number_of.setdefault(v, len(number_of)) for v in values]  # v != v: NaN
    return Distinct(list(number_of), np.asarray(index, dtype=np.int32))


def _stratified(classes: Coded, wanted: int, rng: Rng, numbers: Int[Array, " n"] | None) -> Any:
    _check_single(classes, numbers)
    counts, rows = classes.counts, len(classes.index)
    if not len(counts) <= wanted <= rows - len(counts):
        side, number = ("test", wanted) if wanted < len(counts) else ("training", rows - wanted)
        raise InputError(
            f"{_rows(number, side)} cannot hold each of the {len(counts)} classes. "
            f"Choose a {'larger' if side == 'test' else 'smaller'} test, or {AT_RANDOM}."
        )
    quota = counts * (wanted / rows)
    take = np.clip(np.floor(quota).astype(np.int64), 1, counts - 1)
    while take.sum() != wanted:  # at most once a class
        step = 1 if take.sum() < wanted else -1
        room = np.where(take < counts - 1 if step > 0 else take > 1, (quota - take) * step, -np.inf)
        take[int(room.argmax())] += step
    return _place_in_class(classes, rng) < take[classes.index]


def _grouped(groups: Coded, wanted: int, rng: Rng) -> Any:
    """Take groups in random order, each when it brings the number of test rows nearer to what is wanted."""
    if len(groups.counts) < 2:
        raise InputError(f"groups holds one group only, {groups.names[0]}; two or more are needed to split by group.")
    chosen: list[int] = []
    total = 0
    for group in rng.permutation(len(groups.counts)).tolist():
        size = int(groups.counts[group])
        if abs(total + size - wanted) < abs(total - wanted):
            chosen.append(group)
            total += size
    if not chosen:
        chosen = [int(groups.counts.argmin())]
    return np.isin(groups.index, chosen[: len(groups.counts) - 1])


def _by_time(time: Values, rows: int, wanted: int, numbers: Int[Array, " n"] | None) -> Split:
    order, starts = _in_time(time, rows, numbers)
    if not starts.size:
        raise InputError("time is the same in all rows, so there is no earlier and later. Split at random instead.")
    cut = int(starts[np.abs(starts - (rows - wanted)).argmin()])
    return Split(order[:cut], order[cut:])


def _stretches(time: Values, rows: int, k: int) -> Iterator[Split]:
    order, starts = _in_time(time, rows)
    if len(starts) < k:
        raise InputError(f"time has {len(starts) + 1} different values; {k} folds by time need {k + 1} or more.")
    cuts: list[int] = []
    for number in range(1, k + 1):
        free = starts[starts > (cuts[-1] if cuts else 0)]
        free = free[: len(free) - (k - number)]  # leave one for each cut that follows
        cuts.append(int(free[np.abs(free - rows * number / (k + 1)).argmin()]))
    ends = [*cuts[1:], rows]
    return (Split(order[:cut], order[cut:end]) for cut, end in zip(cuts, ends, strict=True))


def _in_time(time: Values, rows: int, numbers: Int[Array, " n"] | None = None) -> tuple[Any, Any]:
    """Row numbers in the order of time, and where in it a new time starts (but the first)."""
    series = nw.from_native(time, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        values, gaps = series.to_numpy(), np.asarray(series.is_null().to_numpy(), dtype=bool)
    else:
        values = np.asarray(time)
        gaps = np.asarray([value is None for value in values.tolist()], dtype=bool)
    _check_length(values, rows, "time")
    _check_gaps(gaps | np.asarray(values != values, dtype=bool), "time", numbers)  # NaN, NaT
    if values.dtype.kind in "UT" or (values.dtype == object and any(isinstance(value, str) for value in values)):
        raise InputError("time holds texts, whose order need not be that of time. Convert them to dates or numbers.")
    order = np.argsort(values, kind="stable")
    in_order = values[order]
    return order, np.flatnonzero(np.asarray(in_order[1:] != in_order[:-1], dtype=bool)) + 1


def _dealt_by_class(classes: Coded, k: int, rng: Rng) -> Any:
    """Deal each class's rows in random order, going on with the fold after the last class's last."""
    _check_single(classes)
    before = np.cumsum(classes.counts) - classes.counts
    return (before[classes.index] + _place_in_class(classes, rng)) % k


def _dealt_groups(groups: Coded, k: int, rng: Rng) -> Any:
    """Give the largest group left to the fold with the fewest rows; equals in random order."""
    if len(groups.counts) < k:
        raise InputError(f"groups holds {len(groups.counts)} groups; {k} folds need {k} or more.")
    shuffled = rng.permutation(len(groups.counts))
    by_size = shuffled[np.argsort(-groups.counts[shuffled], kind="stable")]
    fold_of = np.empty(len(groups.counts), dtype=np.int64)
    sizes = np.zeros(k, dtype=np.int64)
    for group in by_size.tolist():
        fold_of[group] = sizes.argmin()
        sizes[fold_of[group]] += groups.counts[group]
    return fold_of[groups.index]


def _place_in_class(classes: Coded, rng: Rng) -> Any:
    """Each row's place in a random order of its class's rows."""
    shuffled = rng.permutation(len(classes.index))
    by_class = shuffled[np.argsort(classes.index[shuffled], kind="stable")]
    starts = np.cumsum(classes.counts) - classes.counts
    place = np.empty(len(by_class), dtype=np.int64)
    place[by_class] = np.arange(len(by_class)) - np.repeat(starts, classes.counts)
    return place


def _sides(is_test: Any) -> Split:
    return Split(np.flatnonzero(~is_test), np.flatnonzero(is_test))


def _check(rows: int, stratify: Values | None, groups: Values | None, time: Values | None) -> None:
    given = [n for n, v in (("stratify", stratify), ("groups", groups), ("time", time)) if v is not None]
    if len(given) > 1:
        raise InputError(f"Give one of stratify, groups and time; got {' and '.join(given)}.")
    if rows < 2:
        raise InputError(f"There must be two rows or more to split; got {rows}.")


def _check_length(values: Sequence[Any] | Array, rows: int, argument: str) -> None:
    if len(values) != rows:
        raise InputError(f"{argument} must have one value a row, {rows}; got {len(values)}.")


def _check_gaps(gaps: Any, argument: str, numbers: Int[Array, " n"] | None) -> None:
    if gaps.any():
        row = _number(int(gaps.argmax()), numbers)
        raise DataError(f"{argument}: row {row} has no value. Give one, or leave the row out.", row=row)


def _check_single(classes: Coded, numbers: Int[Array, " n"] | None = None) -> None:
    if classes.counts.min() == 1:
        number = int(classes.counts.argmin())
        row = _number(int((classes.index == number).argmax()), numbers)
        raise DataError(
            f"Class {classes.names[number]} has a single row, row {row}: it cannot be both learned from and judged by. "
            f"Leave the row out, or {AT_RANDOM}.",
            row=row,
        )


def _number(place: int, numbers: Int[Array, " n"] | None) -> int:
    return place + 1 if numbers is None else int(numbers[place])


def _rows(number: int, side: str) -> str:
    return f"{number} {side} row{'' if number == 1 else 's'}"
