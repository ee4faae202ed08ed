"""A run predicts, evaluates and traces with the weights it kept, and knows how it was trained."""

import numpy as np
import pytest

import chainrule as cr

X, Y = np.arange(12.0).reshape(6, 2), np.arange(6.0)


def fitted(**options):
    network = cr.Network([cr.Dense(3, "tanh"), cr.Dense(1)], loss="mse")
    given = {"epochs": 3, "engine": "numpy", "progress": False, "dtype": "float64", "batch_size": 4} | options
    return cr.fit(network, X, Y, **given)


def test_it_knows_how_it_was_trained():
    run = fitted(seed=5, shuffle=False)
    assert run.training["seed"] == 5
    assert run.training["shuffle"] is False
    assert (run.training["rows"], run.training["steps"], run.epochs_kept) == (6, 6, 3)
    assert (run.engine, run.dtype) == ("numpy", np.dtype("float64"))
    assert run.training["optimizer"]["type"] == "Adam"
    assert not run.training["interrupted"]


def test_what_it_predicts_is_what_it_evaluates_and_traces():
    run = fitted()
    error = run.predict(X)[:, 0] - Y
    metrics = run.evaluate(X, Y)
    assert metrics["loss"] == pytest.approx(np.mean(error**2), rel=1e-12)
    assert metrics["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-12)
    np.testing.assert_allclose(run.trace(X[:2], Y[:2]).prediction, run.predict(X[:2]), rtol=1e-14)


def test_parameters_are_those_of_the_network_and_read_only():
    run = fitted()
    assert run.params["dense2.bias[0]"] == run.network.params["dense2.bias"][0]
    with pytest.raises(ValueError, match="read-only"):
        run.params["dense2.bias"][0] = 1.0


def test_the_repr_says_why_it_ended_and_how_good_it_was():
    run = fitted()
    first, second, *_ = repr(run).splitlines()
    assert first == f"Run  trained 3 epochs  loss {run.history['loss'][-1]:.6g}"
    assert second.startswith("Network  loss mse")
    assert repr(fitted(epochs=0)).splitlines()[0] == "Run  trained 0 epochs"


def test_changes_on_the_way_are_told():
    trainer = cr.Trainer(cr.Network([cr.Dense(1)]), X, Y, engine="numpy", batch_size=6)
    trainer.step()
    trainer.set(learning_rate=0.5)
    trainer.step()
    assert cr.Run.of(trainer, "by hand").training["changes"] == {"1": {"learning_rate": 0.5}}


def test_a_table_s_run_predicts_encoded_rows_by_the_names_of_its_inputs_as_it_traces_them():
    table = {"x": [float(i) for i in range(20)], "y": [2.0 * i for i in range(20)]}
    run = cr.fit_table(table, "y", epochs=2, baselines=False, engine="numpy")
    inputs = run.encode(run.read(table)).inputs
    assert np.array_equal(run.predict(inputs), run.predict_arrays(inputs))
    np.testing.assert_array_equal(run.predict(inputs), run.trace(inputs).prediction)


TABLE = {"x": [float(i) for i in range(30)], "y": [3.0 * i + i % 4 for i in range(30)]}


def test_a_table_is_evaluated_in_its_own_units():
    run = cr.fit_table(TABLE, "y", epochs=2, baselines=False, engine="numpy", dtype="float64")
    numbers = run.facts["test_rows"]["row"]
    judged = {name: [column[number - 1] for number in numbers] for name, column in TABLE.items()}
    found = run.evaluate(judged)
    assert {name: found[name] for name in ("r2", "rmse", "mae")} == pytest.approx(
        run.facts["metrics"]["test"], rel=1e-9
    )
    assert found["mae"] == pytest.approx(np.abs(run.predict(judged) - judged["y"]).mean(), rel=1e-9)
    assert found["loss"] == pytest.approx(float(run.trace(judged).loss), rel=1e-9)
    assert run.evaluate({"x": judged["x"]}, judged["y"]) == found


def test_a_table_of_classes_is_evaluated_by_its_labels():
    table = {"x": TABLE["x"], "kind": ["a" if i < 13 else "b" for i in range(30)]}
    run = cr.fit_table(table, "kind", epochs=2, baselines=False, engine="numpy")
    assert run.evaluate(table)["accuracy"] == (run.predict(table) == table["kind"]).mean()


def test_nothing_is_evaluated_without_what_was_observed():
    run = cr.fit_table(TABLE, "y", epochs=1, baselines=False, engine="numpy")
    for which, given, there in (
        (run, {"x": TABLE["x"]}, "the table has no column 'y'"),
        (fitted(), X, "arrays have none"),
    ):
        with pytest.raises(cr.ChainruleError) as caught:
            which.evaluate(given)
        assert str(caught.value) == (f"evaluate compares answers with what was observed, and {there}: pass it as y.")


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize(("loss", "output"), [("mse", None), ("cross_entropy", "softmax")])
def test_sequences_are_evaluated_step_by_step_without_padding(loss, output, masked):
    rng = np.random.default_rng(0)
    mask = np.arange(4) < (rng.integers(1, 4, size=(8, 1)) if masked else np.full((8, 1), 4))
    X = rng.normal(size=(8, 4, 2))
    y = rng.normal(size=(8, 4, 3)) if output is None else rng.integers(0, 3, (8, 4))
    layers = [cr.LSTM(3, return_sequences=True), *([] if output is None else [cr.Activation(output)])]
    given = cr.Masked(X, mask) if masked else X
    run = cr.fit(cr.Network(layers, loss=loss), given, y, epochs=1, engine="numpy", dtype="float64")
    answers, found = run.predict(given)[mask], run.evaluate(given, y)
    if output is None:
        assert found["loss"] == pytest.approx(np.square(answers - y[mask]).mean(), rel=1e-12)
        assert found["mae"] == pytest.approx(np.abs(answers - y[mask]).mean(), rel=1e-12)
    else:
        assert found["accuracy"] == np.mean(answers.argmax(axis=1) == y[mask])
        assert found["log_loss"] == pytest.approx(found["loss"], rel=1e-12)


def test_many_rows_are_evaluated_piece_by_piece(monkeypatch):
    run, whole = fitted(), []
    expected = run.evaluate(X, Y)
    predictor = run.network.predictor(run.dtype)
    monkeypatch.setattr(predictor, "_shared", 2)
    monkeypatch.setattr(predictor, "pieces", lambda count: (whole.append(count), [slice(0, 4), slice(4, 6)])[1])
    assert run.evaluate(X, Y) == pytest.approx(expected, rel=1e-12)
    assert whole == [6]
