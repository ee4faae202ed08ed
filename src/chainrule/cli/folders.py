"""The folder of a new run: where it goes, and that it comes there whole, report included, or not at all."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import FileError

if TYPE_CHECKING:
    from chainrule.runs import Run

RUNS = Path("runs")
REPORT = "report.html"


def stem_of(source: str) -> str:
    """What a run is called after its table.

    >>> stem_of("data/penguins.csv"), stem_of("prices.csv.gz"), stem_of("shop.db::orders"), stem_of("-")
    ('penguins', 'prices', 'orders', 'stdin')
    """
    if source == "-":
        return "stdin"
    file, _, table = source.partition("::")
    name = table or Path(file).name
    stem = name if table else name[: name.find(".", 1)] if "." in name[1:] else name
    return re.sub(r"[^\w.-]+", "-", stem).strip(".-") or "run"


def choose_folder(output: Path | None, source: str, *, goes_on: bool = False) -> Path:
    """Where a run will go: ``output``, or the first of runs/x, runs/x-2, … that is free.

    Raises before hours of training where the run could not be kept.

    Args:
        output: the folder that was asked for.
        source: the table.
        goes_on: whether a training that was stopped in a folder may be gone on with there.

    Raises:
        FileError: the folder is there already, or nothing can be written where it should be.
    """
    if output is not None and (output.exists() or output.is_symlink()) and not (goes_on and is_stopped(output)):
        raise FileError(
            f"{output} is there already and is left as it is. Choose another folder: --output.", path=output
        )
    folder = RUNS if output is None else output.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise FileError(f"{folder} is a file, so no run can be written into it. Choose another: --output.", path=folder)
    _check_writable(folder, "Choose another: --output.")
    return output or next(place for place in _places(source) if not place.exists() or (goes_on and is_stopped(place)))


def choose_beside(run: Path) -> Path:
    """Where a run goes that was made from another one: the first of run-remedy, run-remedy-2, … that is free.

    Raises:
        FileError: nothing can be written there.
    """
    _check_writable(run.absolute().parent, "Copy the run to where something can be, and diagnose it there.")
    return next(place for place in _numbered(run.with_name(f"{run.absolute().name}-remedy")) if not place.exists())


def _check_writable(folder: Path, advice: str) -> None:
    if not os.access(folder, os.W_OK):
        raise FileError(f"Nothing can be written to {folder.absolute()}. {advice}", path=folder)


def checkpoints(folder: Path) -> Path:
    """Where a training keeps its state in its run's folder."""
    from chainrule.runs.store import CHECKPOINTS

    return folder / CHECKPOINTS


def is_stopped(folder: Path) -> bool:
    """Whether a training was stopped in a folder, and its state is there to go on from."""
    if not checkpoints(folder).is_dir():
        return False
    if not (folder / "run.json").exists():
        return list(folder.iterdir()) == [checkpoints(folder)]
    try:
        return bool(json.loads((folder / "run.json").read_bytes())["training"]["interrupted"])
    except (ValueError, KeyError, TypeError):
        return False


def _places(source: str) -> Iterator[Path]:
    return _numbered(RUNS / stem_of(source))


def _numbered(first: Path) -> Iterator[Path]:
    return (first if number == 1 else first.with_name(f"{first.name}-{number}") for number in count(1))


def keep(run: "Run", target: Path, source: str | None, *, goes_on: bool = False) -> Path:
    """Write a run and its report to a folder, whole or not at all; returns it.

    Args:
        run: the run.
        target: what :func:`choose_folder` chose.
        source: the table, where the folder is called after it: then the next free one is taken if that one is not
            free any more.
        goes_on: whether the training kept its state in that folder.

    Raises:
        FileError: it cannot be written.
    """
    from chainrule.report import write_report
    from chainrule.runs.store import replace_folder, write_sums

    made = not target.parent.exists()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
        try:
            whole = run.save(temporary / target.name)
            write_report(run, whole / REPORT)
            write_sums(whole)
            if goes_on and is_stopped(target):
                shutil.copytree(checkpoints(target), checkpoints(whole))
                replace_folder(whole, target)
                return target
            if source is not None:
                target = next(place for place in _places(source) if not place.exists())
            if target.exists():
                raise FileError(f"{target} came to be while training; it is left as it is.", path=target)
            return whole.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            if made and not any(target.parent.iterdir()):
                target.parent.rmdir()
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"The run could not be written to {target}: {error.strerror}.", path=target) from error
