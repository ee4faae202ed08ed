"""The columns that effects are of: where each enters the network, and how its raw values become what enters.

Shapes: n rows, k features of an input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from chainrule._typing import Array, Float
from chainrule.data.cells import SECONDS_A_DAY, Label, distinct, key, label, numbers, seconds
from chainrule.data.columns import BooleanEncoder, CategoryEncoder, MomentEncoder, NumberEncoder, WideEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.data.frames import series_of
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.format import short

if TYPE_CHECKING:
    import narwhals as nw

    from chainrule.data.columns import ColumnEncoder
    from chainrule.data.encode import TableEncoder

UNITS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": SECONDS_A_DAY,
    "week": 7 * SECONDS_A_DAY,
    "year": CYCLES["year"].period,
}
"""Seconds in each unit that the effect of a point in time may be given in."""


class Cells(NamedTuple):
    """Rows, as the network takes them and, where it was trained on a table, as they stand there."""

    inputs: dict[str, Array]
    frame: "nw.DataFrame[Any] | None"
    notes: tuple[str, ...] = ()
    numbers: Array | None = None
    """What people call each row; None for 1, 2, and so on."""

    def number(self, row: int) -> int:
        """What people call a row: they count from 1, Python from 0."""
        return row + 1 if self.numbers is None else int(self.numbers[row])

    @property
    def rows(self) -> int:
        """How many."""
        return len(next(iter(self.inputs.values())))

    def at(self, rows: "slice | Array") -> "Cells":
        """Some of the rows."""
        inputs = {name: array[rows] for name, array in self.inputs.items()}
        numbers = (np.arange(1, self.rows + 1) if self.numbers is None else self.numbers)[rows]
        if self.frame is None:
            return Cells(inputs, None, numbers=numbers)
        return Cells(inputs, self.frame[rows if isinstance(rows, slice) else rows.tolist()], numbers=numbers)


@dataclass(frozen=True)
class Column:
    """A raw column, and where it enters the network."""

    name: str
    input: str
    """The network's input."""
    place: slice | None
    """Where on that input's last axis; None where the input is one number a row."""
    encoder: "ColumnEncoder | None"
    """None for a column of an array, which enters as it is."""

    @property
    def levels(self) -> tuple[Label, ...] | None:
        """The values that are compared; None for a column with a slope."""
        if isinstance(self.encoder, BooleanEncoder):
            return () if self.encoder.false is None else (self.encoder.false, self.encoder.true)
        return self.encoder.levels if isinstance(self.encoder, (CategoryEncoder, WideEncoder)) else None

    @property
    def is_time(self) -> bool:
        """Whether it holds points in time."""
        return isinstance(self.encoder, MomentEncoder)

    @property
    def cycles(self) -> tuple[str, ...]:
        """The cycles that a point in time stands in: ``("year", "week")``."""
        return self.encoder.cycles if isinstance(self.encoder, MomentEncoder) else ()

    @property
    def unit(self) -> str:
        """What the slope of a point in time is given in where nothing is said."""
        return "hour" if isinstance(self.encoder, MomentEncoder) and self.encoder.kind == "time" else "day"

    def values(self, cells: Cells) -> Float[Array, " n"]:
        """The raw numbers (of points in time: seconds), NaN at a gap."""
        if cells.frame is None or self.encoder is None:
            return np.asarray(self.part(cells.inputs), dtype=np.float64).reshape(cells.rows)
        series = cells.frame[self.name]
        if isinstance(self.encoder, MomentEncoder):
            return seconds(series, self.encoder.kind, self.encoder.zone)
        return numbers(series)

    def told(self, value: float) -> str:
        """A raw number as people read it; of seconds the moment."""
        if not isinstance(self.encoder, MomentEncoder):
            return short(value, 6)
        moment = np.datetime64(round(value * 1000), "ms")
        if self.encoder.kind == "time":
            return str(moment)[11:16]
        return str(moment)[:10] if self.encoder.kind == "date" else str(moment)[:16].replace("T", " ")

    def number(self, given: object) -> float:
        """What a user passes for a value as a raw number; of a point in time its seconds."""
        if isinstance(given, (bool, str)) and not self.is_time:
            return np.nan
        if isinstance(self.encoder, MomentEncoder):
            return float(seconds(_series(self.name, [given]), self.encoder.kind, self.encoder.zone)[0])
        return float(numbers(_series(self.name, [given]))[0])

    def slope(self, values: Float[Array, " n"]) -> Float[Array, "n k"]:
        """Return d feature / d raw value at raw values; 0 at a gap."""
        if isinstance(self.encoder, MomentEncoder):
            return self.encoder.slope_seconds(values)
        if isinstance(self.encoder, NumberEncoder):
            return self.encoder.slope(_series(self.name, values))
        return np.ones((len(values), 1))

    def held(self, cells: Cells) -> list[Label | None]:
        """Each row's level; None at a gap or where it is none of the levels."""
        assert cells.frame is not None
        by_key = {key(level): level for level in self.levels or ()}
        found = distinct(cells.frame[self.name])
        labels = [by_key.get(key(label(value))) for value in found.values]
        return [labels[place] if place >= 0 else None for place in found.index.tolist()]

    def part(self, inputs: Mapping[str, Array]) -> Array:
        """The column's part of the inputs."""
        return inputs[self.input] if self.place is None else inputs[self.input][:, self.place]

    def encode(self, values: Sequence[Any] | Array) -> Array:
        """Raw values (of points in time: seconds) as they enter the network, a row each."""
        if self.encoder is None:
            return np.asarray(values, dtype=np.float64)[:, None]
        if isinstance(self.encoder, MomentEncoder):
            return self.encoder.encode_seconds(np.asarray(values, dtype=np.float64))
        return self.encoder.encode(_series(self.name, values)).values

    def put(self, inputs: Mapping[str, Array], encoded: Array) -> dict[str, Array]:
        """The inputs with this column replaced; the others are shared."""
        old = inputs[self.input]
        changed = np.empty_like(old)
        changed[...] = old
        if self.place is None:
            changed[...] = encoded
        else:
            changed[:, self.place] = encoded
        return {**inputs, self.input: changed}


