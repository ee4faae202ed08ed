"""A trace as a workbook with live formulas: the data, the passes, the loss and one step of gradient descent."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chainrule.data.target import ClassTarget
from chainrule.errors import FileError
from chainrule.explain.table_rows import FEATURES
from chainrule.explain.trace import Trace
from chainrule.explain.workbook.backward import write_backward
from chainrule.explain.workbook.book import Book
from chainrule.explain.workbook.data import write_data
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.guide import start, write_guide
from chainrule.explain.workbook.limits import check_kinds, check_size
from chainrule.explain.workbook.loss import write_loss
from chainrule.explain.workbook.material import Material, Step, first_step, pick_rows, take
from chainrule.explain.workbook.parameters import write_new, write_parameters
from chainrule.explain.workbook.step import write_step
from chainrule.explain.workbook.table import write_answer
from chainrule.optimizers import Optimizer
from chainrule.training.checkpoint import write_file

MOST_ROWS = 20
"""Rows of a workbook where nobody says which."""


def make(
    trace: Trace,
    rows: int | Sequence[int] | None = None,
    optimizer: str | Optimizer = "sgd",
    columns: Mapping[str, Sequence[str]] | None = None,
    step: Callable[[Trace], Step | None] | None = None,
    labels: Sequence[str] = (),
) -> Material:
    """What a workbook of a trace is made of.

    Args:
        trace: the trace.
        rows: which of its rows, counted from 0; by default the first :data:`MOST_ROWS`.
        optimizer: what makes the step; its first.
        columns: names of the columns of each input.
        step: what makes the step instead: the one that a training would make next.
        labels: what to call each of the trace's rows.

    Raises:
        InputError: there is no such row, or sheets cannot hold the network.
    """
    check_kinds(trace)
    chosen = pick_rows(trace.rows, rows, MOST_ROWS)
    taken = take(trace, chosen)
    own = list(labels) or [f"row {row}" for row in range(1, trace.rows + 1)]
    called = [own[row] for row in chosen.tolist()]
    note = "" if len(chosen) == trace.rows else f"{len(chosen):,} of {trace.rows:,} rows: the loss is theirs alone."
    made = step(taken) if step is not None else first_step(taken, optimizer)
    return Material(taken, made, called, _columns(taken) | dict(columns or {}), note)


def _columns(trace: Trace) -> dict[str, Sequence[str]]:
    """Names of the inputs' columns and of the outputs, where rows of a table say them."""
    if trace.table is None:
        return {}
    encoder = trace.table.encoder
    names: dict[str, Sequence[str]] = {FEATURES: encoder.feature_names}
    if isinstance(encoder.target, ClassTarget) and trace.prediction.shape[1] == len(encoder.target.labels):
        names["prediction"] = [str(label) for label in encoder.target.labels]
    return names


def workbook(material: Material) -> bytes:
    """The content of the workbook.

    Raises:
        InputError: the network has a layer or an activation that a sheet cannot hold, or is too large for one.
    """
    check_size(material.trace)
    book = Book("A neural network with live formulas")
    sheets = Sheets(book, material)
    guide = start(book)
    write_data(sheets)
    parameters = write_parameters(sheets)
    forward = write_forward(sheets)
    if material.trace.table is not None:
        write_answer(sheets, forward, material.trace.table.encoder.target)
    if material.step is not None:
        write_loss(sheets)
        write_backward(sheets)
        _, cells = write_step(sheets)
        write_new(sheets, parameters, cells)
    write_guide(sheets, guide)
    return book.content()


def write_workbook(material: Material, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the workbook to a file, whole or not at all; returns its path.

    Raises:
        FileError: the file is there already (``overwrite=True`` replaces it), or cannot be written.
        InputError: the network cannot be held by sheets.
    """
    file = Path(path)
    if file.suffix.lower() != ".xlsx":
        raise FileError(f"{file}: a workbook's name ends in .xlsx. Write to {file.with_suffix('.xlsx')}.", path=file)
    if file.is_dir():
        raise FileError(f"{file} is a folder; give the name of a file.", path=file)
    if file.exists() and not overwrite:
        raise FileError(f"{file} is there already; choose another name, or pass overwrite=True.", path=file)
    if not file.absolute().parent.is_dir():
        raise FileError(f"There is no folder {file.parent} to write {file.name} into. Make it first.", path=file)
    write_file(file, workbook(material))
    return file
