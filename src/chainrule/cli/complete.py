"""What the shell offers when Tab is pressed: runs that are there, and the columns of the table just typed."""

import csv
from pathlib import Path

import typer

from chainrule.errors import DataError

_TEXT = (".csv", ".tsv", ".txt", ".tab")


def complete_run(incomplete: str) -> list[str]:
    """Folders under ``runs`` that hold a run."""
    found = (file.parent.as_posix() for file in Path("runs").glob("*/run.json"))
    return sorted(run for run in found if run.startswith(incomplete))


def complete_column(ctx: typer.Context, incomplete: str) -> list[str]:
    """Columns of the delimited text that was typed as the table."""
    typed = [ctx.params.get("table"), *ctx.args]  # an option without its value leaves the table among the arguments
    tables = [Path(str(each)) for each in typed if each]
    names = next((names for table in tables if (names := header(table))), [])
    return [name for name in names if name.startswith(incomplete)]


def header(table: Path) -> list[str]:
    """Names in the first line of a delimited text; empty where there is none. Quick, so less thorough than reading."""
    if table.suffix.lower() not in _TEXT or not table.is_file():
        return []
    from chainrule.data.bytes import to_utf8

    try:
        with table.open("rb") as file:
            line = to_utf8(file.readline(1 << 16), table.name).data.decode()
    except (DataError, OSError):
        return []
    separator = max(",;\t|", key=line.count)
    return next(csv.reader([line], delimiter=separator), [])
