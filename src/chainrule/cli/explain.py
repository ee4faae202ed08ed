"""``chainrule explain``: one prediction worked out, from the row's cells to the answer and back to every gradient."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from chainrule.cli.options import Json, Quiet, RunFolder, Sheet
from chainrule.cli.screen import Screen, to_json
from chainrule.errors import DataError, InputError

if TYPE_CHECKING:
    from chainrule.data import Reading, TableEncoder
    from chainrule.explain.worksheet import Worksheet
    from chainrule.runs import Run

_WIDTH = 100
"""Columns of a worksheet that is not for a terminal."""


def explain(
    run: RunFolder,
    row: Annotated[
        int | None, typer.Option(min=1, help="Which row, counted from 1; by default the run's example.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="TABLE", help="The table with the row; by default the one trained on.")
    ] = None,
    sheet: Sheet = None,
    decimals: Annotated[int, typer.Option(min=0, max=17, help="Digits after the point.")] = 4,
    opened: Annotated[
        list[str] | None,
        typer.Option(
            "--open", metavar="NAME", help="Show this in full: a node (dense1), a parameter, or all. Repeatable."
        ),
    ] = None,
    form: Annotated[Literal["text", "html", "json"], typer.Option("--format", help="What to write.")] = "text",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Explain a row with categories that training has not seen, too.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write out one prediction as arithmetic: the row's cells, every layer, the answer, and every gradient.

    chainrule explain runs/penguins --row 17
    """
    from chainrule.cli.tables import load_table_run
    from chainrule.cli.writing import check_output

    if json:
        form = "json"
    elif form == "text" and output is not None and output.suffix in (".html", ".htm"):
        form = "html"
    screen = Screen(json=json, quiet=quiet)
    if output is not None:
        check_output(output, force=force)
    with screen.busy("reading"):
        trained, encoder = load_table_run(run)
        given, number = _row(trained, run, row, data, sheet)
    found = trained.encode(given, allow_unknown=allow_unknown)
    notes = [*given.notes, *(note.say(given.locate) for note in found.notes)]
    y = _truth(encoder, given, notes)
    trace = trained.trace(found.inputs, y)
    worksheet = trace.worksheet(
        decimals=decimals,
        work=encoder.work(given.frame),
        target=encoder.target,
        open=tuple(opened or ()),
        label=f"row {number} of {given.name}",
    )
    for note in notes:
        screen.remark(note)
    if output is None and form == "text":
        _print(screen, worksheet)
        return
    content = _written(form, worksheet, run, number, notes)
    if output is None:
        sys.stdout.write(content)
        return
    from chainrule.training.checkpoint import write_file

    write_file(output, content.encode())
    if json:
        screen.answer({"run": run, "row": number, "output": output, "notes": notes})
    screen.say(f"The worksheet of row {number} is in {output}")


def _row(run: "Run", folder: Path, row: int | None, data: str | None, sheet: str | None) -> "tuple[Reading, int]":
    """The one row to explain, as a table of its own, and its number."""
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
    return replace(reading.row(number), notes=(*notes, *reading.notes)), number


def _example(run: "Run", folder: Path) -> "tuple[Reading, int]":
    """The row that a run keeps as an example; nothing else is needed to explain it."""
    from chainrule.data import Reading, to_frame

    example = run.facts.get("example")
    if example is None:
        raise InputError(f"{folder} keeps no example row. Say which: --row 17, or --data FILE.")
    frame = to_frame({name: [value] for name, value in example["values"].items()})
    number = int(example["row"])
    return Reading(frame, str(run.facts["source"]), first=number), number


def _truth(encoder: "TableEncoder", reading: "Reading", notes: list[str]) -> Any:
    """The row's true answer, encoded; None with a note where it is not known."""
    name = encoder.target.name
    if name not in reading.frame.columns or reading.frame[name].is_null()[0]:
        notes.append(f"The row has no '{name}', so there is no loss and no way back.")
        return None
    try:
        return encoder.target.encode(reading.frame[name])
    except DataError:
        value = reading.frame[name][0]
        notes.append(f"No training row held the '{name}' of this row, '{value}', so there is no loss and no way back.")
        return None


def _print(screen: Screen, worksheet: "Worksheet") -> None:
    """Result of the command, so it is written with ``--quiet``, too."""
    if screen.out.is_terminal:
        screen.out.print(worksheet)
    else:
        sys.stdout.write(worksheet.to_text(_WIDTH) + "\n")


def _written(form: str, worksheet: "Worksheet", folder: Path, number: int, notes: list[str]) -> str:
    """The worksheet as the content of a file."""
    if form == "json":
        facts: dict[str, Any] = {"run": folder, "row": number, "notes": notes, **worksheet.to_dict()}
        return to_json(facts) + "\n"
    if form == "html":
        return worksheet.to_html(whole=True)
    return worksheet.to_text(_WIDTH) + "\n"
