"""The same small table in every library that chainrule reads tables from."""

from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa

LIBRARIES = {
    "polars": pl.DataFrame,
    "pandas": pd.DataFrame,
    "pandas nullable": lambda data: pd.DataFrame(data).convert_dtypes(),
    "pyarrow": pa.table,
}


def frame(data: dict[str, Any], library: str = "polars") -> nw.DataFrame[Any]:
    return nw.from_native(LIBRARIES[library](data), eager_only=True)


def column(values: list[Any], name: str = "x", library: str = "polars") -> nw.Series[Any]:
    return frame({name: values}, library)[name]
