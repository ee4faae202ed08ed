"""A trace as a workbook with live formulas: the data, the passes, the loss and one step of gradient descent."""

from pathlib import Path

from chainrule.errors import FileError
from chainrule.explain.workbook.backward import write_backward
from chainrule.explain.workbook.book import Book
from chainrule.explain.workbook.data import write_data
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.guide import start, write_guide
from chainrule.explain.workbook.limits import check
from chainrule.explain.workbook.loss import write_loss
from chainrule.explain.workbook.material import Material
from chainrule.explain.workbook.parameters import write_new, write_parameters
from chainrule.explain.workbook.step import write_step
from chainrule.explain.workbook.table import write_answer
from chainrule.training.checkpoint import write_file


def workbook(material: Material) -> bytes:
    """The content of the workbook.

    Raises:
        InputError: the network has a layer or an activation that a sheet cannot hold, or is too large for one.
    """
    check(material)
    book = Book("A neural network with live formulas")
    sheets = Sheets(book, material)
    guide = start(book, material)
    write_data(sheets)
    parameters = write_parameters(sheets)
    forward = write_forward(sheets)
    if material.origin is not None:
        write_answer(sheets, forward, material.origin.encoder.target)
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
