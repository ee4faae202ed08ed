"""Options of the commands that train on a table: ``fit`` and ``sweep``."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from chainrule.cli.complete import complete_column
from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.optimizers import Optimizer

DATA, NETWORK, TRAINING, OUTPUT = "Data", "Network", "Training", "Output"
"""Under which the help shows options."""

TableFile: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="TABLE", help="CSV, TSV, Excel, Parquet, JSON, file.db::table, or - for standard input."),
]
Target: TypeAlias = Annotated[
    str, typer.Option(metavar="COLUMN", help="The column to predict.", autocompletion=complete_column)
]
Kinds: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=KIND",
        help="What a column is, where it is taken for something else: zip=category. Repeatable.",
        rich_help_panel=DATA,
    ),
]
Task: TypeAlias = Annotated[
    Literal["regression", "classification"] | None,
    typer.Option(help="What the target is, where it is taken for the other.", rich_help_panel=DATA),
]
Drop: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="A column to leave out. Repeatable.",
        autocompletion=complete_column,
        rich_help_panel=DATA,
    ),
]
Missing: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORD",
        help="A word that stands for a missing cell, beside NA, -, ? and the like. Repeatable.",
        rich_help_panel=DATA,
    ),
]
Test: TypeAlias = Annotated[float, typer.Option(help="Share of the rows that judge the result.", rich_help_panel=DATA)]
Split: TypeAlias = Annotated[
    Literal["random", "stratified", "grouped", "time"] | None,
    typer.Option(help="How those rows are chosen; stratified for classes, else random.", rich_help_panel=DATA),
]
By: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", help="The column of groups or of time, for --split grouped or time.", rich_help_panel=DATA
    ),
]
HiddenLayers: TypeAlias = Annotated[
    str, typer.Option(metavar="UNITS", help="Units of each hidden layer, or none.", rich_help_panel=NETWORK)
]
Activation: TypeAlias = Annotated[str, typer.Option(help="Activation of the hidden layers.", rich_help_panel=NETWORK)]
Dropout: TypeAlias = Annotated[
    float | None, typer.Option(help="Share of each hidden layer's units to drop.", rich_help_panel=NETWORK)
]
Loss: TypeAlias = Annotated[
    str | None, typer.Option(help="The loss; mse for numbers, cross-entropy for classes.", rich_help_panel=NETWORK)
]
OptimizerName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--optimizer",
        help="sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw or lion; by default adamw with a weight decay "
        "of 0.3.",
        rich_help_panel=TRAINING,
    ),
]
LearningRate: TypeAlias = Annotated[
    float | None, typer.Option(help="Learning rate, where not the optimizer's own.", rich_help_panel=TRAINING)
]
WeightDecay: TypeAlias = Annotated[
    float | None, typer.Option(help="Weight decay, where not the optimizer's own.", rich_help_panel=TRAINING)
]
ClipNorm: TypeAlias = Annotated[
    float | None,
    typer.Option(help="Scale all gradients down where they are longer than this together.", rich_help_panel=TRAINING),
]
BatchSize: TypeAlias = Annotated[int, typer.Option(help="Rows a step.", rich_help_panel=TRAINING)]
ClassWeight: TypeAlias = Annotated[
    str | None, typer.Option(metavar="WEIGHTS", help="balanced, or yes=2,no=1.", rich_help_panel=TRAINING)
]
Seed: TypeAlias = Annotated[
    int, typer.Option(help="Decides splits, first weights and orders.", rich_help_panel=TRAINING)
]
Engine: TypeAlias = Annotated[
    Literal["auto", "numpy", "xla"], typer.Option(help="What computes.", rich_help_panel=TRAINING)
]
Dtype: TypeAlias = Annotated[
    Literal["float32", "float64"], typer.Option(help="What numbers are computed in.", rich_help_panel=TRAINING)
]


def optimizer_of(
    name: str | None,
    *,
    learning_rate: float | None,
    weight_decay: float | None,
    clip_norm: float | None,
    decays: bool = False,
) -> "Optimizer":
    """The optimizer that the options ask for; of what is None it keeps its own.

    Args:
        name: its name; None for the usual one.
        learning_rate: see the options.
        weight_decay: see the options.
        clip_norm: see the options.
        decays: whether its weight decay will be set later on.

    Raises:
        InputError: there is no such optimizer, a number is out of its range, or it has no weight decay.
    """
    from chainrule.optimizers import get_optimizer
    from chainrule.tasks.tabular import DEFAULT_OPTIMIZER

    rule = DEFAULT_OPTIMIZER if name is None else get_optimizer(name)
    if (decays or weight_decay is not None) and not hasattr(rule, "weight_decay"):
        raise InputError(f"Weight decay goes with the optimizers adamw and lion; {name} has none.")
    asked: dict[str, Any] = {"learning_rate": learning_rate, "weight_decay": weight_decay, "clip_norm": clip_norm}
    return replace(rule, **{each: value for each, value in asked.items() if value is not None})
