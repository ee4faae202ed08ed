"""What each operation of an exported PyTorch graph is in a network.

Shapes: a row of a picture is (c, h, w) in PyTorch and (h, w, c) here; o outputs, i inputs, u units.
"""

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from chainrule.interop.assembly import Assembly
from chainrule.interop.torch_activations import ACTIVATIONS
from chainrule.interop.torch_call import Call, Unsupported, Value
from chainrule.layers.batch_norm import BatchNormLayer
from chainrule.layers.convolution import Conv2DLayer
from chainrule.layers.dense import DenseLayer
from chainrule.layers.dropout import DropoutLayer
from chainrule.layers.embedding import EmbeddingLayer
from chainrule.layers.layer_norm import LayerNormLayer
from chainrule.layers.lstm import LSTMLayer
from chainrule.layers.merge import AddLayer, ConcatenateLayer
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer
from chainrule.layers.reshape import FlattenLayer, ReshapeLayer

SUPPORTED = (
    "Supported are Linear, Conv2d, MaxPool2d, AdaptiveAvgPool2d(1), BatchNorm1d and 2d, LayerNorm, Embedding, LSTM, "
    "Dropout, Flatten, additions, concatenations, and the activations ReLU, Sigmoid, Tanh, Softplus, Softmax, "
    "LogSoftmax, LeakyReLU, ELU, SELU, GELU, SiLU, Softsign, Hardsigmoid and Hardtanh."
)


def linear(assembly: Assembly, call: Call) -> Value:
    """Dense: the weight turned, and brought to the order of a flattened picture."""
    x = call.value()
    if len(x.row) != 1:
        raise Unsupported(f"a linear map of rows of shape {x.row}, where Dense takes (inputs,),")
    weight = call.array(call.node.args[1])
    bias = call.plain(2)
    params = {
        "weight": (weight if x.order is None else weight[:, x.order]).T,
        "bias": np.zeros(len(weight)) if bias is None else call.array(bias),
    }
    return Value(assembly.add(DenseLayer(len(weight)), [x.name], params), (len(weight),))


def product(assembly: Assembly, call: Call) -> Value:
    """Dense without a bias, of a weight that stands as it does here: ``x @ weight``."""
    x, given = call.value(), call.node.args[1]
    if len(x.row) != 1 or not call.is_array(given):
        raise Unsupported(f"the operation '{call.node.name}' of other than rows of shape (inputs,) and a parameter,")
    weight = call.array(given)
    params = {"weight": weight if x.order is None else weight[x.order], "bias": np.zeros(weight.shape[1])}
    return Value(assembly.add(DenseLayer(weight.shape[1]), [x.name], params), (weight.shape[1],))


def convolution(assembly: Assembly, call: Call) -> Value:
    """Conv2D."""
    x = _picture(call)
    weight = call.array(call.node.args[1]).transpose(2, 3, 1, 0)
    bias = call.plain(2)
    strides, dilation, groups = call.plain(3, "", [1, 1]), call.plain(5, "", [1, 1]), call.plain(6, "", 1)
    if groups != 1 or set(dilation) != {1}:
        raise Unsupported(f"a convolution with groups={groups} and dilation={tuple(dilation)}")
    kernel = weight.shape[:2]
    padding = call.plain(4, "", [0, 0])
    layer = _convolution(weight.shape[3], kernel, _pair(strides), padding, x.row[1:], call.row[1:])
    params = {"weight": weight, "bias": np.zeros(weight.shape[3]) if bias is None else call.array(bias)}
    return Value(assembly.add(layer, [x.name], params), call.row, first=True)


