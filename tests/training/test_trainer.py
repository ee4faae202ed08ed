"""A training is the same however it is driven: in one go, step by step, there and back, on either engine."""

import numpy as np
import pytest

from chainrule import LSTM, SGD, Adam, Cosine, Dense, Exponential, Masked, Network, Trainer
from chainrule.errors import InputError, InputTypeError, NonFiniteError
from training.problems import dropout_network, same, small_network, table

ENGINES = ("numpy", "xla")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


def trainer(engine: str, network: Network | None = None, **options: object) -> Trainer:
    X, y = table()
    settings = {"optimizer": Adam(0.01), "batch_size": 8, "seed": 3, "engine": engine, "epochs": 40, **options}
    return Trainer(network or small_network(), X, y, **settings)  # type: ignore[arg-type]


def test_one_go_and_single_steps_give_the_same_bits(engine):
    whole, single = trainer(engine), trainer(engine)
    whole.seek(23)
    for _ in range(23):
        single.step()
    assert same(whole.params, single.params)
    assert np.array_equal(whole.history.step_losses, single.history.step_losses)


def test_back_and_forth_gives_the_same_bits(engine):
    there = trainer(engine, dropout_network())
    states = []
    for _ in range(12):
        states.append(dict(there.params))
        there.step()
    for step in (11, 4, 7, 0, 10):
        there.seek(step)
        assert same(there.params, states[step])
    there.back(3)
    assert same(there.params, states[7])


def test_recording_does_not_touch_the_weights(engine):
    recorded, unrecorded = trainer(engine, record=True), trainer(engine, record=False)
    recorded.run(4)
    unrecorded.run(4)
    assert same(recorded.params, unrecorded.params)
    unrecorded.seek(6)
    recorded.seek(6)
    assert same(recorded.params, unrecorded.params)


def test_engines_agree_after_100_adam_steps_in_float64():
    """1e-9, the documented tolerance: a hundred steps of rounding at 1e-16, with room for chaos."""
    for network in (small_network(), dropout_network()):
        runs = {name: trainer(name, network, dtype="float64") for name in ENGINES}
        for run in runs.values():
            run.seek(100)
        for name, value in runs["numpy"].params.items():
            np.testing.assert_allclose(value, runs["xla"].params[name], rtol=1e-9, atol=1e-9)


def test_engines_draw_the_same_first_weights():
    first, second = (trainer(name, seed=11).params for name in ENGINES)
    assert same(first, second)


def test_every_row_is_visited_once_an_epoch_and_orders_differ():
    plan = trainer("numpy").plan
    assert plan.steps_per_epoch == 5
    epochs = [np.concatenate([plan.batch_rows(5 * epoch + step) for step in range(5)]) for epoch in range(2)]
    for rows in epochs:
        assert sorted(rows.tolist()) == list(range(37))
    assert len(plan.batch_rows(4)) == 5
    assert not np.array_equal(epochs[0], epochs[1])


def test_a_full_batch_keeps_the_order_of_the_rows():
    plan = trainer("numpy", batch_size=1000).plan
    assert (plan.batch_size, plan.steps_per_epoch) == (37, 1)
    assert plan.batch_rows(3).tolist() == list(range(37))


def test_the_last_batch_counts_by_its_rows(engine):
    """At a learning rate of 0 every batch is judged by the same weights: the epoch's loss is the whole loss."""
    still = trainer(engine, optimizer=SGD(0.0), dtype="float64")
    still.run(1)
    X, y = table()
    whole = np.mean((still.network.predict(X)[:, 0] - y) ** 2)
    assert still.history["loss"][0] == pytest.approx(whole, rel=1e-12)


def test_changes_are_part_of_the_training(engine):
    changed = trainer(engine)
    changed.seek(6)
    changed.set(learning_rate=0.5)
    changed.seek(13)
    end = dict(changed.params)
    changed.seek(2)
    changed.seek(13)
    assert same(changed.params, end)
    assert changed.history.step_rates[5:8].tolist() == [0.01, 0.5, 0.5]
    unchanged = trainer(engine)
    unchanged.seek(13)
    assert not same(unchanged.params, end)


def test_a_change_forgets_what_came_after_it(engine):
    changed = trainer(engine)
    changed.seek(20)
    changed.seek(5)
    changed.set(learning_rate=0.02)
    assert len(changed.history.step_losses) == 5
    fresh = trainer(engine)
    fresh.seek(5)
    fresh.set(learning_rate=0.02)
    changed.seek(9)
    fresh.seek(9)
    assert same(changed.params, fresh.params)


