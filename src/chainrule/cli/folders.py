"""The folder of a new run: where it goes, and that it comes there whole, report included, or not at all."""

import os
import re
import shutil
import tempfile
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


def check_folder(output: Path | None) -> None:
    """Raise before hours of training where the run could not be kept.

    Raises:
        FileError: the folder is there already, or nothing can be written where it should be.
    """
    if output is not None and (output.exists() or output.is_symlink()):
        raise FileError(
            f"{output} is there already and is left as it is. Choose another folder: --output.", path=output
        )
    folder = RUNS if output is None else output.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise FileError(f"{folder} is a file, so no run can be written into it. Choose another: --output.", path=folder)
    if not os.access(folder, os.W_OK):
        raise FileError(f"Nothing can be written to {folder.absolute()}. Choose another: --output.", path=folder)


def keep(run: "Run", output: Path | None, source: str) -> Path:
    """Write a run and its report; returns the folder: ``output``, or the first of runs/x, runs/x-2, … that is free.

    Raises:
        FileError: it cannot be written.
    """
    from chainrule.report import write_report
    from chainrule.runs.store import write_sums

    target = output or RUNS / stem_of(source)
    made = not target.parent.exists()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
        try:
            whole = run.save(temporary / target.name)
            write_report(run, whole / REPORT)
            write_sums(whole)
            return _moved(whole, target, numbered=output is None)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            if made and not any(target.parent.iterdir()):
                target.parent.rmdir()
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"The run could not be written to {target}: {error.strerror}.", path=target) from error


def _moved(whole: Path, target: Path, *, numbered: bool) -> Path:
    """Move a folder to where nothing stands."""
    place, number = target, 1
    while place.exists():
        if not numbered:
            raise FileError(f"{target} came to be while training; it is left as it is.", path=target)
        number += 1
        place = target.with_name(f"{target.name}-{number}")
    return whole.rename(place)
