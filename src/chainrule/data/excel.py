"""Excel workbooks become tables of text; a sheet's first row with anything in it is the header."""

from typing import TYPE_CHECKING, NamedTuple

from chainrule.data.dialect import refuse_twice
from chainrule.data.excel_errors import failed_cells, say_failed
from chainrule.data.unnamed import counts_rows, say_left_out
from chainrule.errors import DataError, InputError, did_you_mean, list_some

if TYPE_CHECKING:
    import polars as pl


EXACT = 2**53
"""From here on a workbook, which keeps numbers as float64, does not keep every whole number."""
LONGEST_CODE = 1e21
"""Numbers above this are measurements, whose last digits nobody means."""


class Sheet(NamedTuple):
    """The texts of a sheet, what was lost in the workbook, and the sheet's name."""

    frame: "pl.DataFrame"
    notes: tuple[str, ...]
    name: str


def read_excel(content: bytes, name: str, sheet: str | None, prefer: str | None = None) -> Sheet:
    """Read one sheet, the first unless another is named, with every cell as text; blank rows are skipped.

    Text is what lets a column of mixed cells come through whole. Numbers are written with all their digits; a note
    says where these are not to be trusted.

    Args:
        content: the workbook.
        name: what messages call it.
        sheet: the sheet.
        prefer: the one to take where none is named and there is one of that name.

    Raises:
        DataError: it is no workbook; the sheet is empty, has no rows, or lacks the name of a column.
        InputError: there is no such sheet.
    """
    import fastexcel
    import polars as pl

    try:
        book = fastexcel.read_excel(content)
    except fastexcel.FastExcelError as error:
        raise DataError(
            f"{name} is not an Excel workbook that can be read, or it is damaged or has a password. "
            "Open it in a spreadsheet and save it again as .xlsx or CSV.",
            file=name,
        ) from error
    sheets = list(book.sheet_names)
    if sheet is not None and sheet not in sheets:
        raise InputError(f"{name} has no sheet '{sheet}'; it has {list_some(sheets)}.{did_you_mean(sheet, sheets)}")
    chosen = sheet or (prefer if prefer in sheets else sheets[0])
    others = [other for other in sheets if other != chosen]
    another = f"name another sheet, {list_some(others)}: --sheet '{others[0]}' (in Python sheet=)." if others else ""
    where = f"{name}, sheet '{chosen}'"
    texts = book.load_sheet(chosen, header_row=None, dtypes="string").to_polars()
    numbers = book.load_sheet(chosen, header_row=None, dtypes="float", dtype_coercion="coerce").to_polars()
    texts = _with_all_digits(texts, numbers)
    if not texts.width:
        advice = f"N{another[1:]}" if others else "Give a table: a header, then a row a line."
        raise DataError(f"{where} is empty. {advice}", file=name)
    names = [(value or "").strip() for value in texts.row(0)]
    refuse_twice(names, where, name)
    filled = texts.slice(1).select(~pl.all_horizontal(pl.all().is_null())).to_series()
    rows = texts.slice(1).filter(filled)
    if not rows.height:
        raise DataError(
            f"{where} has a header ({list_some(names)}) but no rows. Add at least one line below it"
            f"{f', or {another}' if others else '.'}",
            file=name,
        )
    notes: list[str] = []
    for place, column in enumerate(names):
        cells = rows.to_series(place)
        if column or not cells.is_not_null().any():
            continue
        if place or len(names) == 1 or not counts_rows(cells):
            raise DataError(
                f"{where}: column {place + 1} has no name. Name it in the first row, which is taken "
                "as the header: delete titles above it.",
                file=name,
            )
        notes.append(say_left_out(cells))
    numbers = numbers.slice(1).filter(filled)
    failed = failed_cells(content, sheets.index(chosen))
    for place, column in enumerate(names):
        if column and (here := [each for each in failed if each.column == place]):
            notes.append(say_failed(column, here))
    notes += [
        note
        for column, text, number in zip(names, rows.get_columns(), numbers.get_columns(), strict=True)
        if column and (note := _say_rounded(column, text, number))
    ]
    return Sheet(
        rows.select(pl.nth(place).alias(column) for place, column in enumerate(names) if column), tuple(notes), chosen
    )


def _say_rounded(column: str, text: "pl.Series", number: "pl.Series") -> str | None:
    """Say that whole numbers of a column have more digits than a workbook keeps; cells of text have all theirs."""
    import polars as pl

    size = number.abs()
    large = (size >= EXACT) & (size < LONGEST_CODE) & (text.cast(pl.Int128, strict=False) == number.cast(pl.Int128))
    if not (places := large.fill_null(value=False).arg_true().to_list()):
        return None
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return (
        f"Column '{column}': a workbook keeps 15 digits of a number, so those after them are not to be trusted "
        f"('{text[places[0]]}' in row {places[0] + 1}{more}). Keep such numbers as text in the workbook."
    )


def _with_all_digits(texts: "pl.DataFrame", numbers: "pl.DataFrame") -> "pl.DataFrame":
    """Write numbers that were shortened when they became text (6e-07 for 5.9288e-07) with all their digits."""
    import polars as pl

    columns: list[pl.Series] = []
    for text, number in zip(texts.get_columns(), numbers.get_columns(), strict=True):
        shortened = (text.cast(pl.Float64, strict=False) != number).fill_null(value=False)
        columns.append(number.cast(pl.String).zip_with(shortened, text).alias(text.name) if shortened.any() else text)
    return pl.DataFrame(columns)


def plain_dates(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Make dates of moments that are all at midnight, and times of those that are all on Excel's day zero.

    >>> import polars as pl
    >>> from datetime import datetime
    >>> plain_dates(pl.DataFrame({"on": [datetime(2024, 5, 31)]})).rows()
    [(datetime.date(2024, 5, 31),)]
    """
    import polars as pl

    for name, dtype in frame.schema.items():
        if dtype == pl.Datetime:
            if (frame[name].dt.year() == 1899).all():
                frame = frame.with_columns(pl.col(name).dt.time())
            elif (frame[name].dt.time() == pl.Series([0]).cast(pl.Time)).all():
                frame = frame.with_columns(pl.col(name).dt.date())
    return frame
