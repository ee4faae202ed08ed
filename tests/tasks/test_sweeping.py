"""A sweep over a table: in each fold everything, encoders too, is learned from its training rows."""

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.data.split import folds as split_folds
from chainrule.errors import InputError
from chainrule.tasks.split import split_table
from chainrule.tasks.table import understand

RNG = np.random.default_rng(0)
SIZE = RNG.normal(size=40) * 50 + 300
TABLE = pl.DataFrame(
    {
        "size": SIZE,
        "shop": ["AB"[place % 2] for place in range(40)],
        "price": SIZE * 2 + 7 * (np.arange(40) % 2) + RNG.normal(size=40),
        "sold": ["yes" if size > 300 else "no" for size in SIZE],
    }
)
QUICK = {"folds": 3, "epochs": 3, "hidden_layers": (4,), "engine": "numpy", "progress": False}


def test_each_fold_is_the_training_that_fit_table_makes():
    """The rows of one fold alone, through the front door: the same weights, and the same metrics of those held out."""
    found = cr.sweep_table(TABLE, "price", vary={"learning_rate": [0.01, 0.1]}, drop=["sold"], **QUICK)
    table, parts = split_table(understand(TABLE, "price", drop=["sold"]), 0.2, None, None, 0)
    fold = list(split_folds(len(parts.train), 3, seed=0))[1]
    own = np.sort(np.concatenate([parts.train[fold.train], parts.train[fold.test]]))
    held_out = [int(np.flatnonzero(own == place)[0]) + 1 for place in parts.train[fold.test]]
    assert table.numbers[0] == 1
    run = cr.fit_table(
        TABLE[own.tolist()], "price", drop=["sold"], test=held_out, epochs=3, early_stopping=None, hidden_layers=(4,),
        optimizer=cr.AdamW(0.1, weight_decay=0.3), engine="numpy", baselines=False, progress=False,
    )  # fmt: skip
    for name, value in run.facts["metrics"]["test"].items():
        assert found.measured[name][1, 1, 0] == pytest.approx(value, rel=1e-5)  # float32, predicted in other pieces
    assert found.metric == "r2"
    assert set(found.measured) == {"r2", "rmse", "mae"}


def test_networks_of_each_fold_take_its_own_inputs():
    """A shop that has its rows in one fold alone makes the others' networks narrower."""
    rare = TABLE.with_columns(pl.Series("shop", ["C" if place == 11 else "AB"[place % 2] for place in range(40)]))
    found = cr.sweep_table(rare, "price", vary={"dropout": [None, 0.2]}, kinds={"shop": "category"}, **QUICK)
    widths = {found.trained(0, fold).params["dense1.weight"].shape[0] for fold in range(3)}
    assert len(widths) == 2


def test_classes_and_what_they_are_scored_by():
    vary = {"hidden_layers": [(), (4,), (4, 4)], "clip_norm": [None, 1.0]}
    found = cr.sweep_table(TABLE, "sold", vary=vary, metric="accuracy", **QUICK)
    assert found.scores.shape == (6, 3, 1)
    assert found.best == int(np.argmax(found.score))
    assert found.higher_is_better
    assert cr.sweep_table(TABLE, "sold", vary={"batch_size": [8]}, **QUICK).metric == "log_loss"
    text = found.to_text()
    assert "\n  hidden_layers  clip_norm  accuracy" in text
    assert "  4-4            none" in text


def _message(**options):
    with pytest.raises(InputError) as caught:
        cr.sweep_table(TABLE, "price", **{"vary": {"learning_rate": [0.1]}, **QUICK, **options})
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"metric": "accuracy"},
            "metric must be one of 'loss', 'r2', 'rmse', 'mae', which fit the loss 'mse'; got 'accuracy'.",
        ),
        (
            {"vary": {"hidden_layers": ["64"]}},
            "hidden_layers must be the units of each hidden layer, (64, 64); got '64'.",
        ),
        ({"folds": 1}, "folds must be a whole number of at least 2; got 1."),
        ({"folds": None}, "folds must be a whole number of at least 2; got None."),
        ({"folds": 50}, "folds needs k between 2 and the number of rows, 32; got 50."),
    ],
)
def test_mistakes_are_named(options, message):
    assert _message(**options) == message
