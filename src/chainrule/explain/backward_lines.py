"""The backward pass as arithmetic: each delta with its factors, each gradient as the sum of what the rows add."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.activations import Activation
from chainrule.activations.softmax import LogSoftmax, Softmax
from chainrule.explain.activation_lines import slope_text
from chainrule.explain.document import Line, Section, Term
from chainrule.explain.forward_lines import real_steps
from chainrule.explain.loss_lines import slope_line
from chainrule.explain.picture_lines import Windowed, kernel_gradient, through_windows
from chainrule.explain.recurrent_lines import BACKWARD, Recurrence
from chainrule.explain.scope import Index, Picked, Product, Scope, Summands, brackets, single
from chainrule.layers.convolution import Conv2DLayer
from chainrule.layers.dense import DenseLayer
from chainrule.layers.lstm import LSTMLayer
from chainrule.network.graph import Node
from chainrule.network.passes import Backward, NodeDeltas, propagate
from chainrule.ops import eager_ops


def backward_sections(scope: Scope) -> list[Section]:
    """A section for each node, from the output back."""
    back = scope.trace.backward
    assert back is not None, "only a trace with targets has a backward pass to write out"
    return [_section(scope, back, node) for node in reversed(scope.trace.nodes)]


def _section(scope: Scope, back: Backward, node: Node) -> Section:
    name, deltas = node.name, back.deltas[node.name]
    lines: list[Line] = []
    note = ""
    if node.activation is not None and node.activation.elementwise:
        note = slope_text(node.activation)
    dz = scope.at(deltas.dz)
    picked = scope.pick(dz, name, f"{name}.dz", f"{name}.da", real=real_steps(scope, node))
    if deltas.da is None and node is not scope.trace.nodes[-1]:
        note = "Nothing after it uses it, so the loss does not change with it."
    else:
        lines += _delta_lines(scope, back, node, deltas, picked)
        what, arrays = "values", {"dz": dz}
        if node.activation is not None and deltas.da is not None:
            what, arrays = "pairs of da and dz", {"da": scope.at(deltas.da), "dz": dz}
        lines += scope.rest(picked, name, what, name, arrays)
        if isinstance(node.layer, LSTMLayer):
            lines += Recurrence.of(scope, node).delta_lines()
            note = f"{note} {BACKWARD}".strip()
    lines += _gradient_lines(scope, back, node)
    return Section("backward", f"{name}: backward", tuple(lines), note)


def _delta_lines(scope: Scope, back: Backward, node: Node, deltas: NodeDeltas, picked: Picked) -> list[Line]:
    lines: list[Line] = []
    name, output = node.name, node is scope.trace.nodes[-1]
    dz, da = scope.at(deltas.dz), None if deltas.da is None else scope.at(deltas.da)
    slope = _slope(scope, node)
    by_steps = _by_steps(scope, node) if output and da is None and node.activation is not None else None
    for index in picked.indices:
        place, used = brackets(index), float(dz[index])
        if by_steps is not None and node.activation is not None:
            lines += _fused_lines(scope, node, node.activation, by_steps, slope, index, used)
            continue
        kind = f"dz{place}" if node.activation is None else f"da{place}"
        result = used if da is None or node.activation is None else float(da[index])
        if output:
            lines.append(slope_line(scope, f"{name}.{kind}", kind, index, result))
        else:
            lines.append(_from_after(scope, back, node, kind, index, result))
        if node.activation is not None and da is not None:
            line = _through_activation(scope, node, node.activation, f"dz{place}", da, slope, index, used)
            lines.append(line)
            if line.terms:
                scope.compare(line.name, line.terms[0].value, used)
    return lines


def _slope(scope: Scope, node: Node) -> np.ndarray | None:
    """``f′(z)`` of the row, from the activation itself."""
    if node.activation is None or not node.activation.elementwise:
        return None
    values = scope.values_of(node)
    return scope.rounded(node.activation.slope(eager_ops(), scope.at(values.z), scope.at(values.a)))


def _through_activation(
    scope: Scope,
    node: Node,
    activation: Activation,
    symbol: str,
    da: np.ndarray,
    slope: np.ndarray | None,
    index: Index,
    result: float,
) -> Line:
    """The chain rule at an activation: the delta behind it times its slope."""
    if slope is None:
        return _over_last_axis(scope, node, activation, symbol, da, index, result)
    place, name = brackets(index), f"{node.name}.{symbol}"
    factors = (float(da[index]), float(slope[index]))
    names = (f"da{place}", f"f′(z{place})")
    return Line(name, symbol, "·".join(names), result, (Term(names, factors, factors[0] * factors[1]),))


def _over_last_axis(
    scope: Scope, node: Node, activation: Activation, symbol: str, da: np.ndarray, index: Index, result: float
) -> Line:
    """The same for activations in which every output depends on every input of the last axis."""
    name, own = f"{node.name}.{symbol}", brackets(index)
    a = scope.at(scope.values_of(node).a)
    places = [(*index[:-1], k) for k in range(a.shape[-1])]
    few = len(places) <= scope.terms + 1 or scope.is_open(node.name, f"{node.name}.dz")
    known = [brackets(place) for place in places] if few else []
    if isinstance(activation, Softmax):
        total = " + ".join(f"da{k}·a{k}" for k in known) if few else "Σ_k da[k]·a[k]"
        formula = f"a{own}·(da{own} − ({total}))"
    elif isinstance(activation, LogSoftmax):
        total = " + ".join(f"da{k}" for k in known) if few else "Σ_k da[k]"
        formula = f"da{own} − e^a{own}·({total})"
    else:
        return Line(name, symbol, "", result)
    values: dict[str, float] = {}
    for place in places if few else [index]:
        values |= {f"a{brackets(place)}": float(a[place]), f"da{brackets(place)}": float(da[place])}
    return Line(name, symbol, formula, result, values=values)


def _by_steps(scope: Scope, node: Node) -> tuple[np.ndarray, np.ndarray]:
    """The row's da and dz by the loss and the activation one after the other, where the pass took them as one."""
    trace, ops = scope.trace, eager_ops()
    values = scope.values_of(node)
    assert node.activation is not None, "a loss is only taken as one with an activation"
    _, saved = trace.loss_function.forward(ops, np.asarray(values.a), np.asarray(trace.target), trace.counts)
    da = trace.loss_function.backward(ops, saved)
    dz = node.activation.backward(ops, np.asarray(values.z), np.asarray(values.a), da)
    return scope.rounded(scope.at(da)), scope.rounded(scope.at(dz))


