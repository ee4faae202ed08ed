"""``chainrule fit``: a table and a target become a trained network, judged beside baselines and kept as a run."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from chainrule.cli.complete import complete_column
from chainrule.cli.folders import REPORT, checkpoints, choose_folder, keep
from chainrule.cli.options import Json, Quiet, Sheet, class_weights, pairs, whole_numbers
from chainrule.cli.screen import Screen
from chainrule.errors import DataError, NonFiniteError

if TYPE_CHECKING:
    from chainrule.runs import Run

_DATA, _NETWORK, _TRAINING, _OUTPUT = "Data", "Network", "Training", "Output"


def fit(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE", help="CSV, TSV, Excel, Parquet, JSON, file.db::table, or - for standard input."
        ),
    ],
    target: Annotated[
        str, typer.Option(metavar="COLUMN", help="The column to predict.", autocompletion=complete_column)
    ],
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=KIND",
            help="What a column is, where it is taken for something else: zip=category. Repeatable.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    task: Annotated[
        Literal["regression", "classification"] | None,
        typer.Option(help="What the target is, where it is taken for the other.", rich_help_panel=_DATA),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column to leave out. Repeatable.",
            autocompletion=complete_column,
            rich_help_panel=_DATA,
        ),
    ] = None,
    sheet: Sheet = None,
    test: Annotated[float, typer.Option(help="Share of the rows that judge the result.", rich_help_panel=_DATA)] = 0.2,
    split: Annotated[
        Literal["random", "stratified", "grouped", "time"] | None,
        typer.Option(help="How those rows are chosen; stratified for classes, else random.", rich_help_panel=_DATA),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of groups or of time, for --split grouped or time.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    hidden_layers: Annotated[
        str, typer.Option(metavar="UNITS", help="Units of each hidden layer, or none.", rich_help_panel=_NETWORK)
    ] = "64,64",
    activation: Annotated[
        str, typer.Option(help="Activation of the hidden layers.", rich_help_panel=_NETWORK)
    ] = "relu",
    dropout: Annotated[
        float | None, typer.Option(help="Share of each hidden layer's units to drop.", rich_help_panel=_NETWORK)
    ] = None,
    loss: Annotated[
        str | None, typer.Option(help="The loss; mse for numbers, cross-entropy for classes.", rich_help_panel=_NETWORK)
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            help="sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw or lion; by default adamw with a weight decay "
            "of 0.3.",
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Learning rate, where not the optimizer's own.", rich_help_panel=_TRAINING)
    ] = None,
    epochs: Annotated[int, typer.Option(help="The most epochs.", rich_help_panel=_TRAINING)] = 200,
    batch_size: Annotated[int, typer.Option(help="Rows a step.", rich_help_panel=_TRAINING)] = 32,
    early_stopping: Annotated[
        int,
        typer.Option(
            help="Stop after so many epochs without a lower validation loss; 0 for never.", rich_help_panel=_TRAINING
        ),
    ] = 20,
    refit: Annotated[
        bool | None,
        typer.Option(
            "--refit/--no-refit",
            help="Train once more on all rows but the held-out ones, for as many epochs as were best; by default below "
            "10,000 rows.",
            show_default=False,
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    class_weight: Annotated[
        str | None, typer.Option(metavar="WEIGHTS", help="balanced, or yes=2,no=1.", rich_help_panel=_TRAINING)
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides splits, first weights and orders.", rich_help_panel=_TRAINING)] = 0,
    engine: Annotated[
        Literal["auto", "numpy", "xla"], typer.Option(help="What computes.", rich_help_panel=_TRAINING)
    ] = "auto",
    dtype: Annotated[
        Literal["float32", "float64"], typer.Option(help="What numbers are computed in.", rich_help_panel=_TRAINING)
    ] = "float32",
    checkpoint: Annotated[
        bool,
        typer.Option(
            "--checkpoint",
            help="Keep the state of the training in the run's folder, so that the same command goes on after a stop.",
            rich_help_panel=_TRAINING,
        ),
    ] = False,
    no_baselines: Annotated[
        bool, typer.Option("--no-baselines", help="Train no baselines to compare with.", rich_help_panel=_OUTPUT)
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="The run's folder; by default runs/ and the table's name. Nothing is ever written over.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a network on a table, judge it beside baselines, and keep it as a run with a report.

    chainrule fit penguins.csv --target species
    """
    screen = Screen(json=json, quiet=quiet)
    place = choose_folder(output, table, goes_on=checkpoint)
    options: dict[str, Any] = {
        "kinds": pairs(kind or (), "--kind", "zip=category"),
        "task": task,
        "drop": tuple(drop or ()),
        "sheet": sheet,
        "test": test,
        "split": split,
        "by": by,
        "hidden_layers": whole_numbers(hidden_layers),
        "activation": activation,
        "dropout": dropout,
        "loss": loss,
        "epochs": epochs,
        "batch_size": batch_size,
        "early_stopping": early_stopping or None,
        "refit": refit,
        "class_weight": class_weights(class_weight),
        "seed": seed,
        "engine": engine,
        "dtype": dtype,
        "baselines": not no_baselines,
        "diagnose": True,
        "checkpoint": checkpoints(place) if checkpoint else None,
        "progress": False if quiet else None,
    }
    run, failure = _train(table, target, optimizer, learning_rate, options)
    with screen.busy("writing the report"):
        folder = keep(run, place, table if output is None else None, goes_on=checkpoint)
    if failure is not None:
        said = f"{failure} The best weights so far are kept in {folder}."
        raise NonFiniteError(said, node=failure.node, step=failure.step, row=failure.row, run=str(folder)) from None
    _tell(screen, run, folder)


