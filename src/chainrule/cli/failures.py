"""What a user is told when a command cannot go on, and the exit code that goes with it.

0 is done, 2 a mistake in what the user gave (one clear message), 130 a stop by Ctrl-C, and 1 a mistake of ours.
"""

import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import typer

from chainrule.cli.screen import Screen
from chainrule.errors import ChainruleError

TRACEBACK = "--traceback"
OURS, YOURS, STOPPED = 1, 2, 130
_Command = TypeVar("_Command", bound=Callable[..., None])


def shielded(command: _Command) -> _Command:
    """Let a command end in good order when it is stopped by Ctrl-C, or when nobody reads its output any more."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
        except KeyboardInterrupt:
            raise typer.Exit(stopped()) from None

    return run  # pyright: ignore[reportReturnType]


def stopped() -> int:
    """Say that Ctrl-C ended a command before there was anything to keep."""
    Screen().error("Stopped; nothing was kept.")
    return STOPPED


def report(error: Exception, *, json: bool = False, traceback: bool = False) -> int:
    """Say what went wrong, on standard error and (with ``json``) as an object on standard output."""
    screen = Screen(json=json)
    if traceback:
        import traceback as tracebacks

        tracebacks.print_exception(error)
    if isinstance(error, ChainruleError):
        message, code = str(error), YOURS
    elif hasattr(error, "format_message"):  # typer's own errors about the command line
        message, code = _usage(error), YOURS
        if not message:
            return code  # the help was shown instead
    else:
        message, code = _apology(error), OURS
    screen.error(message)
    screen.answer({"error": {"type": type(error).__name__, "message": message, **fields(error)}})
    return code


def fields(error: Exception) -> dict[str, Any]:
    """The facts that an error of ours carries, as far as JSON can hold them.

    >>> from chainrule.errors import DataError
    >>> fields(DataError("…", column="price", row=3))
    {'row': 3, 'column': 'price'}
    """
    if not isinstance(error, ChainruleError):
        return {}
    facts = {name: str(fact) if isinstance(fact, Path) else fact for name, fact in vars(error).items()}
    return {name: fact for name, fact in facts.items() if isinstance(fact, (str, int, float))}


def _usage(error: Any) -> str:
    text = _not_taken(error) or " ".join(str(error.format_message()).split())
    path = getattr(getattr(error, "ctx", None), "command_path", "chainrule")
    return f"{text if text.endswith(('.', '?')) else f'{text}.'} See {path} --help." if text else ""


def _not_taken(error: Any) -> str:
    """What an option takes, where it was given something else; empty where the error is about something else."""
    option = next(iter(getattr(getattr(error, "param", None), "opts", ())), "")
    said = str(error.message or "")
    choice = re.search(r"'(.*)' is not one of (.+?)\.?$", said, re.DOTALL)
    if choice is not None:
        *others, last = re.findall("'(.*?)'", choice[2]) or [choice[2]]
        known = f"{', '.join(others)} or {last}" if others else last
        return f"{option} takes {known}; got '{choice[1]}'."
    causes = getattr(error.__cause__, "errors", list[dict[str, Any]])()
    given = causes[0].get("input") if causes else None
    if given is None or not re.search(r"number|integer|equal|less|greater", said):
        return ""
    low, high = error.param.min, error.param.max
    whole = "integer" in said or isinstance(low, int)
    bounds = f" from {low:g} to {high:g}" if None not in (low, high) else "" if low is None else f" of {low:g} or more"
    return f"{option} takes a {'whole ' * whole}number{bounds}; got '{given}'."


def _apology(error: Exception) -> str:
    said = f"{type(error).__name__}: {str(error).rstrip('.')}" if str(error) else type(error).__name__
    return f"Sorry, this is our mistake, not yours. {said}. Please report it with what {TRACEBACK} shows."


def _forget_output() -> None:
    """Whoever read the output has enough of it (``| head``): write the rest nowhere, and end in good order."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
