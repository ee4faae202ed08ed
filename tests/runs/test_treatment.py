from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule.errors import FileError, InputError
from chainrule.explain.diagnosis import Finding
from chainrule.plain import to_plain
from chainrule.runs.treatment import retrained, scores_of
from explain.diagnosis.illnesses import (
    dead,
    diagnosed,
    diverged,
    duplicated,
    exploding,
    fit,
    friedman,
    imbalanced,
    leaking,
    leaking_arrays,
    overfit,
    saturated,
    stuck,
    too_fast,
    too_slow,
    underfit_parabola,
    unscaled,
    vanishing,
)


def found(make, name: str) -> Finding:
    return next(finding for finding in diagnosed(make, 0) if finding.name == name)


LEARN_LESS = {"leaking column", "class imbalance"}
"""Without the answer, or with other weights of rows, the loss is another one."""


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (dead, "dead units"),
        (saturated, "saturation"),
        (stuck, "plateau"),
        (too_fast, "learning rate too high"),
        (vanishing, "vanishing gradients"),
        (exploding, "exploding gradients"),
        (diverged, "divergence"),
        (too_slow, "learning rate too low"),
        (unscaled, "unscaled input"),
        (underfit_parabola, "underfitting"),
        (leaking_arrays, "leaking column"),
        (imbalanced, "class imbalance"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_remedy_cures_what_was_made_ill(make, name):
    treatment = found(make, name).apply()
    assert treatment.gone, str(treatment)
    assert treatment.to_text().splitlines()[-1].startswith("The illness is gone.")
    if name not in LEARN_LESS:
        before, after = treatment.scores["training rows: loss"]
        assert after < before


def test_scores_stand_side_by_side_and_are_those_of_the_two_runs():
    run = too_slow(0)
    treatment = found(too_slow, "learning rate too low").apply()
    for which, each in enumerate((run, treatment.after)):
        rows = each.trainer.validation
        expected = each.evaluate(rows.inputs, rows.target)
        assert treatment.scores["validation rows: loss"][which] == expected["loss"]
        assert treatment.scores["validation rows: r2"][which] == expected["r2"]
    assert np.array_equal(run.trainer.rows.target, treatment.after.trainer.rows.target)
    assert treatment.scores["validation rows: loss"][1] < treatment.scores["validation rows: loss"][0]


def test_errors_of_a_table_are_in_the_targets_own_units():
    run = leaking(0)
    scores = scores_of(run)
    for name, value in run.facts["metrics"]["test"].items():
        assert scores[f"test rows: {name}"] == pytest.approx(value, rel=1e-5)  # sums in float32 there


def test_early_stopping_ends_overfitting_for_good():
    treatment = found(overfit, "overfitting").apply()
    before, after = treatment.scores["validation rows: loss"]
    assert after < before
    assert treatment.gone


def test_a_leaking_column_of_a_table_is_left_out_on_the_same_test_rows():
    run = leaking(0)
    after = found(leaking, "leaking column").apply().after
    assert "risk" not in [column.name for column in after.table.columns]
    assert after.facts["test_rows"]["truth"] == run.facts["test_rows"]["truth"]


def test_copies_are_left_out_of_the_training_rows_and_the_same_rows_judge():
    run = duplicated(0)
    finding = found(duplicated, "duplicated rows")
    treatment = finding.apply()
    assert treatment.gone
    judged, before = (sorted(each.facts["test_rows"]["truth"]) for each in (treatment.after, run))
    assert judged == pytest.approx(before, rel=1e-12)  # decoded by another mean and scale
    left_out = len(finding.remedy.changes["drop_rows"])
    assert treatment.after.training["rows"] == run.training["rows"] - left_out


def test_copies_on_arrays_are_left_out_too():
    X, y = friedman(200)
    X, y = np.vstack([X, X[:60]]), np.concatenate([y, y[:60]])
    run = fit([cr.Dense(8, "relu"), cr.Dense(1)], (X, y), epochs=10)
    (finding,) = (each for each in run.diagnose() if each.name == "duplicated rows")
    treatment = finding.apply()
    assert treatment.gone
    assert treatment.after.training["rows"] < run.training["rows"]


def test_a_remedy_that_does_not_help_is_told_so():
    finding = found(too_slow, "learning rate too low")
    weak = cr.SGD(2e-5)
    treatment = replace(finding, remedy=replace(finding.remedy, changes={"optimizer": to_plain(weak)})).apply()
    assert not treatment.gone
    assert treatment.to_text().splitlines()[-1].startswith("The illness is still there.")


def test_the_table_of_scores_names_what_was_found_of_each_class():
    table = pd.DataFrame({"x": np.arange(60.0), "y": ["a", "b", "b"] * 20})
    run = cr.fit_table(table, "y", epochs=2, baselines=False, engine="numpy")
    scores = scores_of(run)
    assert {"test rows: share of 'a' found", "training rows: share of 'b' found"} <= set(scores)


def same_weights(one: cr.Run, other: cr.Run) -> bool:
    return all(np.array_equal(one.params[name], other.params[name]) for name in one.params)


def test_a_loaded_run_on_arrays_is_cured_as_the_one_in_memory(tmp_path):
    """First weights that were set by hand and those that the seed draws; rows set aside; weights of rows."""
    X, y = friedman(80)
    network = cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)], input_shape=10).set({"dense1.bias": np.full(4, 0.25)})
    settings = {
        "optimizer": cr.SGD(1e-3),
        "validation": 0.25,
        "sample_weight": np.linspace(1, 2, 80),
        "dtype": "float64",
    }
    run = cr.fit(network, X, y, epochs=40, engine="numpy", **settings)
    loaded = cr.load(run.save(tmp_path / "run")).with_data(X, y)
    one, other = (each.diagnose()["learning rate too low"].apply() for each in (run, loaded))
    assert one.after.training["optimizer"] == other.after.training["optimizer"] != run.training["optimizer"]
    assert same_weights(one.after, other.after)
    assert one.scores == other.scores


