"""``chainrule diagnose``: what ails a training, if anything."""

from typing import Annotated

import typer

from chainrule.cli.formats import Comma, Decimals, Force, FormOption, Most, Output, deliver, form_of
from chainrule.cli.options import Json, Quiet, RunFolder, Sheet
from chainrule.cli.screen import Screen


def diagnose(
    run: RunFolder,
    data: Annotated[
        str | None, typer.Option(metavar="TABLE", help="The table it was trained on, where that has moved.")
    ] = None,
    sheet: Sheet = None,
    decimals: Decimals = 4,
    comma: Comma = False,
    most: Most = None,
    form: FormOption = None,
    output: Output = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look for what ails a training: each finding has its evidence in numbers and a remedy.

    chainrule diagnose runs/penguins
    """
    import chainrule
    from chainrule.cli.writing import check_output

    screen = Screen(json=json, quiet=quiet)
    written = form_of(form, output, json=json)
    if output is not None:
        check_output(output, force=force)
    with screen.busy("reading"):
        trained = chainrule.load(run)
        trained = trained if data is None else trained.with_data(data, sheet=sheet)
    found = trained.diagnose(progress=False if json or quiet else None)
    facts = {"run": run}
    deliver(
        screen,
        found,
        facts,
        form=written,
        output=output,
        decimals=decimals,
        comma=comma,
        most=most,
        what="The diagnosis",
    )
