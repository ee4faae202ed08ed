"""``chainrule explain``: one prediction worked out, one derivative, one parameter's steps or ledger, or effects."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from chainrule.cli.formats import Comma, Decimals, Force, FormOption, Most, Output, deliver, form_of
from chainrule.cli.options import Json, Quiet, RunFolder, Sheet
from chainrule.cli.rows import Given, row_of
from chainrule.cli.screen import Screen
from chainrule.errors import DataError, FileError, InputError

if TYPE_CHECKING:
    from chainrule.data import Reading, TableEncoder
    from chainrule.explain.derivation import Derivation, WholeDerivation
    from chainrule.explain.shown import Shown
    from chainrule.explain.trace import Trace
    from chainrule.runs import Run


def explain(
    run: RunFolder,
    row: Annotated[
        int | None, typer.Option(min=1, help="Which row, counted from 1; by default the run's example.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="The table with the row, or that it was trained on; by default that."),
    ] = None,
    sheet: Sheet = None,
    param: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A parameter, dense1.weight[0,1]: the derivative of the loss by it; with --step or --ledger its "
            "gradient descent.",
        ),
    ] = None,
    wrt: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Differentiate by this: a column, a parameter, or a value such as dense1.a[0]."
        ),
    ] = None,
    of: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Differentiate this: prediction, loss, or a value; with --wrt, --param or --ledger."
        ),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="A[:B]",
            help="The run as it stood after this step; with --param the steps from A to B, with --ledger only these.",
        ),
    ] = None,
    ledger: Annotated[
        bool,
        typer.Option("--ledger", help="Which training rows made the prediction, or the parameter, what it is."),
    ] = False,
    effects: Annotated[
        bool, typer.Option("--effects", help="How far the answer moves with each column, in raw units.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare the derivative with central differences, and with PyTorch if installed."),
    ] = False,
    rounding: Annotated[
        int | None,
        typer.Option(min=0, max=17, help="Round every number to so many digits before it is used, side by side."),
    ] = None,
    decimals: Decimals = None,
    comma: Comma = False,
    opened: Annotated[
        list[str] | None,
        typer.Option(
            "--open", metavar="NAME", help="Show this in full: a node (dense1), a parameter, or all. Repeatable."
        ),
    ] = None,
    most: Most = None,
    form: FormOption = None,
    output: Output = None,
    force: Force = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Explain a row with categories that training has not seen, too.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write out one prediction as arithmetic, or one derivative, a parameter's steps or ledger, or effects.

    chainrule explain runs/penguins --row 17

    chainrule explain runs/penguins --wrt bill_length_mm --row 17

    chainrule explain runs/penguins --wrt bill_length_mm --row 17 --check

    chainrule explain runs/penguins --row 17 --ledger

    chainrule explain runs/penguins --param "dense1.weight[0,1]" --ledger
    """
    from chainrule.cli.tables import load_table_run

    screen = Screen(json=json, quiet=quiet)
    written = form_of(form, output, json=json, force=force)
    _check_together(
        param=param,
        wrt=wrt,
        of=of,
        step=step,
        ledger=ledger,
        effects=effects,
        check=check,
        row=row,
        data=data,
        open=opened,
        rounding=rounding,
    )
    span = None if step is None else _span(step)
    with screen.busy("reading"):
        trained, encoder = load_table_run(run, "trace(X, y).worksheet()")
    usual = 4 if decimals is None else decimals
    progress = False if json or quiet else None
    facts: dict[str, Any] = {"run": run}
    notes: list[str] = []
    if param is not None and (ledger or span is not None):
        with screen.busy("making the training again"):
            trained = trained if data is None else trained.with_data(data, sheet=sheet)
            trained.replayed("ledger" if ledger else "steps")
        shown: Shown = _of_parameter(trained, param, span, ledger=ledger, progress=progress)
        what = f"The {'ledger' if ledger else 'table of steps'} of {param}"
    elif ledger:
        given = row_of(trained, run, row, data, sheet)
        facts["row"] = given.number
        notes += given.reading.notes
        with screen.busy("making the training again"):
            trained = _with_rows(trained, data, sheet, "prediction_ledger")
        shown = _of_prediction(trained, given, of, span, allow_unknown=allow_unknown, progress=progress)
        what = f"The ledger of the prediction for {given.label}"
    elif effects:
        alone = None if row is None else row_of(trained, run, row, data, sheet)
        with screen.busy("working out effects"):
            if alone is None:
                shown = trained.effects(data if data is None else trained.read(data, sheet=sheet))
            else:
                facts["row"] = alone.number
                shown = trained.effects(alone.reading)
        what = "The table of effects"
    else:
        given = row_of(trained, run, row, data, sheet)
        facts["row"] = given.number
        if span is not None:
            with screen.busy("making the training again"):
                trained = _with_rows(trained, data, sheet, "at").at(span.stop)
            given = given._replace(label=f"{given.label}, after step {span.stop:,}")
        traced = _trace(trained, encoder, given, notes, allow_unknown=allow_unknown)
        name = param or wrt
        if name is None:
            shown = traced.worksheet(
                decimals=usual,
                rounding=rounding,
                comma=comma,
                open=tuple(opened or ()),
                label=given.label,
                **({} if most is None else {"lines": most, "terms": most}),
            )
            what = f"The worksheet of row {given.number}"
        else:
            shown = traced.derivation(
                name,
                of or ("loss" if name.partition("[")[0] in traced.params else "prediction"),
                row=0,
                **({} if most is None else {"most": most}),
            )
            if check:
                with screen.busy("checking"):
                    shown = _checked(shown, name)
            what = f"The derivation by {name}"
    for note in notes:
        screen.remark(note)
    facts["notes"] = notes
    digits = decimals if effects else usual
    deliver(screen, shown, facts, form=written, output=output, decimals=digits, comma=comma, most=most, what=what)