def test_any_number_of_the_network_can_be_changed(engine):
    changed = trainer(engine, dropout_network())
    changed.set(**{"dropout1.rate": 0.0})
    changed.seek(3)
    plain = trainer(engine, dropout_network())
    plain.seek(3)
    assert not same(changed.params, plain.params)


def test_changing_a_number_compiles_nothing():
    from chainrule.training.compiled import _compiled

    programs, sizes = set(), set()
    for rate in (0.01, 0.02, 0.03):
        one = trainer("xla", optimizer=Adam(rate, beta1=0.8 + rate))
        one.seek(3)
        programs.add(one.engine.program)  # type: ignore[attr-defined]
        sizes.add(_compiled(one.engine.program, False)._cache_size())  # type: ignore[attr-defined]
    assert (len(programs), len(sizes)) == (1, 1)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"learning_rate": -1}, "Adam: learning_rate must be 0 or more; got -1.0."),
        ({"beta1": 1.0}, "Adam: beta1 must be at least 0 and below 1; got 1.0."),
        ({"dropout1.rate": 1.0}, "DropoutLayer: rate must be at least 0 and below 1; got 1.0."),
        ({"learning_rate": True}, "'learning_rate' must be set to a finite number; got True."),
    ],
)
def test_a_number_out_of_its_range_is_refused_and_nothing_changed(numbers, message):
    changed = trainer("numpy", dropout_network())
    changed.seek(3)
    with pytest.raises(InputError) as caught:
        changed.set(**{"beta2": 0.9} | numbers)
    assert str(caught.value) == message
    assert changed.changes.made == {}


def test_an_unknown_number_is_named():
    with pytest.raises(InputError) as caught:
        trainer("numpy").set(learningrate=1.0)
    assert str(caught.value).startswith("There is no number 'learningrate' to set; there are ")
    assert str(caught.value).endswith("Did you mean 'learning_rate'?")


def test_frozen_parameters_stay(engine):
    X, y = table()
    network = small_network(input_shape=3).freeze("dense1", "dense2.bias")
    frozen = Trainer(network, X, y, engine=engine, epochs=5)
    before = dict(frozen.params)
    frozen.run(3)
    after = frozen.params
    for name in ("dense1.weight", "dense1.bias", "dense2.bias"):
        assert np.array_equal(before[name], after[name])
    assert not np.array_equal(before["dense2.weight"], after["dense2.weight"])


def test_schedules_follow_the_planned_epochs(engine):
    scheduled = trainer(engine, optimizer=Adam(Cosine(0.1)), epochs=4)
    scheduled.run(4)
    rates = scheduled.history.step_rates
    assert rates[0] == pytest.approx(0.1)
    assert np.all(np.diff(rates) < 0)


def test_every_step_has_its_own_learning_rate(engine):
    """The same as by hand, one step a stretch."""
    scheduled = trainer(engine, optimizer=SGD(Exponential(0.1, factor=0.5)))
    scheduled.seek(4)
    by_hand = trainer(engine, optimizer=SGD(0.1))
    for step in range(4):
        by_hand.set(learning_rate=0.1 * 0.5**step)
        by_hand.step()
    assert same(scheduled.params, by_hand.params)


def test_validation_is_measured_after_each_epoch(engine):
    X, y = table()
    watched = trainer(engine, dtype="float64", validation=(X[:9], y[:9]))
    watched.run(3)
    expected = np.mean((watched.network.predict(X[:9])[:, 0] - y[:9]) ** 2)
    assert watched.history["validation_loss"][-1] == pytest.approx(expected, rel=1e-12)
    assert len(watched.validation_losses) == 3


def test_validation_rows_are_not_trained_on():
    split = trainer("numpy", validation=0.25)
    assert len(split.validation.target) == 9  # type: ignore[union-attr]
    assert split.plan.rows == 28
    together = np.concatenate([split.rows.inputs["input"], split.validation.inputs["input"]])  # type: ignore[union-attr]
    assert len(np.unique(together, axis=0)) == 37


def test_nan_is_traced_to_layer_step_and_row(engine):
    X, y = table()
    X = X.copy()
    X[11] = 1e30
    network = Network([Dense(4, "relu"), Dense(1)], loss="mse")
    bad = Trainer(network, X, y, engine=engine, batch_size=37, optimizer=SGD(0.1), epochs=5)
    with pytest.raises(NonFiniteError) as caught:
        bad.run(5)
    assert (caught.value.node, caught.value.step, caught.value.row) == ("dense2", 1, 12)
    assert str(caught.value) == (
        "Training stopped at step 1 (epoch 1): the loss became inf on row 12. The learning rate is 0.1: try 0.01, "
        "scale the inputs, or clip the gradient (clip_norm=1)."
    )


