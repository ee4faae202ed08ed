"""Each layer as ONNX's operators. ONNX has a picture's channels before its height; chainrule has them last."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import InputError
from chainrule.interop.onnx_out.activations import write_activation
from chainrule.interop.onnx_out.draft import INT64, Draft


class Part(NamedTuple):
    """A layer and all that writing it takes."""

    layer: Any
    params: Any
    stats: Any
    """Running statistics; None where it has none."""
    x: Sequence[str]
    """Names of the values that it takes."""
    shape: Any
    """The shape of one row of its input; for several inputs a tuple of them."""
    masks: Sequence[str] = ()
    """Names of the masks that reach it, each (n, t): a step is real where all are true."""


def _dense(draft: Draft, part: Part) -> str:
    weight, bias = draft.single(part.params.weight, "weight"), draft.single(part.params.bias, "bias")
    return draft.add("Gemm", part.x[0], weight, bias)


def _activation(draft: Draft, part: Part) -> str:
    return write_activation(draft, part.layer.activation, part.x[0])


def _same(draft: Draft, part: Part) -> str:
    return draft.add("Identity", part.x[0])


def _embedding(draft: Draft, part: Part) -> str:
    return draft.add("Gather", draft.single(part.params.weight, "weight"), part.x[0])


def _reshape(draft: Draft, part: Part) -> str:
    form = np.array([0, *part.layer.output_shape(part.shape)], dtype=np.int64)  # 0: as many rows as come in
    return draft.add("Reshape", part.x[0], draft.constant(form, "shape"))


def _flatten(draft: Draft, part: Part) -> str:
    """Padding becomes 0."""
    if part.masks:
        axes = draft.constant(np.arange(2, len(part.shape) + 1), "axes")
        real = draft.add("Unsqueeze", _real(draft, part), axes) if len(part.shape) > 1 else _real(draft, part)
        part = part._replace(x=[draft.add("Where", real, part.x[0], draft.single(0.0, "zero"))])
    return _reshape(draft, part)


def _concatenate(draft: Draft, part: Part) -> str:
    return draft.add("Concat", *part.x, axis=len(part.shape[0]))


def _add(draft: Draft, part: Part) -> str:
    total = part.x[0]
    for value in part.x[1:]:
        total = draft.add("Add", total, value)
    return total


def _layer_norm(draft: Draft, part: Part) -> str:
    scale, shift = draft.single(part.params.scale, "scale"), draft.single(part.params.shift, "shift")
    return draft.add("LayerNormalization", part.x[0], scale, shift, axis=-1, epsilon=float(part.layer.epsilon))


def _batch_norm(draft: Draft, part: Part) -> str:
    arrays = [draft.single(array, name) for each in (part.params, part.stats) for name, array in each._asdict().items()]
    channels = _channels_first(draft, part.x[0], len(part.shape))
    normal = draft.add("BatchNormalization", channels, *arrays, epsilon=float(part.layer.epsilon))
    return _channels_last(draft, normal, len(part.shape))


def _conv(draft: Draft, part: Part) -> str:
    weight = draft.single(np.transpose(part.params.weight, (3, 2, 0, 1)), "weight")
    z = draft.add(
        "Conv",
        _channels_first(draft, part.x[0], 3),
        weight,
        draft.single(part.params.bias, "bias"),
        auto_pad={"valid": "VALID", "same": "SAME_UPPER"}[part.layer.padding],
        kernel_shape=list(part.layer.kernel_size),
        strides=list(part.layer.strides),
    )
    return _channels_last(draft, z, 3)


def _max_pool(draft: Draft, part: Part) -> str:
    channels = _channels_first(draft, part.x[0], 3)
    pooled = draft.add("MaxPool", channels, kernel_shape=list(part.layer.size), strides=list(part.layer.strides))
    return _channels_last(draft, pooled, 3)


def _average(draft: Draft, part: Part) -> str:
    pooled = draft.add("GlobalAveragePool", _channels_first(draft, part.x[0], 3))
    return draft.add("Flatten", pooled)


def _lstm(draft: Draft, part: Part) -> str:
    """Gates stand in the order i, f, g, o here, and i, o, f, g (its c) in ONNX, whose steps come before its rows."""
    i, f, g, o = np.split(np.arange(4 * part.layer.units), 4)
    order = np.concatenate([i, o, f, g])
    bias = np.concatenate([np.asarray(part.params.bias)[order], np.zeros(len(order))])
    weights = [np.asarray(array).T[order][None] for array in (part.params.weight, part.params.recurrent)]
    names = [draft.single(array, name) for array, name in zip((*weights, bias[None]), part.params._fields, strict=True)]
    steps, last = draft.name("LSTM"), draft.name("LSTM_last")
    x, real = part.x[0], _real(draft, part) if part.masks else None
    if real is not None:
        x = _real_first(draft, x, real, part.shape[0])
    by_step = draft.add("Transpose", x, perm=[1, 0, 2])
    draft.add_several("LSTM", [by_step, *names], [steps, last], hidden_size=part.layer.units)
    if real is None and not part.layer.return_sequences:
        return draft.add("Squeeze", last, draft.constant(np.array([0]), "axes"))
    one_way = draft.add("Squeeze", steps, draft.constant(np.array([1]), "axes"))
    output = draft.add("Transpose", one_way, perm=[1, 0, 2])
    return output if real is None else _carried(draft, output, real, every_step=part.layer.return_sequences)


def _real(draft: Draft, part: Part) -> str:
    """Which steps are real, by all masks that reach a layer."""
    real = part.masks[0]
    for mask in part.masks[1:]:
        real = draft.add("And", real, mask)
    return real


def _real_first(draft: Draft, x: str, real: str, steps: int) -> str:
    """The real steps in front of padding, in their order: an LSTM's output does not depend on what comes later."""
    late = draft.add(
        "Mul", draft.add("Cast", draft.add("Not", real), to=INT64), draft.constant(np.int64(steps), "late")
    )
    keys = draft.add("Add", late, draft.constant(np.arange(steps), "places"))
    order = draft.name("order")
    count = draft.constant(np.array([steps]), "count")
    draft.add_several("TopK", [keys, count], [draft.name("sorted"), order], axis=1, largest=0)
    return _at(draft, x, order)


