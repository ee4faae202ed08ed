"""One prediction, worked out: the worksheet of one row, from its raw cells to the answer and back to every gradient."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chainrule.data.frames import to_frame
from chainrule.errors import ChainruleError
from chainrule.format import clip, esc, short
from chainrule.report.cells import cell_text
from chainrule.report.markup import card, figure, folded, pairs, section
from chainrule.training.engine import map_arrays

if TYPE_CHECKING:
    from chainrule.explain.worksheet import Worksheet
    from chainrule.runs.run import Run

MOST_CELLS = 40
_TITLE = "One prediction, worked out"


def example_part(run: "Run") -> str:
    """The whole part; empty where no row is kept."""
    try:
        if run.table is not None and run.facts.get("example"):
            return _of_table(run, run.facts["example"])
        if run.trainer is not None or run.recorded is not None:
            return _of_arrays(run)
    except ChainruleError as error:
        kept = "The row that was kept cannot be worked out: " if run.facts.get("example") else ""
        return section("example", _TITLE, intro=f"{kept}{esc(error)}")
    return ""


def _of_table(run: "Run", example: Mapping[str, Any]) -> str:
    table = run.table
    if table is None:
        return ""
    values = dict(example["values"])
    frame = to_frame({name: [values.get(name)] for name in (column.name for column in table.columns)})
    truth = values.get(table.target.name)
    label = f"row {example['row']:,}"
    forward = run.trace(frame, allow_unknown=True).worksheet(label=label)
    back = ""
    if truth is not None:
        back = _back(run.trace(frame, [truth], allow_unknown=True).worksheet(label=label))
    cells = [(esc(clip(name, 40)), cell_text(values.get(name))) for name in (column.name for column in table.columns)]
    raw = figure(
        f"Row {example['row']:,}, as it stands in the table",
        pairs(cells[:MOST_CELLS], "cells"),
        _left(cells),
        wide=True,
    )
    intro = f"A row that the network had not seen. {_told(run, frame, truth)}"
    return section("example", _TITLE, raw, card(forward.to_html(), back), intro=intro)


def _told(run: "Run", frame: Any, truth: Any) -> str:
    """What the network says of the row, beside the truth."""
    if run.table is None:
        return ""
    said, name = run.predict(frame)[0], esc(run.table.target.name)
    if run.table.target.kind == "number":
        text = f"The network says <strong>{short(float(said))}</strong> for <em>{name}</em>"
        return f"{text}; the truth is {short(truth)}." if truth is not None else f"{text}."
    text = f"The network says that its <em>{name}</em> is <strong>{esc(clip(said, 60))}</strong>"
    if truth is None:
        return f"{text}."
    right = str(said) == str(truth)
    return f"{text}, which is right." if right else f"{text}; in truth it is <strong>{cell_text(truth)}</strong>."


def _left(cells: list[tuple[str, str]]) -> str:
    return f"{len(cells) - MOST_CELLS:,} more columns are not listed." if len(cells) > MOST_CELLS else ""


def _of_arrays(run: "Run") -> str:
    trainer = run.replayed("This part")
    rows = map_arrays(lambda array: array[:1], trainer.rows)
    first = trainer.row_numbers[:1]
    label = f"row {first[0]:,}"
    forward = run.trace(rows.inputs).worksheet(label=label)
    back = _back(replace(run.trace(rows.inputs, rows.target), row_numbers=first).worksheet(label=label))
    intro = "The first of the rows that it learned from."
    return section("example", _TITLE, card(forward.to_html(), back), intro=intro)


def _back(worksheet: "Worksheet") -> str:
    """The loss and the backward pass, to open on request."""
    parts = tuple(part for part in worksheet.sections if part.part in ("loss", "backward"))
    return folded(
        "And back: the loss of this row, every delta and every gradient", replace(worksheet, sections=parts).to_html()
    )
