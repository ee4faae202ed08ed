"""What a table holds: one entry a column, plain data, inferred from the rows and open to correction."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "number",
    "category",
    "boolean",
    "datetime",
    "date",
    "time",
    "identifier",
    "text",
    "constant",
    "empty",
    "duplicate",
    "dropped",
]
USED: frozenset[Kind] = frozenset({"number", "category", "boolean", "datetime", "date", "time"})


@dataclass(frozen=True)
class Column:
    """One column of a table: what it is, whether a network is given it, and why."""

    name: str
    kind: Kind
    reason: str
    """One plain sentence: what was seen that decided the kind, e.g. ``3 distinct texts in 344 rows``."""
    missing: int = 0
    distinct: int = 0

    @property
    def used(self) -> bool:
        """Whether the column becomes an input of the network."""
        return self.kind in USED


@dataclass(frozen=True)
class Schema:
    """Every column of a table but the target, and the target's own column."""

    columns: tuple[Column, ...]
    target: Column
    task: Literal["regression", "classification"]
    rows: int

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that a network is given, in the table's order."""
        return tuple(column for column in self.columns if column.used)

    @property
    def left_out(self) -> tuple[Column, ...]:
        """The columns that are left out, each with its reason."""
        return tuple(column for column in self.columns if not column.used)
