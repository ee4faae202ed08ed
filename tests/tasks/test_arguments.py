"""Every argument that cannot be meant is refused by its name."""

import polars as pl
import pytest

from chainrule.errors import DataError, InputError
from chainrule.tasks import fit_table

TABLE = pl.DataFrame({"x": [float(place) for place in range(40)], "y": [2.0 * place for place in range(40)]})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": 3}, "target must be the name of a column; got 3."),
        ({"kinds": ["x"]}, "kinds must be a mapping from column to kind, {'zip': 'category'}; got ['x']."),
        (
            {"task": "regresion"},
            "task must be 'regression' or 'classification'; got 'regresion'. Did you mean 'regression'?",
        ),
        ({"test": "a"}, "test must be a share of the rows or the numbers of rows, from 1; got 'a'."),
        ({"test": None}, "test must be a share of the rows or the numbers of rows, from 1; got None."),
        ({"hidden_layers": 5.5}, "hidden_layers must be the units of each hidden layer, (64, 64); got 5.5."),
        (
            {"hidden_layers": (10**12,)},
            "hidden_layers must be whole numbers of units from 1 to 1,000,000, (64, 64); got 1000000000000.",
        ),
        (
            {"hidden_layers": (2.5,)},
            "hidden_layers must be whole numbers of units from 1 to 1,000,000, (64, 64); got 2.5.",
        ),
        ({"early_stopping": "a"}, "early_stopping must be a whole number of at least 1, or None; got 'a'."),
    ],
)
def test_what_cannot_be_meant(settings, message):
    with pytest.raises(InputError) as caught:
        fit_table(TABLE, settings.pop("target", "y"), **settings)
    assert str(caught.value) == message


def test_one_column_to_drop_is_one_column():
    with pytest.raises(DataError, match=r"^There is no column 'size' to leave out"):
        fit_table(TABLE, "y", drop="size")
