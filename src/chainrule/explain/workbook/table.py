"""Raw cells of a table, and the encoders as formulas: scaling, ones and zeros, dates, codes, and the target."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainrule.data.cells import Label, label, numbers, seconds
from chainrule.data.columns import BooleanEncoder, CategoryEncoder, MomentEncoder, NumberEncoder, WideEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.data.target import ClassTarget, NumberTarget
from chainrule.errors import DataError
from chainrule.explain.table_rows import FEATURES, TableRows
from chainrule.explain.workbook.block import Block
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.material import raw_target

_DAY = 86_400
_EPOCH = 25_569
"""The serial number of 1970-01-01 in a spreadsheet."""
_FIRST_DAY = 61
"""Before 1900-03-01 spreadsheets disagree about the calendar."""

Cell = Callable[[int], str]
"""The address of something in a row of the data."""


class Feature(NamedTuple):
    """One column of the encoded rows."""

    name: str
    constants: tuple[float | Label | None, ...]
    """What stands above the column, by the kinds in :data:`CONSTANTS`."""
    formula: Callable[[str, tuple[str, ...]], str]
    """From the raw cell and the constants' cells to the encoded value."""
    column: str = ""


def write_table(sheets: Sheets, sheet: Sheet, table: TableRows) -> None:
    """Write the raw rows, their encoded form, and the targets."""
    trace, encoder = sheets.material.trace, table.encoder
    sheet.section("The rows as they are in the table", "Change any blue cell; an empty one is a gap.")
    raw = _raw(sheets, sheet, table)
    features = [feature for column in encoder.columns for feature in _features(column)]
    if FEATURES in trace.inputs:
        sheet.section("The rows as the network takes them", "Each cell is computed from the raw one above.")
        sheets.given[FEATURES] = _encoded(sheets, sheet, features, raw)
    for column in encoder.columns:
        if isinstance(column, WideEncoder):
            sheets.given[column.input] = _codes(sheets, sheet, column, raw)
    if trace.target is not None:
        _target(sheets, sheet, table, raw)


def _raw(sheets: Sheets, sheet: Sheet, table: TableRows) -> dict[str, Block]:
    """The raw cells, a column each."""
    frame, encoder, page = table.frame, table.encoder, sheet.page
    columns: list[Any] = [*encoder.columns]
    if sheets.material.trace.target is not None:
        columns.append(encoder.target)
    sheet.heads(sheet.line, [column.name for column in columns], "row")
    top = sheet.line + 1
    found: dict[str, Block] = {}
    for row, name in enumerate(sheets.down(np.zeros(len(frame)))):
        page.write_string(top + row, 0, name, sheet.book.looks["side"])
    for place, column in enumerate(columns, 1):
        block = Block(sheet.name, top, place, np.zeros((len(frame), 1)))
        found[column.name] = sheet.named(block, f"raw.{column.name}")
        if column is encoder.target:
            cells: list[Any] = [label(value) for value in raw_target(table, sheets.material.trace.target)]
        else:
            cells = _cells(column, frame[column.name])
        for row, cell in enumerate(cells):
            look = sheet.book.looks["entry" if isinstance(cell, str) else _look(column)]
            if cell is None:
                page.write_blank(top + row, place, None, look)
            else:
                page.write(top + row, place, cell, look)
    sheet.line = top + len(frame) + 1
    return found


def _look(column: Any) -> str:
    if isinstance(column, MomentEncoder):
        return {"date": "date", "datetime": "moment", "time": "clock"}[column.kind]
    return "input"


def _cells(column: Any, series: Any) -> list[Any]:
    """A column's cells as a spreadsheet holds them; None for a gap."""
    if isinstance(column, NumberEncoder):
        return [None if np.isnan(value) else value for value in numbers(series).tolist()]
    if isinstance(column, MomentEncoder):
        t = seconds(series, column.kind, column.zone) / _DAY + (0 if column.kind == "time" else _EPOCH)
        if column.kind != "time" and (t < _FIRST_DAY).any():
            row = int((t < _FIRST_DAY).argmax())
            raise DataError(
                f"Column '{column.name}', row {row + 1}: workbooks have no dates before March 1900. "
                "Choose other rows: rows=.",
                row=row + 1,
                column=column.name,
            )
        return [None if np.isnan(value) else value for value in t.tolist()]
    gaps = series.is_null().to_list()
    return [None if gap else label(value) for gap, value in zip(gaps, series.to_list(), strict=True)]


