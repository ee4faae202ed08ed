"""Raw cells as numbers in plain Python: the same as the table's encoders make of them, and what is refused."""

import datetime as dt

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from chainrule.data.columns import BooleanEncoder, CategoryEncoder, MomentEncoder, NumberEncoder, WideEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.interop import torch_columns as plain

LEVELS = ["Bonn", "Ulm"]
MOMENTS = [dt.datetime(2024, 2, 29, 17, 5, 1, 250), None, dt.datetime(1969, 12, 31)]  # noqa: DTZ001
ZONED = [each and each.replace(tzinfo=dt.UTC) for each in MOMENTS]


def encoded(encoder, cells):
    series = nw.from_native(pl.Series(encoder.name, cells, strict=False), series_only=True)
    return np.asarray(encoder.encode(series).values)


def moment(x, encoder):
    own = encoder.model_dump(include={"mean", "scale", "zone", "had_gaps"})
    return plain.moment({"x": x}, "x", encoder.kind, cycles=[CYCLES[each] for each in encoder.cycles], **own)


@pytest.mark.parametrize("gaps", [True, False])
def test_they_are_what_the_encoders_make(gaps):
    same = {"name": "x", "had_gaps": gaps}
    cells = [3, 2.5, None, float("nan"), True, np.float32(7)]
    found = [plain.number({"x": x}, "x", mean=2.0, scale=0.3, had_gaps=gaps) for x in cells]
    own = encoded(NumberEncoder(mean=2.0, scale=0.3, **same), [None if x != x else x for x in cells])
    np.testing.assert_allclose(found, own, rtol=1e-15)

    for false in ("no", None):
        cells = ["yes", "no", None] + ["maybe"] * (false is None)
        values = [each for each in (false, "yes") if each]
        found = [plain.boolean({"x": x}, "x", values, mean=0.25, had_gaps=gaps, refuse=False) for x in cells]
        assert found == encoded(BooleanEncoder(false=false, true="yes", mean=0.25, **same), cells).tolist()
    for other in (True, False):
        cells = ["Ulm", "Rome", None]
        found = [plain.category({"x": x}, "x", LEVELS, other=other, had_gaps=gaps, refuse=False) for x in cells]
        assert found == encoded(CategoryEncoder(levels=tuple(LEVELS), other=other, **same), cells).tolist()
    cells = [2.5, 3.0, 4, None]
    found = [plain.category({"x": x}, "x", ["2.5", "3"], other=False, had_gaps=gaps, refuse=False) for x in cells]
    assert found == encoded(CategoryEncoder(levels=(2.5, 3), other=False, **same), cells).tolist()

    numbers = {"mean": 1e9, "scale": 3e8, **same}
    for kind, zone, cells, cycles in (
        ("datetime", None, MOMENTS, ("year", "week", "day")),
        ("datetime", "Asia/Tokyo", ZONED, ("day",)),
        ("date", None, [dt.date(2024, 2, 29), None], ("year",)),
        ("date", None, MOMENTS, ("week",)),
        ("time", None, [dt.time(23, 59, 1, 5), None], ("day",)),
    ):
        encoder = MomentEncoder(kind=kind, zone=zone, cycles=cycles, **numbers)
        own = encoded(encoder, cells)
        for form in (lambda x: x, lambda x: x and x.isoformat()):
            np.testing.assert_allclose([moment(form(x), encoder) for x in cells], own, rtol=0, atol=1e-12)


def test_codes():
    cells = ["Ulm", "Bonn", None, "Rome"]
    found = [plain.code({"x": x}, "x", LEVELS, refuse=False) for x in cells]
    assert found == encoded(WideEncoder(name="x", levels=tuple(LEVELS), had_unknown=True), cells).tolist()


NUMBER = {"mean": 2.0, "scale": 0.3, "had_gaps": False}
TIMES = {"mean": 0.0, "scale": 1.0, "cycles": [], "had_gaps": False}
STRANGE = "Column 'x' holds 'Rome', which no training row held. Correct it, or pass allow_unknown=True."
REFUSED = {
    "A row lacks the column 'x'; it has 'y', 'z'.": lambda: plain.number({"y": 1, "z": 2}, "x", **NUMBER),
    "A row lacks the column 'x'; it has none.": lambda: plain.code({}, "x", LEVELS, refuse=False),
    "Column 'x' must hold numbers; a row holds '3'.": lambda: plain.number({"x": "3"}, "x", **NUMBER),
    "Column 'x': inf is too far from the training rows' mean 2 to calculate with.": (
        lambda: plain.number({"x": float("inf")}, "x", **NUMBER)
    ),
    "Column 'x' must hold no or yes; a row holds 'maybe'.": (
        lambda: plain.boolean({"x": "maybe"}, "x", ["no", "yes"], mean=0.5, had_gaps=False, refuse=False)
    ),
    "Column 'x' must hold a date, or a text as ISO 8601 has it; a row holds 'May'.": (
        lambda: plain.moment({"x": "May"}, "x", "date", zone=None, **TIMES)
    ),
    "Column 'x' must hold a time, or a text as ISO 8601 has it; a row holds 3.": (
        lambda: plain.moment({"x": 3}, "x", "time", zone=None, **TIMES)
    ),
    "Column 'x' had Asia/Tokyo in training; a row holds 2024-05-31 00:00:00.": (
        lambda: plain.moment({"x": "2024-05-31"}, "x", "datetime", zone="Asia/Tokyo", **TIMES)
    ),
    "Column 'x' had no time zone in training; a row holds 2024-05-31 00:00:00+00:00.": (
        lambda: plain.moment({"x": "2024-05-31T00:00:00Z"}, "x", "datetime", zone=None, **TIMES)
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused(message):
    with pytest.raises(ValueError, match="olumn") as caught:
        REFUSED[message]()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "ask",
    [
        lambda refuse: plain.boolean({"x": "Rome"}, "x", ["Ulm"], mean=0.5, had_gaps=False, refuse=refuse),
        lambda refuse: plain.category({"x": "Rome"}, "x", LEVELS, other=False, had_gaps=False, refuse=refuse),
        lambda refuse: plain.code({"x": "Rome"}, "x", LEVELS, refuse=refuse),
    ],
)
def test_values_that_no_training_row_held(ask):
    ask(False)
    with pytest.raises(ValueError, match="Rome") as caught:
        ask(True)
    assert str(caught.value) == STRANGE
