"""Predictions as a table of the user's own kind."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from chainrule.errors import InputTypeError
from chainrule.estimators.frames import as_frame


def test_pandas_keeps_its_index():
    like = pd.DataFrame({"x": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    found = as_frame({"prediction": np.array([0.5, 1.5])}, like)
    assert found.index.equals(like.index)
    assert found["prediction"].tolist() == [0.5, 1.5]


def test_arrow_stays_arrow():
    found = as_frame({"prediction": np.array(["a", "b"])}, pa.table({"x": [1, 2]}))
    assert found.to_pydict() == {"prediction": ["a", "b"]}


def test_arrays_are_no_tables():
    with pytest.raises(InputTypeError) as caught:
        as_frame({}, np.zeros((2, 2)))
    assert str(caught.value) == (
        "predict_frame answers with a table of the kind it is given (pandas, polars, pyarrow); got numpy.ndarray. Use "
        "predict for arrays."
    )
