"""``chainrule predict``: a table goes through a run and comes back with its predictions."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule.cli.options import Json, Quiet, RunFolder, Sheet
from chainrule.cli.screen import Screen
from chainrule.format import count

if TYPE_CHECKING:
    import narwhals as nw

    from chainrule.cli.writing import Writer
    from chainrule.data import Reading, TableEncoder
    from chainrule.runs import Run


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

    Where the table has the target, too, the predictions are judged by it.

    chainrule predict runs/penguins new.csv -o predictions.csv
    """
    from chainrule.cli.tables import load_table_run
    from chainrule.cli.writing import check_output, writer_for

    screen = Screen(json=json, quiet=quiet)
    write = writer_for(output)
    if output is not None:
        check_output(output, force=force)
    with screen.busy("predicting"):
        trained, encoder = load_table_run(run, "predict(X)")

        from chainrule.tasks import predict_table

        reading = trained.read(table, sheet=sheet)
        frame, added, notes = predict_table(trained, reading, allow_unknown=allow_unknown)
        metrics, judged = _judged(trained, encoder, reading)
    for note in notes:
        screen.remark(note)
    facts: dict[str, Any] = {"run": run, "rows": len(frame), "output": output, "notes": notes, "metrics": metrics}
    if output is not None:
        from chainrule.training.checkpoint import write_file

        write_file(output, _content(reading, frame, added, output, write))
        screen.say(*filter(None, [f"{len(frame):,} rows predicted, in {output}", judged]))
    elif json:
        from chainrule.data.cells import key

        prediction, *probabilities = added
        facts["predictions"] = frame[prediction].to_list()
        if encoder.target.kind == "class":
            labels = map(key, encoder.target.labels)
            columns = zip(labels, probabilities, strict=True)
            facts["probabilities"] = {label: frame[name].to_list() for label, name in columns}
    else:
        _to_stdout(_content(reading, frame, added, output, write))
        if judged:
            screen.remark(judged)
    screen.answer(facts)


def _judged(run: "Run", encoder: "TableEncoder", reading: "Reading") -> tuple[dict[str, float] | None, str]:
    """Metrics by the rows whose target is known, and what to say of them; None and nothing where there are none."""
    import numpy as np

    from chainrule.errors import DataError
    from chainrule.runs.metrics import METRICS, places, written

    name = encoder.target.name
    if name not in reading.frame.columns:
        return None, ""
    known = np.flatnonzero(~reading.frame[name].is_null().to_numpy())
    if not len(known):
        return None, ""
    try:
        metrics = run.evaluate(replace(reading, frame=reading.frame[known.tolist()]), allow_unknown=True)
    except DataError as error:
        if error.row is not None:
            number = int(known[error.row - 1]) + 1
            error = error.at(number, reading.locate(number))
        return None, f"The predictions are not judged by the table's '{name}': {error}"
    shown = [
        f"{METRICS[metric].name} {written(value, places(metric, [value]))}"
        for metric, value in metrics.items()
        if metric != "loss"
    ]
    return metrics, f"Judged by {count(len(known), 'row')} with a '{name}': {', '.join(shown)}."


def _content(
    reading: "Reading", frame: "nw.DataFrame[Any]", added: tuple[str, ...], output: Path | None, write: "Writer"
) -> bytes:
    """The file's content: delimited text stays as it was written, with columns behind its own."""
    suffix, lines = None if output is None else output.suffix.lower(), reading.lines
    wanted = (".tsv",) if lines is not None and lines.dialect.separator == "\t" else (".csv", "")
    if lines is None or suffix not in (None, *wanted):
        return write(frame.to_native())
    comma = "," in reading.forms.values()
    columns = {name: [_cell(cell, comma=comma) for cell in frame[name].to_list()] for name in added}
    return lines.with_columns(columns)


def _cell(value: Any, *, comma: bool) -> str:
    """A prediction with every digit it has."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace(".", ",") if isinstance(value, float) and comma else str(value)


def _to_stdout(content: bytes) -> None:
    """UTF-8, whatever the terminal's encoding is: it is data."""
    import sys

    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
