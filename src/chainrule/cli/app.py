"""The program ``chainrule``: its commands, and what becomes of a command line that is none."""

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chainrule.cli.diagnose import diagnose
from chainrule.cli.diff import diff
from chainrule.cli.doctor import doctor
from chainrule.cli.explain import explain
from chainrule.cli.export import export
from chainrule.cli.failures import TRACEBACK, report, shielded, stopped
from chainrule.cli.fit import fit
from chainrule.cli.predict import predict
from chainrule.cli.sweep import sweep

app = typer.Typer(
    name="chainrule",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 our mistake, 2 a mistake in what was given, 130 stopped with nothing to keep.",
)


def _version(asked: bool) -> None:
    if asked:
        from chainrule import __version__

        typer.echo(f"chainrule {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
    traceback: Annotated[bool, typer.Option(TRACEBACK, help="Show where in the code an error was raised.")] = False,
) -> None:
    """Deep learning that shows its work: train networks on your own tables, and see every number on the way."""


for command in (fit, sweep, predict, explain, diagnose, diff, export, doctor):
    app.command()(shielded(command))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    >>> main(["--version"])
    chainrule 0.1.0
    0

    Args:
        argv: what follows the program's name; by default what it was called with.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    arguments = list(sys.argv[1:] if argv is None else argv)
    given = arguments[: arguments.index("--")] if "--" in arguments else arguments
    traceback = TRACEBACK in given or bool(os.environ.get("CHAINRULE_DEBUG"))
    if TRACEBACK in given:  # it may stand behind the command, too
        arguments = [TRACEBACK, *(each for each in given if each != TRACEBACK), *arguments[len(given) :]]
    try:
        with warnings.catch_warnings():
            if not traceback:
                warnings.simplefilter("ignore")  # they are about code, not about the user's table
            code: Any = app(arguments, prog_name="chainrule", standalone_mode=False)
    except SystemExit as stop:  # the shell asked for completions
        code = stop.code
    except typer.Abort:
        return stopped()
    except Exception as error:
        return report(error, json="--json" in given, traceback=traceback)
    return code if isinstance(code, int) else 0
