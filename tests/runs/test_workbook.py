"""A run as a workbook: its rows, and the step that its training would make next."""

from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from explain.workbook.office import Cells

PENGUINS = str(Path(__file__).parents[2] / "examples" / "penguins.csv")


def trained(**options):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
    network = cr.Network([cr.Dense(3, "tanh"), cr.Dense(1)])
    options = {"optimizer": cr.Adam(0.01), "batch_size": 8, "epochs": 5, "dtype": "float64"} | options
    return cr.fit(network, X, y, progress=False, **options), X, y


def test_the_step_is_the_one_that_the_training_would_make_next(tmp_path):
    run, _, _ = trained()
    cells = Cells.of(run.to_excel(tmp_path / "a.xlsx"))
    assert run.trainer is not None
    run.trainer.step()
    for name, array in run.trainer.params.items():
        found = cells.numbers(f"{name.replace('.', '_')}_new", array.shape)
        np.testing.assert_allclose(found, array, rtol=1e-12, atol=1e-12)


def test_a_run_that_was_loaded_makes_its_optimizers_first_step(tmp_path):
    run, X, y = trained()
    loaded = cr.load(run.save(tmp_path / "run"))
    with pytest.raises(InputError) as error:
        loaded.to_excel(tmp_path / "a.xlsx")
    assert str(error.value) == (
        "The run was loaded, and a run on disk keeps no rows. Pass those that are to be shown: "
        "run.to_excel(path, X, y)."
    )
    cells = Cells.of(loaded.to_excel(tmp_path / "a.xlsx", X, y, rows=[1, 2]))
    moved = cells.numbers("dense2_bias", (1,)) - cells.numbers("dense2_bias_new", (1,))
    assert abs(moved[0]) == pytest.approx(0.01, rel=1e-5)  # Adam's first step is as long as the rate


def test_a_run_of_a_table_shows_its_example_or_the_rows_of_a_table(tmp_path):
    run = cr.fit_table(PENGUINS, "species", epochs=2, hidden_layers=(3,), progress=False)
    cells = Cells.of(run.to_excel(tmp_path / "a.xlsx"))
    example = run.facts["example"]["values"]
    assert cells["raw_island"].ravel().tolist() == [example["island"]]
    assert cells["answer"].ravel().tolist() == run.predict(cr_table(example)).tolist()
    cells = Cells.of(run.to_excel(tmp_path / "b.xlsx", PENGUINS, rows=[3, 0]))
    assert cells["raw_bill_length_mm"].ravel().tolist() == [None, 39.1]


def cr_table(values):
    import polars as pl

    return pl.DataFrame({name: [value] for name, value in values.items()})
