"""A network: a graph of layers and a loss, and the parameters that were set by hand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.layers.base import Shape
from chainrule.losses import Loss, get_loss
from chainrule.network.describe import describe
from chainrule.network.graph import (
    INPUT,
    Node,
    Part,
    bind_numbers,
    check_output,
    input_shape,
    node_shapes,
    numbers_of,
    wire,
)
from chainrule.network.inputs import check_codes, checked, float_type, padded, reads_sequences, typed
from chainrule.network.parameters import ParameterView, flatten, frozen_arrays, unflatten
from chainrule.network.passes import Masked
from chainrule.ops import NoDraws, Rng

if TYPE_CHECKING:
    from torch import nn  # pyright: ignore[reportMissingImports]

    from chainrule.explain.trace import Trace
    from chainrule.network.predictor import Predictor

Inputs = Mapping[str, Any]
"""Network inputs by name, each an array with the batch on axis 0, or ``Masked``."""


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Network:
    """A graph of layers and a loss.

    >>> from chainrule.network import Dense
    >>> Network([Dense(2, "softplus"), Dense(1)], loss="ssr", input_shape=1)
    Network  loss ssr  7 parameters
      input                   (1)
      dense1  Dense softplus  (1) → (2)  4
      dense2  Dense           (2) → (1)  3

    Args:
        parts: layers and blocks in order, such as ``[Dense(2, "relu"), Residual([Dense(2)]), Dense(1)]``.
        loss: a loss or its name.
        input_shape: shape of one input row, without the batch axis, when it should be known before there are data;
            a whole number stands for one axis, a mapping gives several inputs by name.
        inputs: names of the inputs of a network that takes several; the data are then a mapping with these names.
    """

    nodes: tuple[Node, ...]
    loss: Loss
    input_names: tuple[str, ...]
    input_shapes: Mapping[str, Shape] | None
    values: Mapping[str, np.ndarray]
    """Parameters set by hand or trained, by name: ``dense1.weight``."""
    stats: Mapping[str, Any]
    """Running statistics of nodes that have them, when trained."""
    frozen: tuple[str, ...]
    """Nodes and parameters that training leaves as they are."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        loss: str | Loss = "mse",
        input_shape: int | Shape | Mapping[str, Shape] | None = None,
        inputs: Sequence[str] | None = None,
    ) -> None:
        shapes = _shapes(input_shape)
        names = tuple(inputs) if inputs is not None else tuple(shapes) if shapes is not None else (INPUT,)
        self._put(
            nodes=wire(parts, names),
            loss=get_loss(loss),
            input_names=names,
            input_shapes=None,
            values=MappingProxyType({}),
            stats=MappingProxyType({}),
            frozen=(),
        )
        check_output(self.nodes, self.loss)
        if shapes is not None:
            self.shapes(shapes)
            self._put(input_shapes=MappingProxyType(shapes))

    def _put(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def _with(self, **fields: Any) -> "Network":
        """A copy with other fields."""
        other = object.__new__(Network)
        other._put(**(self._fields() | fields))
        return other

    def _fields(self) -> dict[str, Any]:
        """What makes it this network: not what was worked out from that and kept."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles, which cannot hold read-only mappings."""
        return {k: dict(field) if isinstance(field, MappingProxyType) else field for k, field in self._fields().items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._put(**{k: MappingProxyType(field) if isinstance(field, dict) else field for k, field in state.items()})

    # -- shapes and first parameters

    def shapes(self, input_shapes: Mapping[str, Shape]) -> dict[str, Shape]:
        """Shape of one row of every input and node; raises ``WiringError`` where layers do not fit."""
        return node_shapes(self.nodes, input_shapes)

    def built(self, input_shapes: Mapping[str, Shape]) -> "Network":
        """The network for inputs of the shapes given; raises where they are not those it was built for."""
        if self.input_shapes is not None and dict(self.input_shapes) != dict(input_shapes):
            raise InputError(
                f"The network takes rows of shape {_listed(self.input_shapes)}; got {_listed(input_shapes)}."
                f"{self._unequal_steps(input_shapes)}"
            )
        self.shapes(input_shapes)
        return self._with(input_shapes=MappingProxyType(dict(input_shapes)))

    def _unequal_steps(self, input_shapes: Mapping[str, Shape]) -> str:
        """What to do where sequences have other numbers of steps than those that the network was built for."""
        for name, shape in (self.input_shapes or {}).items():
            given = input_shapes.get(name, ())
            if reads_sequences(self.nodes, name) and given[1:] == shape[1:] and len(given) > 0 and given[0] != shape[0]:
                if given[0] > shape[0]:
                    return f" Cut the sequences of '{name}' to {shape[0]} steps, or train with the longest."
                return (
                    f" Shorter sequences of '{name}' are padded where they are passed as a list of arrays (steps, "
                    "inputs); or pad them yourself, and pass Masked(values, mask)."
                )
        return ""

    def init(self, seed: int, dtype: Any = np.float32) -> tuple[dict[str, Any], dict[str, Any]]:
        """Draw first parameters and running statistics; what was set by hand stands as it was set.

        Raises:
            InputError: the input shape is not known yet, or a parameter set by hand has another shape.
        """
        return self._filled(Rng(seed, dtype=dtype).child("weights"), dtype)

    def _filled(self, rng: Rng, dtype: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Parameters and running statistics: those that were set, and for all others what ``rng`` draws."""
        if self.input_shapes is None:
            raise InputError("The network's input shape is not known yet: pass input_shape= to Network, or train it.")
        shapes = self.shapes(self.input_shapes)
        params: dict[str, Any] = {}
        stats: dict[str, Any] = {}
        for node in self.nodes:
            row = input_shape(node, shapes)
            params[node.name] = node.layer.init(rng.child(node.name), row)
            first_stats = node.layer.init_stats(rng, row)
            if first_stats is not None:
                kept = self.stats.get(node.name, first_stats)
                stats[node.name] = type(first_stats)(*(np.asarray(array, dtype=dtype) for array in kept))
        flat = flatten(params)
        for name, value in self.values.items():
            if name not in flat:
                raise InputError(
                    f"There is no parameter '{name}'; there are {list_some(flat, most=12)}.{did_you_mean(name, flat)}"
                )
            if value.shape != flat[name].shape:
                raise InputError(f"'{name}' has shape {flat[name].shape}; the value set has shape {value.shape}.")
            flat[name] = np.asarray(value, dtype=dtype)
        return unflatten(flat, params), stats

    # -- setting by hand

    def set(self, values: Mapping[str, Any]) -> "Network":
        """Return the network with parameters set by hand: ``net.set({"dense2.bias": [0.5]})``.

        Raises:
            InputError: no node of that name, or (once the input shape is known) another name or shape is wrong.
        """
        arrays = {name: np.array(value, dtype=np.float64) for name, value in values.items()}
        nodes = [node.name for node in self.nodes]
        for name, array in arrays.items():
            if name.rpartition(".")[0] not in nodes:
                raise InputError(
                    f"'{name}' is not of the form node.parameter with a node of this network: {list_some(nodes)}."
                    f"{did_you_mean(name.rpartition('.')[0] or name, nodes)}"
                )
            if not np.isfinite(array).all():
                raise InputError(f"'{name}' must be set to finite numbers; got {array.tolist()}.")
        network = self._with(values=MappingProxyType({**self.values, **arrays}))
        if network.input_shapes is not None:
            network.init(0)
        return network

    def freeze(self, *names: str) -> "Network":
        """Return the network with nodes (``"dense1"``) or parameters (``"dense2.weight"``) left out of training."""
        network = self._with(frozen=tuple(dict.fromkeys((*self.frozen, *names))))
        if network.input_shapes is not None:
            network.frozen_names()
        return network

    def frozen_names(self) -> frozenset[str]:
        """Names of the parameters that training leaves as they are; raises where a frozen name is none."""
        return frozen_arrays(self.frozen, flatten(self.init(0)[0])) if self.frozen else frozenset()

    def unfreeze(self, *names: str) -> "Network":
        """Return the network with the names given (without any: all) trained again."""
        return self._with(frozen=tuple(name for name in self.frozen if names and name not in names))

    def trained(self, params: Mapping[str, Any], stats: Mapping[str, Any]) -> "Network":
        """The network with all its parameters and running statistics set."""
        return self._with(values=MappingProxyType(flatten(params)), stats=MappingProxyType(dict(stats)))

    def with_nodes(self, nodes: Sequence[Node]) -> "Network":
        """Return the network with other nodes under the same names, such as wider ones."""
        return self._with(nodes=tuple(nodes))

    def with_loss(self, loss: str | Loss) -> "Network":
        """Return the network with another loss.

        Raises:
            WiringError: it takes probabilities, and the output need be none.
        """
        network = self._with(loss=get_loss(loss))
        check_output(network.nodes, network.loss)
        return network

    # -- numbers: what a compiled program takes as arguments

    def numbers(self) -> dict[str, float]:
        """Every number in the layers and the loss: ``{"dropout1.rate": 0.5, "loss.delta": 1.0}``."""
        return numbers_of(self.nodes, self.loss)

    def bind(self, numbers: Mapping[str, Any]) -> tuple[tuple[Node, ...], Loss]:
        """The graph and the loss with the numbers given in their places."""
        return bind_numbers(self.nodes, self.loss, numbers)

    # -- use

    @property
    def params(self) -> ParameterView:
        """Parameters that are set, by name, as read-only NumPy arrays."""
        return ParameterView(self.values)

    def inputs(self, X: Any, dtype: Any) -> dict[str, Any]:
        """Name the inputs and give them the type the network computes in; whole numbers stay whole.

        Raises:
            InputError: an input is missing or unknown, is no array of numbers, or has a number too large for the type.
        """
        named = dict(X) if isinstance(X, Mapping) else {self.input_names[0]: X}
        if set(named) != set(self.input_names):
            raise InputError(f"The network takes the inputs {list_some(self.input_names)}; got {list_some(named)}.")
        given = {name: checked(name, self._padded(name, value)) for name, value in named.items()}
        for node in self.nodes:
            for name in node.inputs:
                if node.layer.takes_codes and name in given:
                    check_codes(name, given[name], node)
        types = self.input_types(dtype)
        return {name: typed(name, value, types[name]) for name, value in given.items()}

    def _padded(self, name: str, value: Any) -> Any:
        """Sequences of unequal length, padded and with their mask; anything else as it is."""
        if isinstance(value, np.ndarray) and value.dtype != object:
            return value
        steps = self.input_shapes[name][:1] if self.input_shapes is not None else ()
        return padded(value, steps[0] if steps else None) if reads_sequences(self.nodes, name) else value

    def input_types(self, dtype: Any) -> dict[str, Any]:
        """The type of each input: whole numbers for an embedding's codes, else the one that the network computes in."""
        codes = {source for node in self.nodes if node.layer.takes_codes for source in node.inputs}
        return {name: np.int32 if name in codes else dtype for name in self.input_names}

    def ready(self, X: Any, dtype: Any = np.float64) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Parameters, running statistics and named inputs, for a network whose parameters are all set.

        Raises:
            InputError: some parameters are not set; the message names them.
        """
        inputs = self.inputs(X, dtype)
        return (*self.built(row_shapes(inputs)).arrays(dtype), inputs)

    def arrays(self, dtype: Any = np.float64) -> tuple[dict[str, Any], dict[str, Any]]:
        """Parameters and running statistics, for a network whose parameters and input shape are all set.

        Raises:
            InputError: some are not set; the message names them.
        """
        params, stats = self._filled(NoDraws(0, dtype=dtype), dtype)
        missing = [name for name in flatten(params) if name not in self.values]
        if missing:
            raise InputError(
                f"The network is not trained and these parameters are not set: {list_some(missing)}. "
                "Train it with fit(), or set them with net.set({...})."
            )
        return params, stats

    def predict(self, X: Any, *, dtype: Any = np.float64) -> np.ndarray:
        """Output for each row of ``X``, shape (n, outputs), for a network whose parameters are all set.

        A number that cannot be had in the type to compute in is refused. Rows that are not finite, or that grow too
        large on the way, come out as NaN or infinite, and NumPy warns.
        """
        network = self if self.input_shapes is not None else self.built(row_shapes(self.inputs(X, dtype)))
        return network.predictor(dtype)(X)

    def predictor(self, dtype: Any = np.float64, last: str | None = None) -> "Predictor":
        """A function from rows to outputs, which has everything ready that is the same for all rows.

        :meth:`predict` uses it, too; it makes a new one only where the network is another.

        >>> from chainrule.network import Dense
        >>> net = Network([Dense(1)], input_shape=1).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
        >>> predict = net.predictor()
        >>> predict(np.array([[10.0], [0.5]]))
        array([[21.],
               [ 2.]])

        Args:
            dtype: the type to compute in, float32 or float64.
            last: the node whose activations are wanted; by default the output.

        Raises:
            InputError: there is no such type or node, or parameters or the input shape are not set.
        """
        key = str(dtype), repr(last)  # whatever was passed: not all of it can be looked up
        found = self._predictors.get(key)
        if found is None:
            from chainrule.network.predictor import Predictor

            found = self._predictors[key] = Predictor(self, float_type(dtype), last)
        return found

    @cached_property
    def _predictors(self) -> "dict[Any, Predictor]":
        """Those that were made, by type and last node."""
        return {}

    def trace(self, X: Any, y: Any = None, *, loss: str | Loss | None = None, dtype: Any = np.float64) -> "Trace":
        """Every value of one forward and (with ``y``) backward pass, for a network whose parameters are all set."""
        from chainrule.explain.tracing import trace_network

        network = self if loss is None else self.with_loss(loss)
        return trace_network(network, X, y, dtype=dtype)

    def to_onnx(self, path: str | Path, *, masked: Collection[str] = (), overwrite: bool = False) -> Path:
        """Write the network as an ONNX file, which computes in single precision.

        Its inputs have the network's own names and axes (pictures: height, width, channels), its output is named
        ``output``.

        Args:
            path: the file.
            masked: names of the inputs whose rows are of unequal length. The file takes a mask for each,
                ``words.mask`` for ``words``, of booleans (n, steps), False in padding.
            overwrite: whether a file that is there may be replaced.

        Raises:
            InputError: a parameter or the input shape is not set, an activation was registered by hand, or a masked
                input is none.
            FileError: the file is there already, or cannot be written.
            MissingPackageError: the package onnx is not installed.
        """
        from chainrule.interop.onnx_out import network_to_onnx

        return network_to_onnx(self, path, masked=masked, overwrite=overwrite)

    def to_torch(self, *, dtype: str = "float32", masked: Collection[str] = ()) -> "nn.Module":
        """The network as a PyTorch module, in eval mode: a chain of layers as ``nn.Sequential``.

        Pictures come to the module as PyTorch has them, (n, channels, height, width). ``cr.from_torch`` reads it back.

        Args:
            dtype: the type of its parameters, ``"float32"`` or ``"float64"``.
            masked: names of the inputs whose rows are of unequal length. Behind its inputs the module takes a mask for
                each, of booleans (n, steps), False in padding.

        Raises:
            MissingPackageError: PyTorch is not installed.
            InputError: parameters or the input shape are not set, PyTorch has no such layer, or a masked input is
                none.
        """
        from chainrule.interop.torch_out import to_torch

        return to_torch(self, dtype=dtype, masked=masked)

    def __repr__(self) -> str:
        return describe(self.nodes, self.loss, self.input_names, self.input_shapes)


def row_shapes(inputs: Inputs) -> dict[str, Shape]:
    """Shape of one row of every input."""
    return {
        name: tuple((value.values if isinstance(value, Masked) else value).shape[1:]) for name, value in inputs.items()
    }


def row_count(inputs: Inputs) -> int:
    """Number of rows of the inputs."""
    first = next(iter(inputs.values()))
    return len(first.values if isinstance(first, Masked) else first)


def _shapes(given: int | Shape | Mapping[str, Shape] | None) -> dict[str, Shape] | None:
    if given is None or isinstance(given, Mapping):
        return None if given is None else {name: tuple(shape) for name, shape in given.items()}
    return {INPUT: (given,) if isinstance(given, int) else tuple(given)}


def _listed(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"'{name}' {shape}" for name, shape in shapes.items())