def _convolution(
    filters: int,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    padding: Any,
    size: tuple[int, ...],
    windows: tuple[int, ...],
) -> Conv2DLayer:
    """The layer whose padding puts as many zeros above and to the left, and makes as many windows."""
    if padding in ("valid", "same"):
        return Conv2DLayer(filters, kernel, strides, padding)
    pads = _pair(padding)
    if pads == (0, 0):
        return Conv2DLayer(filters, kernel, strides, "valid")
    same = Conv2DLayer(filters, kernel, strides, "same")
    counts = tuple(-(-full // step) for full, step in zip(size, strides, strict=True))
    lacking = (max((n - 1) * s + k - full, 0) for n, s, k, full in zip(counts, strides, kernel, size, strict=True))
    if counts != tuple(windows) or tuple(each // 2 for each in lacking) != pads:
        raise Unsupported(
            f"padding={pads} with a kernel of {tuple(kernel)} and a stride of {strides} on pictures of {size}, which "
            "is neither 'valid' nor 'same',"
        )
    return same


def max_pool(assembly: Assembly, call: Call) -> Value:
    """MaxPool2D."""
    x = _picture(call)
    size = _pair(call.plain(1))
    strides = _pair(call.plain(2, "", None) or size)
    if _pair(call.plain(3, "", 0)) != (0, 0) or _pair(call.plain(4, "", 1)) != (1, 1) or call.plain(5, "", False):
        raise Unsupported("a pooling with padding, dilation or ceil_mode")
    return Value(assembly.add(MaxPool2DLayer(size, strides), [x.name]), call.row, first=True)


def average(assembly: Assembly, call: Call) -> Value:
    """GlobalAveragePool2D; where the axes of length 1 are kept, they are kept here."""
    x = _picture(call)
    if str(call.node.target).startswith("aten.mean"):
        kept = bool(call.plain(2, "keepdim", False))
        if sorted(axis % 4 for axis in call.plain(1)) != [2, 3]:
            raise Unsupported(f"a mean over the axes {tuple(call.plain(1))}")
    else:
        kept = True
        if _pair(call.plain(1)) != (1, 1):
            raise Unsupported(f"adaptive pooling to {_pair(call.plain(1))}")
    name = assembly.add(GlobalAveragePool2DLayer(), [x.name])
    if not kept or all(_is_flat(user) for user in call.node.users):
        return Value(name, x.row[:1] if not kept else call.row)
    return Value(assembly.add(ReshapeLayer((1, 1, x.row[0])), [name]), call.row, first=True)


def _is_flat(user: Any) -> bool:
    shape = getattr(user.meta.get("val"), "shape", ())
    if not any(each in str(user.target) for each in ("flatten", "view", "reshape", "squeeze")):
        return False
    return len(shape) == 2 or (bool(user.users) and all(map(_is_flat, user.users)))


def batch_norm(assembly: Assembly, call: Call) -> Value:
    """BatchNorm, with its running statistics."""
    x = call.value()
    if len(x.row) > 1 and not x.first:
        raise Unsupported(f"batch normalisation of the first axis of rows of shape {x.row}")
    _, scale, shift, mean, variance, training, momentum, epsilon, *_ = call.node.args
    if mean is None or training or not momentum:
        raise Unsupported("batch normalisation without running statistics or without a fixed momentum")
    count = x.row[:1]
    arrays = {
        "scale": np.ones(count) if scale is None else call.array(scale),
        "shift": np.zeros(count) if shift is None else call.array(shift),
        "mean": call.array(mean),
        "variance": call.array(variance),
    }
    if x.order is not None:
        arrays = {name: array[x.order] for name, array in arrays.items()}
    params = {name: arrays[name] for name in ("scale", "shift")}
    stats = {name: arrays[name] for name in ("mean", "variance")}
    name = assembly.add(BatchNormLayer(momentum=momentum, epsilon=epsilon), [x.name], params, stats)
    return replace(x, name=name, row=call.row)


def layer_norm(assembly: Assembly, call: Call) -> Value:
    """LayerNorm over the last axis."""
    x = call.value()
    if len(call.plain(1)) != 1 or x.first:
        raise Unsupported(f"layer normalisation over the last {len(call.plain(1))} axes of rows of shape {x.row}")
    (count,) = call.plain(1)
    scale, shift = call.plain(2), call.plain(3)
    params = {
        "scale": np.ones(count) if scale is None else call.array(scale),
        "shift": np.zeros(count) if shift is None else call.array(shift),
    }
    if x.order is not None:
        params = {name: array[x.order] for name, array in params.items()}
    layer = LayerNormLayer(epsilon=call.plain(4, "eps", 1e-5))
    return replace(x, name=assembly.add(layer, [x.name], params))


def embedding(assembly: Assembly, call: Call) -> Value:
    """Embedding."""
    weight, x = call.array(call.node.args[0]), call.value(1)
    if call.plain(2, "padding_idx", -1) not in (-1, None):
        raise Unsupported(f"an embedding whose code {call.plain(2)} is not learned (padding_idx)")
    layer = EmbeddingLayer(*weight.shape)
    return Value(assembly.add(layer, [x.name], {"weight": weight}), call.row)


def lstm(assembly: Assembly, call: Call) -> tuple[Value | None, Value | None]:
    """The outputs, of every step or (where no other is used) of the last, and the last layer's state."""
    x = call.value()
    _, first, arrays, biases, layers, _, _, both, batch_first = call.node.args
    if any("zeros" not in str(each.target) for each in first):
        raise Unsupported("an LSTM that does not start at zero")
    if both or not batch_first or not biases or len(arrays) != 4 * layers:
        raise Unsupported("an LSTM that is bidirectional, has no biases, projections, or is not batch_first,")
    users = [user for user in call.node.users if user.users]
    last_alone = all(each.args[1] == 1 or all(map(_is_last_step, each.users)) for each in users) and bool(users)
    name, shape = x.name, x.row
    for layer in range(layers):
        weight, recurrent, bias, other = (call.array(each) for each in arrays[4 * layer : 4 * layer + 4])
        units = recurrent.shape[1]
        params = {"weight": weight.T, "recurrent": recurrent.T, "bias": bias + other}
        sequences = layer < layers - 1 or not last_alone
        name = assembly.add(LSTMLayer(units, sequences), [name], params)
        shape = (x.row[0], units) if sequences else (units,)
    result = Value(name, shape)
    return result, result if last_alone else None


def _is_last_step(user: Any) -> bool:
    last = "select" in str(user.target) and user.args[1] == 1
    return last and user.args[2] in (-1, user.args[0].meta["val"].shape[1] - 1)


def getitem(_: Assembly, call: Call) -> Any:
    """One of an LSTM's results: the outputs, or the last ones; the memory is no value of a network."""
    source, place = call.node.args
    found = call.values.get(source)
    return found[place] if isinstance(found, tuple) and place < 2 else None


def select(_: Assembly, call: Call) -> Value:
    """The last step of an LSTM's outputs, or its last layer's state."""
    x, (source, axis, index) = call.value(), call.node.args[:3]
    state = "getitem" in str(source.target) and source.args[1] == 1
    last = index in (-1, source.meta["val"].shape[axis] - 1)
    if len(x.row) != 1 or not last or (axis != 0 if state else not _is_last_step(call.node)):
        raise Unsupported(
            "taking a part of a value, other than the last step of an LSTM of which nothing else is used,"
        )
    return x


def dropout(assembly: Assembly, call: Call) -> Value:
    """Dropout, which lets everything pass but in training."""
    x = call.value()
    return replace(x, name=assembly.add(DropoutLayer(float(call.plain(1))), [x.name]))


def reshape(assembly: Assembly, call: Call) -> Value:
    """Flatten, Reshape, or nothing where a row is flat already."""
    x = call.value()
    if prod(call.row) != prod(x.row):
        raise Unsupported(f"a change of shape from {x.row} to {call.row}")
    if x.row == call.row:
        return x
    if x.name.startswith("average") and call.row[0] == x.row[0]:  # axes of length 1, which the network has not
        return Value(x.name, call.row)
    order = x.order
    if x.first:
        order = np.moveaxis(np.arange(prod(x.row)).reshape(x.row), 0, -1).reshape(-1)
        order = None if (np.diff(order) == 1).all() else order
    if len(call.row) == 1:
        return Value(assembly.add(FlattenLayer(), [x.name]), call.row, order=order)
    if order is not None:
        raise Unsupported(f"a change of shape from {x.row} to {call.row}, whose values stand in another order here,")
    picture = len(call.row) == 3 and call.row[0] == 1  # of one channel, which may stand first or last
    shape = (*call.row[1:], 1) if picture else call.row
    return Value(assembly.add(ReshapeLayer(shape), [x.name]), call.row, first=picture)


def permute(_: Assembly, call: Call) -> Value:
    """Channels to the end or to the beginning of a row: where the network has them, they stay."""
    x = call.value()
    axes = len(x.row) + 1
    order = list(range(axes))
    if str(call.node.target).startswith("aten.permute"):
        order = [axis % axes for axis in call.plain(1)]
    else:
        source, to = (axis % axes for axis in call.node.args[1:])
        order.insert(to, order.pop(source))
    moved = [0, *range(2, axes), 1] if x.first else [0, axes - 1, *range(1, axes - 1)]
    if order != moved or axes < 3:
        raise Unsupported("another order of the axes")
    return replace(x, row=call.row, first=not x.first)


def add(assembly: Assembly, call: Call) -> Any:
    """Add."""
    if call.within("Softsign"):
        return None
    if call.plain(2, "alpha", 1) != 1:
        raise Unsupported("an addition with a factor")
    for place, other in ((0, 1), (1, 0)):
        if call.is_array(call.node.args[other]):
            return _biased(assembly, call, call.value(place), call.node.args[place], call.node.args[other])
    values = [call.value(0), call.value(1)]
    if values[0].row != values[1].row:
        raise Unsupported("an addition of values of different shapes")
    return _merge(assembly, AddLayer(), values, values[0].row)


def _biased(assembly: Assembly, call: Call, x: Value, source: Any, bias: Any) -> Value:
    """The bias of the product before it, which has none yet."""
    array = call.array(bias)
    own = assembly.values.get(f"{x.name}.bias")
    before = str(source.target).removeprefix("aten.").partition(".")[0]
    if before not in ("matmul", "mm") or own is None or array.shape != own.shape or len(source.users) > 1:
        raise Unsupported("an addition of a parameter that is no bias of the product before it")
    assembly.values[f"{x.name}.bias"] = array
    return x


def concatenate(assembly: Assembly, call: Call) -> Value:
    """Concatenate."""
    values = [call.as_value(each) for each in call.node.args[0]]
    axis = call.plain(1, "dim", 0) % (len(values[0].row) + 1)
    if axis != (1 if values[0].first else len(values[0].row)):
        raise Unsupported(f"a concatenation along the axis {axis}, where Concatenate takes that of the features,")
    return _merge(assembly, ConcatenateLayer(), values, call.row)


def _merge(assembly: Assembly, layer: Any, values: list[Value], row: tuple[int, ...]) -> Value:
    if len({(each.first, len(each.row)) for each in values}) > 1 or any(each.order is not None for each in values):
        raise Unsupported("bringing together values of different layouts (such as a flattened picture)")
    return replace(values[0], name=assembly.add(layer, [each.name for each in values]), row=row)


def nothing(_: Assembly, call: Call) -> None:
    """A step on the way to Softsign, or an LSTM's first state, which is 0."""
    if not call.within("Softsign") and not call.within("LSTM"):
        raise Unsupported(f"the operation '{call.node.name}'")


def _picture(call: Call) -> Value:
    x = call.value()
    if len(x.row) != 3 or not x.first:
        raise Unsupported(f"rows of shape {x.row}, where pictures (channels, height, width) are taken,")
    return x


def _pair(given: Any) -> tuple[int, int]:
    many = tuple(given) if isinstance(given, (tuple, list)) else (given, given)
    return (many[0], many[-1])


OPERATIONS: dict[str, Callable[[Assembly, Call], Any]] = {
    **ACTIVATIONS,
    "linear": linear,
    "matmul": product,
    "mm": product,
    "conv2d": convolution,
    "max_pool2d": max_pool,
    "adaptive_avg_pool2d": average,
    "mean": average,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "embedding": embedding,
    "lstm": lstm,
    "getitem": getitem,
    "select": select,
    "dropout": dropout,
    "flatten": reshape,
    "view": reshape,
    "reshape": reshape,
    "squeeze": reshape,
    "unflatten": reshape,
    "unsqueeze": reshape,
    "permute": permute,
    "movedim": permute,
    "add": add,
    "add_": add,
    "cat": concatenate,
    "concat": concatenate,
    "abs": nothing,
    "zeros": nothing,
}  # fmt: skip
