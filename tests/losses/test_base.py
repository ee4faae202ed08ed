"""What holds for every loss."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import DataError, InputError
from chainrule.losses import MSE, Loss
from loss_checks import ALL, drawn, jax_values, torch_values
from oracles import ENGINES, XLA, differences, eager, jax_gradient, torch_gradients

OPS = eager()
SHAPES = st.lists(st.integers(1, 3), min_size=2, max_size=3).map(tuple)
SEEDS = st.integers(0, 2**32 - 1)
every = pytest.mark.parametrize("loss", ALL, ids=repr)
not_over_classes = pytest.mark.parametrize("loss", [loss for loss in ALL if loss.target_kind != "class"], ids=repr)


def loss_and_delta(ops, loss, prediction, target, weight):
    value, saved = loss.forward(ops, prediction, target, weight)
    return value, saved.rows, loss.backward(ops, saved)


def reduced(loss, values, weight, mean):
    """The contract in one line: a weighted sum of each row's own mean, or of its sum for a loss that sums."""
    if loss.sums:
        return sum(row.sum() * w for row, w in zip(values, weight, strict=True))
    return sum(mean(row) * w for row, w in zip(values, weight, strict=True)) / weight.sum()


@every
@given(shape=SHAPES, seed=SEEDS, weighted=st.booleans())
def test_backward_agrees_with_central_differences(loss, shape, seed, weighted):
    prediction, target, weight = drawn(loss, shape, seed)
    weight = weight if weighted else None
    expected = differences(lambda moved: loss.forward(OPS, moved, target, weight)[0], prediction)
    # Third derivatives reach 2/0.05³ for -log p, times step² / 6: 3e-7 beside slopes of 20; else errors are 1e-9.
    delta = loss_and_delta(OPS, loss, prediction, target, weight)[2]
    np.testing.assert_allclose(delta, expected, rtol=1e-6, atol=1e-8)


@every
def test_agrees_with_jax(loss):
    prediction, target, weight = drawn(loss, (2, 1, 3), 4)
    values = jax_values(loss, target)

    def mean(ops, prediction):
        return reduced(loss, values(prediction), weight, ops.mean)

    value, _, delta = loss_and_delta(OPS, loss, prediction, target, weight)
    np.testing.assert_allclose(value, XLA.run(mean, prediction), rtol=1e-10)
    np.testing.assert_allclose(delta, jax_gradient(mean, prediction), rtol=1e-10, atol=1e-13)


@pytest.mark.peers
@every
@given(shape=SHAPES, seed=SEEDS, weighted=st.booleans())
def test_agrees_with_torch(loss, shape, seed, weighted):
    import torch

    prediction, target, weight = drawn(loss, shape, seed)
    weight = weight if weighted else None
    values = torch_values(loss, target)
    ones = torch.ones(shape[0], dtype=torch.float64) if weight is None else torch.tensor(weight)
    value, _, delta = loss_and_delta(OPS, loss, prediction, target, weight)
    expected = reduced(loss, values(torch.tensor(prediction)), ones, torch.mean)
    np.testing.assert_allclose(value, float(expected), rtol=1e-10)
    (slope,) = torch_gradients(lambda p: reduced(loss, values(p), ones, torch.mean), prediction)
    np.testing.assert_allclose(delta, slope, rtol=1e-10, atol=1e-13)


