import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.data.columns import MomentEncoder
from chainrule.data.columns.moment import CYCLES
from frames import LIBRARIES, column

libraries = pytest.mark.parametrize("library", LIBRARIES)
DAY = 86400.0


def at(*parts):
    return dt.datetime(*parts)  # noqa: DTZ001


def days(count, step=1, start=dt.date(2024, 1, 1)):
    return [start + dt.timedelta(days=number) for number in range(0, count, step)]


@libraries
def test_by_hand(library):
    encoder = MomentEncoder.fit(column([dt.time(0), dt.time(12), dt.time(21)], "at", library), "time")
    assert encoder.features == ("at", "at: day sin", "at: day cos")
    assert encoder.mean == 11 * 3600
    values = encoder.encode(column([dt.time(6), dt.time(0)], "at", library)).values
    scale = math.sqrt((11**2 + 1 + 10**2) / 3) * 3600
    # atol: the sine of a float64 next to π/2 is that far from 0 at most
    np.testing.assert_allclose(values, [[-5 * 3600 / scale, 1, 0], [-11 * 3600 / scale, 0, 1]], rtol=1e-14, atol=1e-15)


@libraries
def test_the_week_starts_on_monday_at_midnight(library):
    encoder = MomentEncoder(kind="datetime", name="at", mean=0.0, scale=1.0, cycles=("week",), had_gaps=False)
    values = encoder.encode(column([at(2024, 7, 1), at(2024, 7, 4, 12)], "at", library)).values[:, 1:]
    np.testing.assert_allclose(values, [[0, 1], [0, -1]], rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("kind", "cells", "cycles"),
    [
        ("date", days(400), ("year", "week")),
        ("date", days(365), ("year", "week")),
        ("date", days(300), ("week",)),
        ("date", days(7), ("week",)),
        ("date", days(6), ()),
        ("date", [dt.date(2020, month, 1) for month in range(1, 13)], ("year",)),
        ("date", [dt.date(year, 1, 1) for year in range(2000, 2010)], ()),
        ("datetime", [at(2024, 1, 1, hour) for hour in range(24)], ("day",)),
        ("datetime", [at(2024, 1, 1, hour) for hour in range(9, 17)], ()),
        ("datetime", [at(2024, 1, 1), at(2024, 1, 9)], ("week",)),
        ("datetime", [at(2020, 1, 1), at(2022, 1, 1, 0, 0, 1)], ("year", "week", "day")),
        ("datetime", [None, None], ()),
        ("time", [dt.time(9), dt.time(17)], ()),
        ("time", [dt.time(0), dt.time(23)], ("day",)),
    ],
)
def test_cycles_are_those_that_the_training_rows_show(kind, cells, cycles):
    assert MomentEncoder.fit(column(cells), kind).cycles == cycles


@libraries
def test_gaps_in_training_make_a_feature(library):
    encoder = MomentEncoder.fit(column([*days(8), None], "on", library), "date")
    assert encoder.features == ("on", "on: week sin", "on: week cos", "on is missing")
    series = column([None, dt.date(2024, 1, 8)], "on", library)
    block = encoder.encode(series)
    assert block.values[0].tolist() == [0, 0, 0, 1]
    assert block.values[1, 3] == 0
    assert block.notes == ()
    assert encoder.slope(series)[0].tolist() == [0, 0, 0, 0]
    assert encoder.decode(block.values).tolist() == [None, dt.date(2024, 1, 8)]


@libraries
def test_a_gap_that_training_did_not_have_is_a_note(library):
    encoder = MomentEncoder.fit(column(days(8), "on", library), "date")
    block = encoder.encode(column([dt.date(2024, 1, 8), None], "on", library))
    assert block.values[1].tolist() == [0, 0, 0]
    assert [str(note) for note in block.notes] == [
        "Column 'on', row 2: no value, and the training rows had no gap; every feature of the column is 0."
    ]


@libraries
def test_an_offset_becomes_utc(library):
    summer = [dt.datetime(2024, 7, 1, hour, tzinfo=dt.timezone(dt.timedelta(hours=2))) for hour in range(24)]
    series = column(summer, "at", library)
    encoder = MomentEncoder.fit(series, "datetime")
    assert encoder.zone == "UTC"
    assert encoder.mean == (at(2024, 7, 1, 9, 30) - at(1970, 1, 1)).total_seconds()
    assert encoder.decode(encoder.encode(series).values)[0] == np.datetime64("2024-06-30T22:00")


def test_times_in_another_zone_are_converted():
    cells = [dt.datetime(2024, 7, 1, 22, 30, tzinfo=dt.UTC)]
    encoder = MomentEncoder(
        kind="datetime", name="x", mean=0.0, scale=1.0, cycles=(), zone="Europe/Berlin", had_gaps=False
    )
    assert encoder.decode(encoder.encode(column(cells)).values).tolist() == [at(2024, 7, 2, 0, 30)]


