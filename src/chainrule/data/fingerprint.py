"""Whether a table's file is still the one it was."""

from hashlib import file_digest
from pathlib import Path


def fingerprint(source: object) -> str | None:
    """SHA-256 of a table's file; None for standard input and tables in memory, which cannot be looked at twice.

    >>> fingerprint({"a": [1]}) is None
    True
    """
    if not isinstance(source, (str, Path)) or str(source) == "-":
        return None
    path = Path(str(source).partition("::")[0])
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
