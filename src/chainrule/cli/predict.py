"""``chainrule predict``: a table goes through a run and comes back with its predictions."""

from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.cli.options import Json, Quiet, RunFolder, Sheet
from chainrule.cli.screen import Screen


def predict(
    run: RunFolder,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The rows to predict; - for standard input.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=".csv, .tsv, .parquet, .jsonl or .xlsx; by default CSV on standard output.",
        ),
    ] = None,
    sheet: Sheet = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Predict rows with categories that training has not seen, too.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Predict every row of a table: it comes back with the predictions beside its columns.

    chainrule predict runs/penguins new.csv -o predictions.csv
    """
    from chainrule.cli.tables import check_rows, load_table_run, read_for
    from chainrule.cli.writing import check_output, writer_for

    screen = Screen(json=json, quiet=quiet)
    write = writer_for(output)
    if output is not None:
        check_output(output, force=force)
    with screen.busy("predicting"):
        trained, encoder = load_table_run(run)
        given = read_for(trained, table, sheet)
        notes = [*given.notes, *check_rows(encoder, given, allow_unknown=allow_unknown)]

        from chainrule.tasks import predict_table

        frame, _ = predict_table(trained, given.frame)
    added = [name for name in frame.columns if name == "prediction" or name.startswith("probability of ")]
    notes += [
        f"{given.name}: its column '{name}' gives way to the new one" for name in added if name in given.frame.columns
    ]
    for note in notes:
        screen.remark(note)
    facts: dict[str, Any] = {"run": run, "rows": len(frame), "output": output, "notes": notes}
    if output is not None:
        from chainrule.training.checkpoint import write_file

        write_file(output, write(frame.to_native()))
        screen.say(f"{len(frame):,} rows predicted, in {output}")
    elif json:
        facts["predictions"] = frame["prediction"].to_list()
        if len(added) > 1:
            prefix = len("probability of ")
            facts["probabilities"] = {name[prefix:]: frame[name].to_list() for name in added if name != "prediction"}
    else:
        _to_stdout(write(frame.to_native()))
    screen.answer(facts)


def _to_stdout(content: bytes) -> None:
    """UTF-8, whatever the terminal's encoding is: it is data."""
    import sys

    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
