"""The ledger of a prediction adds up, for every optimizer and layer, and knows the rows apart."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain import prediction_ledger as module
from chainrule.explain.ledger import ledger
from chainrule.explain.prediction_ledger import prediction_ledger
from chainrule.explain.tracing import trace_network
from chainrule.ops import eager_ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 3))
Y = X[:, 0] * 2 + np.sin(X[:, 1])
OPTIMIZERS = {
    "sgd": cr.SGD(0.05),
    "momentum": cr.SGD(0.05, 0.9),
    "nesterov": cr.SGD(0.05, 0.9, nesterov=True),
    "adam": cr.Adam(0.01),
    "adamw": cr.AdamW(0.01, weight_decay=0.3),
    "adagrad": cr.Adagrad(0.05),
    "rmsprop": cr.RMSProp(0.01),
    "lion": cr.Lion(0.003, weight_decay=0.1),
    "clipped": cr.Adam(0.01, clip_norm=0.5, clip_value=0.1),
}


def trained(optimizer, layers=None, x=X, y=Y, loss="mse", dtype="float64", epochs=8):
    layers = layers or [cr.Dense(4, "tanh", l2=0.01), cr.Dropout(0.2), cr.Dense(1)]
    network = cr.Network(layers, loss=loss)
    trainer = cr.Trainer(
        network, x, y, optimizer=optimizer, batch_size=5, seed=1, engine="numpy", dtype=dtype, epochs=epochs
    )
    trainer.run(epochs)
    return trainer


def found_for(trainer, row, *args):
    return prediction_ledger(trainer, trace_network(trainer.network, row), *args)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize(("start", "stop"), [(0, None), (7, 33)])
def test_it_adds_up(optimizer, start, stop):
    """Rows, penalties, decay and memory are added up by themselves; rounding is that of some hundred sums."""
    trainer = trained(optimizer)
    row = X[:1] + 0.3
    found = found_for(trainer, row, "prediction", start, stop)
    assert abs(found.others["rounding"]) < 1e-13
    assert abs(found.others["bends"]) < 1e-3 * np.abs(found.by_step).sum()
    assert found.initial + found.by_row.sum() + sum(found.others.values()) == pytest.approx(found.final, abs=1e-13)
    assert found.initial + found.by_step.sum() == pytest.approx(found.final, abs=1e-13)
    trainer.seek(start)
    assert found.initial == pytest.approx(float(trainer.network.predict(row)[0, 0]), abs=1e-15)
    trainer.seek(found.stop)
    assert found.final == pytest.approx(float(trainer.network.predict(row)[0, 0]), abs=1e-15)
    remembers = not isinstance(optimizer, (cr.Adagrad, cr.RMSProp)) and optimizer != cr.SGD(0.05)
    assert (found.others["earlier steps"] != 0) == (start > 0 and remembers)
    assert (found.others["weight decay"] != 0) == hasattr(optimizer, "weight_decay")
    assert found.others["penalty"] != 0


def test_small_steps_of_smooth_functions_have_no_bends():
    """Five places on the way are exact for polynomials to the 9th power."""
    found = found_for(trained(cr.SGD(0.005)), X[:1])
    assert abs(found.others["bends"]) < 1e-13
    assert abs(found.final - found.initial) > 0.01


def test_the_lecture_s_line_has_no_bends():
    """Only the intercept is trained, so that the prediction is linear in it, and each row adds what it adds to it."""
    line = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    x, y = [[0.5], [2.3], [2.9]], [1.4, 1.9, 3.2]
    trainer = cr.Trainer(line.freeze("dense1.weight"), x, y, optimizer=cr.SGD(0.1), dtype="float64")
    trainer.step(20)
    found = found_for(trainer, [[7.0]])
    assert abs(found.others["bends"]) < 1e-14
    np.testing.assert_allclose(found.by_row, ledger(trainer, "dense1.bias[0]").by_row, rtol=1e-12)
    assert found.initial == pytest.approx(0.64 * 7)
    assert found.final - found.initial == pytest.approx(found.by_row.sum(), abs=1e-14)


def test_a_step_by_hand():
    """One step of plain descent: each row takes rate * 2 * residual * (x * asked + 1) off."""
    line = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.5]], "dense1.bias": [0.0]})
    trainer = cr.Trainer(line, [[1.0], [3.0]], [2.0, 1.0], optimizer=cr.SGD(0.01), dtype="float64")
    trainer.step()
    found = found_for(trainer, [[2.0]])
    np.testing.assert_allclose(found.by_row, [0.02 * 1.5 * (1 * 2 + 1), -0.02 * 0.5 * (3 * 2 + 1)], rtol=1e-13)
    up, down = found.top()
    assert [row for row, _ in up] == [1]
    assert [row for row, _ in down] == [2]


SEQUENCES = RNG.normal(size=(14, 4, 2))
PICTURES = RNG.normal(size=(14, 5, 5, 1))
CODES = RNG.integers(0, 6, size=(14,))
TARGET = RNG.normal(size=14)
LAYERS = {
    "lstm": ([cr.LSTM(3), cr.Dense(1)], SEQUENCES),
    "convolution": ([cr.Conv2D(2, 3, "softplus"), cr.Flatten(), cr.LayerNorm(), cr.Dense(1)], PICTURES),
    "embedding": ([cr.Embedding(6, 3), cr.Dense(1)], CODES),
    "normalised": ([cr.Dense(4), cr.BatchNorm(), cr.Dense(1)], X[:14]),
}


@pytest.mark.parametrize(("layers", "x"), LAYERS.values(), ids=LAYERS)
def test_every_layer_adds_up(layers, x):
    """With momentum: Adam makes large steps of gradients that are 0 but for rounding, as before batch normalisation."""
    found = found_for(trained(cr.SGD(0.02, 0.9), layers, x, TARGET, epochs=4), x[:1])
    assert abs(found.others["rounding"]) < 1e-13
    assert abs(found.others["bends"]) < 1e-9
    assert (found.others["running statistics"] != 0) == (x.shape == (14, 3))  # batch normalisation
    assert np.count_nonzero(found.by_row) == 14


@pytest.mark.parametrize(("layers", "x"), LAYERS.values(), ids=LAYERS)
def test_rows_along_a_direction_are_their_terms(layers, x):
    """The one sum for all parameters is that of the layers' terms, one by one."""
    trainer = trained(cr.SGD(0.01), layers, x, TARGET, epochs=1)
    (made,) = trainer.replay(1, 2)
    for node in trainer.plan.network.nodes:
        params, values = made.before.params[node.name], made.record.forward.nodes[node.name]
        if not params:
            continue
        dz, stats = made.record.backward.deltas[node.name].dz, made.before.stats.get(node.name)
        direction = type(params)(*(RNG.normal(size=array.shape) for array in params))
        expected = sum(
            getattr(direction, name)[index] * node.layer.terms(params, values.saved, dz, name, index)
            for name in params._fields
            for index in np.ndindex(getattr(params, name).shape)
        )
        summed = module.row_sums_along(eager_ops(), node, params, values, stats, dz, direction)
        np.testing.assert_allclose(summed, expected, rtol=1e-10, atol=1e-13)