def _features(column: Any) -> list[Feature]:
    name = column.name
    missing = Feature(f"{name} is missing", (), lambda x, _: f'IF({x}="",1,0)', name)
    match column:
        case NumberEncoder():
            first = Feature(name, (column.mean, column.scale), lambda x, c: f'IF({x}="",0,({x}-{c[0]})/{c[1]})', name)
            found = [first]
        case BooleanEncoder():
            true = column.true
            first = Feature(
                column.features[0],
                (column.mean, true),
                lambda x, c: f'IF({x}="",{c[0]},IF(EXACT({x},{c[1]}),1,0))',
                name,
            )
            found = [first]
        case MomentEncoder():
            found = [Feature(name, (column.mean, column.scale), _distance(column), name)]
            for cycle in column.cycles:
                for wave in ("SIN", "COS"):
                    feature = f"{name}: {cycle} {wave.lower()}"
                    found.append(Feature(feature, tuple(CYCLES[cycle]), _wave(column, wave), name))
        case CategoryEncoder():
            found = [
                Feature(feature, (level,), lambda x, c: f"IF(EXACT({x},{c[0]}),1,0)", name)
                for feature, level in zip(column.features, column.levels, strict=False)
            ]
            levels = column.levels
            if column.other:
                gap = f'{"{x}"}="",' if column.had_gaps else ""
                none = ",".join(f"EXACT({{x}},{_literal(level)})" for level in levels) or "FALSE"
                found.append(
                    Feature(
                        f"{name} is other",
                        (),
                        lambda x, _, text=f"IF(OR({gap}{none}),0,1)": text.replace("{x}", x),
                        name,
                    )
                )
        case _:
            return []
    return [*found, missing] if column.had_gaps else found


def _literal(level: Label) -> str:
    if isinstance(level, bool):
        return "TRUE" if level else "FALSE"
    return '"' + level.replace('"', '""') + '"' if isinstance(level, str) else repr(level)


def _seconds(column: MomentEncoder, x: str) -> str:
    return f"({x}{'' if column.kind == 'time' else f'-{_EPOCH}'})*{_DAY}"


def _distance(column: MomentEncoder) -> Any:
    return lambda x, c: f'IF({x}="",0,({_seconds(column, x)}-{c[0]})/{c[1]})'


def _wave(column: MomentEncoder, wave: str) -> Any:
    return lambda x, c: f'IF({x}="",0,{wave}(2*PI()*MOD({_seconds(column, x)}-{c[0]},{c[1]})/{c[1]}))'


def _encoded(sheets: Sheets, sheet: Sheet, features: list[Feature], raw: dict[str, Block]) -> Block:
    """The features, with the constants of each above its column."""
    values = np.asarray(sheets.material.trace.inputs[FEATURES])
    top = sheet.line
    rows = max(len(feature.constants) for feature in features)
    for row in range(rows):
        label = ("mean, start or level", "scale, period or 1 if")[row]
        sheet.page.write_string(top + row, 0, label, sheet.book.looks["side"])
    cells: list[tuple[str, ...]] = []
    for place, feature in enumerate(features, 1):
        own = Block(sheet.name, top, place, np.zeros((max(rows, 1), 1)))
        for row, constant in enumerate(feature.constants):
            sheet.page.write(top + row, place, constant, sheet.book.looks["fixed"])
        cells.append(tuple(own.cell(row, 0, sheet.name, fixed=True) for row in range(len(feature.constants))))
    sheet.line = top + rows
    return sheet.put(
        FEATURES,
        values,
        lambda i, j: features[j].formula(raw[features[j].column].cell(i, 0, sheet.name), cells[j]),
        name=FEATURES,
        note="how each is computed stands in its cells; the constants above come from the training rows",
        across=[feature.name for feature in features],
        down=sheets.down(values),
    )


def _list(sheet: Sheet, title: str, values: tuple[Label, ...], name: str) -> Block:
    """A list of levels or labels, one below the other, with a name."""
    sheet.page.write_string(sheet.line, 0, title, sheet.book.looks["symbol"])
    block = Block(sheet.name, sheet.line + 1, 1, np.zeros((len(values), 1)))
    for row, value in enumerate(values):
        sheet.page.write_string(block.top + row, 0, f"code {row}", sheet.book.looks["side"])
        sheet.page.write(block.top + row, 1, value, sheet.book.looks["fixed"])
    sheet.line = block.top + len(values) + 1
    return sheet.named(block, name)


