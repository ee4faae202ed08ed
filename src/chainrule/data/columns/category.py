"""A category becomes one feature a level (one-hot), or, with many levels, a code for an embedding.

Levels are the values of the training rows, sorted as :func:`chainrule.data.cells.sort_labels` says. In a table of
:data:`ROWS_FOR_RARE` training rows or more, values held by fewer than :data:`RARE_ROWS` rows are not kept as levels:
together they are "other" (one-hot) or code 0, so that the network learns what to make of a value it does not know.
Where more than half of the rows would be that, all values are kept instead.
"""

from typing import Annotated, Any, Literal, NamedTuple

import narwhals as nw
import numpy as np
from pydantic import AfterValidator

from chainrule._typing import Array, Bool, Float, Int
from chainrule.data.cells import Label, distinct, key, label, shown, sort_labels
from chainrule.data.columns.base import Block, Encoder, FeatureEncoder, Note, Worked, note_rows, one_value

WIDE = 32
"""A category with more levels than this is given to the network as a code instead of one feature a level."""
RARE_ROWS = 3
ROWS_FOR_RARE = 200


def _different(levels: tuple[Label, ...]) -> tuple[Label, ...]:
    if len({key(level) for level in levels}) < len(levels):
        raise ValueError("levels must differ")
    return levels


Levels = Annotated[tuple[Label, ...], AfterValidator(_different)]


class Codes(NamedTuple):
    """The codes of a wide category, and what was done with cells that training did not prepare for."""

    values: Int[Array, " n"]
    notes: tuple[Note, ...]


class CategoryEncoder(FeatureEncoder):
    """``1 if the value is the level, else 0`` for each level.

    A value that is no level is 1 in the feature "is other" when the training rows had rare values, else 0 everywhere.
    A gap is 1 in the feature "is missing" when the training rows had gaps, else it is treated as such a value.

    >>> encoder = CategoryEncoder(name="island", levels=("Biscoe", "Dream"), other=False, had_gaps=True)
    >>> encoder.features
    ('island = Biscoe', 'island = Dream', 'island is missing')
    >>> import polars as pl
    >>> encoder.encode(nw.from_native(pl.Series("island", ["Dream", None]), series_only=True)).values
    array([[0., 1., 0.],
           [0., 0., 1.]])
    """

    kind: Literal["category"] = "category"
    levels: Levels
    other: bool
    had_gaps: bool

    @property
    def features(self) -> tuple[str, ...]:
        """One a level, then "is other", then "is missing"."""
        names = [f"{self.name} = {key(level)}" for level in self.levels]
        names += [f"{self.name} is other"] * self.other + [f"{self.name} is missing"] * self.had_gaps
        return tuple(names)

    def encode(self, series: nw.Series[Any]) -> Block:
        """See :meth:`FeatureEncoder.encode`."""
        unknown = len(self.levels) if self.other else -1
        missing = len(self.features) - 1 if self.had_gaps else unknown
        place, strange, gaps = _places(series, self.levels, 0, unknown, missing)
        values = np.zeros((len(place), len(self.features)))
        rows = np.flatnonzero(place >= 0)
        values[rows, place[rows]] = 1.0
        done = "it counts as other" if self.other else "every feature of the column is 0"
        return Block(values, _notes(self.name, series, strange, gaps, done, had_gaps=self.had_gaps, learned=self.other))

    def decode(self, values: Float[Array, "n k"]) -> Array:
        """Return the level with the largest feature; None for other, missing, or when none is above 0."""
        labels = np.empty(len(self.features) + 1, dtype=object)
        labels[: len(self.levels)] = self.levels
        if not self.features:
            return np.full(len(values), None, dtype=object)
        return labels[np.where(values.max(axis=1) > 0, values.argmax(axis=1), len(self.features))]

    def slope(self, series: nw.Series[Any]) -> None:
        """None: levels are compared, they have no slope."""

    def work(self, series: nw.Series[Any]) -> list[Worked]:
        """See :meth:`FeatureEncoder.work`."""
        raw, result = one_value(series), self.encode(series).values[0].tolist()
        formulas = [f"1 if {self.name} is {shown(level)}, else 0" for level in self.levels]
        formulas += [f"1 if {self.name} is none of the {len(self.levels)} levels, else 0"] * self.other
        formulas += ["1 if there is no value, else 0"] * self.had_gaps
        rows = zip(self.features, formulas, result, strict=True)
        return [Worked(self.name, raw, feature, formula, {}, number) for feature, formula, number in rows]