def _train(
    table: str, target: str, optimizer: str | None, learning_rate: float | None, options: dict[str, Any]
) -> "tuple[Run, NonFiniteError | None]":
    """The run, and what broke the training off where something did."""
    from chainrule.cli.tables import STANDARD_INPUT
    from chainrule.optimizers import get_optimizer
    from chainrule.runs import Run
    from chainrule.tasks import fit_table
    from chainrule.tasks.tabular import DEFAULT_OPTIMIZER

    rule = DEFAULT_OPTIMIZER if optimizer is None else get_optimizer(optimizer)
    if learning_rate is not None:
        rule = replace(rule, learning_rate=learning_rate)
    failure: NonFiniteError | None = None
    try:
        run = fit_table(table, target, optimizer=rule, **options)
    except NonFiniteError as error:
        if not isinstance(error.run, Run):
            raise
        run, failure = error.run, error
    except DataError as error:
        raise error.naming(STANDARD_INPUT if table == "-" else table) from error
    return run, failure


def _tell(screen: Screen, run: "Run", folder: Path) -> None:
    """Say what came of it."""
    from chainrule.cli.scores import MARK, score_table
    from chainrule.cli.summary import ending, found, paths, what_was_read

    facts = run.facts
    test, baselines = facts["metrics"]["test"], facts["baselines"]
    screen.answer(
        {
            "run": folder,
            "report": folder / REPORT,
            "engine": run.engine,
            "target": facts["target"],
            "task": facts["task"],
            "rows": facts["rows"],
            "metrics": {"test": test, "train": facts["metrics"]["train"]},
            "baselines": baselines,
            "stopped": run.stopped,
            "notes": facts["notes"],
            "findings": facts["diagnosis"]["findings"],
        }
    )
    screen.say(what_was_read(facts), "")
    screen.say(score_table({"network": test, **baselines}, f"On {facts['split']['test']:,} held-out rows"))
    if baselines:
        screen.say(f"{MARK} best", style="dim")
    screen.say("", ending(run), "", paths(folder, found(facts)))
