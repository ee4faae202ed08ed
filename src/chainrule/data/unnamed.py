"""A first column without a name that counts the rows, as pandas and R write one, is left out and said so."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def counts_rows(column: "pl.Series") -> bool:
    """Whether the texts of a column are whole numbers, a different one in each row.

    >>> import polars as pl
    >>> counts_rows(pl.Series(["0", "1", "2"])), counts_rows(pl.Series(["0", "1", "1"]))
    (True, False)
    """
    numbers = column.str.strip_chars()
    return bool(numbers.str.contains(r"^\d+$").all()) and not numbers.has_nulls() and numbers.n_unique() == len(numbers)


def say_left_out(column: "pl.Series") -> str:
    """The note about such a column.

    >>> import polars as pl
    >>> say_left_out(pl.Series(["0", "1", "2"]))
    'The first column has no name and a different whole number in each row (0, 1, …); it is left out.'
    """
    shown = ", ".join([*column.head(2).str.strip_chars(), *(["…"] if len(column) > 2 else [])])
    return f"The first column has no name and a different whole number in each row ({shown}); it is left out."
