"""What chainrule says when it cannot go on: one base class, and a field for every fact in a message.

A message names the thing, what was expected, what came, and what to do next.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from chainrule.format import few


class ChainruleError(Exception):
    """Base of every error that chainrule raises on purpose; ``str(error)`` is fit to be shown to a user."""


class InputError(ChainruleError, ValueError):
    """A value that was passed in cannot be used."""


class InputTypeError(ChainruleError, TypeError):
    """A thing of the wrong type was passed in."""


class WiringError(InputError):
    """Layers of a network do not fit together; ``node`` is where, ``shapes`` what met there."""

    def __init__(self, message: str, *, node: str, shapes: tuple[tuple[int, ...], ...] = ()) -> None:
        super().__init__(message)
        self.node = node
        self.shapes = shapes


class DataError(InputError):
    """The user's data cannot be used as they are; ``row`` counts data rows from 1, as a reader of the file would."""

    def __init__(
        self, message: str, *, file: str | None = None, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message)
        self.file = file
        self.row = row
        self.column = column

    def naming(self, file: str | None) -> "DataError":
        """The same error, which also says which file it is about.

        >>> str(DataError("Column 'x' is infinite in row 3.").naming("data.csv"))
        "data.csv: Column 'x' is infinite in row 3."
        """
        message = str(self) if file is None or file in str(self) else f"{file}: {self}"
        return DataError(message, file=file, row=self.row, column=self.column)

    def at(self, number: int, place: str) -> "DataError":
        """The same error about a row of a part of a table, with the row's number in the whole, and where it stands.

        >>> str(DataError("Column 'x', row 2: 1e400 is too large.", row=2).at(42, "x.csv, row 42"))
        "Column 'x', x.csv, row 42: 1e400 is too large."
        """
        message = re.sub(rf"\brow {self.row}\b", lambda _: place, str(self), count=1)
        return DataError(message, file=self.file, row=number, column=self.column)


class FileError(ChainruleError, OSError):
    """A file or folder cannot be read or written; ``path`` is which."""

    def __init__(self, message: str, *, path: str | Path) -> None:
        super().__init__(message)
        self.path = Path(path)

    def __str__(self) -> str:
        return str(self.args[0])


class MissingPackageError(ChainruleError, ImportError):
    """An optional package is not installed; ``package`` is which."""

    def __init__(self, message: str, *, package: str) -> None:
        super().__init__(message)
        self.package = package


class NonFiniteError(ChainruleError, ArithmeticError):
    """Training met NaN or infinity; ``node``, ``step`` and ``row`` are where it was first made.

    ``run`` holds the run with the best weights so far.
    """

    def __init__(self, message: str, *, node: str, step: int, row: int | None, run: object = None) -> None:
        super().__init__(message)
        self.node = node
        self.step = step
        self.row = row
        self.run = run


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` with a leading space for the nearest of the names, or an empty string.

    >>> did_you_mean("specis", ["species", "island"])
    " Did you mean 'species'?"
    >>> did_you_mean("zzz", ["species", "island"])
    ''
    """
    lower = {str(candidate).lower(): str(candidate) for candidate in names}
    close = get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    return f" Did you mean '{lower[close[0]]}'?" if close else ""


def list_some(names: Iterable[str], most: int = 8) -> str:
    """Join names for a message, and say how many were left out.

    >>> list_some(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    return few([f"'{name}'" for name in names], most)