def _place(x: str, levels: Block) -> str:
    """The place of a text among levels, counted from 1; 0 where it is none of them."""
    name = levels.whole()
    return f"SUMPRODUCT(EXACT({x},{name})*(ROW({name})-{levels.top}))"


def _codes(sheets: Sheets, sheet: Sheet, column: WideEncoder, raw: dict[str, Block]) -> Block:
    sheet.section(f"{column.name}: the code of each value", "The place among the levels below, 0 for any other value.")
    values = np.asarray(sheets.material.trace.inputs[column.input])
    line = sheet.line
    sheet.line += len(values) + 4
    levels = _list(sheet, f"levels of {column.name}", column.levels, f"{column.name}.levels")
    end, sheet.line = sheet.line, line
    block = sheet.put(
        column.input,
        values,
        lambda i, _: _place(raw[column.name].cell(i, 0, sheet.name), levels),
        name=column.input,
        across=["code"],
        down=sheets.down(values),
    )
    sheet.line = end
    return block


def _target(sheets: Sheets, sheet: Sheet, table: TableRows, raw: dict[str, Block]) -> None:
    target, at = table.encoder.target, sheet.name
    values = np.asarray(sheets.material.trace.target)
    sheet.section(f"The target, {target.name}, as the loss takes it")
    if isinstance(target, NumberTarget):
        mean = sheet.value("mean", target.mean, name="target.mean", kind="fixed", note="of the training rows")
        scale = sheet.value("scale", target.scale, name="target.scale", kind="fixed", note="their standard deviation")

        def encode(i: int, _: int) -> str:
            return f"({raw[target.name].cell(i, 0, at)}-{mean.whole()})/{scale.whole()}"

        note = "(y − mean) / scale"
    else:
        labels = sheets.cells["labels"] = _list(sheet, "labels", target.labels, "target.labels")

        def encode(i: int, _: int) -> str:
            return f"{_place(raw[target.name].cell(i, 0, at), labels)}-1"

        note = "place among the labels, counted from 0"
    sheets.cells["target"] = sheet.put(
        "target", values, encode, name="target", note=note, across=[target.name], down=sheets.down(values)
    )


def write_answer(sheets: Sheets, sheet: Sheet, target: NumberTarget | ClassTarget) -> None:
    """What the prediction means in the target's own units, or which label it is."""
    prediction, at = sheets.cells["prediction"], sheet.name
    sheet.section(f"The answer: {target.name}")
    output = sheets.material.trace.prediction
    if isinstance(target, NumberTarget):
        sheets.cells["answer"] = sheet.put(
            target.name,
            target.decode(output),
            lambda i, j: f"{prediction.cell(i, j, at)}*{target.scale!r}+{target.mean!r}",
            name="answer",
            note="prediction · scale + mean, in the target's own units",
            kind="result",
            across=[target.name],
            down=sheets.down(output),
        )
        return
    if "labels" not in sheets.cells:
        sheets.cells["labels"] = _list(sheet, "labels", target.labels, "target.labels")
    names = [sheets.cells["labels"].cell(place, 0, at) for place in (0, 1)]
    sheet.heads(sheet.line, [target.name], "row")
    top = sheet.line + 1
    for row, (name, answer) in enumerate(zip(sheets.down(output), target.decode(output).tolist(), strict=True)):
        sheet.page.write_string(top + row, 0, name, sheet.book.looks["side"])
        if output.shape[1] == 1:
            formula = f"IF({prediction.cell(row, 0, at)}>0.5,{names[1]},{names[0]})"
        else:
            own = prediction.row(row, at)
            formula = f"INDEX({sheets.cells['labels'].whole()},MATCH(MAX({own}),{own},0))"
        sheet.page.write_formula(top + row, 1, f"={formula}", sheet.book.looks["result"], answer)
    block = Block(sheet.name, top, 1, target.decode(output).reshape(-1, 1))
    sheets.cells["answer"] = sheet.named(block, "answer")
    sheet.line = top + len(output) + 1
