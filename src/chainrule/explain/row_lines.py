"""Where a row comes from and what its prediction means: the encoders' arithmetic, before the network and after it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.explain.document import Line, Rest, Section
from chainrule.explain.scope import Scope, as_factor, brackets
from chainrule.explain.trace import Trace
from chainrule.format import count
from chainrule.network.network import row_shapes

if TYPE_CHECKING:
    from chainrule.data.columns import Worked
    from chainrule.data.target import ClassTarget, NumberTarget

_MOST = 24
"""How many encoded columns are listed where nothing is said about it."""


def feature_names(trace: Trace, work: "Sequence[Worked]") -> Mapping[str, tuple[str, ...]]:
    """Names of the columns of the input that the encoders' features make up, in order.

    Codes of wide categories are inputs of their own; the other features, in the order of the encoders' work, are the
    columns of the one input with an axis.
    """
    shapes = row_shapes(trace.inputs)
    wide = [name for name, shape in shapes.items() if shape == ()]
    features = tuple(line.feature for line in work if not _is_code(line, wide))
    return {name: features for name, shape in shapes.items() if features and shape == (len(features),)}


def _is_code(line: "Worked", wide: Sequence[str]) -> bool:
    return line.feature == f"{line.column} (code)" and (line.column in wide or f"{line.column} (column)" in wide)


def row_section(scope: Scope) -> Section:
    """The row: from raw cells to the network's inputs, or the inputs as they were passed."""
    lines: list[Line] = []
    if scope.work:
        lines = _worked_lines(scope)
        return Section("row", "The row", tuple(lines), "Each cell becomes a number that the network takes.")
    for name in scope.trace.inputs:
        values = scope.input(name)
        picked = scope.pick(values, name)
        for index in picked.indices:
            lines.append(Line(name + brackets(index), name + brackets(index), "", float(values[index])))
        lines += scope.rest(picked, name, f"values of {name}", "all", {name: values})
    return Section("row", "The row", tuple(lines))


def _worked_lines(scope: Scope) -> list[Line]:
    lines: list[Line] = []
    work = scope.work
    inputs = {name: scope.input(name) for name in scope.trace.inputs}
    position = 0
    wide = [name for name, values in inputs.items() if values.ndim == 0]
    shown = [line for line in work if line.values or line.result != 0]
    shown = shown[: max(_MOST, scope.lines)] if not scope.is_open() else list(work)
    kept = {id(line) for line in shown}
    for line in work:
        if _is_code(line, wide):
            name = line.column if line.column in inputs else f"{line.column} (column)"
            given = float(inputs[name])
        else:
            name = next((key for key, names in scope.features.items() if len(names) > position), "")
            given = float(inputs[name][position]) if name else line.result
            position += 1
        scope.compare(line.feature, line.result, given)
        if id(line) in kept:
            lines.append(_worked(line))
    left = [line for line in work if id(line) not in kept]
    if left:
        left.sort(key=lambda line: -abs(line.result))
        rest = Rest(len(left), range, lambda place: (_worked(left[place]),))
        lines.append(Line("", "", note=f"{count(len(left), 'more feature')}, {_zero(left)}", rest=rest))
    return lines


def _worked(line: "Worked") -> Line:
    """One feature's arithmetic."""
    symbol, note = as_factor(line.feature), _raw(line)
    return Line(line.feature, symbol, line.formula, line.result, values=line.values, note=note)


def _raw(line: "Worked") -> str:
    if isinstance(line.raw, int | float) and line.values:
        return ""
    return f"{line.column} is {'empty' if line.raw is None else line.raw}"


def _zero(left: "Sequence[Worked]") -> str:
    others = sum(line.result != 0 for line in left)
    if not others:
        return "which is 0." if len(left) == 1 else "all 0."
    which = f"{others:,} of them not 0" if len(left) > 1 else "which is not 0"
    return f"{which}; open 'all' to see {'them' if len(left) > 1 else 'it'}."


def prediction_section(scope: Scope, target: "NumberTarget | ClassTarget | None") -> Section:
    """The output, and what it means for the target."""
    output = scope.at(scope.trace.forward.output)
    last = scope.trace.nodes[-1]
    called = scope.source(last.name)
    lines: list[Line] = []
    picked = scope.pick(output, "prediction", f"{last.name}.a")
    for index in picked.indices:
        place = "" if output.size == 1 else brackets(index)
        lines.append(Line(f"prediction{brackets(index)}", f"ŷ{place}", called(index), float(output[index])))
    lines += scope.rest(picked, "prediction", "outputs", last.name, {"ŷ": output})
    if target is not None and target.kind == "number":
        line = target.work_back(float(output.reshape(-1)[0]))
        lines.append(Line(target.name, as_factor(target.name), line.formula, line.result, values=line.values))
    elif target is not None:
        lines += _class_lines(scope, target, output)
    return Section("prediction", "The prediction", tuple(lines))


def _class_lines(scope: Scope, target: "ClassTarget", output: np.ndarray) -> list[Line]:
    labels = [str(label) for label in target.labels]
    name = target.name
    lines: list[Line] = []
    if output.size == 1 and len(labels) == 2:
        p = float(output.reshape(-1)[0])
        lines.append(Line(f"P({labels[1]})", f"P({name} = {labels[1]})", "ŷ", p, values={"ŷ": p}))
        lines.append(Line(f"P({labels[0]})", f"P({name} = {labels[0]})", "1 − ŷ", 1 - p, values={"ŷ": p}))
    elif output.size == len(labels):
        order = np.argsort(-output, kind="stable").tolist()
        chances = [Line(f"P({labels[k]})", f"P({name} = {labels[k]})", f"ŷ[{k}]", float(output[k])) for k in order]
        shown, left = chances[: max(scope.lines, 1)], chances[max(scope.lines, 1) :]
        lines += shown
        if left:
            rest = Rest(len(left), range, lambda place: (left[place],))
            lines.append(
                Line("", "", note=f"{count(len(left), 'less probable class', 'less probable classes')}.", rest=rest)
            )
    answer = target.decode(np.asarray(scope.trace.forward.output)[scope.row : scope.row + 1])[0]
    return [*lines, Line(name, as_factor(name), "the most probable", str(answer))]
