"""One encoder a kind of column: what it learned, and the arithmetic both ways."""

from typing import Annotated

from pydantic import Field

from chainrule.data.columns.base import Note, Worked
from chainrule.data.columns.boolean import BooleanEncoder
from chainrule.data.columns.category import CategoryEncoder, WideEncoder, fit_category
from chainrule.data.columns.moment import MomentEncoder
from chainrule.data.columns.number import NumberEncoder

ColumnEncoder = Annotated[
    NumberEncoder | BooleanEncoder | CategoryEncoder | WideEncoder | MomentEncoder, Field(discriminator="kind")
]
"""Any column's encoder; JSON tells them apart by ``kind``."""

__all__ = [
    "BooleanEncoder",
    "CategoryEncoder",
    "ColumnEncoder",
    "MomentEncoder",
    "Note",
    "NumberEncoder",
    "WideEncoder",
    "Worked",
    "fit_category",
]
