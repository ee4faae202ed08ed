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
    made = nw.from_dict({name: np.asarray(column) for name, column in columns.items()}, backend=frame.implementation)
    index = nw.maybe_get_index(frame)
    return nw.to_native(made if index is None else nw.maybe_set_index(made, index=index))
