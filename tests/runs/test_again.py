import numpy as np
import pytest

import chainrule as cr

X, Y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]


def test_a_run_is_made_again_with_one_thing_changed():
    run = cr.fit(cr.Network([cr.Dense(1)]), X, Y, epochs=3, seed=1, engine="numpy")
    same, longer = run.again(), run.again(epochs=6)
    assert np.array_equal(same.params["dense1.weight"], run.params["dense1.weight"])
    assert longer.epochs_kept == 6
    assert longer.again().epochs_kept == 6


def test_a_run_that_broke_off_can_be_made_again():
    with pytest.raises(cr.NonFiniteError) as caught:
        cr.fit(cr.Network([cr.Dense(1)]), X, Y, optimizer=cr.SGD(1e20), engine="numpy")
    assert isinstance(caught.value.run, cr.Run)
    assert caught.value.run.again(optimizer=cr.SGD(0.01)).stopped == "trained 100 epochs"


def test_a_table_is_read_and_split_again():
    table = {"x": [float(i) for i in range(50)], "y": [2.0 * i for i in range(50)]}
    run = cr.fit_table(table, "y", epochs=2, baselines=False, engine="numpy")
    other = run.again(epochs=3)
    assert other.facts["test_rows"]["row"] == run.facts["test_rows"]["row"]
    assert other.training["epochs"] == 3


def test_a_run_that_was_loaded_knows_its_settings_but_no_rows(tmp_path):
    network = cr.Network([cr.Dense(1)])
    run = cr.fit(network, X, Y, optimizer=cr.SGD(0.05), epochs=3, seed=1, engine="numpy", validation=(X, Y))
    loaded = cr.load(run.save(tmp_path / "run"))
    settings = {"optimizer": cr.SGD(0.05), "epochs": 3, "seed": 1, "engine": "numpy"}
    assert loaded.asked.settings == settings
    assert np.array_equal(loaded.again(network=network, X=X, y=Y).params["dense1.weight"], run.params["dense1.weight"])
    with pytest.raises(cr.ChainruleError) as caught:
        loaded.again(epochs=4)
    assert str(caught.value) == (
        "A run that was loaded has no rows to train with again; pass them: run.again(network=…, X=…, y=…)."
    )


def test_a_table_that_was_loaded_is_trained_on_again(tmp_path):
    table = {"x": [float(i) for i in range(50)], "y": ["a", "b"] * 25}
    settings = {"hidden_layers": (4,), "class_weight": {"a": 2, "b": 1}, "test": np.array([1, 2, 3])}
    run = cr.fit_table(table, "y", epochs=2, baselines=False, engine="numpy", **settings)
    again = cr.load(run.save(tmp_path / "run")).again(source=table)
    assert again.facts["test_rows"] == run.facts["test_rows"]
    assert np.array_equal(again.params["dense1.weight"], run.params["dense1.weight"])


def test_a_run_that_neither_function_made_says_what_did():
    import sklearn
    from sklearn.linear_model import LinearRegression

    trainer = cr.Trainer(cr.Network([cr.Dense(1)]), X, Y, engine="numpy")
    trainer.step()
    runs = {
        "by a trainer that was driven by hand": cr.Run.of(trainer, "one step"),
        f"elsewhere, by LinearRegression of scikit-learn {sklearn.__version__}": cr.from_sklearn(
            LinearRegression().fit(X, Y)
        ),
    }
    for by, run in runs.items():
        with pytest.raises(cr.ChainruleError) as caught:
            run.again(epochs=4)
        assert str(caught.value) == (
            "run.again(...) calls fit or fit_table again, and neither made this run: it was trained "
            f"{by}. Call fit(run.network, X, y) to train its network further."
        )


def test_what_is_no_argument_is_told_together_with_its_function():
    with pytest.raises(TypeError, match=r"^fit\(\) got an unexpected keyword argument 'epoch'"):
        cr.fit(cr.Network([cr.Dense(1)]), X, Y, epoch=3)
    with pytest.raises(TypeError, match=r"^fit\(\) missing 1 required positional argument: 'y'"):
        cr.fit(cr.Network([cr.Dense(1)]), X)