def _fused_lines(
    scope: Scope,
    node: Node,
    activation: Activation,
    by_steps: tuple[np.ndarray, np.ndarray],
    slope: np.ndarray | None,
    index: Index,
    used: float,
) -> list[Line]:
    """The chain that is taught, and the joint form of loss and activation that was used."""
    da, dz = by_steps
    place, result = brackets(index), float(dz[index])
    first = slope_line(scope, f"{node.name}.da{place}", f"da{place}", index, float(da[index]))
    second = _through_activation(scope, node, activation, f"dz{place}", da, slope, index, result)
    joint = slope_line(scope, f"{node.name}.dz{place}", f"dz{place}", index, used)
    note = f"the same, {scope.trace.loss_function.name} and {activation.name} taken as one: this number was used"
    apart = abs(result - used)
    if apart > 1e3 * scope.slack(1, max(abs(used), abs(result)), 1):
        because = f" apart, because {activation.name} is so close to its limit that digits are lost"
        return [first, second, replace(joint, note=(note, "; ", apart, because))]
    return [first, second, replace(joint, note=note)]


def _from_after(scope: Scope, back: Backward, node: Node, kind: str, index: Index, result: float) -> Line:
    """A delta as the sum of what came back from every node that used the value."""
    groups: list[Summands] = []
    formulas: list[str] = []
    for user in scope.trace.nodes:
        for position, source in enumerate(user.inputs):
            if source == node.name:
                group, formula = _from_user(scope, back, user, position, index)
                groups.append(group)
                formulas.append(formula)
    return scope.add_up(f"{node.name}.{kind}", kind, " + ".join(formulas), result, groups, node.name)