@ENGINES
@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_engines_agree_and_types_stay(engine, loss, dtype):
    prediction, target, weight = drawn(loss, (3, 2), 5)
    prediction, weight = prediction.astype(dtype), weight.astype(dtype)
    target = target if loss.target_kind == "class" else target.astype(dtype)
    kept = prediction.copy()

    def both(ops, *given):
        return loss_and_delta(ops, loss, *given)

    expected = both(OPS, prediction.astype(np.float64), target, weight.astype(np.float64))
    for found, wanted in zip(engine.run(both, prediction, target, weight), expected, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, wanted, rtol=20 * np.finfo(dtype).eps, atol=2 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(prediction, kept)


@every
@given(shape=SHAPES, seed=SEEDS)
def test_rows_sum_to_the_loss(loss, shape, seed):
    for weight in (None, drawn(loss, shape, seed)[2]):
        value, rows, delta = loss_and_delta(OPS, loss, *drawn(loss, shape, seed)[:2], weight)
        assert rows.shape == shape[:1]
        assert delta.shape == shape
        np.testing.assert_allclose(rows.sum(), value, rtol=1e-13, atol=1e-15)


@every
@given(shape=SHAPES, seed=SEEDS)
def test_a_weight_of_2_is_a_row_that_stands_twice(loss, shape, seed):
    prediction, target, _ = drawn(loss, shape, seed)
    weight = np.ones(shape[0])
    weight[0] = 2
    value, rows, delta = loss_and_delta(OPS, loss, prediction, target, weight)
    twice = loss_and_delta(OPS, loss, *(np.concatenate([array[:1], array]) for array in (prediction, target)), None)
    np.testing.assert_allclose(value, twice[0], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(rows[0], twice[1][0] + twice[1][1], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(delta[0], twice[2][0] + twice[2][1], rtol=1e-13, atol=1e-15)


@every
def test_order_of_rows_changes_nothing_and_weight_0_leaves_a_row_out(loss):
    prediction, target, weight = drawn(loss, (5, 3), 6)
    order = np.array([3, 0, 4, 1, 2])
    value, rows, delta = loss_and_delta(OPS, loss, prediction, target, weight)
    moved = loss_and_delta(OPS, loss, prediction[order], target[order], weight[order])
    np.testing.assert_allclose(moved[0], value, rtol=1e-14)
    np.testing.assert_allclose(moved[1], rows[order], rtol=1e-14)
    np.testing.assert_allclose(moved[2], delta[order], rtol=1e-14)
    weight[2:] = 0
    short = loss_and_delta(OPS, loss, prediction[:2], target[:2], weight[:2])
    np.testing.assert_allclose(loss_and_delta(OPS, loss, prediction, target, weight)[0], short[0], rtol=1e-14)


@every
def test_only_a_sum_depends_on_the_scale_of_weights(loss):
    prediction, target, weight = drawn(loss, (4, 2), 7)
    value, _, delta = loss_and_delta(OPS, loss, prediction, target, weight)
    scaled = loss_and_delta(OPS, loss, prediction, target, 10 * weight)
    factor = 10 if loss.sums else 1
    np.testing.assert_allclose(scaled[0], factor * value, rtol=1e-14)
    np.testing.assert_allclose(scaled[2], factor * delta, rtol=1e-14)


@ENGINES
@every
def test_weights_that_are_all_0_give_0(engine, loss):
    prediction, target, _ = drawn(loss, (3, 2), 8)
    found = engine.run(lambda ops, *given: loss_and_delta(ops, loss, *given), prediction, target, np.zeros(3))
    for array in found:
        np.testing.assert_array_equal(array, 0)


@not_over_classes
def test_flat_predictions_are_taken_too(loss):
    prediction, target, weight = drawn(loss, (4, 1), 9)
    expected = loss_and_delta(OPS, loss, prediction, target, weight)
    found = loss_and_delta(OPS, loss, prediction[:, 0], target[:, 0], weight)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-15)
    np.testing.assert_allclose(found[2], expected[2][:, 0], rtol=1e-15)


@ENGINES
@pytest.mark.parametrize("loss", [ALL[-2], ALL[-1]], ids=repr)
def test_numbers_can_be_arguments_of_a_program(engine, loss):
    prediction, target, weight = drawn(loss, (4, 2), 10)
    ((field, number),) = loss.numbers().items()

    def bound(ops, number, *given):
        return loss_and_delta(ops, loss.skeleton().bind({field: number}), *given)

    expected = loss_and_delta(OPS, loss, prediction, target, weight)
    for found, wanted in zip(engine.run(bound, np.array(number), prediction, target, weight), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


@every
def test_fitting_targets_pass(loss):
    prediction, target, _ = drawn(loss, (4, 2, 3), 11)
    loss.check_target(prediction.shape, target)


@not_over_classes
def test_targets_of_another_shape(loss):
    with pytest.raises(InputError) as caught:
        loss.check_target((3, 1), np.zeros(3))
    assert str(caught.value) == f"Loss '{loss.name}' needs targets of the predictions' shape (3, 1); got (3,)."


def test_a_refused_target_names_the_first_row():
    target = np.array([[1.0, 2.0], [3.0, np.nan]])
    with pytest.raises(DataError) as caught:
        MSE().refuse(target, np.isnan(target), "numbers", "Fill it.")
    assert str(caught.value) == "Loss 'mse' needs targets that are numbers; got nan in row 2. Fill it."
    assert caught.value.row == 2


def test_base_is_abstract():
    for call in (
        lambda: Loss().fused,
        lambda: Loss().forward(OPS, np.ones((1, 1)), np.ones((1, 1)), None),
        lambda: Loss().backward(OPS, None),
    ):
        with pytest.raises(NotImplementedError):
            call()


@ENGINES
@every
def test_steps_that_count_for_0_are_left_out_of_the_sum_and_of_its_n(loss, engine):
    """As if the other steps of all rows stood alone, a row each; the derivative by the rest is 0."""
    prediction, target, _ = drawn(loss, (3, 4, 2), 6)
    weight = np.array([[1.0, 1.0, 1.0, 1.0], [2.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]])
    real = weight > 0
    alone = loss_and_delta(OPS, loss, prediction[real], target[real], weight[real])
    value, rows, delta = engine.run(lambda ops, *given: loss_and_delta(ops, loss, *given), prediction, target, weight)
    np.testing.assert_allclose(value, alone[0], rtol=1e-12)
    np.testing.assert_allclose(np.asarray(delta)[real], alone[2], rtol=1e-12)
    assert not np.asarray(delta)[~real].any()
    np.testing.assert_allclose(rows, np.add.reduceat(np.asarray(alone[1]), [0, 4, 5]), rtol=1e-12)


@every
def test_by_steps_backward_agrees_with_central_differences(loss):
    prediction, target, _ = drawn(loss, (2, 3, 2), 8)
    weight = np.array([[1.0, 1.0, 0.0], [3.0, 0.0, 0.0]])
    expected = differences(lambda moved: loss.forward(OPS, moved, target, weight)[0], prediction)
    np.testing.assert_allclose(loss_and_delta(OPS, loss, prediction, target, weight)[2], expected, rtol=1e-6, atol=1e-8)
