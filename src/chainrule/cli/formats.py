"""An explanation as the result of a command: on the terminal, on standard output or in a file, in any format."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from chainrule.cli.screen import Screen, to_json
from chainrule.cli.writing import check_output
from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.explain.shown import Shown

Form: TypeAlias = Literal["text", "html", "latex", "markdown", "json"]
WIDTH = 100
"""Columns of text that is not for a terminal."""
_ENDINGS: dict[str, Form] = {
    "": "text",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".tex": "latex",
    ".md": "markdown",
    ".json": "json",
}

FormOption: TypeAlias = Annotated[
    Form | None, typer.Option("--format", help="What to write; by default what the file's ending says, else text.")
]
Output: TypeAlias = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")]
Decimals: TypeAlias = Annotated[int | None, typer.Option(min=0, max=17, help="Digits after the point.")]
Most: TypeAlias = Annotated[
    int | None,
    typer.Option("--most", min=1, metavar="N", help="Show up to so many terms, lines, rows and paths of each kind."),
]
Comma: TypeAlias = Annotated[bool, typer.Option("--comma", help="Write numbers with a decimal comma.")]


def form_of(form: Form | None, output: Path | None, *, json: bool, force: bool = False) -> Form:
    """The format to write: JSON with ``--json``, else as asked, else as the file is called.

    >>> form_of(None, Path("sheet.tex"), json=False), form_of(None, None, json=False)
    ('latex', 'text')

    Raises:
        InputError: the file's ending is none of those that are known.
        FileError: the file may not or cannot be written; see :func:`chainrule.cli.writing.check_output`.
    """
    suffix = "" if output is None else output.suffix.lower()
    if not json and form is None and suffix not in _ENDINGS:
        known = ", ".join(filter(None, _ENDINGS))
        raise InputError(
            f"{output}: an explanation cannot be written as '{suffix}'. Choose one of {known}, or say what to write: "
            "--format."
        )
    if output is not None:
        check_output(output, force=force)
    return "json" if json else form or _ENDINGS[suffix]


def deliver(
    screen: Screen,
    shown: "Shown",
    facts: Mapping[str, Any],
    *,
    form: Form,
    output: Path | None,
    decimals: int | None,
    comma: bool,
    most: int | None = None,
    what: str,
) -> None:
    """Write an explanation where it was asked for. It is the command's result: ``--quiet`` writes it, too.

    Args:
        screen: where words go.
        shown: the explanation.
        facts: what ``--json`` tells beside it.
        form: the format.
        output: the file; None for standard output.
        decimals: digits after the point; None for as many as is usual.
        comma: whether numbers have a decimal comma.
        most: how many rows of a long table are shown; None for as many as is usual.
        what: what it is called where it is said to be in a file.
    """
    if output is None and form == "text" and screen.out.is_terminal:
        from chainrule.explain.render_text import to_rich

        screen.out.print(*to_rich(shown.written(decimals, comma, most), screen.out.width), sep="\n")
        return
    content = _content(shown, facts, form, {"decimals": decimals, "comma": comma, "most": most})
    if output is None:
        sys.stdout.write(content)
        return
    from chainrule.training.checkpoint import write_file

    write_file(output, content.encode())
    screen.answer({**facts, "output": output})
    screen.say(f"{what} is in {output}")


def _content(shown: "Shown", facts: Mapping[str, Any], form: Form, digits: dict[str, Any]) -> str:
    match form:
        case "json":
            return to_json({**facts, **shown.to_dict()}) + "\n"
        case "html":
            return shown.to_html(whole=True, **digits)
        case "latex":
            return shown.to_latex(whole=True, **digits)
        case "markdown":
            return shown.to_markdown(**digits) + "\n"
        case "text":
            return shown.to_text(WIDTH, **digits) + "\n"