def test_a_gradient_that_overflows_is_named_in_its_own_step(engine):
    """The loss 1e38 is still a number, the gradient 2e39 is none; the next loss tells, one step late."""
    network = Network([Dense(1)], loss="mse").set({"dense1.weight": [[0.1]], "dense1.bias": [0.0]})
    bad = Trainer(network, [[1e20]], [0.0], engine=engine, optimizer=SGD(0.1), epochs=9)
    with pytest.raises(NonFiniteError) as caught:
        bad.run(9)
    assert (caught.value.node, caught.value.step, caught.value.row) == ("dense1", 1, None)
    assert "the gradient of dense1.weight became inf. " in str(caught.value)
    assert bad.steps_done == 0
    assert len(bad.history.step_losses) == 0


def test_divergence_stops_before_the_first_bad_step(engine):
    X, y = table()
    wild = Trainer(small_network(), 100 * X, 100 * y, engine=engine, optimizer=SGD(1e6), epochs=50)
    with pytest.raises(NonFiniteError) as caught:
        wild.run(50)
    assert wild.steps_done == caught.value.step - 1
    assert all(np.isfinite(value).all() for value in wild.params.values())
    assert np.isfinite(wild.history.step_losses).all()


def test_a_step_before_the_first_is_refused():
    with pytest.raises(InputError, match=r"^There is no step -1: step 0 is the network before training\.$"):
        trainer("numpy").back()


def test_no_epochs_are_no_steps_and_other_than_whole_numbers_are_refused():
    begun = trainer("numpy")
    begun.step(7)
    begun.run(0)
    assert begun.steps_done == 7
    for epochs in (-1, 1.5):
        with pytest.raises(InputError) as caught:
            begun.run(epochs)
        assert str(caught.value) == f"epochs must be a whole number of at least 0; got {epochs}."
    with pytest.raises(InputError, match=r"^There is no step 2\.5: step 0 is the network before training\.$"):
        begun.seek(2.5)


def test_ctrl_c_in_a_stretch_leaves_a_trainer_that_can_go_on(engine, monkeypatch):
    """XLA has used the state up by then, and what came of it is lost."""
    whole, stopped = trainer(engine), trainer(engine)
    whole.seek(12)
    stopped.seek(5)
    advance = stopped.engine.advance

    def interrupted(state, stretch):
        advance(state, stretch)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stopped.engine, "advance", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stopped.seek(12)
    assert stopped.steps_done <= 5
    assert all(np.isfinite(value).all() for value in stopped.params.values())
    stopped.seek(12)
    assert same(stopped.params, whole.params)


def test_a_validation_loss_that_overflows_is_infinite_and_no_warning(engine):
    X, y = table()
    watched = trainer(engine, validation=(X, 1e30 * y))
    watched.run(1)
    assert watched.validation_losses.tolist() == [np.inf]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1; got 0."),
        ({"seed": 1.5}, "seed must be a whole number; got 1.5."),
        ({"epochs": -1}, "epochs must be a whole number of at least 0; got -1."),
        ({"dtype": "float16"}, "dtype must be 'float32' or 'float64'; got 'float16'."),
        (
            {"validation": 1.5},
            "validation must leave at least one row on each side; got 1.5 of 37 rows. "
            "Pass a fraction such as 0.2, or a pair (X, y).",
        ),
        ({"validation": "some"}, "validation must be a fraction such as 0.2, or a pair (X, y)."),
        ({"sample_weight": [1.0]}, "sample_weight must be one number a row, shape (37,); got float64 of shape (1,)."),
        (
            {"sample_weight": ["a"] * 37},
            "sample_weight must be one number a row, shape (37,); got <U1 of shape (37,).",
        ),
        ({"batch_size": True}, "batch_size must be a whole number of at least 1; got True."),
        ({"record": "all"}, "record must be True, False, or how many bytes snapshots may take; got 'all'."),
        ({"record": -1}, "record must be True, False, or how many bytes snapshots may take; got -1."),
    ],
)
def test_a_setting_out_of_range_is_named(options, message):
    with pytest.raises(InputError) as caught:
        trainer("numpy", **options)
    assert str(caught.value) == message


