import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis import ILLNESSES, Diagnosis
from explain.diagnosis.illnesses import HEALTHY, ILL, SEEDS, dead, diagnosed, fit, friedman, too_slow, unscaled


@pytest.mark.parametrize("make", HEALTHY, ids=lambda make: make.__name__.removeprefix("healthy_"))
def test_healthy_runs_stay_silent(make):
    diagnosis = make(0).diagnose()
    assert not diagnosis.findings, str(diagnosis)
    assert diagnosis.healthy
    assert set(diagnosis.looked_for) == set(ILLNESSES)


CASES = [
    pytest.param(illness, make, seed, id=f"{make.__name__}-{seed}")
    for illness, makes in ILL.items()
    for place, make in enumerate(makes)
    for seed in (SEEDS if place == 0 else SEEDS[:1])
]


@pytest.mark.parametrize(("illness", "make", "seed"), CASES)
def test_an_illness_is_found_where_it_was_made(illness, make, seed):
    diagnosis = diagnosed(make, seed)
    assert illness in diagnosis.names, str(diagnosis)


def test_every_illness_is_tested():
    assert set(ILL) == set(ILLNESSES)


def test_serious_findings_come_first_and_every_number_is_plain_data():
    diagnosis = diagnosed(unscaled, 0)
    order = [finding.severity for finding in diagnosis]
    assert order == sorted(order, key=lambda severity: severity != "serious")
    for finding in diagnosis:
        assert json.loads(json.dumps(finding.evidence)) == finding.evidence
        assert json.loads(json.dumps(finding.remedy.changes)) == finding.remedy.changes
    assert len(diagnosis) == len(list(diagnosis)) == len(diagnosis.findings)


def test_every_format_tells_what_was_found():
    diagnosis = diagnosed(unscaled, 0)
    for text in (
        diagnosis.to_text(),
        diagnosis.to_html(),
        diagnosis.to_markdown(),
        diagnosis.to_latex(),
        diagnosis.to_json(),
    ):
        assert "unscaled input" in text
    assert f"{len(diagnosis)} findings: unscaled input" in diagnosis.to_text()


def test_a_consequence_is_not_told_beside_its_cause():
    names = diagnosed(too_slow, 0).names
    assert "learning rate too low" in names
    assert "underfitting" not in names
    assert diagnosed(too_slow, 0).behind == ("underfitting",)
    assert "underfitting" in too_slow(0).diagnose(always="underfitting").names


def test_an_untrained_run_can_be_diagnosed():
    run = fit([cr.Dense(4, "relu"), cr.Dense(1)], friedman(60), epochs=0)
    assert run.diagnose().names == ()


