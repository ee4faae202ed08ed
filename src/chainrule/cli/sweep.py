"""``chainrule sweep``: the same training with many settings, judged in folds, and the command that trains the best."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from chainrule.cli import training_options as options
from chainrule.cli.formats import Comma, Decimals, Force, FormOption, Most, Output, deliver, form_of
from chainrule.cli.options import Json, Quiet, Sheet, class_weights, pairs, whole_numbers
from chainrule.cli.screen import Screen
from chainrule.cli.varied import option_of, options_for, varied
from chainrule.errors import DataError, InputError

if TYPE_CHECKING:
    from chainrule.runs import Sweep

_SWEEP = "Sweep"
_OF_FIT = (
    "kind", "task", "drop", "missing", "sheet", "test", "split", "by", "hidden_layers", "activation", "dropout", "loss",
    "optimizer", "learning_rate", "weight_decay", "clip_norm", "batch_size", "class_weight", "seed", "engine", "dtype",
)  # fmt: skip
"""Options that ``chainrule fit`` has, too, and that mean the same there."""


def sweep(
    ctx: typer.Context,
    table: options.TableFile,
    target: options.Target,
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="SETTING=VALUES",
            help="What to vary: learning_rate=0.001,0.01 or 1e-4..1 (two values for each power of ten; 1e-4..1:20 for "
            "20), weight_decay, clip_norm, batch_size, hidden_layers=none,32,64-64, activation, dropout. Repeatable: "
            "every combination is trained.",
            rich_help_panel=_SWEEP,
        ),
    ],
    folds: Annotated[
        int, typer.Option(min=2, help="Into how many folds the rows are split.", rich_help_panel=_SWEEP)
    ] = 5,
    restarts: Annotated[
        int, typer.Option(min=1, help="From how many seeds each is trained.", rich_help_panel=_SWEEP)
    ] = 1,
    metric: Annotated[
        Literal["r2", "rmse", "mae", "accuracy", "log_loss", "auc", "loss"] | None,
        typer.Option(help="What to score by; r2 for numbers, log_loss for classes.", rich_help_panel=_SWEEP),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each training.", rich_help_panel=_SWEEP)] = 100,
    kind: options.Kinds = None,
    task: options.Task = None,
    drop: options.Drop = None,
    missing: options.Missing = None,
    sheet: Sheet = None,
    test: Annotated[
        float, typer.Option(help="Share of the rows left alone, to judge the best by.", rich_help_panel=options.DATA)
    ] = 0.2,
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
    batch_size: options.BatchSize = 32,
    class_weight: options.ClassWeight = None,
    seed: options.Seed = 0,
    engine: options.Engine = "auto",
    dtype: options.Dtype = "float32",
    decimals: Decimals = None,
    comma: Comma = False,
    most: Most = None,
    form: FormOption = None,
    output: Output = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train with every combination of some settings, and say which is best and which differences are more than noise.

    chainrule sweep penguins.csv --target species --vary learning_rate=1e-4..1
    """
    from chainrule.cli.summary import command_line
    from chainrule.cli.tables import STANDARD_INPUT
    from chainrule.tasks import sweep_table

    screen = Screen(json=json, quiet=quiet)
    written = form_of(form, output, json=json, force=force)
    values, given = varied(vary), _given(ctx)
    if twice := [name for name in values if name in given]:
        raise InputError(f"{twice[0]} is varied, and given by {option_of(twice[0])}, too. Leave one of them out.")
    rule = options.optimizer_of(
        optimizer,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        clip_norm=clip_norm,
        decays="weight_decay" in values,
    )
    asked: dict[str, Any] = {
        "vary": values,
        "metric": metric,
        "folds": folds,
        "restarts": restarts,
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
        "optimizer": rule,
        "epochs": epochs,
        "batch_size": batch_size,
        "class_weight": class_weights(class_weight),
        "seed": seed,
        "engine": engine,
        "dtype": dtype,
        "progress": False if json or quiet else None,
    }
    try:
        found = sweep_table(table, target, **asked)
    except DataError as error:
        raise error.naming(STANDARD_INPUT if table == "-" else table) from error
    words = _fit(found, table, target, given, epochs)
    facts = {**_facts(found, target), "command": words}
    how: dict[str, Any] = {"form": written, "output": output, "decimals": decimals, "comma": comma, "most": most}
    deliver(screen, found, facts, what="The sweep", **how)
    if words and (written == "text" or output is not None):
        screen.say("", f"next  {command_line(words)}", whole=True)


def _given(ctx: typer.Context) -> dict[str, Any]:
    """Options of ``chainrule fit`` that were typed, by name."""
    typed = {name for name in _OF_FIT if str(getattr(ctx.get_parameter_source(name), "name", "")) == "COMMANDLINE"}
    return {name: ctx.params[name] for name in _OF_FIT if name in typed}


def _fit(found: "Sweep", table: str, target: str, given: dict[str, Any], epochs: int) -> list[str]:
    """The command that trains with the best settings on all rows that were not left alone; empty where all diverged."""
    if found.best_settings is None:
        return []
    words = ["chainrule", "fit", table, "--target", target, *options_for(found.best_settings)]
    for name, value in given.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            words += [option_of(name), str(each)]
    return [*words, "--epochs", str(epochs), "--early-stopping", "0"]


def _facts(found: "Sweep", target: str) -> dict[str, Any]:
    """What ``--json`` tells beside the document: the settings as numbers, the best first."""
    spread = found.spread
    return {
        "target": target,
        "metric": found.metric,
        "best": found.best_settings,
        "settings": [
            {
                **found.settings[place],
                found.metric: float(found.score[place]),
                "spread": None if spread is None else float(spread[place]),
                "outcome": found.outcomes[place],
            }
            for place in found.order
        ],
        "stopped": found.stopped,
    }
