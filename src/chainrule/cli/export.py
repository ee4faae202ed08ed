"""``chainrule export``: a run in another program's format."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from chainrule.cli.formats import Force
from chainrule.cli.options import Json, Quiet, RunFolder
from chainrule.cli.rows import row_of
from chainrule.cli.screen import Screen
from chainrule.errors import InputError

Target: TypeAlias = Literal["excel", "latex", "html", "onnx", "torch"]
_ENDINGS: dict[Target, str] = {"excel": ".xlsx", "latex": ".tex", "html": ".html", "onnx": ".onnx", "torch": ".py"}


def export(
    run: RunFolder,
    to: Annotated[
        Target | None, typer.Option("--to", help="The format; by default what the file's ending says.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file; by default named like the run.")
    ] = None,
    row: Annotated[
        int | None,
        typer.Option(
            min=1, help="Which row of its table, counted from 1; by default the run's example (Excel, LaTeX)."
        ),
    ] = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a run as an Excel workbook with live formulas, as LaTeX, as one HTML page, as ONNX, or for PyTorch.

    For PyTorch it is a Python module that needs no chainrule, with its weights beside it as safetensors; its
    predict(rows) takes raw columns, a dict for each row.

    chainrule export runs/penguins --to excel --row 17 -o penguins.xlsx
    """
    import chainrule
    from chainrule.cli.writing import check_output
    from chainrule.interop.torch_files import module_name
    from chainrule.training.checkpoint import write_file

    screen = Screen(json=json, quiet=quiet)
    to = to or _by_ending(output)
    name = run.resolve().name
    path = output or Path((module_name(name) if to == "torch" else name) + _ENDINGS[to])
    files = [path, path.with_suffix(".safetensors")] if to == "torch" else [path]
    for file in files:
        check_output(file, force=force)
    if row is not None and to not in ("excel", "latex"):
        raise InputError(f"--row is for --to excel and latex, which show one row; --to {to} writes the network.")
    with screen.busy(f"writing {path}"):
        trained = chainrule.load(run)
        chosen = None if row is None else row_of(trained, run, row, None, None).reading
        if to == "excel":
            trained.to_excel(path, chosen, overwrite=force)
        elif to == "onnx":
            trained.to_onnx(path, overwrite=force)
        elif to == "torch":
            trained.to_torch(path, overwrite=force)
        else:
            write_file(path, (trained.to_latex(chosen) if to == "latex" else trained.to_html()).encode())
    screen.answer({"run": run, "format": to, "output": path, "files": files})
    screen.say(f"{run} is in {' and '.join(map(str, files))}")


def _by_ending(output: Path | None) -> Target:
    """The format that a file's ending says.

    Raises:
        InputError: there is no file, or its ending is none of these.
    """
    for target, ending in _ENDINGS.items():
        if output is not None and output.suffix.lower() == ending:
            return target
    endings = ", ".join(_ENDINGS.values())
    raise InputError(f"Say what to write: --to {', '.join(_ENDINGS)}; or a file that ends in {endings}.")
