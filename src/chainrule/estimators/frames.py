"""Predictions as a table of the user's own kind."""

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from chainrule.errors import InputTypeError


def as_frame(columns: Mapping[str, np.ndarray], like: Any) -> Any:
    """Columns as a table of the library of another one, with its index where it has one.

    >>> import polars as pl
    >>> as_frame({"prediction": np.array([1, 2])}, pl.DataFrame({"x": [0, 0]}))["prediction"].to_list()
    [1, 2]

    Raises:
        InputTypeError: ``like`` is no table.
    """
    frame = nw.from_native(like, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        raise InputTypeError(
            f"predict_frame answers with a table of the kind it is given (pandas, polars, pyarrow); got "
            f"{type(like).__module__}.{type(like).__qualname__}. Use predict for arrays."
        )
    arrays = {name: np.asarray(column) for name, column in columns.items()}
    made = nw.from_dict(arrays, backend=frame.implementation).to_native()
    return made.set_axis(like.index, axis=0) if frame.implementation.is_pandas_like() else made
