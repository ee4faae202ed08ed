"""Workbooks recalculated by LibreOffice, as they were written and after changes, against the engine's own numbers."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.activations.registry import activation_names
from chainrule.explain.tracing import trace_network
from chainrule.explain.workbook import Material, make, write_workbook
from chainrule.explain.workbook.block import tidy
from chainrule.losses import loss_names
from chainrule.runs.workbook import next_step
from explain.workbook.office import Cells, recalculate, type_into

pytestmark = pytest.mark.office

WITHIN = 1e-9
"""Spreadsheets and the engine calculate in float64 alike; their exponentials differ in the last digit."""


@dataclass
class Case:
    """What a workbook is made of, what somebody types into it, and what the engine makes of that."""

    before: Material
    after: Material
    typed: dict[str, Any]


RATE = 0.37
"""The learning rate that is typed into every workbook."""


def faster(material: Material) -> Material:
    assert material.step is not None
    return replace(material, step=replace(material.step, optimizer=material.step.optimizer.at_rate(RATE)))


def moved(network: cr.Network) -> dict[str, np.ndarray]:
    """Other weights."""
    rng = np.random.default_rng(3)
    return {name: array + 0.05 * rng.normal(size=array.shape) for name, array in network.params.items()}


def of_arrays(
    network: cr.Network,
    X: Any,
    y: Any,
    *,
    optimizer: Any = None,
    weight: Any = None,
    typed: dict[str, Any] | None = None,
) -> Case:
    """Inputs, targets and counts are typed by name; other weights and another rate are typed everywhere."""
    typed = typed or {}
    optimizer = optimizer or cr.SGD(0.1)
    other = {n: typed.get(n, v) for n, v in X.items()} if isinstance(X, dict) else typed.get("input", X)
    if isinstance(X, cr.Masked):
        other = cr.Masked(typed["input"], typed["input.real"])
        typed["input_real"] = typed.pop("input.real").astype(int)
    changed = moved(network)
    before = trace_network(network, X, y, weight=weight)
    after = trace_network(network.set(changed), other, typed.get("target", y), weight=typed.get("counts", weight))
    everywhere = {tidy(name): array for name, array in changed.items()} | {"learning_rate": RATE}
    return Case(make(before, optimizer=optimizer), faster(make(after, optimizer=optimizer)), typed | everywhere)


def of_table(run: cr.Run, frame: pl.DataFrame, other: dict[str, list[Any]]) -> Case:
    """Raw cells are typed: the encoders' formulas must do what the encoders do."""
    changed = {name: array.astype(run.dtype) for name, array in moved(run.network).items()}
    moved_run = replace(run, network=run.network.set(changed))
    later = frame.with_columns(pl.Series(name, cells, dtype=frame.schema[name]) for name, cells in other.items())
    typed = {f"raw_{name}": cells for name, cells in other.items()} | {"learning_rate": RATE}
    typed |= {tidy(name): array for name, array in changed.items()}
    before, after = (
        make(each.trace(rows), step=lambda taken: next_step(run, taken))
        for each, rows in ((run, frame), (moved_run, later))
    )
    return Case(before, faster(after), typed)


def built(parts: Any, loss: Any, X: Any, seed: int = 0, **options: Any) -> cr.Network:
    network = cr.Network(parts, loss=loss, **options)
    given = X if isinstance(X, dict) else {"input": getattr(X, "values", X)}
    shapes = {name: np.shape(value)[1:] for name, value in given.items()}
    params, stats = network.built(shapes).init(seed, np.float64)
    return network.built(shapes).trained(params, stats)


def some(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def lecture() -> Case:
    network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[-34.4, -2.52]],
            "dense1.bias": [2.14, 1.29],
            "dense2.weight": [[-1.30], [2.28]],
            "dense2.bias": [-0.58],
        }
    )
    X = np.array([[0.0], [0.5], [1.0]])
    return of_arrays(network, X, np.array([0.0, 1.0, 0.0]), typed={"input": np.array([[0.1], [0.45], [0.9]])})


def activations() -> Case:
    """All of them side by side, on pre-activations at 0, near it, and far out on both sides."""
    X = np.array([[0.0], [1.0], [-2.5], [12.0], [-14.0], [60.0], [-60.0], [900.0], [-900.0]])
    heads = [[cr.Dense(2, name, name=name)] for name in activation_names()[:16]]
    network = built([cr.Parallel(heads), cr.Dense(2)], "mae", X)
    return of_arrays(network, X, np.tile([[0.5, -30.0]], (len(X), 1)), typed={"input": X * 0.9 + 0.01})


OPTIMIZERS = (
    cr.SGD(0.1),
    cr.SGD(0.1, 0.9),
    cr.SGD(0.1, 0.9, nesterov=True, clip_norm=0.05),
    cr.Adagrad(0.1, clip_value=0.1),
    cr.RMSProp(0.01),
    cr.Adam(0.01),
    cr.AdamW(0.01),
    cr.Lion(0.01),
    cr.Lion(0.01, weight_decay=0.1),
)