def table_columns(encoder: "TableEncoder") -> tuple[Column, ...]:
    """The columns of a table, in its order."""
    places = encoder.places
    return tuple(
        Column(each.name, each.input, None, each)
        if isinstance(each, WideEncoder)
        else Column(each.name, "features", places[each.name], each)
        for each in encoder.columns
    )


def array_columns(shapes: Mapping[str, tuple[int, ...]], names: Sequence[str] | None) -> tuple[Column, ...]:
    """The columns of a network's inputs that are plain rows of numbers: ``names``, or ``input[0]`` and so on.

    Raises:
        InputError: an input is no row of numbers, or the names do not go with the columns.
    """
    for name, shape in shapes.items():
        if len(shape) != 1:
            raise InputError(
                f"Effects are of columns, and a row of the input '{name}' has the shape {shape}: give effects of a "
                "network that takes rows of numbers, or one that was trained on a table."
            )
    places = [(name, place) for name, (size,) in shapes.items() for place in range(size)]
    called = [f"{name}[{place}]" for name, place in places] if names is None else list(names)
    if isinstance(names, str) or len(called) != len(places) or len(set(called)) < len(called):
        raise InputError(
            f"names must be {len(places)} different names, one for each column of the network's input; got {names!r}."
        )
    return tuple(
        Column(label, name, slice(place, place + 1), None) for label, (name, place) in zip(called, places, strict=True)
    )


def find_column(columns: Sequence[Column], name: object) -> Column:
    """The column of a name.

    Raises:
        InputError: there is none.
    """
    for column in columns:
        if column.name == name:
            return column
    names = [column.name for column in columns]
    raise InputError(
        f"The network takes no column '{name}'; it takes {list_some(names)}.{did_you_mean(str(name), names)}"
    )


def base_level(column: Column, wanted: object = None) -> Label:
    """The level that the others are compared with: the one wanted, else the first.

    Raises:
        InputError: the column has no such level, or no levels.
    """
    levels = column.levels
    if levels is None:
        raise InputError(f"'{column.name}' holds numbers, which have a slope and no base; leave it out of base=.")
    if wanted is None:
        return levels[0]
    by_key = {key(level): level for level in levels}
    name = key(cast("Label", wanted))
    if name not in by_key:
        raise InputError(
            f"'{column.name}' has no level '{wanted}' to compare with; it has {list_some(by_key)}."
            f"{did_you_mean(name, by_key)}"
        )
    return by_key[name]


def _series(name: str, values: Sequence[Any] | Array) -> "nw.Series[Any]":
    import narwhals as nw

    given = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return nw.from_native(series_of(name, given), series_only=True)