def test_kinks_are_bends():
    """Where units switch on and off on the way, few places cannot see where: what they miss is said by name."""
    found = found_for(trained(cr.SGD(0.05), [cr.Dense(8, "relu"), cr.Dense(1)]), X[:1])
    assert abs(found.others["bends"]) > 1e-6
    assert abs(found.others["rounding"]) < 1e-12


def test_float32_rounds():
    """Forty steps, each rounded at 6e-8 of numbers of order 1."""
    found = found_for(trained(cr.Adam(0.01), dtype="float32"), X[:1])
    assert 0 < abs(found.others["rounding"]) < 1e-5


def test_in_pieces_it_is_the_same(monkeypatch):
    trainer = trained(cr.Adam(0.01))
    whole = found_for(trainer, X[:1])
    monkeypatch.setattr("chainrule.training.watching._BYTES_AT_ONCE", 100_000)
    pieces = found_for(trainer, X[:1])
    np.testing.assert_array_equal(pieces.by_row, whole.by_row)
    assert pieces.others == whole.others


def test_any_number_of_the_pass():
    trainer = trained(cr.Adam(0.01))
    found = found_for(trainer, X[:1], "dense1.z[2]", 3, 20)
    trainer.seek(20)
    assert found.final == pytest.approx(trace_network(trainer.network, X[:1]).value("dense1.z")[0, 2], abs=1e-15)
    assert abs(found.others["rounding"]) < 1e-13


@pytest.mark.parametrize(
    ("rows", "args", "message"),
    [
        (2, (), "The ledger of a prediction is that of one row; got 2 rows. Pass X[:1]."),
        (1, ("dense1.bias[0]",), "'dense1.bias[0]' is a parameter; its ledger is run.ledger('dense1.bias[0]')."),
        (
            1,
            ("input[0]",),
            "No step changes 'input[0]': it is no number that the network computes, such as 'prediction' or "
            "'dense1.a[0]'.",
        ),
        (1, ("dense1.z",), "'dense1.z' is several numbers, of shape (4,); name one of them, such as 'dense1.z[0]'."),
        (1, ("prediction", 0, 99), "There are no steps 1 to 99 to make again: steps 1 to 40 were made."),
        (1, ("prediction", 5, 5), "No step lies between start (5) and stop (5): steps 1 to 40 were made."),
    ],
)
def test_bad_input(rows, args, message):
    with pytest.raises(InputError) as caught:
        found_for(trained(cr.SGD(0.05)), X[:rows], *args)
    assert str(caught.value) == message


