"""Running commands in this process, small tables, and what a folder holds."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chainrule.cli import main


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


class Shell:
    """A shell in a folder of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capture = capture

    def __call__(self, *argv: object) -> Done:
        self.capture.readouterr()
        code = main([str(each) for each in argv])
        return Done(code, *self.capture.readouterr())

    def write(self, name: str, text: str) -> Path:
        (self.folder / name).write_text(text, encoding="utf-8")
        return Path(name)

    def holds(self) -> dict[str, str]:
        """Every file and its content, and every folder."""
        paths = sorted(self.folder.rglob("*"))
        return {str(p): sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for p in paths}


QUICK = ("--engine", "numpy", "--epochs", "2", "--no-baselines")


def rows(count: int = 40) -> list[str]:
    """Lines of a table: a number, one of two shops, a price, and whether it was bought."""
    return [f"{i / 4},{'AB'[i % 2]},{3 * i + 1.5},{'yes' if i % 3 else 'no'}" for i in range(count)]


def table(lines: list[str] | None = None, header: str = "size,shop,price,bought") -> str:
    return "\n".join([header, *(rows() if lines is None else lines)]) + "\n"


def with_line(line: str, at: int = 5) -> str:
    """The table with one line that does not belong there, as data row ``at + 1``."""
    return table([*rows()[:at], line, *rows()[at:]])