def with_loss(number: int, name: str) -> Case:
    """A loss with rows that count differently, penalties, and the next optimizer in line."""
    X = some(5, 3)
    last = {"poisson": "softplus", "cross_entropy": "hard_sigmoid", "binary_cross_entropy": "hard_sigmoid"}.get(name)
    network = built([cr.Dense(4, "tanh", l1=0.01), cr.Dense(3, last, l2=0.1)], name, X)
    y, typed = np.abs(some(5, 3, seed=2)), {"counts": np.array([1.0, 1, 3, 0, 0])}
    if network.loss.target_kind == "binary":
        y = (y > 0.7).astype(float)
    elif network.loss.target_kind == "class":
        y, typed["target"] = np.array([0, 2, 1, 1, 0]), np.array([2, 2, 1, 0, 0])
    weight = np.array([1.0, 2.0, 0.0, 0.5, 1.0])
    return of_arrays(network, X, y, optimizer=OPTIMIZERS[number % len(OPTIMIZERS)], weight=weight, typed=typed)


def embedded() -> Case:
    X = {"features": some(4, 2), "city": np.array([0, 3, 3, 1])}
    parts = [cr.Embedding(5, 2, inputs=["city"], l2=0.01), cr.Concatenate(inputs=["features", "embedding1"])]
    parts += [cr.Dense(3, "relu"), cr.Dropout(0.5), cr.Dense(1, "sigmoid")]
    network = built(parts, "binary_cross_entropy", X, inputs=["features", "city"])
    typed = {"city": np.array([4, 3, 0, 1]), "features": X["features"] + 0.3}
    return of_arrays(network, X, np.array([0.0, 1.0, 1.0, 0.0]), typed=typed)


def residual() -> Case:
    X = some(4, 3)
    parts = [cr.Residual([cr.LayerNorm(), cr.Dense(3, "gelu"), cr.BatchNorm(), cr.Activation("tanh")]), cr.Dense(2)]
    return of_arrays(built(parts, "huber", X), X, 3 * some(4, 2, seed=5), typed={"input": X + 0.2})


def softmax() -> Case:
    X = some(6, 2)
    network = built([cr.Dense(4, "relu"), cr.Dense(3, "softmax")], "cross_entropy", X)
    return of_arrays(network, X, np.array([0, 1, 2, 2, 1, 0]), typed={"counts": np.array([0.0, 0, 0, 1, 0, 0])})


def pictures() -> Case:
    X = some(2, 5, 4, 2)
    parts = [cr.Conv2D(3, 3, "relu", padding="same", strides=(2, 1), l2=0.01), cr.MaxPool2D(2, strides=1)]
    parts += [cr.Parallel([[cr.Flatten()], [cr.Conv2D(2, 2), cr.GlobalAveragePool2D()]]), cr.Dense(2)]
    return of_arrays(built(parts, "mse", X), X, some(2, 2, seed=4), typed={"input": X - 0.3})


def sequences() -> Case:
    X = some(3, 4, 2)
    parts = [cr.LSTM(3, return_sequences=True, l2=0.01), cr.LSTM(2), cr.Dense(1, "sigmoid")]
    network = built(parts, "binary_cross_entropy", X)
    return of_arrays(network, X, np.array([0.0, 1.0, 1.0]), optimizer=cr.Adam(0.01), typed={"input": X + 0.3})


def unequal_sequences() -> Case:
    """Padding at the start, at the end and between; other steps are made padding when numbers are typed."""
    X = cr.Masked(
        np.array([[1, 4, 0, 0], [2, 3, 1, 4], [0, 0, 3, 3]]),
        np.array([[True, True, False, False], [True, False, True, True], [False, False, True, True]]),
    )
    rest = [[cr.LSTM(2), cr.Dense(2)], [cr.LSTM(2, return_sequences=True), cr.Flatten(), cr.Dense(2, "tanh")]]
    network = built([cr.Embedding(5, 2), cr.Parallel(rest), cr.Dense(1)], "mse", X)
    typed = {"input": np.array([[0, 2, 2, 0], [1, 1, 4, 3], [2, 0, 3, 1]])}
    typed["input.real"] = np.array([[True, True, True, False], [True, True, True, True], [False, False, False, True]])
    return of_arrays(network, X, some(3, 1, seed=6), typed=typed)


def one_step() -> Case:
    X = some(2, 1, 3)
    return of_arrays(built([cr.LSTM(2), cr.Dense(1)], "mse", X), X, some(2, 1, seed=6), typed={"input": X * 2})


def penguins() -> Case:
    run = cr.fit_table(PENGUINS, "species", epochs=3, hidden_layers=(4,), progress=False)
    frame = run.read(PENGUINS).frame[[0, 3, 8, 150, 200, 300]].to_native()
    other = {
        "island": ["Dream", "Biscoe", "Torgersen", None, "Biscoe", "Dream"],
        "bill_length_mm": [40.5, 39.0, None, 36.0, 44.9, 50.25],
        "sex": ["female", None, None, "male", "female", "male"],
        "species": ["Gentoo", "Adelie", "Adelie", "Chinstrap", "Gentoo", "Chinstrap"],
    }
    return of_table(run, frame, other)