def test_a_table_s_answer_is_in_its_own_units():
    run = cr.fit_table("examples/penguins.csv", "body_mass_g", epochs=2, baselines=False, progress=False)
    row = run.read("examples/penguins.csv").row(17).frame
    found = run.prediction_ledger(row)
    assert found.final == pytest.approx(run.predict(row)[0], rel=1e-5)
    assert abs(found.final - found.initial) > 10
    assert found.initial + found.by_row.sum() + sum(found.others.values()) == pytest.approx(found.final, rel=1e-12)
    up, down = found.top()
    assert list(found.cells) == [row for row, _ in (*up, *reversed(down))]
    lines = str(found).splitlines()
    assert lines[0].startswith("Ledger  prediction, steps 1 to ")
    assert sum(line.startswith("  row ") for line in lines) >= 10


def test_chances_of_classes_share_one():
    run = cr.fit_table("examples/penguins.csv", "species", epochs=1, baselines=False, progress=False)
    row = run.read("examples/penguins.csv").row(3).frame
    chances = [run.prediction_ledger(row, f"P({label})", 0, 3) for label in run.table.target.labels]
    assert sum(each.final for each in chances) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(sum(each.by_row for each in chances), 0, atol=1e-12)


@pytest.mark.parametrize("kind", ["lstm", "normalised"])
def test_xla_s_one_program_splits_as_step_after_step_does(kind, monkeypatch):
    """Of float32 training each way makes its own float32 passes from the same states: 1e-6 of what is added."""
    layers, x = LAYERS[kind]
    network = cr.Network([*layers[:-1], cr.Dense(1, l2=0.01)], loss="mse")
    optimizer = cr.AdamW(0.01, clip_norm=0.5) if kind == "lstm" else cr.SGD(0.02, 0.9)
    trainer = cr.Trainer(network, x, TARGET, optimizer=optimizer, batch_size=5, engine="xla", epochs=4)
    trainer.seek(7)
    trainer.set(learning_rate=0.02)
    trainer.run(3)
    alone = found_for(trainer, x[:1], "prediction", 1, 11)
    monkeypatch.setattr("chainrule.training.watching.WORTH_COMPILING", 1)
    together = found_for(trainer, x[:1], "prediction", 1, 11)
    scale = np.abs(alone.by_row).max()
    np.testing.assert_allclose(together.by_row, alone.by_row, rtol=0, atol=1e-5 * scale)
    np.testing.assert_allclose(together.by_step, alone.by_step, rtol=0, atol=1e-12)
    assert (together.initial, together.final) == pytest.approx((alone.initial, alone.final), abs=1e-14)
    for name, added in alone.others.items():
        assert together.others[name] == pytest.approx(added, abs=1e-5 * scale)


def test_rows_by_batches_add_up_to_rows_and_without_memory_to_steps():
    """Plain descent remembers nothing: all that a step did it did by its batch, bends and penalties aside."""
    trainer = trained(cr.SGD(0.05), [cr.Dense(4, "tanh"), cr.Dense(1)])
    found = found_for(trainer, X[:1], "prediction", 3, 20)
    whole = found.by_row_and_batch()
    np.testing.assert_allclose(whole.sum(axis=1), found.by_row, rtol=0, atol=1e-14)
    np.testing.assert_allclose(whole.sum(axis=0), found.by_step, rtol=0, atol=1e-7)  # bends: 1e-8 of a step
    for step in range(17):
        assert np.flatnonzero(whole[:, step]).tolist() == sorted(trainer.plan.batch_rows(3 + step).tolist())
    np.testing.assert_array_equal(found.by_row_and_batch(rows=[7, 3]), whole[[6, 2]])


def test_a_row_that_was_not_learned_from_is_named_with_the_nearest():
    with pytest.raises(InputError) as caught:
        found_for(trained(cr.SGD(0.05)), X[:1], "prediction", 0, 3).by_row_and_batch(rows=[0])
    assert str(caught.value) == (
        "Row 0 is none that the training learned from: these are 23 rows from 1 to 23; the nearest are 1, 2, 3."
    )


def test_slopes_that_are_0_but_for_rounding_are_no_row_s_doing():
    """Before batch normalisation the terms of a bias cancel, and Adam divides what is left by its own size."""
    layers, x = LAYERS["normalised"]
    trainer = trained(cr.Adam(0.01), layers, x, TARGET, epochs=4)
    found = found_for(trainer, x[:1])
    assert np.abs(found.by_row).max() < 1
    assert abs(found.others["rounding"]) < 1e-7  # what these steps of 1e-5 did
    bias = ledger(trainer, "dense1.bias[0]")
    assert not bias.by_row.any()
    assert bias.final != bias.initial == 0
    assert bias.others["rounding"] == bias.final
    assert "more where a gradient is 0 but for rounding, as before batch normalisation" in bias.to_text(1000)
    assert ledger(trainer, "dense1.weight[0, 0]").by_row.all()