def test_validation_rows_that_were_passed_are_passed_again(tmp_path):
    X, y = friedman(80)
    parts, aside = [cr.Dense(4, "tanh"), cr.Dense(1)], (X[60:], y[60:])
    run = fit(parts, (X[:60], y[:60]), optimizer=cr.SGD(1e-3), validation=aside, early_stopping=5, epochs=40)
    loaded = cr.load(run.save(tmp_path / "run"))
    with pytest.raises(InputError) as caught:
        loaded.with_data(X[:60], y[:60]).diagnose()["learning rate too low"].apply()
    assert str(caught.value) == (
        "The run was judged by 20 validation rows that were passed beside its own. Pass them, too: "
        "run.with_data(X, y, validation=(X, y))."
    )
    with pytest.raises(InputError) as caught:
        loaded.with_data(X[:60], y[:60], validation=(X[61:], y[61:]))
    assert str(caught.value) == (
        "The run was judged by 20 validation rows; got 19. Pass those that were passed to fit."
    )
    whole = loaded.with_data(X[:60], y[:60], validation=aside)
    one, other = (each.diagnose()["learning rate too low"].apply() for each in (run, whole))
    assert same_weights(one.after, other.after)


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """A table with a column that leaks and with copies of rows, and a run on it."""
    folder = tmp_path_factory.mktemp("copies")
    X, y = friedman(120)
    table = pd.DataFrame({"a": X[:, 0], "b": X[:, 3], "risk": 2 * y + 1, "y": y})
    pd.concat([table, table[:40]]).to_csv(folder / "table.csv", index=False)
    settings = {"epochs": 8, "hidden_layers": (8,), "baselines": False, "engine": "numpy"}
    run = cr.fit_table(str(folder / "table.csv"), "y", **settings)
    return folder, run, run.save(folder / "run")


@pytest.mark.parametrize("name", ["leaking column", "duplicated rows"])
def test_a_loaded_run_on_a_table_is_cured_as_the_one_in_memory(copies, name):
    _, run, folder = copies
    one, other = (each.diagnose()[name].apply() for each in (run, cr.load(folder)))
    assert same_weights(one.after, other.after)
    assert one.gone
    assert one.scores == other.scores
    assert one.after.facts["test_rows"]["row"] == run.facts["test_rows"]["row"]


def test_a_run_with_a_remedy_can_be_loaded_and_read_again(copies):
    folder, run, _ = copies
    after = run.diagnose()["duplicated rows"].apply().after
    loaded = cr.load(after.save(folder / "after"))
    assert same_weights(cr.Run.of(loaded.replayed(), ""), after)
    assert "duplicated rows" not in loaded.diagnose().names


def test_a_table_that_is_not_there_any_more_is_asked_for(copies):
    folder, _, saved = copies
    finding = cr.load(saved).diagnose()["leaking column"]
    loaded = cr.load(saved)
    (folder / "table.csv").rename(folder / "moved.csv")
    with pytest.raises(FileError) as caught:
        retrained(loaded, finding.remedy.changes)
    (folder / "moved.csv").rename(folder / "table.csv")
    assert str(caught.value).endswith("). Pass the table: run.with_data(table), on the command line --data FILE.")
