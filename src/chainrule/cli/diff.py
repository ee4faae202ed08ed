"""``chainrule diff``: the first step and the first number at which two trainings part."""

from typing import Annotated

import typer

from chainrule.cli.formats import Comma, Decimals, Force, FormOption, Most, Output, deliver, form_of
from chainrule.cli.options import Json, Quiet, RunFolder
from chainrule.cli.screen import Screen


def diff(
    first: RunFolder,
    second: RunFolder,
    tolerance: Annotated[
        float, typer.Option(min=0.0, help="Numbers part that differ by more than this share of their array's largest.")
    ] = 1e-6,
    decimals: Decimals = None,
    comma: Comma = False,
    most: Most = None,
    form: FormOption = None,
    output: Output = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make two trainings again step by step, and show the first number at which they part and why.

    chainrule diff runs/penguins runs/penguins-2
    """
    import chainrule

    screen = Screen(json=json, quiet=quiet)
    written = form_of(form, output, json=json, force=force)
    with screen.busy("making both trainings again"):
        names = (str(first), str(second))
        found = chainrule.diff(chainrule.load(first), chainrule.load(second), tolerance=tolerance, names=names)
    facts = {"runs": names}
    deliver(
        screen,
        found,
        facts,
        form=written,
        output=output,
        decimals=decimals,
        comma=comma,
        most=most,
        what="Where the runs part",
    )
