"""Workbooks recalculated by LibreOffice, as they were written and after changes, against the engine's own numbers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.activations.registry import activation_names
from chainrule.explain.trace import Trace, trace_network
from chainrule.explain.workbook.material import first_step
from chainrule.losses import loss_names
from chainrule.ops import eager_ops
from chainrule.optimizers import update
from explain.workbook.office import Cells, recalculate, type_into

pytestmark = pytest.mark.office

WITHIN = 1e-9
"""Spreadsheets and the engine calculate in float64 alike; their exponentials differ in the last digit."""


@dataclass
class Case:
    """A network, its rows, and what somebody types over them."""

    network: cr.Network
    X: Any
    y: Any
    optimizer: Any = field(default_factory=lambda: cr.SGD(0.1))
    weight: Any = None
    typed: dict[str, Any] = field(default_factory=dict)
    """Other inputs, targets or counts by name; other weights and another learning rate are typed everywhere."""

    def before(self) -> Trace:
        return trace_network(self.network, self.X, self.y, weight=self.weight)

    def changed(self) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(3)
        return {name: array + 0.05 * rng.normal(size=array.shape) for name, array in self.network.params.items()}

    def after(self) -> Trace:
        X = self.typed if isinstance(self.X, dict) else self.typed.get("input", self.X)
        network = self.network.set(self.changed())
        if isinstance(self.X, dict):
            X = {name: self.typed.get(name, values) for name, values in self.X.items()}
        weight = self.typed.get("counts", self.weight)
        return trace_network(network, X, self.typed.get("target", self.y), weight=weight)


def built(parts: Any, loss: Any, X: Any, seed: int = 0, **options: Any) -> cr.Network:
    network = cr.Network(parts, loss=loss, **options)
    shapes = {name: np.shape(value)[1:] for name, value in (X if isinstance(X, dict) else {"input": X}).items()}
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
    return Case(network, X, np.array([0.0, 1.0, 0.0]), typed={"input": np.array([[0.1], [0.45], [0.9]])})


def activations() -> Case:
    """All of them side by side, on pre-activations at 0, near it, and far out on both sides."""
    X = np.array([[0.0], [1.0], [-2.5], [12.0], [-14.0], [60.0], [-60.0], [900.0], [-900.0]])
    heads = [[cr.Dense(2, name, name=name)] for name in activation_names()[:16]]
    network = built([cr.Parallel(heads), cr.Dense(2)], "mae", X)
    return Case(network, X, np.tile([[0.5, -30.0]], (len(X), 1)), typed={"input": X * 0.9 + 0.01})


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
    last = {"poisson": "softplus", "cross_entropy": "elu", "binary_cross_entropy": "hard_sigmoid"}.get(name)
    network = built([cr.Dense(4, "tanh", l1=0.01), cr.Dense(3, last, l2=0.1)], name, X)
    case = Case(network, X, np.abs(some(5, 3, seed=2)), OPTIMIZERS[number % len(OPTIMIZERS)])
    case.weight, case.typed = np.array([1.0, 2.0, 0.0, 0.5, 1.0]), {"counts": np.array([1.0, 1, 3, 0, 0])}
    if network.loss.target_kind == "binary":
        case.y = (case.y > 0.7).astype(float)
    elif network.loss.target_kind == "class":
        case.y, case.typed["target"] = np.array([0, 2, 1, 1, 0]), np.array([2, 2, 1, 0, 0])
    return case


def embedded() -> Case:
    X = {"features": some(4, 2), "city": np.array([0, 3, 3, 1])}
    parts = [cr.Embedding(5, 2, inputs=["city"], l2=0.01), cr.Concatenate(inputs=["features", "embedding1"])]
    parts += [cr.Dense(3, "relu"), cr.Dropout(0.5), cr.Dense(1, "sigmoid")]
    network = built(parts, "binary_cross_entropy", X, inputs=["features", "city"])
    typed = {"city": np.array([4, 3, 0, 1]), "features": X["features"] + 0.3}
    return Case(network, X, np.array([0.0, 1.0, 1.0, 0.0]), typed=typed)


def residual() -> Case:
    X = some(4, 3)
    parts = [cr.Residual([cr.LayerNorm(), cr.Dense(3, "gelu"), cr.BatchNorm(), cr.Activation("tanh")]), cr.Dense(2)]
    return Case(built(parts, "huber", X), X, 3 * some(4, 2, seed=5), typed={"input": X + 0.2})


CASES: dict[str, Case] = {
    "lecture": lecture(),
    "embedding": embedded(),
    "residual": residual(),
    "softmax": Case(
        built([cr.Dense(4, "relu"), cr.Dense(3, "softmax")], "cross_entropy", some(6, 2)),
        some(6, 2),
        np.array([0, 1, 2, 2, 1, 0]),
        typed={"counts": np.array([0.0, 0, 0, 1, 0, 0])},
    ),
    "activations": activations(),
    **{f"loss {name}": with_loss(number, name) for number, name in enumerate(loss_names())},
}
RATE = 0.37


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path, Path]]:
    """Every case as it was written, recalculated as it was, and recalculated with other values typed in."""
    folder = tmp_path_factory.mktemp("office")
    written: list[Path] = []
    for name, case in CASES.items():
        path = case.before().to_excel(folder / f"{name}.xlsx", optimizer=case.optimizer)
        typed: dict[str, Any] = {tidy(key): array for key, array in case.changed().items()}
        typed |= case.typed | {"learning_rate": RATE}
        written += [path, type_into(path, typed, folder / f"{name}-typed.xlsx")]
    done = recalculate(written, folder)
    return {name: (written[2 * place], done[2 * place], done[2 * place + 1]) for place, name in enumerate(CASES)}


def tidy(name: str) -> str:
    return name.replace(".", "_")


def assert_close(found: np.ndarray, expected: np.ndarray, what: str) -> None:
    np.testing.assert_allclose(found, expected, rtol=WITHIN, atol=WITHIN, err_msg=what)


def assert_holds(cells: Cells, trace: Trace, optimizer: Any) -> None:
    """Whether a workbook has the trace's numbers, and those of the optimizer's step from there."""
    assert_close(cells.numbers("prediction", trace.prediction.shape), trace.prediction, "prediction")
    assert_close(cells.numbers("loss", ()), np.asarray(trace.loss), "loss")
    step = first_step(trace, optimizer)
    assert step is not None
    made = update(eager_ops(), step.optimizer, dict(trace.params), dict(trace.gradients), step.states, np.float64(1))
    for name, array in trace.params.items():
        assert_close(cells.numbers(tidy(name), array.shape), array, name)
        assert_close(cells.numbers(f"{tidy(name)}_gradient", array.shape), trace.gradients[name], f"slope of {name}")
        assert_close(cells.numbers(f"{tidy(name)}_new", array.shape), made.parameters[name], f"new {name}")


@pytest.mark.parametrize("name", CASES)
def test_what_was_written_is_what_the_formulas_give(recalculated: dict[str, tuple[Path, Path, Path]], name: str):
    """A viewer that does not recalculate shows the numbers of the engine, which a recalculation gives again."""
    written, again, _ = recalculated[name]
    expected, found = Cells.of(written).all_numbers(), Cells.of(again).all_numbers()
    assert found.keys() == expected.keys()
    for place, number in expected.items():
        assert found[place] == pytest.approx(number, rel=WITHIN, abs=WITHIN), place
    assert_holds(Cells.of(written), CASES[name].before(), CASES[name].optimizer)


@pytest.mark.parametrize("name", CASES)
def test_typing_other_numbers_gives_the_engines_numbers_for_them(
    recalculated: dict[str, tuple[Path, Path, Path]], name: str
):
    case = CASES[name]
    optimizer = case.optimizer.at_rate(RATE)
    assert_holds(Cells.of(recalculated[name][2]), case.after(), optimizer)
