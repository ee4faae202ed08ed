"""The sheet of the step: old value, slope, learning rate, step size and new value of every parameter."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.explain.workbook.block import Block
from chainrule.explain.workbook.book import Kind, Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.ops import eager_ops
from chainrule.optimizers import SGD, Adagrad, Adam, AdamW, Lion, Optimizer, RMSProp
from chainrule.optimizers.clipping import global_norm


@dataclass(frozen=True)
class Column:
    """A column of the table: what it is called, and its formula with the keys of other columns in braces."""

    key: str
    heading: str
    formula: str = ""
    """Empty for what the optimizer remembered before the step: numbers that may be changed."""


def columns_of(optimizer: Optimizer) -> list[Column]:
    """The columns between the slope and the new value, in the order they are computed.

    >>> [column.key for column in columns_of(SGD(0.1, 0.9))]
    ['before.velocity', 'velocity', 'direction', 'rate', 'step_size']
    """
    rate = Column("rate", "learning rate", "{learning_rate}")
    match optimizer:
        case SGD(momentum=None):
            return [rate, Column("step_size", "step size", "{gradient}*{rate}")]
        case SGD():
            ahead = "{gradient}+{momentum}*{velocity}" if optimizer.nesterov else "{velocity}"
            return [
                Column("before.velocity", "velocity before"),
                Column("velocity", "velocity", "{momentum}*{before.velocity}+{gradient}"),
                Column("direction", "direction", ahead),
                rate,
                Column("step_size", "step size", "{direction}*{rate}"),
            ]
        case RMSProp() | Adagrad():
            sums = "{before.squares}+{gradient}^2"
            if isinstance(optimizer, RMSProp):
                sums = "{decay}*{before.squares}+(1-{decay})*{gradient}^2"
            return [
                Column("before.squares", "squares before"),
                Column("squares", "squares", sums),
                rate,
                Column("scale", "scale", "{rate}/(SQRT({squares})+{epsilon})"),
                Column("step_size", "step size", "{scale}*{gradient}"),
            ]
        case Adam():
            decays = isinstance(optimizer, AdamW)
            return [
                Column("before.m", "m before"),
                Column("before.v", "v before"),
                Column("m", "m", "{beta1}*{before.m}+(1-{beta1})*{gradient}"),
                Column("v", "v", "{beta2}*{before.v}+(1-{beta2})*{gradient}^2"),
                Column("m_hat", "m corrected", "{m}/(1-{beta1}^{count})"),
                Column("v_hat", "v corrected", "{v}/(1-{beta2}^{count})"),
                rate,
                Column("scale", "scale", "{rate}/(SQRT({v_hat})+{epsilon})"),
                *([Column("decay", "weight decay", "{rate}*{weight_decay}*{old}")] if decays else []),
                Column("step_size", "step size", "{scale}*{m_hat}" + ("+{decay}" if decays else "")),
            ]
        case Lion():
            decays = optimizer.weight_decay is not None
            return [
                Column("before.m", "m before"),
                Column("blend", "blend", "{beta1}*{before.m}+(1-{beta1})*{gradient}"),
                Column("direction", "direction", "SIGN({blend})"),
                rate,
                *([Column("decay", "weight decay", "{rate}*{weight_decay}*{old}")] if decays else []),
                Column("step_size", "step size", "{rate}*{direction}" + ("+{decay}" if decays else "")),
            ]
        case _:
            raise NotImplementedError(type(optimizer).__name__)


def write_step(sheets: Sheets) -> tuple[Sheet, dict[str, list[str]]]:
    """Write the sheet; returns it, and the cells of the new values by parameter."""
    step = sheets.material.step
    assert step is not None, "asked for where there are targets"
    sheet = sheets.book.sheet(
        "Step",
        "One step of gradient descent",
        "Step size = slope × learning rate; new = old − step size. Change the learning rate and see where it leads.",
        "#2F855A",
    )
    frozen = [name for name in sheets.gradients if name not in step.states]
    numbers = _numbers(sheets, sheet)
    sheets.cells["learning_rate"] = numbers["learning_rate"]
    names = {key: block.whole() for key, block in numbers.items()}
    if step.note:
        sheet.say(step.note)
    if frozen:
        sheet.say(f"Frozen, and left as they are: {', '.join(frozen)}.")
    sheet.line += 1
    return sheet, _table(sheets, sheet, names)


def _numbers(sheets: Sheets, sheet: Sheet) -> dict[str, Block]:
    """The optimizer's own numbers, the learning rate first."""
    step = sheets.material.step
    assert step is not None, "asked for where there are targets"
    numbers = step.optimizer.numbers()
    rate = numbers.pop("learning_rate")
    kind = type(step.optimizer).__name__
    found = {
        "learning_rate": sheet.value(
            "learning rate", rate, name="learning_rate", note="the one to play with", kind="input"
        )
    }
    for name, number in numbers.items():
        label = name.replace("_", " ")
        found[name] = sheet.value(label, number, name=f"optimizer.{name}", note=f"a number of {kind}", kind="input")
    if isinstance(step.optimizer, Adam):
        found["count"] = sheet.value(
            "step number", step.count, name="step_number", note="counted from 1: corrects the means for their start"
        )
    return found