def houses() -> Case:
    """Every kind of column there is, gaps in all of them, rare values, and a number as the target."""
    rng, n = np.random.default_rng(0), 240
    day = dt.date(2022, 1, 1)
    frame = pl.DataFrame(
        {
            "size": [None if i % 9 == 0 else float(rng.normal(100, 20)) for i in range(n)],
            "garden": [None if i % 7 == 0 else bool(rng.integers(2)) for i in range(n)],
            "heating": [
                None if i % 11 == 0 else ["gas", "oil", "GAS", f"rare {i}"][3 if i < 2 else i % 3] for i in range(n)
            ],
            "town": [f"town {rng.integers(36)}" for _ in range(n)],
            "sold": [day + dt.timedelta(days=int(rng.integers(800))) for _ in range(n)],
            "viewed": [dt.time(int(rng.integers(24)), int(rng.integers(60))) for _ in range(n)],
            "price": rng.normal(300, 50, n).tolist(),
        }
    )
    run = cr.fit_table(frame, "price", epochs=2, hidden_layers=(3,), progress=False)
    assert run.table is not None
    assert run.table.wide == {"town": 37}
    other = {
        "size": [120.0, None, 80.5, 99.0],
        "garden": [True, None, False, True],
        "heating": ["oil", "gas", "GAS", "rare 1"],
        "town": ["town 3", "town 35", "town 0", "town 7"],
        "sold": [dt.date(2023, 5, 17), dt.date(2022, 12, 31), day, dt.date(2024, 2, 29)],
        "viewed": [dt.time(0), dt.time(23, 59), dt.time(12, 30), dt.time(6)],
        "price": [310.0, 250.0, 333.3, 290.0],
    }
    return of_table(run, frame[:4], other)


PENGUINS = str(Path(__file__).parents[3] / "examples" / "penguins.csv")
CASES: dict[str, Callable[[], Case]] = {
    "lecture": lecture,
    "activations": activations,
    "embedding": embedded,
    "residual": residual,
    "softmax": softmax,
    "pictures": pictures,
    "sequences": sequences,
    "unequal sequences": unequal_sequences,
    "one step": one_step,
    "penguins": penguins,
    "houses": houses,
    **{f"loss {name}": partial(with_loss, number, name) for number, name in enumerate(loss_names())},
}


class Done(NamedTuple):
    case: Case
    written: Path
    again: Path
    """Recalculated as it was written."""
    typed: Path
    """Recalculated with other values typed in."""


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Every case, recalculated as it was written and with other values typed in, in one start of LibreOffice."""
    folder = tmp_path_factory.mktemp("office")
    cases = {name: case() for name, case in CASES.items()}
    written: list[Path] = []
    for name, case in cases.items():
        path = write_workbook(case.before, folder / f"{name}.xlsx")
        written += [path, type_into(path, case.typed, folder / f"{name}, typed.xlsx")]
    done = recalculate(written, folder)
    return {
        name: Done(case, written[2 * place], done[2 * place], done[2 * place + 1])
        for place, (name, case) in enumerate(cases.items())
    }


def assert_close(found: np.ndarray, expected: Any, what: str) -> None:
    np.testing.assert_allclose(found, np.asarray(expected), rtol=WITHIN, atol=WITHIN, err_msg=what)


def assert_holds(cells: Cells, material: Material) -> None:
    """Whether a workbook has the engine's numbers, and those of the optimizer's step from there."""
    trace, new = material.trace, material.update.parameters
    assert_close(cells.numbers("prediction", trace.prediction.shape), trace.prediction, "prediction")
    assert_close(cells.numbers("loss", ()), trace.loss, "loss")
    for name, array in trace.params.items():
        assert_close(cells.numbers(tidy(name), array.shape), array, name)
        assert_close(cells.numbers(f"{tidy(name)}_gradient", array.shape), trace.gradients[name], f"slope of {name}")
        assert_close(cells.numbers(f"{tidy(name)}_new", array.shape), new[name], f"new {name}")
    if trace.table is not None:
        answer = trace.table.encoder.target.decode(trace.prediction).reshape(-1)
        found = cells["answer"].reshape(-1)
        if answer.dtype.kind == "f":
            assert_close(found.astype(float), answer, "answer")
        else:
            assert found.tolist() == answer.tolist()


@pytest.mark.parametrize("name", CASES)
def test_what_was_written_is_what_the_formulas_give(recalculated: dict[str, Done], name: str):
    """A viewer that does not recalculate shows the numbers of the engine, which a recalculation gives again."""
    done = recalculated[name]
    expected, found = Cells.of(done.written).all_numbers(), Cells.of(done.again).all_numbers()
    assert found.keys() == expected.keys()
    places = list(expected)
    assert_close(np.array([found[place] for place in places]), [expected[place] for place in places], "cells")
    assert_holds(Cells.of(done.written), done.case.before)


@pytest.mark.parametrize("name", CASES)
def test_typing_other_numbers_gives_the_engines_numbers_for_them(recalculated: dict[str, Done], name: str):
    done = recalculated[name]
    assert_holds(Cells.of(done.typed), done.case.after)
