"""A trace: all values of one forward and one backward pass, by name.

It holds what the pass computed and computes nothing itself, but for the terms that layers split their gradients into.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule._typing import Array
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.network.network import row_count
from chainrule.network.parameters import ParameterView, flatten, parse_name
from chainrule.network.passes import Backward, Forward, LossValues, Masked, NodeDeltas

if TYPE_CHECKING:
    from pathlib import Path

    from chainrule.explain.derivation import Derivation, WholeDerivation
    from chainrule.explain.table_rows import TableRows
    from chainrule.explain.worksheet import Worksheet
    from chainrule.optimizers import Optimizer


@dataclass(frozen=True, repr=False, eq=False)
class Trace:
    """All values of one forward pass and, where there were targets, one backward pass.

    >>> from chainrule.network import Dense, Network
    >>> line = Network([Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    >>> trace = line.trace([[0.5], [2.3], [2.9]], [1.4, 1.9, 3.2])
    >>> round(trace.loss, 4), round(float(trace.gradient("dense1.bias[0]")), 4)
    (3.1559, -5.704)
    >>> trace.value("dense1.z")[0]
    array([0.32])
    """

    nodes: tuple[Node, ...]
    """The network's nodes, in the order they are computed."""
    loss_function: Loss
    tree: Mapping[str, Any]
    """Parameters of each node."""
    inputs: Mapping[str, Any]
    """Network inputs by name."""
    forward: Forward
    """What the forward pass computed."""
    target: Array | None = None
    weight: Array | None = None
    """What each row counts for, where rows count differently."""
    measured: LossValues | None = None
    """What the loss computed; None without targets."""
    backward: Backward | None = None
    """What the backward pass computed; None without targets."""
    training: bool = False
    """Whether it passed as training does."""
    key: Array | None = None
    """The step's random key, where it did."""
    table: "TableRows | None" = None
    """The rows of a table that the inputs were made from, with their encoders; None for arrays."""
    row_numbers: np.ndarray | None = None
    """What people call each row, as in the file it comes from; None for 1, 2, and so on. Shape (n,)."""

    @property
    def prediction(self) -> np.ndarray:
        """The network's output, shape (n, outputs)."""
        return _read_only(self.forward.output)

    @property
    def loss(self) -> float | None:
        """The loss with its penalties; None without targets."""
        return None if self.measured is None else float(self.measured.loss)

    @property
    def counts(self) -> np.ndarray | None:
        """What each row counts for in the loss, or each of its steps where some are padding; None: all the same."""
        weight = self.weight if self.measured is None else self.measured.weight
        return None if weight is None else np.asarray(weight)

    @property
    def padded(self) -> bool:
        """Whether some steps of the output may be padding, which does not count in the loss."""
        return self.counts is not None and self.counts.ndim > 1

    @property
    def rows(self) -> int:
        """How many rows were passed."""
        return row_count(self.inputs)

    def row_number(self, row: int) -> int:
        """What people call a row: they count from 1, Python from 0."""
        return row + 1 if self.row_numbers is None else int(self.row_numbers[row])

    @cached_property
    def params(self) -> ParameterView:
        """Parameters by name: ``trace.params["dense1.weight"]``."""
        return ParameterView(flatten(self.tree))

    @cached_property
    def gradients(self) -> ParameterView:
        """Gradient of the loss by each parameter, by the parameter's name.

        Raises:
            InputError: the trace has no targets.
        """
        gradients = self.backward_pass("gradients").gradients
        return ParameterView(flatten({node.name: gradients[node.name] for node in self.nodes}))

    @property
    def deltas(self) -> dict[str, NodeDeltas]:
        """Derivatives of the loss by what each node computed: ``trace.deltas["dense1"].dz``.

        Raises:
            InputError: the trace has no targets.
        """
        return self.backward_pass("deltas").deltas

    def gradient(self, name: str) -> Any:
        """Gradient of the loss by one parameter: ``"dense2.bias[0]"``, or a whole array: ``"dense2.bias"``.

        Raises:
            InputError: there is no such parameter, or the trace has no targets.
        """
        self.backward_pass(f"gradient of '{name}'")
        return self.gradients[name]

    def terms(self, name: str) -> np.ndarray:
        """What each row adds to the gradient of one parameter, shape (n,).

        Their sum is ``gradient(name)``, less what penalties of the weights add to it.

        Raises:
            InputError: there is no such parameter, it is not a single number, or the trace has no targets.
        """
        back = self.backward_pass(f"terms of '{name}'")
        parsed = parse_name(name, dict(self.params))
        if parsed.index is None:
            shape = self.params[parsed.array].shape
            example = f"{parsed.array}[{', '.join('0' * len(shape))}]"
            raise InputError(f"terms takes a single number of '{name}', such as '{example}'.")
        layer = next(node.layer for node in self.nodes if node.name == parsed.node)
        saved, dz = self.forward.nodes[parsed.node].saved, back.deltas[parsed.node].dz
        return np.asarray(layer.terms(self.tree[parsed.node], saved, dz, parsed.name, parsed.index))

    def derivation(
        self, wrt: str, of: str = "loss", *, row: int | None = None, most: int = 64
    ) -> "Derivation | WholeDerivation":
        """Differentiate one number by another with the chain rule: every path's factors, their products, and the sum.

        >>> from chainrule.network import Dense, Network
        >>> line = Network([Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
        >>> derivation = line.trace([[0.5]], [1.4]).derivation("dense1.bias[0]")
        >>> [(each.of, each.wrt, round(each.value, 2)) for each in derivation.factors]
        [('loss', 'dense1.a[0]', -2.16), ('dense1.a[0]', 'dense1.z[0]', 1.0), ('dense1.z[0]', 'dense1.bias[0]', 1.0)]

        Args:
            wrt: by what: a parameter (``"dense1.weight[0, 1]"``), a number that the pass computed or was given
                (``"dense1.a[1]"``, ``"dense1.z[1]"``, ``"input[0]"``), or, where the trace is of a table, a column
                in its own units (``"age"``; points in time by the second). Without an index: the whole array.
            of: what: ``"loss"``, or a number that the pass computed: ``"dense2.z[0]"``, ``"prediction[0]"``; of a
                table ``"prediction"`` is the answer in the target's own units, and ``"P(yes)"`` a class's chance.
            row: which row, from 0; by default all, where the loss is differentiated by a parameter.
            most: paths of a row beyond which it is by layers: Jacobians and their products.

        Raises:
            InputError: there is no such number, or the row has to be said.
        """
        from chainrule.explain.derivation import derive

        return derive(self, wrt, of, row=row, most=most)

    def value(self, name: str) -> np.ndarray:
        """One array of the pass, rows first.

        - ``"input"`` (or the input's name): what went in; ``"input.dx"``: the loss's derivative by it;
        - ``"dense1.x"``, ``"dense1.z"``, ``"dense1.a"``: a node's input, pre-activation and activation;
        - ``"dense1.da"``, ``"dense1.dz"``, ``"dense1.dx"``: the loss's derivatives by these;
        - whatever else a layer keeps, by the name it keeps it under: ``"layernorm1.deviation"``.

        Inputs of a node that has several are numbered: ``"add1.x1"``, ``"add1.dx2"``.

        Raises:
            InputError: there is no value of that name.
        """
        if name in self._arrays:
            return _read_only(self._arrays[name])
        node, _, kind = name.rpartition(".")
        if self.backward is None and kind.startswith("d") and any(node == each.name for each in self.nodes):
            self.backward_pass(f"value '{name}'")
        raise InputError(
            f"The trace has no value '{name}'; it has {list_some(self._arrays, most=12)}."
            f"{did_you_mean(name, self._arrays)}"
        )

    @property
    def values(self) -> tuple[str, ...]:
        """Every name that :meth:`value` knows, in the order of the passes."""
        return tuple(self._arrays)

    @cached_property
    def _arrays(self) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for name, given in self.inputs.items():
            found |= {name: given.values, f"{name}.mask": given.mask} if isinstance(given, Masked) else {name: given}
        for name, values in self.forward.nodes.items():
            kept = _numbered("x", values.x) | {"z": values.z, "a": values.a}
            found |= {f"{name}.{kind}": array for kind, array in (_named(values.saved) | kept).items()}
        if self.measured is not None:
            found |= {f"loss.{kind}": array for kind, array in _named(self.measured.saved).items()}
        if self.backward is not None:
            for name, deltas in reversed(self.backward.deltas.items()):
                kinds = {"da": deltas.da, "dz": deltas.dz} | _numbered("dx", deltas.dx)
                found |= {f"{name}.{kind}": array for kind, array in kinds.items() if array is not None}
            found |= {f"{name}.dx": array for name, array in self.backward.inputs.items()}
        return found

    def backward_pass(self, what: str) -> Backward:
        """What the backward pass computed; ``what`` was asked for, and is named where there was none.

        Raises:
            InputError: the trace has no targets.
        """
        if self.backward is None:
            raise InputError(f"The trace has no {what}: it was made without targets. Pass them: trace(X, y).")
        return self.backward

    def worksheet(
        self,
        row: int = 0,
        *,
        decimals: int = 6,
        rounding: int | None = None,
        comma: bool = False,
        lines: int = 4,
        terms: int = 6,
        open: str | Sequence[str] = (),  # noqa: A002 (it reads well where it is used)
        label: str | None = None,
    ) -> "Worksheet":
        """Write the passes out as arithmetic: the forward pass for one row, the backward pass for all of them.

        Where the trace is of a table, from the row's cells on, and to the answer in the target's own units.

        Args:
            row: which row, from 0.
            decimals: digits after the point.
            rounding: digits after the point to which every number is rounded before it is used, as on a blackboard
                (the passes are made again that way), with both ways side by side; None rounds what is shown alone.
            comma: whether numbers have a decimal comma.
            lines: how many lines a group (a layer's units, a parameter's gradients) may have before it is folded.
            terms: how many terms a sum may have before it is folded.
            open: what not to fold: names of nodes (``"dense1"``), of parameters (``"dense1.weight"``), of single
                lines (``"dense1.z[3]"``, ``"dense1.weight[0, 3]"``), or ``"all"``.
            label: what to call the row; ``row 1 of 3``, as people count, by default.

        Raises:
            InputError: there is no such row, or nothing of a name in ``open``.
        """
        from chainrule.explain.worksheet import write

        return write(
            self,
            row,
            decimals=decimals,
            rounding=rounding,
            comma=comma,
            lines=lines,
            terms=terms,
            open=(open,) if isinstance(open, str) else tuple(open),
            label=label,
        )

    def to_excel(
        self,
        path: "str | Path",
        *,
        rows: int | Sequence[int] | None = None,
        optimizer: "str | Optimizer" = "sgd",
        columns: Mapping[str, Sequence[str]] | None = None,
        overwrite: bool = False,
    ) -> "Path":
        """Write a workbook with live formulas: data, passes, loss, and one step of gradient descent.

        Args:
            path: a file that ends in .xlsx.
            rows: which rows, counted from 0; by default the first 20.
            optimizer: what makes the step; an optimizer or its name.
            columns: names of the columns of an input, by its name: ``{"input": ["price"]}``.
            overwrite: write over a file that is there already.

        Raises:
            InputError: there is no such row, or sheets cannot hold the network; the message says what fits.
            FileError: the file is there already, or cannot be written.
        """
        from chainrule.explain.workbook import make, write_workbook

        return write_workbook(make(self, rows, optimizer, columns), path, overwrite=overwrite)

    def __repr__(self) -> str:
        loss = "" if self.loss is None else f"  loss {self.loss:.6g}"
        rows = f"{self.rows} row" + "s" * (self.rows != 1)
        shown = np.array2string(self.prediction, precision=6, threshold=20)
        return f"Trace  {rows}, {len(self.nodes)} nodes{loss}\nprediction: {shown}"


def _read_only(array: Array) -> np.ndarray:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _numbered(kind: str, arrays: Any) -> dict[str, Array]:
    """``{"x": array}``, or ``{"x1": …, "x2": …}`` where a node has several inputs."""
    if isinstance(arrays, tuple):
        return {f"{kind}{place}": array for place, array in enumerate(arrays, 1)}
    return {kind: arrays}


def _named(record: Any, prefix: str = "") -> dict[str, Array]:
    """Every array in a record by the name of its field; records in records have names with dots."""
    found: dict[str, Array] = {}
    for name in getattr(record, "_fields", ()):
        value = getattr(record, name)
        if hasattr(value, "_fields"):
            found |= _named(value, f"{prefix}{name}.")
        elif hasattr(value, "shape"):
            found[prefix + name] = value
    return found