def test_slopes_are_derivatives():
    encoder = MomentEncoder.fit(column([at(2020, 1, 1), at(2022, 1, 1, 1)], "at"), "datetime")
    moments = [at(2021, 5, 6, 7, 8, 9), at(1969, 3, 2, 1)]
    step = dt.timedelta(seconds=10)
    higher = encoder.encode(column([moment + step for moment in moments], "at")).values
    lower = encoder.encode(column([moment - step for moment in moments], "at")).values
    # over 20 s of a day the third derivative adds (2π·10/86400)²/6 = 9e-8 of the speed
    speed = 2 * math.pi / DAY
    np.testing.assert_allclose(encoder.slope(column(moments, "at")), (higher - lower) / 20, rtol=0, atol=2e-7 * speed)


@pytest.mark.parametrize(
    ("kind", "raw"), [("datetime", at(2024, 5, 31, 8, 30)), ("date", dt.date(2024, 5, 31)), ("time", dt.time(8, 30))]
)
def test_work(kind, raw):
    cycles = ("day",) if kind == "time" else ("year", "week")
    encoder = MomentEncoder(kind=kind, name="at", mean=86400.0, scale=2.0, cycles=cycles, had_gaps=True)
    lines = encoder.work(column([raw], "at"))
    assert [line.feature for line in lines] == list(encoder.features)
    assert [line.result for line in lines] == encoder.encode(column([raw], "at")).values[0].tolist()
    assert {line.raw for line in lines} == {raw}
    assert lines[0].formula == "(t − mean) / scale"
    assert lines[1].formula == "sin(2π · ((t − start) mod period) / period)"
    for line in lines[:-1]:
        code = line.formula.replace("−", "-").replace("2π", "2 * pi").replace("·", "*").replace("mod", "%")
        found = eval(code, {"sin": np.sin, "cos": np.cos, "pi": math.pi}, dict(line.values))
        assert found == line.result
    lines = encoder.work(column([None], "at"))
    assert [line.result for line in lines] == [0.0] * (len(lines) - 1) + [1.0]
    assert [line.formula for line in lines] == ["0 where there is no value"] * (len(lines) - 1) + [
        "1 if there is no value, else 0"
    ]


def test_work_in_numbers():
    encoder = MomentEncoder(kind="date", name="on", mean=86400.0, scale=2.0, cycles=("week",), had_gaps=False)
    assert [line.numbers for line in encoder.work(column([dt.date(2024, 5, 31)], "on"))] == [
        "(1717113600 − 86400) / 2",
        "sin(2π · ((1717113600 − 345600) mod 604800) / 604800)",
        "cos(2π · ((1717113600 − 345600) mod 604800) / 604800)",
    ]


@libraries
@given(st.lists(st.none() | st.datetimes(at(1900, 1, 1), at(2200, 1, 1)), min_size=1, max_size=10))
def test_decode_gives_back_what_encode_took(library, cells):
    encoder = MomentEncoder.fit(column(cells, library=library), "datetime")
    back = encoder.decode(encoder.encode(column(cells, library=library)).values)
    expected = np.array(cells, dtype="datetime64[us]")
    # seconds of 1900 to 2200 are spaced 1e-6 s apart in float64 and are rounded three times
    assert (np.isnat(back) == np.isnat(expected)).all()
    assert (np.abs((back - expected)[~np.isnat(back)]) <= np.timedelta64(4, "us")).all()


@given(
    st.lists(st.none() | st.dates(), min_size=1, max_size=10), st.lists(st.none() | st.times(), min_size=1, max_size=10)
)
def test_dates_and_times_of_day_come_back_exactly(dates, times):
    for kind, cells in (("date", dates), ("time", times)):
        encoder = MomentEncoder.fit(column(cells), kind)
        assert encoder.decode(encoder.encode(column(cells)).values).tolist() == cells


def test_rounding_on_the_way_back_is_to_the_nearest():
    cells = [dt.time(hour, 7, 3, 123_457 * hour % 1_000_000) for hour in range(24)]
    encoder = MomentEncoder.fit(column(cells), "time")
    assert encoder.decode(encoder.encode(column(cells)).values).tolist() == cells


def test_cycles_are_the_calendar_s():
    assert dt.date.fromordinal(dt.date(1970, 1, 1).toordinal() + int(CYCLES["week"].start / DAY)).weekday() == 0
    assert CYCLES["year"].period * 400 == (dt.date(2400, 1, 1) - dt.date(2000, 1, 1)).total_seconds()
