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
    from chainrule.cli.tables import load_table_run
    from chainrule.cli.writing import check_output, writer_for

    screen = Screen(json=json, quiet=quiet)
    write = writer_for(output)
    if output is not None:
        check_output(output, force=force)
    with screen.busy("predicting"):
        trained, encoder = load_table_run(run)

        from chainrule.tasks import predict_table

        frame, added, notes = predict_table(trained, table, sheet=sheet, allow_unknown=allow_unknown)
    for note in notes:
        screen.remark(note)
    facts: dict[str, Any] = {"run": run, "rows": len(frame), "output": output, "notes": notes}
    if output is not None:
        from chainrule.training.checkpoint import write_file

        write_file(output, write(frame.to_native()))
        screen.say(f"{len(frame):,} rows predicted, in {output}")
    elif json:
        from chainrule.data.cells import key

        prediction, *probabilities = added
        facts["predictions"] = frame[prediction].to_list()
        if encoder.target.kind == "class":
            labels = map(key, encoder.target.labels)
            columns = zip(labels, probabilities, strict=True)
            facts["probabilities"] = {label: frame[name].to_list() for label, name in columns}
    else:
        _to_stdout(write(frame.to_native()))
    screen.answer(facts)


def _to_stdout(content: bytes) -> None:
    """UTF-8, whatever the terminal's encoding is: it is data."""
    import sys

    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