class _Span(NamedTuple):
    """Steps, in the order in which they were asked for; ``start`` is how many were made before the first."""

    start: int
    stop: int


def _check_together(**given: Any) -> None:
    """Refuse options that say nothing together."""
    if given["param"] is not None and given["wrt"] is not None:
        raise InputError("--param and --wrt are two ways to say what to differentiate by; give one of them.")
    if given["of"] is not None and given["param"] is None and given["wrt"] is None and not given["ledger"]:
        raise InputError("--of says what to differentiate; say by what, too: --wrt NAME.")
    if given["ledger"] and given["wrt"] is not None:
        raise InputError("--ledger is of the prediction, or of a parameter (--param NAME); leave --wrt out.")
    if given["effects"] and (given["param"] or given["wrt"] or given["step"] or given["ledger"]):
        raise InputError("--effects goes with --row and --data alone.")
    if given["param"] is not None and (given["ledger"] or given["step"] is not None):
        what = "ledger" if given["ledger"] else "table of steps"
        for option in ("of", "row"):
            if given[option] is not None:
                raise InputError(
                    f"The {what} of a parameter is over all training rows, and of nothing else; leave --{option} out."
                )
    if given["check"] and (given["ledger"] or given["effects"] or not (given["param"] or given["wrt"])):
        raise InputError(
            "--check compares a derivative with other ways to it; say by what to differentiate: --wrt NAME."
        )
    if given["check"] and given["param"] is not None and given["step"] is not None:
        raise InputError(
            "--param with --step is a table of gradient descent, and --check is for a derivative: that after a step is "
            "--wrt NAME --step N."
        )
    for option in ("open", "rounding"):
        worksheet = not any(given[other] for other in ("param", "wrt", "ledger", "effects"))
        if given[option] is not None and not worksheet:
            raise InputError(f"--{option} is for the worksheet of a row; leave it out, or the other options.")


def _span(text: str) -> _Span:
    """Read ``1234`` or ``1000:1100``.

    Raises:
        InputError: it is neither.
    """
    match = re.fullmatch(r"\s*(\d+)\s*(?::\s*(\d+)\s*)?", text)
    if match is None:
        raise InputError(f"--step takes a step, 1234, or steps from one to another, 1000:1100; got '{text}'.")
    first = int(match[1])
    return _Span(first, int(match[2])) if match[2] else _Span(max(first - 1, 0), first)


def _checked(found: "Derivation | WholeDerivation", name: str) -> "Derivation":
    """The derivation with other ways to its value beside it.

    Raises:
        InputError: it is of whole arrays.
    """
    from chainrule.explain.derivation import Derivation

    if not isinstance(found, Derivation):
        raise InputError(
            f"--check compares one number, and the derivative by '{name}' is {found.value.size:,}. Name one number of "
            "each array, such as dense1.weight[0, 0]."
        )
    return found.check()


def _with_rows(run: "Run", data: str | None, sheet: str | None, what: str) -> "Run":
    """The run with its training made again: from its own table, or from the one given where its own is not there."""
    try:
        run.replayed(what)
    except (FileError, InputError):
        if data is None:
            raise
        return run.with_data(data, sheet=sheet)
    return run


def _of_parameter(run: "Run", name: str, span: _Span | None, *, ledger: bool, progress: bool | None) -> "Shown":
    asked = run.ledger if ledger else run.steps
    return asked(name, *(span or ()), progress=progress)


def _of_prediction(
    run: "Run", given: Given, of: str | None, span: _Span | None, *, allow_unknown: bool, progress: bool | None
) -> "Shown":
    """The ledger of the answer for a row: of classes the chance of the one that is predicted, unless one is named."""
    frame = given.reading.frame
    if of is None and run.table is not None and run.table.target.kind == "class":
        of = f"P({run.predict(frame, allow_unknown=allow_unknown)[0]})"
    found = run.prediction_ledger(
        frame, of or "prediction", *(span or ()), allow_unknown=allow_unknown, progress=progress
    )
    return replace(found, name=f"{found.name} for {given.label}")


def _trace(run: "Run", encoder: "TableEncoder", given: Given, notes: list[str], *, allow_unknown: bool) -> "Trace":
    """Every value of the row's passes; what is to be said of its cells goes to ``notes``."""
    import numpy as np

    from chainrule.explain.table_rows import TableRows

    reading = given.reading
    found = run.encode(reading, allow_unknown=allow_unknown)
    notes += [*reading.notes, *(note.say(reading.locate) for note in found.notes)]
    trace = run.trace(found.inputs, _truth(encoder, reading, notes))
    return replace(trace, table=TableRows(encoder, reading.frame), row_numbers=np.array([given.number]))


def _truth(encoder: "TableEncoder", reading: "Reading", notes: list[str]) -> Any:
    """The row's true answer, encoded; None with a note where it is not known."""
    name = encoder.target.name
    if name not in reading.frame.columns or reading.frame[name].is_null()[0]:
        notes.append(f"The row has no '{name}', so there is no loss and no way back.")
        return None
    try:
        return encoder.target.encode(reading.frame[name])
    except DataError:
        value = reading.frame[name][0]
        notes.append(f"No training row held the '{name}' of this row, '{value}', so there is no loss and no way back.")
        return None