def _carried(draft: Draft, output: str, real: str, *, every_step: bool) -> str:
    """For each step (or the last) the output of the last real step until then; 0 where there is none."""
    ones, axis = draft.add("Cast", real, to=INT64), np.array([1])
    padded = draft.add("Pad", output, draft.constant(np.array([0, 1, 0, 0, 0, 0]), "pads"))
    if every_step:
        return _at(draft, padded, draft.add("CumSum", ones, draft.constant(np.int64(1), "axis")))
    last = _at(draft, padded, draft.add("ReduceSum", ones, draft.constant(axis, "axes"), keepdims=1))
    return draft.add("Squeeze", last, draft.constant(axis, "axes"))


def _at(draft: Draft, x: str, steps: str) -> str:
    """Steps of each row (n, t, i), by their places (n, s)."""
    return draft.add("GatherND", x, draft.add("Unsqueeze", steps, draft.constant(np.array([2]), "axes")), batch_dims=1)


def _channels_first(draft: Draft, x: str, axes: int) -> str:
    """The last of a row's axes in front of the others."""
    return x if axes == 1 else draft.add("Transpose", x, perm=[0, axes, *range(1, axes)])


def _channels_last(draft: Draft, x: str, axes: int) -> str:
    """The first of a row's axes behind the others."""
    return x if axes == 1 else draft.add("Transpose", x, perm=[0, *range(2, axes + 1), 1])


_WRITTEN: dict[str, Callable[[Draft, Part], str]] = {
    "dense": _dense,
    "activation": _activation,
    "dropout": _same,
    "embedding": _embedding,
    "flatten": _flatten,
    "reshape": _reshape,
    "concatenate": _concatenate,
    "add": _add,
    "layernorm": _layer_norm,
    "batchnorm": _batch_norm,
    "conv": _conv,
    "maxpool": _max_pool,
    "average": _average,
    "lstm": _lstm,
}


def write_layer(draft: Draft, part: Part) -> str:
    """Add a layer as it predicts (dropout drops nothing, running statistics); returns the name of its output.

    Raises:
        InputError: it is a layer of the user's own.

    >>> from chainrule.layers.dropout import DropoutLayer
    >>> write_layer(Draft(), Part(DropoutLayer(0.5), (), None, ["x"], (3,)))
    'Identity'
    """
    if part.layer.kind not in _WRITTEN:
        raise InputError(
            f"'{draft.scope}' is the layer '{part.layer.kind}', which was made by hand: how it is written in ONNX "
            "is not known."
        )
    return _WRITTEN[part.layer.kind](draft, part)
