"""A point in time becomes how far it lies from the training mean, and where it stands in the year, week and day.

``t`` is in seconds since 1970-01-01 00:00, for a time of day since midnight. A cycle of period P becomes the sine and
cosine of ``2π · ((t − start) mod P) / P``, so that its end lies beside its beginning. A column has a cycle when its
training rows tell places in it apart (dates have no time of day; first days of months no weekday) and span at least
:data:`SPAN` of it. A gap becomes 0 in all of these.
"""

import math
from typing import Any, Literal, NamedTuple, Self

import narwhals as nw
import numpy as np
from pydantic import Field

from chainrule._typing import Array, Float
from chainrule.data.cells import SECONDS_A_DAY, seconds, time_zone
from chainrule.data.columns.base import Block, FeatureEncoder, Worked, note_rows, one_value
from chainrule.data.columns.number import moments, standardize, work_missing

SPAN = 6 / 7
"""The share of a cycle that the training rows must span: Monday to Sunday spans six days of seven."""

CycleName = Literal["year", "week", "day"]


class Cycle(NamedTuple):
    """Where a cycle starts and how long it is, in seconds."""

    start: float
    period: float


CYCLES: dict[CycleName, Cycle] = {
    "year": Cycle(0.0, 365.2425 * SECONDS_A_DAY),  # the Gregorian mean: at most a day off the calendar
    "week": Cycle(4 * SECONDS_A_DAY, 7 * SECONDS_A_DAY),  # 1970-01-05 was a Monday
    "day": Cycle(0.0, SECONDS_A_DAY),
}