def _from_user(scope: Scope, back: Backward, user: Node, position: int, index: Index) -> tuple[Summands, str]:
    deltas = back.deltas[user.name]
    if isinstance(user.layer, LSTMLayer):
        return Recurrence.of(scope, user).to_input(index)
    if isinstance(user.layer, Windowed):
        return through_windows(scope, user, user.layer, scope.at(deltas.dz), index)
    if isinstance(user.layer, DenseLayer):
        row = index[0]
        dz, weight = scope.at(deltas.dz), np.asarray(scope.trace.tree[user.name].weight)[row]

        def product(k: int) -> Product:
            return (f"{user.name}.dz[{k}]", f"{user.name}.weight[{row}, {k}]"), (float(dz[k]), float(weight[k]))

        if len(dz) <= scope.terms + 1:
            formula = " + ".join("·".join(product(k)[0]) for k in range(len(dz)))
        else:
            formula = f"Σ_k {user.name}.dz[k]·{user.name}.weight[{row}, k]"
        return Summands(dz * weight, product), formula
    dx = deltas.dx[position] if user.layer.several_inputs else deltas.dx
    value = float(scope.at(dx)[index])
    which = str(position + 1) if user.layer.several_inputs else ""
    called = f"{user.name}.dx{which}{brackets(index)}"
    return single(called, value), called


def _gradient_lines(scope: Scope, back: Backward, node: Node) -> list[Line]:
    lines: list[Line] = []
    gradients = back.gradients[node.name]
    penalty = _penalty(scope, node)
    for kind in getattr(gradients, "_fields", ()):
        gradient = np.asarray(getattr(gradients, kind))
        owner = f"{node.name}.{kind}"
        picked = scope.pick(gradient, owner, owner)
        extra = None if penalty is None else np.asarray(getattr(penalty, kind))
        for index in picked.indices:
            lines.append(_gradient_line(scope, back, node, kind, index, float(gradient[index]), extra))
        lines += scope.rest(picked, owner, f"gradients of {kind}", owner, {f"∂L/∂{kind}": gradient})
    return lines


def _gradient_line(
    scope: Scope, back: Backward, node: Node, kind: str, index: Index, result: float, penalty: np.ndarray | None
) -> Line:
    """One gradient as the sum of what each row adds to it, as the layer itself splits it."""
    place = brackets(index)
    name, symbol = f"{node.name}.{kind}{place}", f"∂L/∂{kind}{place}"
    if scope.trace.rows == 1 and isinstance(node.layer, LSTMLayer):
        summands, formula = Recurrence.of(scope, node).gradient(kind, index)
    elif scope.trace.rows == 1 and isinstance(node.layer, Conv2DLayer):
        summands, formula = kernel_gradient(scope, node, scope.at(back.deltas[node.name].dz), kind, index)
    else:
        try:
            values = scope.trace.terms(name)
        except NotImplementedError:
            return Line(name, symbol, "", result, note="this layer does not split its gradient by row")
        formula, product = _row_product(scope, back, node, kind, index, values)
        summands = Summands(values, product, scope.named_row)
    groups = [summands]
    if penalty is not None and penalty[index] != 0:
        added = float(penalty[index])
        groups.append(single("penalty", added))
        formula = f"{formula} + penalty".removeprefix(" + ")
    return scope.add_up(name, symbol, formula, result, groups, node.name, f"{node.name}.{kind}")


def _row_product(
    scope: Scope, back: Backward, node: Node, kind: str, index: Index, values: np.ndarray
) -> tuple[str, Callable[[int], Product]]:
    """How a row's term is written: as a product where the layer is a weighted sum, else as a value."""
    summed = "Σ_rows " if len(values) > 1 else ""
    if isinstance(node.layer, DenseLayer):
        dz = np.asarray(back.deltas[node.name].dz)[:, index[-1]]
        delta = f"dz[{index[-1]}]"
        if kind == "bias":
            return f"{summed}{delta}", lambda n: ((delta,), (float(dz[n]),))
        x = np.asarray(scope.values_of(node).x)[:, index[0]]
        called = scope.source(node.inputs[0])((index[0],))
        return f"{summed}{called}·{delta}", lambda n: ((called, delta), (float(x[n]), float(dz[n])))
    return summed.strip(), lambda n: ((scope.named_row(n),), (float(values[n]),))


def _penalty(scope: Scope, node: Node) -> Any:
    """What penalties add to a node's gradients: those of a pass in which nothing else comes back."""
    if node.l1 is None and node.l2 is None:
        return None
    trace = scope.trace
    nothing = np.zeros_like(np.asarray(scope.values_of(node).z))
    alone = propagate(eager_ops(), (node,), trace.tree, trace.forward, {}, {node.name: nothing})
    return alone.gradients[node.name]
