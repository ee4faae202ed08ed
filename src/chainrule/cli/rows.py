"""One row of a run's table, by the number that people count."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.data import Reading
    from chainrule.runs import Run


class Given(NamedTuple):
    """The row."""

    reading: "Reading"
    number: int
    label: str


def row_of(run: "Run", folder: Path, row: int | None, data: str | None, sheet: str | None) -> Given:
    """The row as a table of its own: of the table given or the one trained on, or the run's example.

    Raises:
        InputError: there is no such row, or the table trained on cannot be read again.
        FileError: that table is not there any more.
    """
    from chainrule.cli.tables import trained_on

    notes: tuple[str, ...] = ()
    if row is None and data is None:
        return _example(run, folder)
    if data is None:
        data, recorded, notes = trained_on(run, folder)
        sheet = sheet or recorded
    reading = run.read(data, sheet=sheet)
    number, rows = row or 1, len(reading.frame)
    if number > rows:
        raise InputError(f"There is no row {number}: {reading.name} has {rows:,}, counted from 1.")
    alone = replace(reading.row(number), notes=(*notes, *reading.notes))
    return Given(alone, number, f"row {number} of {reading.name}")


def _example(run: "Run", folder: Path) -> Given:
    """The row that a run keeps as an example; nothing else is needed to explain it."""
    from chainrule.data import Reading, to_frame

    example = run.facts.get("example")
    if example is None:
        raise InputError(f"{folder} keeps no example row. Say which: --row 17, or --data FILE.")
    frame = to_frame({name: [value] for name, value in example["values"].items()})
    number = int(example["row"])
    source = str(run.facts["source"])
    return Given(Reading(frame, source, first=number), number, f"row {number} of {source}")
