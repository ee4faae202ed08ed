"""A sweep tells which values diverge, which get anywhere, and which is best."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.runs.sweeping import _parts
from chainrule.training.together import Settings
from runs.sweeps import SQUARE, X, Y, square


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_the_lecture_square(engine):
    """Gradient descent on x² multiplies x by 1 − 2·rate."""
    rates = [0.1, 0.9, 0.001, 1.0, 1.2]
    found = square(rates, engine=engine)
    for place, rate in enumerate(rates):
        expected = (1.99 * (1 - 2 * rate) ** np.arange(50)) ** 2
        assert found.losses[place, 0, 0] == pytest.approx(expected, rel=1e-10)
        assert found.final[place, 0, 0] == pytest.approx((1.99 * (1 - 2 * rate) ** 50) ** 2, rel=1e-10)
    x = np.sqrt(found.losses[0, 0, 0, :10])
    assert x.round(4).tolist() == [1.99, 1.592, 1.2736, 1.0189, 0.8151, 0.6521, 0.5217, 0.4173, 0.3339, 0.2671]
    assert found.outcomes == ("settled", "settled", "still falling", "no progress", "diverged")
    assert found.best_settings in ({"learning_rate": 0.1}, {"learning_rate": 0.9})
    assert found.trained(0).params["dense1.weight"][0, 0] == pytest.approx(1.99 * 0.8**50, rel=1e-10)


def test_other_numbers_of_the_optimizer():
    network = cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)])
    found = cr.sweep(
        network, X, Y, vary={"momentum": [0.5, 0.9]}, optimizer=cr.SGD(0.01), epochs=3, dtype="float64", engine="numpy"
    )
    run = cr.fit(network, X, Y, optimizer=cr.SGD(0.01, 0.9), epochs=3, dtype="float64", engine="numpy", progress=False)
    assert found.losses[1, 0, 0] == pytest.approx(run.history["loss"], rel=1e-12)
    assert found.names == ("momentum",)


def build(units, layers=1, rate=0.0):
    return cr.Network([*[cr.Dense(units, "tanh"), cr.Dropout(rate)] * layers, cr.Dense(1)])


UNITS = {"numpy": [2, 3], "xla": [3]}
"""On XLA, which compiles for each width, one is enough: numbers, folds and seeds are what one program maps over."""


@pytest.fixture(scope="module", params=["numpy", "xla"])
def grid(request):
    return cr.sweep(
        build,
        X,
        Y,
        vary={"units": UNITS[request.param], "rate": [0.0, 0.2], "learning_rate": [0.01, 0.1]},
        folds=3,
        restarts=2,
        epochs=2,
        batch_size=8,
        dtype="float64",
        engine=request.param,
    )


def test_every_combination_in_every_fold_from_every_seed(grid):
    widths = UNITS[grid.engine]
    assert grid.losses.shape == (4 * len(widths), 3, 2, 2)
    assert grid.settings[3] == {"units": widths[0], "rate": 0.2, "learning_rate": 0.1}
    assert grid.programs == len(widths)


def test_each_training_is_the_one_that_fit_makes(grid):
    """Held-out rows are scored by the network that learned from the others alone."""
    split = list(cr.data.folds(30, 3, seed=0))[1]
    run = cr.fit(
        build(3, rate=0.2), X[split.train], Y[split.train], optimizer=cr.Adam(0.1), epochs=2, batch_size=8, seed=1,
        dtype="float64", engine="numpy", progress=False,
    )  # fmt: skip
    assert grid.losses[-1, 1, 1] == pytest.approx(run.history["loss"], rel=1e-9)
    held_out = float(np.mean((run.predict(X[split.test])[:, 0] - Y[split.test]) ** 2))
    assert grid.scores[-1, 1, 1] == pytest.approx(held_out, rel=1e-9)
    trained = grid.trained(len(grid.settings) - 1, fold=1, seed=1)
    np.testing.assert_allclose(trained.predict(X), run.predict(X), rtol=1e-9)


def test_scores_are_means_over_folds_and_seeds_with_the_spread_between_folds(grid):
    np.testing.assert_allclose(grid.score, grid.scores.reshape(-1, 6).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(grid.spread, grid.scores.mean(axis=2).std(axis=1, ddof=1), rtol=1e-12)
    assert grid.best == int(np.argmin(grid.score))


def test_what_is_shown_of_a_grid(grid):
    text = grid.to_text()
    k = len(grid.settings)
    assert f"{6 * k} trainings of 2 epochs: {k} settings in 3 folds from 2 seeds, by " in text
    assert "±: standard deviation between folds" in text
    assert text.splitlines()[-1].startswith(f"Best: units = {grid.best_settings['units']}, rate = ")
    assert "spread" not in square([0.1, 0.2]).to_text()
    ends = grid.document().sections[0].lines[1].svg
    assert ends.count("whisker") >= k


def test_classes_are_in_every_fold():
    """Three rows of the rare class in three folds: one each."""
    codes = np.array([1] * 3 + [0] * 27)
    network = cr.Network([cr.Dense(2, "softmax")], loss="cross_entropy")
    found = cr.sweep(network, X, codes, vary={"learning_rate": [0.1]}, folds=3, epochs=1)
    assert np.isfinite(found.scores).all()
    parts = _parts(*Settings().begin(network, X, codes), 3, 0)
    assert [codes[test].sum() for _, test in parts] == [1, 1, 1]


def test_settings_of_nodes_and_the_batch_size():
    network = cr.Network([cr.Dense(2, "tanh"), cr.Dense(1)])
    vary = {
        "dense1.activation": ["relu", "tanh"],
        "dense1.units": [2, 5],
        "dense1.l2": [None, 0.1],
        "batch_size": [8, 64],
    }
    found = cr.sweep(network, X, Y, vary=vary, epochs=1, engine="numpy", dtype="float64")
    assert (len(found.settings), found.programs) == (16, 16)
    last = found.networks[15, 0].nodes[0]
    assert (last.layer.units, last.activation.name, last.l2) == (5, "tanh", 0.1)
    run = cr.fit(
        cr.Network([cr.Dense(5, "tanh", l2=0.1), cr.Dense(1)]), X, Y, epochs=1, batch_size=64, engine="numpy",
        dtype="float64", progress=False,
    )  # fmt: skip
    assert found.losses[-1, 0, 0] == pytest.approx(run.history["loss"], rel=1e-12)


def test_clipping_on_and_off():
    """None is its default; what it gives is what fit gives."""
    network = cr.Network([cr.Dense(1)])
    options = {"epochs": 2, "batch_size": 10, "engine": "numpy", "dtype": "float64"}
    found = cr.sweep(network, X, Y, vary={"clip_norm": [None, 0.01]}, optimizer=cr.SGD(0.1), **options)
    for place, limit in enumerate([None, 0.01]):
        run = cr.fit(network, X, Y, optimizer=cr.SGD(0.1, clip_norm=limit), progress=False, **options)
        assert found.losses[place, 0, 0] == pytest.approx(run.history["loss"], rel=1e-12)
    assert "  none " in found.to_text()


@pytest.mark.parametrize("metric", ["accuracy", "auc"])
def test_scores_by_a_metric_are_those_of_evaluate(metric):
    codes = (X[:, 0] > 0).astype(int)
    network = cr.Network([cr.Dense(2, "softmax")], loss="cross_entropy")
    options = {"optimizer": cr.SGD(), "epochs": 1, "engine": "numpy", "dtype": "float64", "batch_size": 8}
    found = cr.sweep(network, X, codes, vary={"learning_rate": [1e-3, 3.0]}, metric=metric, folds=3, **options)
    split = list(cr.data.folds(30, 3, seed=0, stratify=codes))[2]
    options["optimizer"] = cr.SGD(3.0)
    run = cr.fit(network, X[split.train], codes[split.train], progress=False, **options)
    for name, scores in found.measured.items():
        assert scores[1, 2, 0] == pytest.approx(run.evaluate(X[split.test], codes[split.test])[name], rel=1e-9)
    assert set(found.measured) == {"accuracy", "log_loss", "auc"}
    assert found.best == int(np.argmax(found.score))


def test_the_best_stands_first_and_is_compared_with_its_neighbours(grid):
    table = grid.document().sections[1].lines[0]
    column = [each.name for each in table.columns].index("loss")
    scores = [row[column] for row in table.rows]
    assert scores == sorted(scores)
    assert table.rows[0][-1].endswith(" ← best")
    for name, found in grid.differences.items():
        for each in found:
            own, best = grid.settings[each.place], grid.best_settings
            assert {other for other in own if own[other] != best[other]} == {name}


def test_restarts_alone_have_a_spread_between_seeds():
    found = cr.sweep(build(2), X, Y, vary={"learning_rate": [0.1]}, restarts=3, epochs=1, seed=4)
    assert found.seeds.tolist() == [4, 5, 6]
    assert found.spread == pytest.approx([found.scores.std(ddof=1)])
    assert "3 trainings of 1 epoch: 1 setting from 3 seeds" in found.to_text()


def _message(network=SQUARE, **options):
    settings = {"vary": {"learning_rate": [0.1]}, "optimizer": cr.SGD(), **options}
    with pytest.raises(cr.ChainruleError) as caught:
        cr.sweep(network, [[1.0]], [0.0], **settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"vary": [0.1, 0.2]},
            "vary must be a mapping from names to lists of values, such as {'learning_rate': [0.01, 0.1]}; got "
            "[0.1, 0.2].",
        ),
        (
            {"network": lambda units: None, "vary": {"units": [2]}},
            "The function that builds the network must return a Network; build(units=2) gave None.",
        ),
        (
            {"network": lambda: 3},
            "The function that builds the network must return a Network; build() gave 3.",
        ),
        (
            {"vary": {"clip_norm": [None, "long"]}},
            "vary needs a list of finite numbers or None for 'clip_norm'; got [None, 'long'].",
        ),
        (
            {"metric": "acuracy"},
            "metric must be one of 'loss', 'r2', 'rmse', 'mae', which fit the loss 'ssr'; got 'acuracy'.",
        ),
        ({"folds": 0}, "folds must be a whole number of at least 2; got 0."),
        ({"vary": {}}, "vary takes at least one name with its values, such as {'learning_rate': [0.01, 0.1]}."),
        (
            {"vary": {"learnin_rate": [0.1]}},
            "There is no 'learnin_rate' to vary; there are 'learning_rate', 'clip_norm', 'clip_value', 'momentum', "
            "'batch_size', 'dense1.units', 'dense1.weights', 'dense1.activation' and 2 more. Did you mean "
            "'learning_rate'?",
        ),
        (
            {"network": build, "vary": {"units": [2], "dense1.units": [2]}},
            "There is no 'dense1.units' to vary; there are 'units', 'layers', 'rate', 'learning_rate', 'clip_norm', "
            "'clip_value', 'momentum', 'batch_size'. Settings of layers are varied as arguments of the function.",
        ),
        (
            {"network": build},
            "The function that builds the network takes 'units', which vary does not list: add values, or give the "
            "argument a default.",
        ),
        ({"network": "net"}, "network must be a Network, or a function that builds one; got 'net'."),
        (
            {"vary": {"learning_rate": ["fast"]}},
            "vary needs a list of finite numbers for 'learning_rate'; got ['fast'].",
        ),
        ({"vary": {"learning_rate": 0.1}}, "vary needs a list of values for 'learning_rate'; got 0.1."),
        ({"vary": {"learning_rate": []}}, "vary needs at least one value for 'learning_rate'; got []."),
        (
            {"optimizer": cr.SGD(cr.Cosine(0.1))},
            "The learning rate of the optimizer follows a schedule (Cosine); give it a plain one to vary it: SGD().",
        ),
        ({"vary": {"learning_rate": [-1.0]}}, "SGD: learning_rate must be 0 or more; got -1.0."),
        ({"vary": {"batch_size": [0]}}, "batch_size must be a whole number of at least 1; got 0."),
        (
            {"vary": {"dense1.units": [1, 2]}, "network": cr.Network([cr.Dense(1)])},
            "vary changes what the network predicts: rows of shape (1,) and of shape (2,). Leave its last layer as it "
            "is.",
        ),
        ({"restarts": 0}, "restarts must be a whole number of at least 1; got 0."),
        ({"folds": 2}, "There must be two rows or more to split; got 1."),
    ],
)
def test_mistakes_are_named(options, message):
    assert _message(**options) == message