class WideEncoder(Encoder):
    """A code for an embedding: 1 to k for the levels, 0 for any other value and for a gap.

    >>> encoder = WideEncoder(name="city", levels=("Bonn", "Ulm"), had_unknown=False)
    >>> encoder.size
    3
    >>> import polars as pl
    >>> encoder.encode(nw.from_native(pl.Series("city", ["Ulm", "Rome"]), series_only=True)).values
    array([2, 0], dtype=int32)
    """

    kind: Literal["wide"] = "wide"
    levels: Levels
    had_unknown: bool
    """Whether some training rows had code 0 (rare values or gaps), so that the network has learned from it."""

    @property
    def size(self) -> int:
        """How many codes there are, with 0."""
        return len(self.levels) + 1

    @property
    def input(self) -> str:
        """The name of the network's input: the column's, unless that is taken."""
        return self.name if self.name != "features" else "features (column)"

    def encode(self, series: nw.Series[Any]) -> Codes:
        """Turn the column into its codes."""
        place, strange, gaps = _places(series, self.levels, 1, 0, 0)
        done = "code 0 was used" + ("" if self.had_unknown else ", from which the network has not learned")
        return Codes(
            place, _notes(self.name, series, strange, gaps, done, had_gaps=self.had_unknown, learned=self.had_unknown)
        )

    def decode(self, codes: Int[Array, " n"]) -> Array:
        """Turn codes back into levels, 0 into None."""
        return np.asarray([None, *self.levels], dtype=object)[codes]

    def work(self, series: nw.Series[Any]) -> list[Worked]:
        """Show the code of a column of one row."""
        formula = f"place of {self.name} among the {len(self.levels)} levels in order, 0 if it is none of them"
        result = int(self.encode(series).values[0])
        return [Worked(self.name, one_value(series), f"{self.name} (code)", formula, {}, result)]


def fit_category(series: nw.Series[Any]) -> CategoryEncoder | WideEncoder:
    """Learn the levels of a category, and choose features or codes.

    >>> import polars as pl
    >>> fit_category(nw.from_native(pl.Series("island", ["b", "a", "b"]), series_only=True)).levels
    ('a', 'b')
    """
    found = distinct(series)
    rows = np.bincount(found.index[found.index >= 0], minlength=len(found.values))
    least = RARE_ROWS if len(series) >= ROWS_FOR_RARE else 1
    by_key: dict[str, int] = {}
    for value, count in zip(found.values, rows.tolist(), strict=True):
        name = key(label(value))
        by_key[name] = by_key.get(name, 0) + count
    every = sort_labels(label(value) for value in found.values)
    if 2 * sum(count for count in by_key.values() if count < least) > len(series):
        least = 1
    levels = tuple(level for level in every if by_key[key(level)] >= least)
    rare, gaps = len(levels) < len(every), bool((found.index < 0).any())
    if len(levels) > WIDE:
        return WideEncoder(name=series.name, levels=levels, had_unknown=rare or gaps)
    return CategoryEncoder(name=series.name, levels=levels, other=rare, had_gaps=gaps)


def _places(
    series: nw.Series[Any], levels: tuple[Label, ...], first: int, unknown: int, missing: int
) -> tuple[Int[Array, " n"], Bool[Array, " n"], Bool[Array, " n"]]:
    """Each row's place among the levels, counted from ``first``; which rows hold no level; which hold nothing."""
    found = distinct(series)
    place_of = {key(level): first + place for place, level in enumerate(levels)}
    keys = [key(label(value)) for value in found.values]
    places = np.asarray([*(place_of.get(name, unknown) for name in keys), missing], dtype=np.int32)
    strange = np.asarray([*(name not in place_of for name in keys), False])
    return places[found.index], strange[found.index], found.index < 0


def _notes(
    name: str,
    cells: Any,
    strange: Bool[Array, " n"],
    gaps: Bool[Array, " n"],
    done: str,
    *,
    had_gaps: bool,
    learned: bool,
) -> tuple[Note, ...]:
    notes = [note_rows(name, "unknown", cells, strange, done, learned=learned)] if strange.any() else []
    if gaps.any() and not had_gaps:
        notes.append(note_rows(name, "gap", cells, gaps, done))
    return tuple(notes)
