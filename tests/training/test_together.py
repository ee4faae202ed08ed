"""Networks that are trained at once become what each becomes alone."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import chainrule as cr
from chainrule.network.parameters import flatten
from chainrule.training import compiled, together
from chainrule.training.together import Settings, at_once, choose_together, losses_of, predictions_of, train_together
from training.problems import wide_network, wide_table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(13, 3))
Y = X[:, 0] * X[:, 1]
NETWORKS = {
    "dense": cr.Network([cr.Dense(4, "tanh", l2=0.01), cr.Dense(1)], loss="ssr"),
    "drawing": cr.Network([cr.Dense(4), cr.BatchNorm(), cr.Dropout(0.3), cr.Dense(1)]),
    "frozen": cr.Network([cr.Dense(4, "relu"), cr.Dense(1)]).freeze("dense2.weight"),
}
ENGINES = ("numpy", "xla")


def _alone(plan, engine, epochs):
    return cr.fit(
        plan.network,
        X,
        Y,
        optimizer=plan.optimizer,
        epochs=epochs,
        batch_size=plan.batch_size,
        shuffle=plan.shuffle,
        seed=plan.seed,
        engine=engine,
        dtype="float64",
        progress=False,
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", NETWORKS)
@pytest.mark.parametrize("seeds", [(0, 0, 0), (0, 1, 2)])
def test_each_is_what_it_is_alone(case, engine, seeds):
    # Momentum is linear in the slopes. Adam would scale up the rounding of slopes that are 0, such as a bias's before
    # batch normalisation.
    settings = Settings(cr.SGD(0.01, 0.9), 4, 5, engine=engine, dtype="float64")
    plan, rows = settings.begin(NETWORKS[case], X, Y)
    rates = (0.01, 0.02, 0.04)
    plans = [replace(plan, seed=seed, optimizer=cr.SGD(rate, 0.9)) for seed, rate in zip(seeds, rates, strict=True)]
    made = train_together(plans, rows, 4, engine)
    assert made.engine == engine
    for place, each in enumerate(plans):
        run = _alone(each, engine, 4)
        # Float64, 12 steps; a mapped program may add in another order.
        assert made.step_losses[place] == pytest.approx(run.history.step_losses, rel=1e-10)
        assert made.epoch_losses[place] == pytest.approx(run.history["loss"], rel=1e-10)
        assert made.final[place] == pytest.approx(run.evaluate(X, Y)["loss"], rel=1e-10)
        assert made.first[place] == pytest.approx(_alone(each, "numpy", 0).evaluate(X, Y)["loss"], rel=1e-12)
        for name, array in flatten(made.states[place].params).items():
            assert array == pytest.approx(run.params[name], rel=1e-9, abs=1e-12)


def test_epochs_that_one_call_cannot_hold_are_several_calls(monkeypatch):
    plan, rows = Settings(cr.SGD(0.01), 7, 5, dtype="float64").begin(NETWORKS["dense"], X, Y)
    plans = [replace(plan, seed=seed) for seed in range(2)]
    whole = train_together(plans, rows, 7, "xla")
    monkeypatch.setattr(compiled, "_ORDERS_PER_CALL", 13 * 2 * 2)
    parts = train_together(plans, rows, 7, "xla")
    assert parts.step_losses.shape == (2, 21)
    assert parts.step_losses == pytest.approx(whole.step_losses, rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_one_that_diverges_does_not_stop_the_others(engine):
    plan, rows = Settings(cr.SGD(), dtype="float64").begin(cr.Network([cr.Dense(1)], loss="ssr"), X, Y)
    made = train_together([replace(plan, optimizer=cr.SGD(rate)) for rate in (0.001, 100.0)], rows, 200, engine)
    assert np.isfinite(made.final).tolist() == [True, False]
    assert np.isfinite(made.step_losses[0]).all()
    assert not np.isfinite(made.step_losses[1]).all()


@pytest.mark.parametrize(
    ("engine", "units", "batch_size", "size"),
    [("numpy", 4, 13, 1), ("xla", 4, 13, 5), ("xla", 64, 256, 5), ("xla", 256, 256, 1)],
)
def test_networks_that_fill_the_processor_are_trained_one_after_the_other(engine, units, batch_size, size):
    wide = RNG.normal(size=(256, 3))
    network = cr.Network([cr.Dense(units), cr.Dense(units), cr.Dense(1)])
    plan, rows = Settings(batch_size=batch_size).begin(network, wide, wide[:, 0])
    choice = choose_together(engine, [plan] * 5, rows, 10)
    assert choice.engine == engine
    assert at_once(choice, 5) == size


def test_one_after_the_other_is_the_same(monkeypatch):
    plan, rows = Settings(cr.SGD(0.01), 2, 5, dtype="float64").begin(NETWORKS["dense"], X, Y)
    plans = [replace(plan, seed=seed) for seed in range(3)]
    made = train_together(plans, rows, 2, "xla")
    monkeypatch.setattr(together, "_ALONE_SECONDS", 0.0)
    alone = train_together(plans, rows, 2, "xla")
    assert alone.step_losses == pytest.approx(made.step_losses, rel=1e-12)
    assert alone.final == pytest.approx(made.final, rel=1e-12)


def test_no_epochs():
    plan, rows = Settings().begin(NETWORKS["dense"], X, Y)
    made = train_together([plan, replace(plan, seed=1)], rows, 0)
    assert made.epoch_losses.shape == (2, 0)
    assert np.array_equal(made.first, made.final)


def test_settings_are_checked():
    with pytest.raises(cr.ChainruleError) as caught:
        Settings(epochs=-1).begin(NETWORKS["dense"], X, Y)
    assert str(caught.value) == "epochs must be a whole number of at least 0; got -1."


def test_weights_of_classes_are_those_of_fit():
    classes = (X[:, 0] > 0.5).astype(int)
    network = cr.Network([cr.Dense(2, "softmax")], loss="cross_entropy")
    settings = Settings(cr.SGD(0.1), 3, class_weight="balanced", engine="numpy", dtype="float64")
    plan, rows = settings.begin(network, X, classes)
    made = train_together([plan], rows, 3, "numpy")
    run = cr.fit(
        network, X, classes, optimizer=cr.SGD(0.1), epochs=3, class_weight="balanced", dtype="float64", progress=False
    )
    assert made.epoch_losses[0] == pytest.approx(run.history["loss"], rel=1e-12)


def test_losses_and_predictions_have_the_same_bits_on_any_number_of_threads():
    plan, rows = Settings(cr.SGD(0.01), 1, 256).begin(wide_network(), *wide_table())
    (state,) = train_together([plan], rows, 0, "numpy").states
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            found.append((losses_of([plan], [state], rows), predictions_of(plan, state, rows)))
    (loss, output), (again, same) = found
    np.testing.assert_array_equal(again, loss)
    np.testing.assert_array_equal(same, output)
