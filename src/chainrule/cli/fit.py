"""``chainrule fit``: a table and a target become a trained network, judged beside baselines and kept as a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule.cli import training_options as options
from chainrule.cli.folders import REPORT, checkpoints, choose_folder, keep
from chainrule.cli.options import Json, Quiet, Sheet, class_weights, pairs, whole_numbers
from chainrule.cli.screen import Screen
from chainrule.errors import DataError, NonFiniteError

if TYPE_CHECKING:
    from chainrule.runs import Run


def fit(
    table: options.TableFile,
    target: options.Target,
    kind: options.Kinds = None,
    task: options.Task = None,
    drop: options.Drop = None,
    missing: options.Missing = None,
    sheet: Sheet = None,
    test: options.Test = 0.2,
    split: options.Split = None,
    by: options.By = None,
    hidden_layers: options.HiddenLayers = "64,64",
    activation: options.Activation = "relu",
    dropout: options.Dropout = None,
    loss: options.Loss = None,
    optimizer: options.OptimizerName = None,
    learning_rate: options.LearningRate = None,
    weight_decay: options.WeightDecay = None,
    clip_norm: options.ClipNorm = None,
    epochs: Annotated[int, typer.Option(help="The most epochs.", rich_help_panel=options.TRAINING)] = 200,
    batch_size: options.BatchSize = 32,
    early_stopping: Annotated[
        int,
        typer.Option(
            help="Stop after so many epochs without a lower validation loss; 0 for never.",
            rich_help_panel=options.TRAINING,
        ),
    ] = 20,
    refit: Annotated[
        bool | None,
        typer.Option(
            "--refit/--no-refit",
            help="Train once more on all rows but the held-out ones, for as many epochs as were best; by default below "
            "10,000 rows.",
            show_default=False,
            rich_help_panel=options.TRAINING,
        ),
    ] = None,
    class_weight: options.ClassWeight = None,
    seed: options.Seed = 0,
    engine: options.Engine = "auto",
    dtype: options.Dtype = "float32",
    checkpoint: Annotated[
        bool,
        typer.Option(
            "--checkpoint",
            help="Keep the state of the training in the run's folder, so that the same command goes on after a stop.",
            rich_help_panel=options.TRAINING,
        ),
    ] = False,
    no_baselines: Annotated[
        bool, typer.Option("--no-baselines", help="Train no baselines to compare with.", rich_help_panel=options.OUTPUT)
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="The run's folder; by default runs/ and the table's name. Nothing is ever written over.",
            rich_help_panel=options.OUTPUT,
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
    given: dict[str, Any] = {
        "kinds": pairs(kind or (), "--kind", "zip=category"),
        "task": task,
        "drop": tuple(drop or ()),
        "missing": tuple(missing or ()),
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
    rule = options.optimizer_of(optimizer, learning_rate=learning_rate, weight_decay=weight_decay, clip_norm=clip_norm)
    run, failure = _train(table, target, {"optimizer": rule, **given})
    with screen.busy("writing the report"):
        folder = keep(run, place, table if output is None else None, goes_on=checkpoint)
    if failure is not None:
        said = f"{failure} The best weights so far are kept in {folder}."
        raise NonFiniteError(said, node=failure.node, step=failure.step, row=failure.row, run=str(folder)) from None
    _tell(screen, run, folder)


def _train(table: str, target: str, given: dict[str, Any]) -> "tuple[Run, NonFiniteError | None]":
    """The run, and what broke the training off where something did."""
    from chainrule.cli.tables import STANDARD_INPUT
    from chainrule.runs import Run
    from chainrule.tasks import fit_table

    failure: NonFiniteError | None = None
    try:
        run = fit_table(table, target, **given)
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
