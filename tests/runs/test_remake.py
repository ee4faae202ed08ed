"""A saved run is made again, bit by bit, from its rows and its recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

import chainrule as cr
from chainrule.errors import DataError, FileError, InputError, MissingPackageError
from training.problems import dropout_network, same, table, wide_network, wide_table

PENGUINS = "examples/penguins.csv"


def fitted(**options):
    X, y = table(60)
    settings = {"optimizer": cr.AdamW(0.01), "batch_size": 8, "epochs": 12, "progress": False, **options}
    return cr.fit(dropout_network(), X, y, **settings), X, y


def reloaded(run, tmp_path):
    return cr.load(run.save(tmp_path / "run"))


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize("record", [True, False])
def test_a_run_on_arrays_stands_where_it_ended(engine, record, tmp_path):
    run, X, y = fitted(engine=engine, record=record)
    again = reloaded(run, tmp_path).with_data(X, y)
    assert same(again.trainer.params, run.params)
    assert again.trainer.steps_done == run.training["steps"]
    np.testing.assert_array_equal(again.history.step_losses, again.trainer.history.step_losses)
    for step in (0, 17, 40):
        run.trainer.seek(step)
        again.trainer.seek(step)
        assert same(again.trainer.params, run.trainer.params)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_rows_set_aside_weights_and_changes_come_back(engine, tmp_path):
    run, X, y = fitted(engine=engine, validation=0.25, early_stopping=3, sample_weight=np.linspace(1, 2, 60))
    run.trainer.seek(20)
    run.trainer.set(learning_rate=0.5)
    run.trainer.seek(30)
    changed = cr.Run.of(run.trainer, "by hand")
    again = reloaded(changed, tmp_path).with_data(X, y)
    assert same(again.trainer.params, changed.params)
    assert again.trainer.row_numbers.tolist() == run.trainer.row_numbers.tolist()
    np.testing.assert_array_equal(again.trainer.validation.inputs["input"], run.trainer.validation.inputs["input"])
    again.trainer.run(2)
    run.trainer.run(2)
    assert same(again.trainer.params, run.trainer.params)
    assert again.trainer.validation_losses[-1] == run.trainer.validation_losses[-1]


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_a_training_that_went_on_from_another(engine, tmp_path):
    """Adam counts the steps of both."""
    first, X, y = fitted(engine=engine)
    run = cr.fit(
        dropout_network(),
        X,
        y,
        optimizer=cr.AdamW(0.01),
        batch_size=8,
        after=first.trainer.standing,
        epochs=4,
        engine=engine,
    )
    again = reloaded(run, tmp_path).with_data(X, y)
    for trainer in (run.trainer, again.trainer):
        trainer.seek(3)
    assert same(again.trainer.params, run.trainer.params)


def test_a_trainer_that_went_another_way_since_is_not_what_is_kept(tmp_path):
    run, X, y = fitted(engine="numpy")
    run.trainer.seek(5)
    run.trainer.set(learning_rate=0.9)
    run.trainer.seek(60)
    assert same(reloaded(run, tmp_path).with_data(X, y).trainer.params, run.params)


@pytest.mark.parametrize("settings", [{}, {"refit": False}, {"early_stopping": None, "engine": "xla"}])
def test_a_run_on_a_table_reads_it_again(settings, tmp_path):
    """With and without validation rows of its own, and trained once more on all of them."""
    run = cr.fit_table(PENGUINS, "species", epochs=20, baselines=False, progress=False, **settings)
    again = reloaded(run, tmp_path)
    assert same(again.replayed().params, run.params)
    assert again.replayed().row_numbers.tolist() == run.trainer.row_numbers.tolist()
    assert again.ledger("dense1.bias[0]", 0, 5).by_row.tolist() == run.ledger("dense1.bias[0]", 0, 5).by_row.tolist()
    assert list(again.steps("dense1.bias[0]", 3, 5)["new"]) == list(run.steps("dense1.bias[0]", 3, 5)["new"])


def test_a_table_from_memory_is_passed(tmp_path):
    frame = pl.read_csv(PENGUINS, null_values="NA")
    run = cr.fit_table(frame, "body_mass_g", epochs=4, baselines=False, progress=False)
    again = reloaded(run, tmp_path)
    with pytest.raises(InputError) as caught:
        again.ledger("dense1.bias[0]")
    assert str(caught.value) == (
        "The run was trained on a table in memory, which cannot be read again. Pass the table: "
        "run.with_data(table), on the command line --data FILE."
    )
    assert same(again.with_data(frame).trainer.params, run.params)


@pytest.fixture
def moved(tmp_path):
    """A run on a table of its own, and the table."""
    file = tmp_path / "penguins.csv"
    file.write_bytes(Path(PENGUINS).read_bytes())
    run = cr.fit_table(file, "species", epochs=2, baselines=False, progress=False)
    return reloaded(run, tmp_path), file


def test_a_table_that_is_gone(moved, tmp_path):
    run, file = moved
    file.rename(tmp_path / "elsewhere.csv")
    with pytest.raises(FileError) as caught:
        run.steps("dense1.bias[0]")
    assert str(caught.value).startswith(f"The run was trained on {file}, which is not there (seen from ")
    assert str(caught.value).endswith("). Pass the table: run.with_data(table), on the command line --data FILE.")
    assert len(run.with_data(tmp_path / "elsewhere.csv").steps("dense1.bias[0]")["step"]) == run.training["steps"]


def test_a_table_that_was_changed(moved):
    run, file = moved
    file.write_text(file.read_text().replace("39.1", "39.2"))
    with pytest.raises(FileError) as caught:
        run.steps("dense1.bias[0]")
    assert str(caught.value) == (
        f"{file} has changed since the run was trained on it, so that its steps cannot be made again from it. Pass the "
        "table as it was then: run.with_data(table), on the command line --data FILE."
    )
    with pytest.raises(InputError) as caught:
        run.with_data(file)
    rows = run.training["rows"]
    assert str(caught.value) == (
        f"These {rows} rows are not those that the run learned from: a value, or their order, is another. Pass the "
        "rows that it was trained on, in the same order."
    )


def test_a_table_cut_short(moved):
    run, file = moved
    file.write_text("\n".join(file.read_text().splitlines()[:100]))
    with pytest.raises(DataError) as caught:
        run.with_data(file)
    last = run.recorded.numbers.max()
    assert str(caught.value) == (
        f"{file} has 99 rows; the run learned from row {last}, too. Pass the table that it was trained on: "
        "with_data(table)."
    )


def test_a_table_without_the_target(moved):
    run, _ = moved
    with pytest.raises(DataError) as caught:
        run.with_data(pl.read_csv(PENGUINS, null_values="NA").drop("species"))
    assert str(caught.value) == "The table has no column 'species', which the run learned to predict."


def test_other_arrays_are_refused(tmp_path):
    run, X, y = fitted()
    again = reloaded(run, tmp_path)
    with pytest.raises(InputError) as caught:
        again.with_data(X[:50], y[:50])
    assert str(caught.value) == (
        "The run learned from 60 rows; got 50. Pass the rows that it was trained on, in the same order."
    )
    with pytest.raises(InputError, match=r"^These 60 rows are not those that the run learned from: "):
        again.with_data(X[::-1], y[::-1])


def test_arrays_have_to_be_passed(tmp_path):
    run, *_ = fitted()
    with pytest.raises(InputError) as caught:
        reloaded(run, tmp_path).ledger("dense1.bias[0]")
    assert str(caught.value) == (
        "ledger makes the training again from its rows, and a run that was loaded has none. Pass those it was trained "
        "on: run.with_data(X, y)."
    )


def test_a_run_saved_without_a_recording(tmp_path):
    run, X, y = fitted()
    bare = replace(reloaded(run, tmp_path), recorded=None)
    for look in (lambda: bare.steps("dense1.bias[0]"), lambda: bare.with_data(X, y)):
        with pytest.raises(InputError) as caught:
            look()
        assert str(caught.value).endswith(
            " makes the training again from what was recorded of it, and this run was saved without a recording. Train "
            "again: runs that are saved now have one."
        )


def test_a_loaded_run_that_is_saved_again_can_still_be_made_again(tmp_path):
    run, X, y = fitted(engine="numpy")
    twice = cr.load(reloaded(run, tmp_path).save(tmp_path / "twice"))
    assert same(twice.with_data(X, y).trainer.params, run.params)


def test_xla_is_needed_where_it_trained(tmp_path, monkeypatch):
    run, X, y = fitted(engine="xla")
    again = reloaded(run, tmp_path)
    monkeypatch.setattr("chainrule.training.choice.find_spec", lambda _name: None)
    with pytest.raises(MissingPackageError) as caught:
        again.with_data(X, y)
    assert str(caught.value) == (
        "The run was trained on XLA, so that its steps are made again there: that needs the package jax, which is not "
        "installed. pip install jax"
    )


@pytest.mark.parametrize(
    ("engine", "trained"),
    [
        ("numpy", "by another version of chainrule or NumPy, or on another kind of processor"),
        ("xla", "by another version of chainrule or JAX, on another kind of processor, or on another number of cores"),
    ],
)
def test_another_machine_s_roundings_are_told(engine, trained, tmp_path):
    run, X, y = fitted(engine=engine)
    shifted = run.network.values | {"dense2.bias": run.network.values["dense2.bias"] + np.float32(0.25)}
    other = replace(reloaded(run, tmp_path), network=run.network.set(shifted))
    with pytest.warns(UserWarning, match="come out otherwise") as caught:
        other.with_data(X, y)
    assert [str(each.message) for each in caught] == [
        f"The weights that the run ended with come out otherwise here, by up to 0.25: it was trained {trained}. Its "
        "steps are shown as this machine makes them."
    ]


def test_a_run_opens_to_the_bit_where_products_have_more_threads(tmp_path):
    """A warning would be an error here."""
    X, y = wide_table()
    with threadpool_limits(1, "blas"):
        run = cr.fit(wide_network(), X, y, batch_size=256, epochs=2, engine="numpy")
    with threadpool_limits(2, "blas"):
        again = reloaded(run, tmp_path).with_data(X, y)
    assert same(again.trainer.params, run.params)


def test_the_last_steps_are_made_even_where_a_snapshot_stands_at_the_end(tmp_path, monkeypatch):
    """Else nothing would be compared, and XLA would compile when somebody looks for the first time."""
    run, X, y = fitted(engine="numpy")
    run.trainer.recording.put({**run.trainer.recording.states, run.trainer.steps_done: run.trainer.state})
    assert run.trainer.recording.steps[-1] == run.training["steps"]
    made: list[int] = []
    restore = cr.Trainer.restore
    monkeypatch.setattr(
        cr.Trainer, "restore", lambda self, steps, *rest: (made.append(steps), restore(self, steps, *rest))
    )
    assert same(reloaded(run, tmp_path).with_data(X, y).trainer.params, run.params)
    assert made[0] < run.training["steps"]