def _table(sheets: Sheets, sheet: Sheet, names: dict[str, str]) -> dict[str, list[str]]:
    step = sheets.material.step
    assert step is not None, "asked for where there are targets"
    optimizer, at = step.optimizer, sheet.name
    moved = [name for name in sheets.params if name in step.states]
    places = [(name, index) for name in moved for index in range(sheets.params[name].values.size)]
    clips = optimizer.clip_norm is not None or optimizer.clip_value is not None
    columns = [
        Column("old", "old", "{old}"),
        Column("slope", "slope", "{slope}"),
        *([Column("gradient", "slope, clipped", _clipped(optimizer))] if clips else []),
        *columns_of(optimizer),
        Column("new", "new", "{old}-{step_size}"),
    ]
    if optimizer.clip_norm is not None:
        top = sheet.line + 4  # two lines, one that is empty, and the headings stand before it
        names["clip_scale"] = _clip_scale(sheets, sheet, Block(at, top, 2, np.zeros((len(places), 1))), names).whole()
        sheet.line += 1
    sheet.heads(sheet.line, [column.heading for column in columns], "parameter")
    top = sheet.line + 1
    values = _values(sheets, moved)
    blocks = {column.key: Block(at, top, 1 + k, values[column.key]) for k, column in enumerate(columns)}
    for row, (name, index) in enumerate(places):
        shape = sheets.material.trace.params[name].shape
        place = ", ".join(str(int(i)) for i in np.unravel_index(index, shape))
        sheet.page.write_string(top + row, 0, f"{name}[{place}]", sheet.book.looks["side"])
    for column in columns:
        kind: Kind | None = {"new": "result", "slope": "computed"}.get(column.key)  # pyright: ignore[reportAssignmentType]
        if not column.formula:
            sheet.fill(blocks[column.key], None, "input")
            continue

        def formula(row: int, _: int, column: Column = column) -> str:
            name, index = places[row]
            cells = {key: block.cell(row, 0, at) for key, block in blocks.items()}
            cells.setdefault("gradient", cells["slope"])
            if column.key in ("old", "slope"):
                source = (sheets.params if column.key == "old" else sheets.gradients)[name]
                return source.cell(index // source.columns, index % source.columns, at)
            return fill_in(column.formula, cells | names)

        sheet.fill(blocks[column.key], formula, kind)
    sheet.line = top + len(places) + 1
    cells: dict[str, list[str]] = {name: [] for name in moved}
    for row, (name, _) in enumerate(places):
        cells[name].append(blocks["new"].cell(row, 0))
    return cells


def fill_in(formula: str, cells: dict[str, str]) -> str:
    """Put cells in the place of keys in braces.

    >>> fill_in("{before.m}*2", {"before.m": "B5"})
    'B5*2'
    """
    for key, cell in cells.items():
        formula = formula.replace(f"{{{key}}}", cell)
    return formula


def _clipped(optimizer: Optimizer) -> str:
    scaled = "{slope}" + ("*{clip_scale}" if optimizer.clip_norm is not None else "")
    return scaled if optimizer.clip_value is None else f"MAX(-{{clip_value}},MIN({{clip_value}},{scaled}))"


def _clip_scale(sheets: Sheets, sheet: Sheet, slopes: Block, names: dict[str, str]) -> Block:
    """How long all slopes are together, and what they are multiplied by so as not to be longer than allowed."""
    step = sheets.material.step
    assert step is not None, "asked for where there are targets"
    gradients = {name: sheets.material.trace.gradients[name] for name in step.states}
    norm = sheet.value(
        "length of all slopes",
        float(global_norm(eager_ops(), gradients)),
        f"SQRT(SUMSQ({slopes.column(0, sheet.name)}))",
        name="gradient_norm",
    )
    limit = names["clip_norm"]
    return sheet.value(
        "they are multiplied by",
        float(sheets.material.update.clip_scale),
        f"{limit}/MAX({norm.whole()},{limit})",
        name="clip_scale",
    )


def _values(sheets: Sheets, moved: list[str]) -> dict[str, np.ndarray]:
    """Every number of the step by column, the parameters one below the other."""
    step, trace = sheets.material.step, sheets.material.trace
    assert step is not None, "asked for where there are targets"
    made = sheets.material.update
    found: dict[str, list[Any]] = {}
    for name in moved:
        record, state = made.records[name], step.states[name]
        arrays = {"old": trace.params[name], "slope": trace.gradients[name]}
        arrays |= {field: value for field in record._fields if (value := getattr(record, field)) is not None}
        arrays |= {f"before.{field}": getattr(state, field) for field in getattr(state, "_fields", ())}
        arrays["rate"] = np.full(trace.params[name].shape, step.optimizer.numbers()["learning_rate"])
        for key, array in arrays.items():
            found.setdefault(key, []).append(np.asarray(array, dtype=np.float64).reshape(-1, 1))
    return {key: np.concatenate(parts) for key, parts in found.items()}
