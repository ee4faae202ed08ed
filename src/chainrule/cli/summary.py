"""What ``chainrule fit`` says in words: what was read, how training ended, and where everything is."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli.folders import REPORT
from chainrule.explain.diagnosis import Diagnosis
from chainrule.format import few

if TYPE_CHECKING:
    from rich.table import Table

    from chainrule.runs import Run

_KINDS = {
    "number": ("number", "numbers"),
    "category": ("category", "categories"),
    "boolean": ("boolean", "booleans"),
    "datetime": ("date with time", "dates with times"),
    "date": ("date", "dates"),
    "time": ("time of day", "times of day"),
}


def what_was_read(facts: Mapping[str, Any]) -> "Table":
    """Rows, columns by kind, what was left out and why, and how the rows were split."""
    target, split = facts["target_column"], facts["split"]
    labels = facts.get("labels")
    held = target["reason"] if labels is None else f"{len(labels)} classes: {few(labels)}"
    rows = [("data", f"{facts['source']}, {_rows(facts)}"), ("target", f"{target['name']}, {held}")]
    for kind, (one, several) in _KINDS.items():
        names = [column["name"] for column in facts["columns"] if column["used"] and column["kind"] == kind]
        if names:
            rows.append(("inputs", f"{len(names)} {one if len(names) == 1 else several}: {few(names)}"))
    rows += [("notes", note) for note in facts["notes"]]
    watched = ""
    if split["validation"]:
        said = f"{split['validation']:,} to know when to stop"
        watched = f" ({said})" if "search" in facts else f", {said}"
    how = split["kind"] + (f" by {split['by']}" if split["by"] else "")
    rows.append(("split", f"{split['train']:,} rows to learn from{watched}, {split['test']:,} held out ({how})"))
    return grid(rows)


def _rows(facts: Mapping[str, Any]) -> str:
    rows, read = facts["rows"], facts.get("rows_read", facts["rows"])  # earlier versions did not keep it
    return f"{rows:,} rows" if rows == read else f"{rows:,} of {read:,} rows"


def ending(run: "Run") -> "Table":
    """Why training ended, how long it took, and which engine trained and why."""
    return grid([("ended", run.stopped), ("engine", run.training["engine_reason"])], dim=("engine",))


def found(facts: Mapping[str, Any]) -> str:
    """What ails the training, in a line; empty where nothing does."""
    diagnosis = Diagnosis.from_plain(facts["diagnosis"])
    return diagnosis.verdict if diagnosis.findings else ""


def paths(folder: Path, found: str = "") -> "Table":
    """What was found, where the run and its report are, and what can be done next."""
    quoted = command_line([str(folder)])
    rows = [("run", str(folder)), ("report", str(folder / REPORT)), ("next", f"chainrule explain {quoted}")]
    return grid([("found", found), *rows, ("next", f"chainrule diagnose {quoted}")] if found else rows)


def command_line(words: Sequence[str]) -> str:
    """Words as they are typed in this machine's shell."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def grid(rows: Sequence[tuple[str, str]], dim: Sequence[str] = ()) -> "Table":
    """Two columns: labels, each written where it begins, and texts."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=6, no_wrap=True)
    table.add_column(overflow="fold")
    before = ""
    for label, text in rows:
        table.add_row(Text("" if label == before else label), Text(text, style="dim" if label in dim else ""))
        before = label
    return table
