"""Where a command's words go: results to standard output, remarks and errors to standard error.

With ``json`` standard output holds one JSON object and nothing else; with ``quiet`` only errors are told.
"""

import json as jsons
import math
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Screen:
    """Standard output and standard error, as one command was asked to use them."""

    json: bool = False
    quiet: bool = False

    @cached_property
    def out(self) -> "Console":
        """Standard output for people; colours only in a terminal, and not with ``NO_COLOR``."""
        return _console(stderr=False)

    def say(self, *things: Any, style: str = "", whole: bool = False) -> None:
        """Write results for people; nothing with ``json`` or ``quiet``. Lines to be copied are left ``whole``."""
        if not (self.json or self.quiet):
            _print(self.out, things, style, whole=whole)

    def remark(self, text: str) -> None:
        """Write a remark on standard error; nothing with ``json`` (it is in the object) or ``quiet``."""
        if not (self.json or self.quiet):
            _print(_console(stderr=True), (text,), "dim")

    def error(self, text: str) -> None:
        """Write an error on standard error, whatever was asked for."""
        from rich.text import Text

        _print(_console(stderr=True), (Text.assemble(("Error: ", "bold red"), text),), "")

    def busy(self, what: str) -> AbstractContextManager[Any]:
        """Say on a terminal what is being done, until it is done."""
        from chainrule.training.progress import working

        return working(what, shown=False if self.quiet else None)

    def answer(self, facts: Mapping[str, Any]) -> None:
        """With ``json``, write the one object on standard output."""
        if self.json:
            sys.stdout.write(to_json(facts) + "\n")


def to_json(value: Any) -> str:
    """JSON that every reader takes: NaN and infinity, which it cannot hold, become null; paths become texts.

    >>> from pathlib import Path
    >>> to_json({"r2": float("nan"), "run": Path("runs")})
    '{"r2": null, "run": "runs"}'
    """
    return jsons.dumps(_plain(value), allow_nan=False, default=str)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def _print(console: "Console", things: tuple[Any, ...], style: str, *, whole: bool = False) -> None:
    """Words wrap at a terminal's edge; a file or another program gets whole lines without blanks at their ends."""
    if console.is_terminal:
        console.print(*things, style=style or None, sep="\n", soft_wrap=whole)
        return
    with console.capture() as captured:
        console.print(*things, sep="\n", soft_wrap=True)
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
