"""Files that take raw columns: onnxruntime gives what ``run.predict`` gives, gaps and unknown values included."""

import datetime as dt
from pathlib import Path

import numpy as np
import onnxruntime
import polars as pl
import pytest

import chainrule as cr

EXAMPLES = Path(__file__).parents[3] / "examples"
OPTIONS = {"engine": "numpy", "epochs": 3, "baselines": False, "progress": False}


def cells(series: pl.Series) -> np.ndarray:
    """A raw column as the file takes it."""
    if series.dtype == pl.String:
        return series.fill_null("").to_numpy().astype(object)[:, None]
    if series.dtype == pl.Time:
        series = series.cast(pl.Int64) / 1e9
    elif series.dtype.is_temporal():
        series = series.dt.replace_time_zone(None) if getattr(series.dtype, "time_zone", None) else series
        series = series.cast(pl.Datetime("us")).cast(pl.Int64) / 1e6
    return series.cast(pl.Float64).to_numpy().astype(np.float64)[:, None]


def answer(run, frame: pl.DataFrame, folder: Path) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(run.to_onnx(folder / "run.onnx"))
    feed = {each.name: cells(frame[each.name]) for each in session.get_inputs()}
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))


def agrees(run, found: np.ndarray, own: np.ndarray) -> None:
    """To single precision: of the answer, and near zero of the network's output, which is in deviations."""
    np.testing.assert_allclose(found, own, rtol=1e-5, atol=1e-6 * run.table.target.scale)


@pytest.mark.parametrize(
    ("file", "target"), [("penguins.csv", "species"), ("penguins.csv", "sex"), ("penguins.csv", "body_mass_g")]
)
def test_penguins_with_gaps(file, target, tmp_path):
    run = cr.fit_table(EXAMPLES / file, target, **OPTIONS)
    frame = run.reading.frame.to_native()
    assert frame.null_count().sum_horizontal().item() > 0
    found, own = answer(run, frame, tmp_path), run.predict(frame)
    if target == "body_mass_g":
        agrees(run, found["prediction"], own)
        return
    assert found["label"].tolist() == own.tolist()
    output = run.predict_arrays(run.encode(run.read(frame)).inputs)
    shares = output if output.shape[1] > 1 else np.concatenate([1 - output, output], axis=1)
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-5)


def test_investment(tmp_path):
    run = cr.fit_table(EXAMPLES / "investment.csv", "invest", **OPTIONS)
    frame = run.reading.frame.to_native()
    agrees(run, answer(run, frame, tmp_path)["prediction"], run.predict(frame))


def every_kind(rows: int) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    start = dt.datetime(2021, 3, 1, 7, 30)  # noqa: DTZ001  (a column without a time zone)
    hours = rng.integers(0, 20_000, rows).tolist()
    some = rng.uniform(size=rows) < 0.1
    return pl.DataFrame(
        {
            "size": [None if gap else value for gap, value in zip(some, rng.normal(size=rows), strict=True)],
            "new": rng.uniform(size=rows) < 0.5,
            "smoker": [None if gap else ["no", "yes"][place % 2] for place, gap in enumerate(some)],
            "shop": [None if gap else "ABC"[place % 3] for place, gap in enumerate(some)],
            "zip": [10_000 + place % 4 for place in range(rows)],
            "city": [f"city {place % 70}" for place in range(rows)],
            "code": [100 + place % 60 for place in range(rows)],
            "sold": [start + dt.timedelta(hours=hour) for hour in hours],
            "day": [(start + dt.timedelta(hours=hour)).date() for hour in hours],
            "at": [dt.time(hour % 24, hour % 60) for hour in hours],
            "price": rng.normal(size=rows) * 1e4 + 5e4,
        }
    )


def test_every_kind_of_column(tmp_path):
    frame = every_kind(420)
    kinds = {"zip": "category", "code": "category"}
    run = cr.fit_table(frame, "price", kinds=kinds, **OPTIONS)
    assert {column.kind for column in run.table.columns} == {
        "number", "boolean", "category", "wide", "datetime", "date", "time",
    }  # fmt: skip
    agrees(run, answer(run, frame, tmp_path)["prediction"], run.predict(frame))
    strange = frame.with_columns(
        shop=pl.lit("Z"), zip=pl.lit(1), city=pl.lit("nowhere"), code=pl.lit(None, dtype=pl.Int64), sold=pl.col("sold")
    )
    own = run.predict(strange, allow_unknown=True)
    agrees(run, answer(run, strange, tmp_path / "other")["prediction"], own)


@pytest.mark.parametrize("labels", [(3, 7, 9), (False, True), (0.5, 1.5, 2.5)])
def test_labels_have_their_own_type(labels, tmp_path):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.normal(size=60), "y": [labels[place % len(labels)] for place in range(60)]})
    run = cr.fit_table(frame, "y", task="classification", **OPTIONS)
    found, own = answer(run, frame, tmp_path)["label"], run.predict(frame)
    assert found.dtype == own.dtype
    assert found.tolist() == own.tolist()


def test_columns_named_like_outputs(tmp_path):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: rng.normal(size=30) for name in ("prediction", "Gemm", "y")})
    run = cr.fit_table(frame, "y", **OPTIONS)
    found = answer(run, frame, tmp_path)
    agrees(run, found["prediction_2"], run.predict(frame))