NORMAL = np.random.default_rng(0).normal(size=(60, 8, 8, 1))
KINDS = {
    "one row": ([cr.Dense(1)], np.ones((1, 1)), np.ones(1)),
    "three rows": ([cr.Dense(2, "softplus"), cr.Dense(1)], np.array([[0.0], [0.5], [1.0]]), np.array([0.0, 1.0, 0.0])),
    "pictures": ([cr.Conv2D(2, 3, "relu"), cr.MaxPool2D(2), cr.Flatten(), cr.Dense(1)], NORMAL, NORMAL[:, 0, 0, 0]),
    "sequences": ([cr.LSTM(3), cr.Dense(1)], NORMAL[:, :5, :2, 0], NORMAL[:, 0, 0, 0]),
    "unequal": ([cr.LSTM(3), cr.Dense(1)], cr.Masked(NORMAL[:, :5, :2, 0], np.ones((60, 5), bool)), NORMAL[:, 0, 0, 0]),
    "sequence to sequence": ([cr.LSTM(1, return_sequences=True)], NORMAL[:, :5, :2, 0], NORMAL[:, :5, :1, 0]),
    "codes": ([cr.Embedding(8, 2), cr.Dense(1)], np.arange(60) % 8, NORMAL[:, 0, 0, 0]),
    "several outputs": ([cr.Residual([cr.Dense(4, "relu"), cr.Dense(2)])], NORMAL[:, :2, 0, 0], NORMAL[:, 2:4, 0, 0]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_can_be_diagnosed(kind):
    parts, X, y = KINDS[kind]
    diagnosis = cr.fit(cr.Network(parts), X, y, epochs=3, engine="numpy").diagnose()
    assert {*diagnosis.looked_for, *diagnosis.behind} == set(ILLNESSES)


def test_a_loaded_run_on_arrays_says_what_cannot_be_told_without_its_rows(tmp_path):
    X, y = friedman(100)
    run = fit([cr.Dense(4, "tanh"), cr.Dense(1)], (100 * X, y), epochs=3)
    run.save(tmp_path / "run")
    loaded = cr.load(tmp_path / "run")
    diagnosis = loaded.diagnose()
    assert not diagnosis.healthy
    assert diagnosis.looked_for == ("divergence",)
    assert set(diagnosis.unknown) == set(ILLNESSES) - {"divergence"}
    assert "run.with_data(X, y)" in diagnosis.to_text()
    again = loaded.with_data(X * 100, y).diagnose()
    assert again.names == run.diagnose().names
    assert "unscaled input" in again.names


def test_a_run_that_does_not_know_its_settings_says_what_to_change():
    X, y = friedman(60)
    run = fit([cr.Dense(1)], (100 * X, y), epochs=1)
    with pytest.raises(cr.ChainruleError) as caught:
        cr.Run.of(run.trainer, "by hand").diagnose()["unscaled input"].apply()
    assert str(caught.value) == (
        "The remedy is tried by training again with the same settings, and this run does not know them: it was not "
        "made by fit or fit_table, or was saved by an earlier version. Train again with one of these, or change this "
        "yourself: subtract from each column its mean over the training rows and divide by its standard deviation, in "
        "new rows by the same numbers (LeCun et al. 1998, section 4.3)."
    )


def test_findings_are_named():
    diagnosis = diagnosed(unscaled, 0)
    assert diagnosis["unscaled input"] is diagnosis[0]
    with pytest.raises(cr.ChainruleError) as caught:
        diagnosis["unscaled inputs"]
    assert str(caught.value) == (
        "There is no finding 'unscaled inputs'. Found were 'unscaled input', 'dead units'. "
        "Did you mean 'unscaled input'?"
    )
    with pytest.raises(cr.ChainruleError) as caught:
        diagnosed(dead, 0)["dead units"]
    assert str(caught.value) == "'dead units' was found at 'dense1', 'dense2': choose one by its number."
    with pytest.raises(cr.ChainruleError) as caught:
        Diagnosis((), ("divergence",), (), ("plateau",), "Pass the rows.")["plateau"]
    assert str(caught.value) == (
        "There is no finding 'plateau'. Nothing was found. Without the training rows nothing can be said of: plateau. "
        "Pass the rows."
    )


def test_a_diagnosis_comes_back_from_plain_data():
    diagnosis = diagnosed(unscaled, 0)
    data = json.loads(json.dumps(diagnosis.to_plain(), allow_nan=False))
    assert Diagnosis.from_plain(data) == diagnosis


def test_a_loaded_run_that_diverged_is_told_so_from_its_history(tmp_path):
    X, y = friedman(100)
    with pytest.raises(cr.NonFiniteError) as caught:
        fit([cr.Dense(16, "tanh"), cr.Dense(1)], (X, 10 * y), optimizer=cr.SGD(5.0))
    assert isinstance(caught.value.run, cr.Run)
    caught.value.run.save(tmp_path / "run")
    assert cr.load(tmp_path / "run").diagnose().names == ("divergence",)


def test_a_loaded_run_on_a_table_reads_its_rows_again(tmp_path):
    run = cr.fit_table(_copied(tmp_path), "body_mass_g", epochs=5, early_stopping=None, baselines=False, engine="numpy")
    run.save(tmp_path / "run")
    found, again = run.diagnose(), cr.load(tmp_path / "run").diagnose()
    assert again.looked_for == found.looked_for == ILLNESSES
    assert again == found


def test_diagnosing_changes_nothing(tmp_path):
    run = too_slow(0)
    before, step = dict(run.params), run.trainer.steps_done
    run.diagnose()
    assert run.trainer.steps_done == step
    assert all((run.trainer.params[name] == value).all() for name, value in before.items())


def _copied(folder):
    from explain.diagnosis.illnesses import EXAMPLES

    target = folder / "penguins.csv"
    target.write_bytes((EXAMPLES / "penguins.csv").read_bytes())
    return target
