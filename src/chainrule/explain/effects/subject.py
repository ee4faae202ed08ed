"""What effects are of: a fitted network as a function of named columns in raw units, and its derivatives.

The derivatives are those of the engine's backward pass, started at the answer and carried on through the encoder.

Shapes: n rows, o answers, k features of a column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule._typing import Array, Float
from chainrule.activations import get_activation
from chainrule.data.cells import key
from chainrule.errors import InputError
from chainrule.explain.effects.columns import Cells, Column, array_columns, table_columns
from chainrule.network.network import Network
from chainrule.network.passes import Masked, forward, propagate
from chainrule.ops import eager_ops

if TYPE_CHECKING:
    from chainrule.data.encode import TableEncoder

ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, repr=False)
class Subject:
    """A fitted network, its columns, and the answers it gives."""

    network: Network
    dtype: np.dtype[Any]
    table: "TableEncoder | None" = None
    names: Sequence[str] | None = None
    """What the columns of an array are called."""
    learned: Cells | None = None
    """The rows that it was trained on, where they are known."""

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The raw columns."""
        if self.table is not None:
            return table_columns(self.table)
        return array_columns(self.network.input_shapes or {}, self.names)

    @property
    def target(self) -> str:
        """What is predicted."""
        return "prediction" if self.table is None else self.table.target.name

    @property
    def probabilities(self) -> bool:
        """Whether the answers are probabilities of classes."""
        return self.network.loss.target_kind != "number"

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """What the answers are called: the target, or the probability of each class (of two, of the second)."""
        outputs = self._outputs
        if not self.probabilities:
            return (self.target,) if outputs == 1 else tuple(f"{self.target}[{place}]" for place in range(outputs))
        if self.table is not None and self.table.target.kind == "class":
            labels = [f"{self.target} = {key(label)}" for label in self.table.target.labels]
            return tuple(f"P({label})" for label in (labels[1:] if outputs == 1 else labels))
        return ("P(1)",) if outputs == 1 else tuple(f"P({place})" for place in range(outputs))

    @cached_property
    def _outputs(self) -> int:
        shape = self.network.shapes(dict(self.network.input_shapes or {}))[self.network.nodes[-1].name]
        if len(shape) != 1:
            raise InputError(
                f"Effects are on single numbers, and the network's output has the shape {shape} a row: give effects "
                "of a network whose output is one row of numbers."
            )
        return shape[0]

    # -- the pass, and the one back

    def predict(self, inputs: Mapping[str, Array]) -> Float[Array, "n o"]:
        """The answers in raw units, of rows as the network takes them."""
        return np.concatenate([self._answer(done.output) for done, _ in self._passes(inputs)])

    def slopes(self, inputs: Mapping[str, Array]) -> tuple[Float[Array, "n o"], dict[str, Float[Array, "n o k"]]]:
        """The answers, and the derivative of each by every number of every input."""
        answers: list[np.ndarray] = []
        slopes: dict[str, list[np.ndarray]] = {name: [] for name in inputs}
        last = self.network.nodes[-1].name
        for done, params in self._passes(inputs):
            answers.append(self._answer(done.output))
            backs = [
                propagate(eager_ops(), self.network.nodes, params, done, {last: seed}, {}, gradients_too=False).inputs
                for seed in self._seeds(done.output)
            ]
            for name, found in slopes.items():
                if name in backs[0]:
                    found.append(np.stack([back[name] for back in backs], axis=1))
        return np.concatenate(answers), {name: np.concatenate(found) for name, found in slopes.items() if found}

    def slope(
        self, column: Column, values: Float[Array, " n"], slopes: Mapping[str, Float[Array, "n o k"]]
    ) -> Float[Array, "n o"]:
        """The derivative by a raw column: through the network, then through the encoder; NaN at a gap."""
        through = np.asarray(slopes[column.input][..., column.place], dtype=np.float64)
        found = np.einsum("nok,nk->no", through, column.slope(values))
        return np.where(np.isnan(values)[:, None], np.nan, found)

    def _passes(self, inputs: Mapping[str, Array]) -> Iterator[tuple[Any, Any]]:
        params, stats, ready = self.network.ready(inputs, self.dtype)
        rows = len(next(iter(ready.values())))
        for begin in range(0, max(rows, 1), ROWS_AT_ONCE):
            batch = {name: array[begin : begin + ROWS_AT_ONCE] for name, array in ready.items()}
            yield forward(eager_ops(), self.network.nodes, params, stats, batch), params

    @cached_property
    def _to_probability(self) -> Any:
        """The activation between an output of logits and probabilities; None where the output is the answer."""
        if not self.probabilities or self.network.loss.fuses:
            return None
        return get_activation("sigmoid" if self.network.loss.target_kind == "binary" else "softmax")

    def _answer(self, output: Array) -> Float[Array, "n o"]:
        if self._to_probability is not None:
            output = self._to_probability.forward(eager_ops(), output)
        if self.table is not None and self.table.target.kind == "number":
            return self.table.target.decode(output[:, :1])
        return np.asarray(output, dtype=np.float64)

    def _seeds(self, output: Array) -> Iterator[Array]:
        """The derivative of each answer by the network's output: where a backward pass starts."""
        decoding = self.table.target if self.table is not None and self.table.target.kind == "number" else None
        for place in range(self._outputs):
            seed = np.zeros_like(output)
            seed[:, place] = 1 if decoding is None else decoding.slope
            if self._to_probability is not None:
                answer = self._to_probability.forward(eager_ops(), output)
                seed = self._to_probability.backward(eager_ops(), output, answer, seed)
            yield seed


def finite(inputs: Mapping[str, Any]) -> dict[str, Array]:
    """Arrays that are checked to be rows of finite numbers.

    Raises:
        InputError: says which is not.
    """
    for name, array in inputs.items():
        if isinstance(array, Masked):
            raise InputError(f"Effects are of columns, and the input '{name}' is rows of unequal length.")
        wrong = np.argwhere(~np.isfinite(array))
        if len(wrong):
            row, *place = (int(at) for at in wrong[0])
            raise InputError(
                f"Input '{name}' is {array[tuple(wrong[0])]} in row {row + 1}, place {place}: effects need finite "
                "numbers. Fill or leave out what is missing."
            )
    return dict(inputs)
