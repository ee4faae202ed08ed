"""``chainrule diagnose``: what ails a training, if anything, and a remedy tried."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule.cli.formats import Comma, Decimals, Force, FormOption, Most, Output, deliver, form_of
from chainrule.cli.options import Json, Quiet, RunFolder, Sheet
from chainrule.cli.screen import Screen
from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.explain.diagnosis import Diagnosis, Finding


def diagnose(
    run: RunFolder,
    apply: Annotated[
        str | None,
        typer.Option(
            metavar="FINDING",
            help="Train again with the remedy of a finding, by its number or its name, and keep that as a new run.",
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="TABLE", help="The table it was trained on, where that has moved.")
    ] = None,
    sheet: Sheet = None,
    decimals: Decimals = None,
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
    from chainrule.cli.folders import REPORT, choose_beside, keep
    from chainrule.cli.summary import paths

    screen = Screen(json=json, quiet=quiet)
    written = form_of(form, output, json=json, force=force)
    place = None if apply is None else choose_beside(run)
    with screen.busy("reading"):
        trained = chainrule.load(run)
        trained = trained if data is None else trained.with_data(data, sheet=sheet)
    if apply is not None and trained.table is None:
        raise InputError(
            f"{run} was trained on arrays: a remedy is tried in Python, where its rows are. "
            f"chainrule.load({str(run)!r}).with_data(X, y).diagnose()[{_index(apply)}].apply()"
        )
    progress = False if json or quiet else None
    digits = {"decimals": 4 if decimals is None else decimals, "comma": comma}
    how: dict[str, Any] = {"form": written, "output": output, "most": most, **digits}
    found, facts = trained.diagnose(progress=progress), {"run": run}
    if apply is None or place is None:
        deliver(screen, found, facts, what="The diagnosis", **how)
        return
    tried = chosen(found, apply).apply(progress=progress)
    after = replace(tried.after, facts={**tried.after.facts, "diagnosis": tried.diagnosis.to_plain()})
    with screen.busy("writing the report"):
        folder = keep(after, place, None)
    facts |= {"with_remedy": folder, "report": folder / REPORT}
    deliver(screen, tried, facts, what="The comparison", **how)
    if written == "text":
        screen.say("", paths(folder))


def _index(which: str) -> str:
    """A finding as Python is asked for it, where numbers begin at 0."""
    number = int(which) if which.strip().isdecimal() else 0
    return str(number - 1) if number else repr(which)


def chosen(found: "Diagnosis", which: str) -> "Finding":
    """A finding by its number, from 1, or by its name.

    Raises:
        InputError: there is no such finding.
    """
    if not which.strip().isdecimal():
        return found[which]
    number = int(which)
    if not 1 <= number <= len(found):
        there = ", ".join(f"{place} ({finding.title})" for place, finding in enumerate(found, 1))
        raise InputError(f"There is no finding {number}. {f'There are: {there}.' if there else found.verdict}")
    return found[number - 1]
