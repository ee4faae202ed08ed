"""Options of several commands, and how texts such as ``zip=category`` and ``64,64`` are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from chainrule.cli.complete import complete_run
from chainrule.errors import InputError

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write one JSON object to standard output.")]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Write nothing but results asked for, and errors.")
]
RunFolder: TypeAlias = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run's folder, such as runs/penguins.", autocompletion=complete_run)
]
Sheet: TypeAlias = Annotated[str | None, typer.Option(metavar="NAME", help="Which sheet of an Excel workbook.")]


def pairs(texts: Sequence[str], option: str, example: str) -> dict[str, str]:
    """Read ``name=value`` texts; a name may hold equals signs.

    >>> pairs(["zip=category", "a=b=number"], "--kind", "zip=category")
    {'zip': 'category', 'a=b': 'number'}

    Raises:
        InputError: a text has no equals sign.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.rpartition("=")
        if not sign or not name or not value:
            raise InputError(f"{option} takes name=value, such as {example}; got '{text}'.")
        found[name] = value.strip()
    return found


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read the units of hidden layers; ``none`` is no hidden layer.

    >>> whole_numbers("64,32"), whole_numbers("none")
    ((64, 32), ())

    Raises:
        InputError: something else than whole numbers above 0.
    """
    if text.strip().lower() in ("none", "0", ""):
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise InputError(f"--hidden-layers takes whole numbers above 0, such as 64,64, or none; got '{text}'.")
    return tuple(int(part) for part in parts)


def class_weights(text: str | None) -> str | dict[str, float] | None:
    """Read ``balanced`` or ``yes=2,no=1``.

    >>> class_weights("yes=2,no=0.5")
    {'yes': 2.0, 'no': 0.5}

    Raises:
        InputError: something else.
    """
    if text is None or text == "balanced":
        return text
    weights: dict[str, float] = {}
    for name, value in pairs(text.split(","), "--class-weight", "yes=2,no=1 (or balanced)").items():
        try:
            weights[name] = float(value)
        except ValueError:
            raise InputError(f"--class-weight takes a number for each class; got '{value}' for '{name}'.") from None
    return weights
