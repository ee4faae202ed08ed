"""The data: which columns there were, what they were taken for, and how the rows were divided."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.format import clip, count, esc, percent, short
from chainrule.report.figures import spoken
from chainrule.report.markup import figure, folded, section, table

if TYPE_CHECKING:
    from chainrule.runs.run import Run

MOST_COLUMNS = 40
MOST_BARS = 12
_PARTS = (
    ("train", "learned from"),
    ("validation", "watched, to decide when to stop"),
    ("test", "set aside, to judge the result"),
)
_REFIT = "watched first, to decide how long; then learned from"


def data_part(run: "Run") -> str:
    """The whole part."""
    if not run.facts:
        return _arrays_part(run)
    facts = run.facts
    columns = list(facts["columns"])
    used = [column for column in columns if column["used"]]
    out = [column for column in columns if not column["used"]]
    intro = (
        f"{_rows(facts)} of <em>{esc(facts['source'])}</em>, {count(len(columns) + 1, 'column')}: "
        f"{len(used):,} to learn from, {f'{len(out):,} left out, ' if out else ''}and the target."
    )
    rows = [_row(facts["target_column"], "target"), *(_row(column, "input") for column in used)]
    rows += [_row(column, "left out") for column in out]
    head = ["column", "role", "kind", "what was seen", "missing", "distinct"]
    tables = table(head, rows[:MOST_COLUMNS], label="Columns", kind="plain columns", stacked=True)
    if len(rows) > MOST_COLUMNS:
        rest = table(head, rows[MOST_COLUMNS:], label="More columns", kind="plain columns", stacked=True)
        tables += folded(f"{len(rows) - MOST_COLUMNS:,} more columns", rest)
    notes = [esc(str(note).rstrip(".")) for note in facts.get("notes", ())]
    remarks = f"<ul class='notes'>{''.join(f'<li>{note}.</li>' for note in notes[:MOST_COLUMNS])}</ul>" if notes else ""
    return section(
        "data",
        "What it learned from",
        split_bar(facts["split"], refit="search" in facts),
        importance_figure(facts.get("importance")),
        figure("Columns", tables, wide=True),
        remarks,
        intro=intro,
    )


def _rows(facts: Mapping[str, Any]) -> str:
    rows, read = facts["rows"], facts.get("rows_read", facts["rows"])  # earlier versions did not keep it
    return count(rows, "row") if rows == read else f"{rows:,} of the {count(read, 'row')}"


def _arrays_part(run: "Run") -> str:
    shapes = run.network.input_shapes or {}
    inputs = ", ".join(f"{esc(name)} of shape ({', '.join(map(str, ('n', *shape)))})" for name, shape in shapes.items())
    rows = run.training.get("rows")
    watched = run.training.get("validation_rows")
    text = f"Arrays: {inputs}." + (f" {count(rows, 'training row')}" if rows else "")
    text += f" and {count(watched, 'validation row')}." if rows and watched else "." if rows else ""
    return section("data", "What it learned from", intro=text)


def _row(column: Mapping[str, Any], role: str) -> list[str]:
    missing = f"{column['missing']:,}" if column["missing"] else "–"
    return [
        esc(clip(column["name"], 60)),
        f'<td class="role {role.replace(" ", "-")}">{role}</td>',
        esc(column["kind"]),
        f'<td class="words">{esc(clip(column["reason"], 160))}</td>',
        f'<td class="count">{missing}</td>',
        f'<td class="count">{column["distinct"]:,}</td>',
    ]


def importance_figure(found: Mapping[str, Any] | None) -> str:
    """How much worse the network does where a column is shuffled, as bars; nothing where it was not measured."""
    if not found:
        return ""
    costs = dict(list(found["costs"].items())[:MOST_BARS])
    longest = max(0.0, *costs.values()) or 1.0
    rows = "".join(
        f'<div class="model"><span>{esc(clip(name, 40))}</span><i style="--share:{max(cost, 0) / longest:.4f}"></i>'
        f"<b>{short(cost, 3)}</b></div>"
        for name, cost in costs.items()
    )
    left = len(found["costs"]) - len(costs)
    note = (
        f"How much the {spoken(found['metric'])} of {found['rows']:,} test rows rises where the column is shuffled "
        f"among them (the mean of {found['repeats']} shuffles): about 0 where the answers do not rest on it. Columns "
        "that say the same share what they are worth."
    )
    note += f" {left:,} columns that matter less are not shown." if left else ""
    return figure("What its answers rest on", f'<div class="bars">{rows}</div>', note, wide=True)


def split_bar(split: Mapping[str, Any], *, refit: bool = False) -> str:
    """How the rows were divided, as one bar; after a refit, validation rows are among those learned from."""
    watched = split["validation"]
    counts = np.array([split["train"] - watched * refit, watched, split["test"]])
    said = dict(_PARTS) | ({"validation": _REFIT} if refit else {})
    pieces = "".join(
        f'<div class="part {name}" style="flex-grow:{max(n / counts.sum(), 0.06):.3f}"><b>{n:,}</b>'
        f"<span>{words}</span><small>{percent(n / counts.sum())}</small></div>"
        for (name, words), n in zip(said.items(), counts.tolist(), strict=True)
        if n
    )
    how = {
        "stratified": "at random, each class in its share",
        "random": "at random",
        "grouped": "in whole groups",
        "time": "in order",
    }.get(split["kind"], f"{split['kind']}")
    by = f" by <em>{esc(split['by'])}</em>" if split.get("by") else ""
    return figure("Rows", f'<div class="split">{pieces}</div>', f"Divided {esc(how)}{by}.", wide=True)
