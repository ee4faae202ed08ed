"""Tables as the bytes of a file, by the file's ending."""

from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from chainrule.errors import FileError, InputError, MissingPackageError

Writer: TypeAlias = Callable[[Any], bytes]
"""Makes a file's content of a polars table."""


def writer_for(path: Path | None) -> Writer:
    """Return what writes a table for a file's ending; CSV without a file or an ending.

    Raises:
        InputError: no such kind of file.
        MissingPackageError: Excel, and the package that writes it is not installed.
    """
    suffix = ".csv" if path is None else path.suffix.lower() or ".csv"
    if suffix not in _WRITERS:
        raise InputError(f"{path}: tables cannot be written as '{suffix}'. Choose one of {', '.join(_WRITERS)}.")
    if suffix == ".xlsx" and find_spec("xlsxwriter") is None:
        raise MissingPackageError(
            f"Writing {path} needs the package xlsxwriter, which is not installed: pip install xlsxwriter, "
            "or write a .csv file.",
            package="xlsxwriter",
        )
    return _WRITERS[suffix]


def check_output(path: Path, *, force: bool) -> None:
    """Raise where a file may not or cannot be written.

    Raises:
        FileError: it is there already and not to be replaced, is a folder, or its folder is not there.
    """
    if path.is_dir():
        raise FileError(f"{path} is a folder; give the name of a file.", path=path)
    if path.exists() and not force:
        raise FileError(
            f"{path} is there already and is left as it is. Choose another name, or pass --force.", path=path
        )
    if not path.absolute().parent.is_dir():
        raise FileError(f"There is no folder {path.parent} to write {path.name} into. Make it first.", path=path)


def _with(method: str, **options: Any) -> Writer:
    def write(table: Any) -> bytes:
        content = BytesIO()
        getattr(table, method)(content, **options)
        return content.getvalue()

    return write


_WRITERS: dict[str, Writer] = {
    ".csv": _with("write_csv"),
    ".tsv": _with("write_csv", separator="\t"),
    ".parquet": _with("write_parquet"),
    ".jsonl": _with("write_ndjson"),
    ".ndjson": _with("write_ndjson"),
    ".xlsx": _with("write_excel"),
}
