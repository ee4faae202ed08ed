"""The arithmetic of layers over windows of pictures: what pooling takes, and what comes back through each window.

Shapes: h high, w wide, c channels of one picture; p down and q to the right number its windows.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from chainrule._typing import Array
from chainrule.explain.document import Line
from chainrule.explain.scope import Index, Product, Scope, Summands, brackets
from chainrule.layers.convolution import Conv2DLayer
from chainrule.layers.pooling import GlobalAveragePool2DLayer, MaxPool2DLayer
from chainrule.network.graph import Node

Windowed: TypeAlias = Conv2DLayer | GlobalAveragePool2DLayer | MaxPool2DLayer
_Window: TypeAlias = tuple[int, int, int, int]
"""The window's number down and to the right, and the place inside of it."""


def pooled(scope: Scope, node: Node, index: Index, result: float) -> Line:
    """One value of a pooling layer: the largest of its window, or the mean of its channel."""
    x, called = scope.at(scope.values_of(node).x), scope.source(node.inputs[0])
    symbol = f"z{brackets(index)}"
    name = f"{node.name}.{symbol}"
    if isinstance(node.layer, GlobalAveragePool2DLayer):
        places = list(np.ndindex(x.shape[:2]))
        share = 1 / len(places)

        def product(place: int) -> Product:
            return (f"1/{len(places)}", called((*places[place], *index))), (share, float(x[(*places[place], *index)]))

        values = x[..., index[0]].ravel() * share
        formula = f"1/{len(places)}·Σ_hw x[h, w, {index[0]}]"
        return scope.add_up(name, symbol, formula, result, [Summands(values, product)], node.name)
    layer = node.layer
    assert isinstance(layer, MaxPool2DLayer), "the table of writers says so"
    top, left = index[0] * layer.strides[0], index[1] * layer.strides[1]
    places = [(top + a, left + b, index[2]) for a, b in np.ndindex(layer.size)]
    values = {called(place): float(x[place]) for place in places}
    scope.compare(name, max(values.values()), result)
    if len(places) <= scope.terms + 1 or scope.is_open(node.name):
        return Line(name, symbol, f"max({', '.join(values)})", result, values=values)
    return Line(name, symbol, next(each for each, value in values.items() if value == max(values.values())), result)


def through_windows(scope: Scope, user: Node, layer: Windowed, dz: Array, index: Index) -> tuple[Summands, str]:
    """What comes back to a place of a picture from every window that it lies in.

    Args:
        scope: the worksheet.
        user: the node that the windows are of.
        layer: its layer.
        dz: its delta, of the row.
        index: the place.
    """
    name = user.name
    channel = index[2]
    if isinstance(layer, GlobalAveragePool2DLayer):
        high, wide = scope.at(scope.values_of(user).x).shape[:2]
        factors = 1 / (high * wide), float(dz[channel])
        names = (f"1/{high * wide}", f"{name}.dz[{channel}]")
        return Summands(np.asarray([factors[0] * factors[1]]), lambda _: (names, factors)), "·".join(names)
    if isinstance(layer, MaxPool2DLayer):
        x = scope.at(scope.values_of(user).x)
        won = [
            (p, q, channel)
            for p, q, *_ in _windows(layer, layer.size, dz.shape, index)
            if _first(layer, x, p, q, index)
        ]
        called = [f"{name}.dz{brackets(place)}" for place in won]
        values = np.asarray([float(dz[place]) for place in won])
        return Summands(values, lambda k: ((called[k],), (float(values[k]),))), " + ".join(called) or "0"
    top, left = scope.values_of(user).saved.inside[:2]
    weight = np.asarray(scope.trace.tree[name].weight)
    inside = (index[0] + top, index[1] + left)
    met = [
        (p, q, a, b, o)
        for p, q, a, b in _windows(layer, layer.kernel_size, dz.shape, inside)
        for o in range(weight.shape[-1])
    ]

    def product(place: int) -> Product:
        p, q, a, b, o = met[place]
        names = (f"{name}.dz[{p}, {q}, {o}]", f"{name}.weight[{a}, {b}, {channel}, {o}]")
        return names, (float(dz[p, q, o]), float(weight[a, b, channel, o]))

    values = np.asarray([dz[p, q, o] * weight[a, b, channel, o] for p, q, a, b, o in met])
    return Summands(values, product), f"Σ_pqo {name}.dz[p, q, o]·{name}.weight[a, b, {channel}, o]"


def _windows(layer: Conv2DLayer | MaxPool2DLayer, size: Index, counts: Index, place: Index) -> Iterator[_Window]:
    """The windows in which a place lies."""
    for a, b in np.ndindex(size[0], size[1]):
        (p, over), (q, beside) = divmod(place[0] - a, layer.strides[0]), divmod(place[1] - b, layer.strides[1])
        if over == beside == 0 and 0 <= p < counts[0] and 0 <= q < counts[1]:
            yield p, q, a, b


def _first(layer: MaxPool2DLayer, x: Array, p: int, q: int, place: Index) -> bool:
    """Whether a place is the first of the largest of its window, which gets the whole delta."""
    top, left = p * layer.strides[0], q * layer.strides[1]
    window = x[top : top + layer.size[0], left : left + layer.size[1], place[2]]
    return divmod(int(window.argmax()), window.shape[1]) == (place[0] - top, place[1] - left)


def kernel_gradient(scope: Scope, node: Node, dz: Array, kind: str, index: Index) -> tuple[Summands, str]:
    """One number of a convolution's gradient by one picture, as a sum over its windows."""
    layer = node.layer
    assert isinstance(layer, Conv2DLayer), "only convolutions have windows with weights"
    o = index[-1]
    deltas = dz[..., o]
    windows = list(np.ndindex(deltas.shape))
    if kind == "bias":
        values = deltas.ravel()
        return (
            Summands(values, lambda place: ((f"dz{brackets((*windows[place], o))}",), (float(values[place]),))),
            f"Σ_pq dz[p, q, {o}]",
        )
    a, b, c, _ = index
    (down, right), x = layer.strides, scope.at(scope.values_of(node).saved.x)

    def product(place: int) -> Product:
        p, q = windows[place]
        at = (p * down + a, q * right + b, c)
        return (f"x{brackets(at)}", f"dz{brackets((p, q, o))}"), (float(x[at]), float(deltas[p, q]))

    high, wide = deltas.shape
    met = x[a : a + (high - 1) * down + 1 : down, b : b + (wide - 1) * right + 1 : right, c]
    step = [f"{times}·{letter}" if times > 1 else letter for times, letter in ((down, "p"), (right, "q"))]
    return Summands((met * deltas).ravel(), product), f"Σ_pq x[{step[0]} + {a}, {step[1]} + {b}, {c}]·dz[p, q, {o}]"
