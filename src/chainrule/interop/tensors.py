"""Parameters from another library's safetensors file, by a map of names; nothing is guessed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from chainrule.errors import FileError, InputError, did_you_mean, list_some
from chainrule.network.network import Network
from chainrule.network.parameters import flatten, unflatten

_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1",
    "BOOL": "?",
}  # fmt: skip
"""What safetensors calls the types of numbers, and NumPy does."""


def load_safetensors(
    network: Network,
    path: str | Path,
    names: Mapping[str, str | None],
    *,
    transpose: Mapping[str, Sequence[int]] | None = None,
) -> Network:
    """Return the network with parameters and running statistics from a safetensors file.

    ``cr.load_safetensors(net, "model.safetensors", {"0.weight": "dense1.weight", "0.bias": "dense1.bias"},
    transpose={"0.weight": (1, 0)})``: PyTorch's weights of a linear layer are (outputs, inputs), here they are (inputs,
    outputs); of a convolution (outputs, inputs, height, width), so ``(2, 3, 1, 0)``. Keras's need none. Every tensor of
    the file must be named, and every name must be in it; parameters that nothing is named for stay as they are set.

    Args:
        network: the network, with its input shape known.
        path: the file.
        names: the file's name → ours, such as ``"bn.running_var": "batchnorm1.variance"``; None leaves a tensor out.
        transpose: the file's name → the order in which its axes are to stand.

    Raises:
        FileError: the file cannot be read, or is no safetensors file.
        InputError: a tensor or parameter is missing, unknown, named twice, or of another shape.

    >>> import tempfile
    >>> from safetensors.numpy import save_file
    >>> from chainrule.network import Dense
    >>> net = Network([Dense(1)], input_shape=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_file({"w": np.array([[1.0, 2.0]]), "b": np.zeros(1)}, f"{folder}/linear.safetensors")
    ...     names = {"w": "dense1.weight", "b": "dense1.bias"}
    ...     net = load_safetensors(net, f"{folder}/linear.safetensors", names, transpose={"w": (1, 0)})
    >>> net.predict([[10.0, 1.0]])
    array([[12.]])
    """
    if network.input_shapes is None:
        raise InputError("The network's input shape is not known yet: pass input_shape= to Network, or train it.")
    file = Path(path)
    try:
        held = dict(sorted(deserialize(file.read_bytes())))
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror}.", path=file) from None
    except SafetensorError as error:
        raise FileError(f"{file} is no safetensors file: {error}.", path=file) from None
    tensors = {name: _tensor(file, name, each) for name, each in held.items()}
    params, stats = network.init(0, np.float64)
    ours: dict[str, Any] = {**flatten(params), **flatten(stats)}
    orders = dict(transpose or {})
    for what, given in (("names", names), ("transpose", orders)):
        for name in given:
            if name not in tensors:
                raise InputError(
                    f"{what} has '{name}', which is not in {file}; there are {list_some(tensors, most=12)}."
                    f"{did_you_mean(name, tensors)}"
                )
    unnamed = [name for name in tensors if name not in names]
    if unnamed:
        raise InputError(
            f"{file} has tensors that names does not: {list_some(unnamed)}. Name a parameter for each, or None to "
            "leave it out."
        )
    found: dict[str, np.ndarray] = {}
    for name, own in names.items():
        if own is None:
            continue
        if own not in ours:
            raise InputError(
                f"There is no parameter '{own}' for '{name}'; there are {list_some(ours, most=12)}."
                f"{did_you_mean(own, ours)}"
            )
        if own in found:
            raise InputError(f"'{own}' is named for two tensors; '{name}' is the second.")
        found[own] = _turned(name, tensors[name], orders.get(name), own, ours[own].shape)
    values = {name: array for name, array in found.items() if name in flatten(params)}
    return network.set(values)._with(  # pyright: ignore[reportPrivateUsage]
        stats=unflatten({**flatten(stats), **found}, stats)
    )


def _tensor(file: Path, name: str, held: Mapping[str, Any]) -> np.ndarray:
    """A tensor as an array of double precision."""
    kind, data = held["dtype"], held["data"]
    if kind == "BF16":  # the upper half of single precision
        found = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    elif kind in _TYPES:
        found = np.frombuffer(data, _TYPES[kind])
    else:
        raise FileError(
            f"{file}: the tensor '{name}' holds numbers of the type {kind}; those that can be read are "
            f"{', '.join([*_TYPES, 'BF16'])}.",
            path=file,
        )
    return found.astype(np.float64).reshape(held["shape"])


def _turned(name: str, tensor: np.ndarray, order: Sequence[int] | None, own: str, shape: tuple[int, ...]) -> np.ndarray:
    if order is not None:
        if sorted(order) != list(range(tensor.ndim)):
            raise InputError(
                f"transpose of '{name}', {tuple(order)}, must have each of its {tensor.ndim} axes once, counted from 0."
            )
        tensor = tensor.transpose(tuple(order))
    if tensor.shape != shape:
        turned = "" if order is None else f", transposed as {tuple(order)},"
        hint = ""
        if order is None and sorted(tensor.shape) == sorted(shape):
            hint = f" The axes may stand in another order: transpose={{'{name}': …}}."
        raise InputError(f"'{name}'{turned} has shape {tensor.shape}; '{own}' has {shape}.{hint}")
    if not np.isfinite(tensor).all():
        raise InputError(f"'{name}' holds numbers that are not finite.")
    return tensor