class MomentEncoder(FeatureEncoder):
    """``(t − mean) / scale``, and sine and cosine of the column's cycles.

    >>> encoder = MomentEncoder(kind="time", name="at", mean=3600.0, scale=3600.0, cycles=("day",), had_gaps=False)
    >>> encoder.features
    ('at', 'at: day sin', 'at: day cos')
    >>> import datetime as dt
    >>> import polars as pl
    >>> encoder.encode(nw.from_native(pl.Series("at", [dt.time(0)]), series_only=True)).values
    array([[-1.,  0.,  1.]])
    """

    kind: Literal["datetime", "date", "time"]
    mean: float
    scale: float = Field(gt=0)
    cycles: tuple[CycleName, ...]
    zone: str | None = None
    """The time zone whose clock and calendar count; None when the training rows had none."""
    had_gaps: bool

    @classmethod
    def fit(cls, series: nw.Series[Any], kind: Literal["datetime", "date", "time"]) -> Self:
        """Learn mean, scale, the cycles, and whether there are gaps."""
        zone = time_zone(series) if kind != "time" else None
        t = seconds(series, kind, zone)
        return cls(
            kind=kind,
            name=series.name,
            **moments(t)._asdict(),
            cycles=_cycles(t[~np.isnan(t)], kind),
            zone=zone,
            had_gaps=bool(np.isnan(t).any()),
        )

    @property
    def features(self) -> tuple[str, ...]:
        """The distance from the mean, two a cycle, and whether it is missing when training rows had gaps."""
        names = [self.name, *(f"{self.name}: {cycle} {wave}" for cycle in self.cycles for wave in ("sin", "cos"))]
        return (*names, f"{self.name} is missing") if self.had_gaps else tuple(names)

    def encode(self, series: nw.Series[Any]) -> Block:
        """See :meth:`FeatureEncoder.encode`."""
        t = seconds(series, self.kind, self.zone)
        gaps = np.isnan(t)
        notes = ()
        if gaps.any() and not self.had_gaps:
            notes = (note_rows(self.name, "gap", series, gaps, "every feature of the column is 0"),)
        return Block(self.encode_seconds(t), notes)

    def encode_seconds(self, t: Float[Array, " n"]) -> Float[Array, "n k"]:
        """The features of points in time that are given in seconds, NaN for a gap."""
        gaps = np.isnan(t)
        t = np.where(gaps, self.mean, t)
        columns = [standardize(t, self.mean, self.scale, self.name)]
        for name in self.cycles:
            angle = _angle(t, CYCLES[name])
            columns += [np.where(gaps, 0.0, np.sin(angle)), np.where(gaps, 0.0, np.cos(angle))]
        if self.had_gaps:
            columns.append(gaps.astype(np.float64))
        return np.stack(columns, axis=1)

    def decode(self, values: Float[Array, "n k"]) -> Array:
        """Return ``t = z · scale + mean``, to the microsecond (a date: to the day).

        The result is datetime64 (on the clock of :attr:`zone`), or for times of day an array of ``datetime.time``.
        Gaps are NaT or None.
        """
        t = values[:, 0] * self.scale + self.mean
        gaps = values[:, -1] > 0.5 if self.had_gaps else np.zeros(len(t), dtype=bool)
        step = 1e-6 if self.kind != "date" else SECONDS_A_DAY
        whole = np.rint(t / step).astype(np.int64)
        if self.kind != "time":
            result = whole.astype("datetime64[D]" if self.kind == "date" else "datetime64[us]")
            return np.where(gaps, np.datetime64("NaT"), result)
        import polars as pl

        nanoseconds = pl.Series(np.clip(whole, 0, 86_399_999_999) * 1000)
        times = nanoseconds.cast(pl.Time).to_numpy().copy()
        times[gaps] = None
        return times

    def slope(self, series: nw.Series[Any]) -> Float[Array, "n k"]:
        """Per second: ``1 / scale``, ``2π / P · cos``, ``−2π / P · sin``; 0 at a gap and for "is missing"."""
        return self.slope_seconds(seconds(series, self.kind, self.zone))

    def slope_seconds(self, t: Float[Array, " n"]) -> Float[Array, "n k"]:
        """The same as :meth:`slope`, at points in time that are given in seconds."""
        values = self.encode_seconds(t)
        result = np.zeros_like(values)
        result[:, 0] = np.where(np.isnan(t), 0.0, 1 / self.scale)
        for place, name in enumerate(self.cycles):
            speed = 2 * math.pi / CYCLES[name].period
            sine, cosine = 1 + 2 * place, 2 + 2 * place
            result[:, sine] = speed * values[:, cosine]
            result[:, cosine] = -speed * values[:, sine]
        return result

    def work(self, series: nw.Series[Any]) -> list[Worked]:
        """See :meth:`FeatureEncoder.work`."""
        raw, result = one_value(series), self.encode(series).values[0].tolist()
        formulas: list[tuple[str, dict[str, float]]] = []
        if raw is None:
            formulas = [("0 where there is no value", {})] * (1 + 2 * len(self.cycles))
        else:
            t = float(seconds(series, self.kind, self.zone)[0])
            formulas.append(("(t − mean) / scale", {"t": t, "mean": self.mean, "scale": self.scale}))
            for name in self.cycles:
                values = {"t": t, **CYCLES[name]._asdict()}
                formulas += [(f"{wave}(2π · ((t − start) mod period) / period)", values) for wave in ("sin", "cos")]
        rows = zip(self.features, formulas, result, strict=False)
        lines = [Worked(self.name, raw, feature, *formula, number) for feature, formula, number in rows]
        return [*lines, work_missing(self.name, raw, result[-1])] if self.had_gaps else lines


def _angle(t: Float[Array, " n"], cycle: Cycle) -> Float[Array, " n"]:
    return 2 * math.pi * np.mod(t - cycle.start, cycle.period) / cycle.period


def _cycles(t: Float[Array, " n"], kind: str) -> tuple[CycleName, ...]:
    if not t.size:
        return ()
    days = np.floor(t / SECONDS_A_DAY)
    dates = days.astype("datetime64[D]")
    timed = bool((t != days * SECONDS_A_DAY).any())
    in_month = timed or bool((dates != dates.astype("datetime64[M]")).any())
    in_year = in_month or bool((dates != dates.astype("datetime64[Y]")).any())
    told_apart: dict[CycleName, bool] = {"year": in_year, "week": in_month, "day": timed}
    span = float(t.max() - t.min())
    names: tuple[CycleName, ...] = ("day",) if kind == "time" else ("year", "week", "day")
    return tuple(name for name in names if told_apart[name] and span >= SPAN * CYCLES[name].period)