def test_a_weight_of_two_is_a_row_that_stands_twice(engine):
    X, y = table(10)
    weights = np.array([1.0, 2.0] * 5)
    twice = np.repeat(np.arange(10), weights.astype(int))
    options = {"engine": engine, "dtype": "float64", "batch_size": 100, "optimizer": SGD(0.1), "epochs": 20}
    weighted = Trainer(small_network(), X, y, sample_weight=weights, **options)
    repeated = Trainer(small_network(), X[twice], y[twice], **options)
    weighted.run(20)
    repeated.run(20)
    for name, value in weighted.params.items():
        np.testing.assert_allclose(value, repeated.params[name], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize("optimizer", [Adam(0.01), SGD(0.01, 0.9)])
def test_going_on_is_as_if_it_had_not_stopped(engine, optimizer):
    """Adam counts its steps and remembers two moments: without either the weights would differ from step 13 on."""
    X, y = table(20)
    options = {"optimizer": optimizer, "shuffle": False, "batch_size": 5, "engine": engine}
    whole = Trainer(small_network(), X, y, **options)
    whole.run(7)
    first = Trainer(small_network(), X, y, **options)
    first.run(3)
    second = Trainer(small_network(), X, y, after=first.standing, seed=4, **options)
    assert same(second.params, first.params)
    second.run(3)
    third = Trainer(small_network(), X, y, after=second.standing, seed=5, **options)
    third.run(1)
    assert same(third.params, whole.params)
    assert not same(third.params, second.params)


def test_going_on_needs_the_same_network_and_optimizer():
    X, y = table(20)
    first = Trainer(small_network(), X, y, optimizer="adam")
    for network, optimizer in ((dropout_network(), "adam"), (small_network(), "sgd")):
        with pytest.raises(InputError) as caught:
            Trainer(network, X, y, optimizer=optimizer, after=first.standing)
        assert str(caught.value) == "after= needs a training of the same network, with the same optimizer and dtype."


def test_going_on_may_freeze_and_train_other_parameters_than_before():
    """What was frozen starts with nothing remembered, what was trained keeps its moments."""
    X, y = table(20)
    network = small_network(input_shape=3)
    first = Trainer(network.freeze("dense1"), X, y, engine="numpy")
    first.run(2)
    second = Trainer(network.freeze("dense2.bias"), X, y, engine="numpy", after=first.standing)
    assert set(second.state.slots) == {"dense1.weight", "dense1.bias", "dense2.weight"}
    assert np.array_equal(second.state.slots["dense2.weight"].m, first.state.slots["dense2.weight"].m)
    assert not second.state.slots["dense1.weight"].m.any()
    second.run(1)
    assert np.array_equal(second.params["dense2.bias"], first.params["dense2.bias"])
    assert not np.array_equal(second.params["dense1.weight"], first.params["dense1.weight"])


def test_going_on_needs_to_know_where_the_training_stands():
    X, y = table(20)
    with pytest.raises(InputTypeError) as caught:
        Trainer(small_network(), X, y, after=Trainer(small_network(), X, y))
    assert str(caught.value) == "after= takes where a training stands, trainer.standing; got a thing of type Trainer."


def test_padding_of_sequences_does_not_train(engine):
    rng = np.random.default_rng(0)
    mask = np.arange(4) < rng.integers(1, 5, size=(12, 1))
    X, y = rng.normal(size=(12, 4, 2)), rng.normal(size=(12, 4, 1))
    network = Network([LSTM(2, return_sequences=True), LSTM(1, return_sequences=True)], loss="mse")
    found = []
    for padding in (0.0, 9.0):
        given = Masked(np.where(mask[..., None], X, padding), mask), np.where(mask[..., None], y, padding)
        found.append(Trainer(network, *given, engine=engine, batch_size=5, dtype="float64", epochs=3))
        found[-1].run(3)
    assert same(found[0].params, found[1].params)
    np.testing.assert_array_equal(found[0].history.step_losses, found[1].history.step_losses)


@pytest.mark.parametrize(
    ("given", "got"),
    [([Dense(1)], "a list of layers"), (Dense(1), "a thing of type Node"), ("net", "a thing of type str")],
)
def test_what_is_no_network_is_not_trained(given, got):
    with pytest.raises(InputTypeError) as caught:
        Trainer(given, [[1.0]], [1.0])
    assert str(caught.value) == (
        f"What is trained is a network, layers with their loss, such as Network([Dense(1)], loss='mse'); got {got}."
    )
