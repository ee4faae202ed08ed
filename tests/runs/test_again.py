import numpy as np
import pytest

import chainrule as cr
from training.problems import same

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


def changing(**options):
    """Rows of the training's own type, which were not copied for that; validation rows and weights of all kinds."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2)).astype(np.float32)
    y = (X[:, 0] > 0).astype(np.float32)
    network = cr.Network([cr.Dense(1, "sigmoid")], loss="binary_cross_entropy")
    return network, X, y, {"epochs": 3, "engine": "numpy", "progress": False, **options}


@pytest.mark.parametrize("options", [{}, {"validation": 0.3}, {"class_weight": "balanced"}], ids=str)
def test_rows_that_were_changed_since_are_not_trained_on(options):
    network, X, y, options = changing(sample_weight=np.arange(1.0, 31.0), **options)
    run = cr.fit(network, X, y, **options)
    fresh = cr.fit(network, X.copy(), y.copy(), **{**options, "seed": 4})
    for array in (X, y, options["sample_weight"]):
        array[:] = array[::-1].copy()
    assert same(run.again().params, run.params)
    assert same(run.again(seed=4).params, fresh.params)  # with other rows set aside


def test_validation_rows_that_were_passed_are_passed_again_as_they_were():
    network, X, y, options = changing()
    pair = (X[:10].copy(), y[:10].copy())
    run = cr.fit(network, X[10:], y[10:], validation=pair, **options)
    pair[0][:] = 0
    again = run.again()
    assert again.history["validation_loss"].tolist() == run.history["validation_loss"].tolist()
    assert run.again(validation=None).training["validation_rows"] == 0


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_table_in_memory_that_was_changed_since_is_not_trained_on(library):
    import importlib

    made = importlib.import_module(library)
    frame = made.DataFrame({"x": list(range(50)), "y": [2 * i for i in range(50)]})
    run = cr.fit_table(frame, "y", epochs=2, baselines=False, engine="numpy")
    if library == "pandas":
        frame.loc[:, "x"] = 7
    else:
        frame[0, "x"] = 7
    assert same(run.again().params, run.params)
    assert run.reading.frame["x"].to_list() == list(range(50))


def test_the_rows_are_not_held_twice():
    network, X, y, options = changing()
    run = cr.fit(network, X, y, **options)
    assert not any(isinstance(value, np.ndarray) for value in run.asked.settings.values())


@pytest.mark.parametrize("dtype", [np.float64, np.dtype("float64")], ids=str)
def test_a_type_of_numpy_s_is_saved_by_its_name(dtype, tmp_path):
    run = cr.fit(cr.Network([cr.Dense(1)]), X, Y, epochs=1, dtype=dtype, engine="numpy")
    assert cr.load(run.save(tmp_path / "run")).asked.settings["dtype"] == "float64"
