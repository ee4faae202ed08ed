"""What holds for every optimizer, and the update of all parameters."""

import numpy as np
import pytest

from chainrule.errors import InputError, InputTypeError
from chainrule.optimizers import SGD, Adagrad, Adam, AdamW, Cosine, Lion, RMSProp, update
from optimizers.stepping import ALL, records
from oracles import ENGINES, XLA, eager

every = pytest.mark.parametrize("optimizer", ALL, ids=repr)
RNG = np.random.default_rng(5)
START, SLOPES = RNG.normal(size=(3, 2)), RNG.normal(size=(20, 3, 2))


@every
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@ENGINES
def test_every_record_tells_of_one_step(optimizer, kind, engine):
    old = START.astype(kind)
    for record, slope in zip(records(optimizer, START, SLOPES[:3], engine, kind), SLOPES, strict=False):
        np.testing.assert_array_equal(record.gradient, slope.astype(kind))
        # XLA may fuse the last product and the difference: one rounding less.
        np.testing.assert_allclose(record.new, old - record.step_size, rtol=4 * np.finfo(kind).eps)
        assert {np.asarray(value).dtype for value in record if value is not None} == {np.dtype(kind)}
        assert all(np.shape(value) == (3, 2) for value in record if value is not None)
        old = record.new


@every
def test_engines_agree(optimizer):
    # Six steps of a dozen roundings; signs and roots of moderate numbers amplify little.
    slopes = SLOPES[:6]
    for ours, compiled in zip(records(optimizer, START, slopes), records(optimizer, START, slopes, XLA), strict=True):
        np.testing.assert_allclose(compiled.new, ours.new, rtol=1e-12, atol=1e-13)


@every
@ENGINES
def test_every_step_is_linear_for_its_scalings(optimizer, engine):
    old, memory = START, np.zeros_like(START)
    for place, record in enumerate(records(optimizer, START, SLOPES[:5], engine)):
        form = optimizer.linear(eager(), record, np.asarray(place + 1.0))
        expected = form.of_memory * memory + form.of_gradient * record.gradient + form.of_parameter * old
        np.testing.assert_allclose(record.step_size, expected, rtol=1e-12, atol=1e-14)
        memory = form.keep * memory + form.take * record.gradient
        remembered = [getattr(record, name, None) for name in ("velocity", "m")]
        for value in (value for value in remembered if value is not None):
            np.testing.assert_allclose(memory, value, rtol=1e-13, atol=1e-15)
        old = record.new


@every
def test_nothing_given_is_modified(optimizer):
    given = {"w": START.copy()}, {"w": SLOPES[0].copy()}, {"w": optimizer.init(eager(), START)}
    kept = [np.array(leaf) for leaf in given[2]["w"]]
    update(eager(), optimizer, *given, np.asarray(1.0))
    np.testing.assert_array_equal(given[0]["w"], START)
    np.testing.assert_array_equal(given[1]["w"], SLOPES[0])
    for leaf, before in zip(given[2]["w"], kept, strict=True):
        np.testing.assert_array_equal(leaf, before)


def torch_optimizer(optimizer, torch, parameters):
    rate = optimizer.learning_rate
    match optimizer:
        case SGD():
            return torch.optim.SGD(parameters, rate, momentum=optimizer.momentum or 0, nesterov=optimizer.nesterov)
        case AdamW():
            return torch.optim.AdamW(parameters, rate, weight_decay=optimizer.weight_decay)
        case Adam():
            return torch.optim.Adam(parameters, rate)
        case RMSProp():
            return torch.optim.RMSprop(parameters, rate)
        case Adagrad():
            return torch.optim.Adagrad(parameters, rate)


@pytest.mark.peers
@pytest.mark.parametrize("optimizer", [one for one in ALL if not isinstance(one, Lion)], ids=repr)
def test_agrees_with_torch(optimizer):
    import torch

    parameter = torch.tensor(START)
    theirs = torch_optimizer(optimizer, torch, [parameter])
    for record, slope in zip(records(optimizer, START, SLOPES), SLOPES, strict=True):
        parameter.grad = torch.tensor(slope)
        theirs.step()
        np.testing.assert_allclose(record.new, parameter.numpy(), rtol=1e-10, atol=1e-12)


def optax_optimizer(optimizer, optax):
    rate = optimizer.learning_rate
    match optimizer:
        case SGD():
            return optax.sgd(rate, momentum=optimizer.momentum, nesterov=optimizer.nesterov)
        case AdamW():
            return optax.adamw(rate, weight_decay=optimizer.weight_decay)
        case Adam():
            return optax.adam(rate)
        case RMSProp():
            return optax.rmsprop(rate, decay=optimizer.decay, eps=optimizer.epsilon, eps_in_sqrt=False)
        case Lion():
            return optax.lion(rate, weight_decay=optimizer.weight_decay or 0.0)


@pytest.mark.peers
@pytest.mark.parametrize("optimizer", [one for one in ALL if type(one) is not Adagrad], ids=repr)
def test_agrees_with_optax(optimizer):
    import optax

    from chainrule.ops.compiled import double_precision

    with double_precision(np.dtype(np.float64)):
        theirs = optax_optimizer(optimizer, optax)
        state, parameter = theirs.init(START), START
        for record, slope in zip(records(optimizer, START, SLOPES), SLOPES, strict=True):
            change, state = theirs.update(slope, state, parameter)
            parameter = optax.apply_updates(parameter, change)
            np.testing.assert_allclose(record.new, np.asarray(parameter), rtol=1e-10, atol=1e-12)


def two_parameters(ops, optimizer, a, b, slope_a, slope_b):
    old, slopes = {"a": a, "b": b}, {"a": slope_a, "b": slope_b}
    states = {name: optimizer.init(ops, array) for name, array in old.items()}
    done = update(ops, optimizer, old, slopes, states, ops.asarray(1.0, dtype=a.dtype))
    return done.parameters["a"], done.parameters["b"], done.records["a"].gradient, done.clip_scale


@ENGINES
def test_clipping_by_norm_is_over_all_parameters(engine):
    given = np.array([1.0, 1.0]), np.array([[1.0]]), np.array([3.0, 0.0]), np.array([[4.0]])
    a, b, gradient, scale = engine.run(lambda ops, *x: two_parameters(ops, SGD(0.5, clip_norm=1.0), *x), *given)
    np.testing.assert_allclose(scale, 0.2, rtol=1e-15)
    np.testing.assert_allclose(gradient, [0.6, 0.0], rtol=1e-15)
    np.testing.assert_allclose(a, [0.7, 1.0], rtol=1e-15)
    np.testing.assert_allclose(b, [[0.6]], rtol=1e-15)


@ENGINES
def test_clipping_by_norm_comes_before_clipping_by_value(engine):
    given = np.array([0.0, 0.0]), np.array([[0.0]]), np.array([3.0, 0.0]), np.array([[-4.0]])
    optimizer = SGD(1.0, clip_norm=2.5, clip_value=1.8)
    a, b, _, scale = engine.run(lambda ops, *x: two_parameters(ops, optimizer, *x), *given)
    np.testing.assert_allclose(scale, 0.5, rtol=1e-15)
    np.testing.assert_allclose(a, [-1.5, 0.0], rtol=1e-15)
    np.testing.assert_allclose(b, [[1.8]], rtol=1e-15)


def test_parameters_without_a_gradient_stay():
    adam = Adam(0.1)
    old = {"a": np.array([1.0]), "b": np.array([2.0])}
    states = {name: adam.init(eager(), array) for name, array in old.items()}
    done = update(eager(), adam, old, {"b": np.array([1.0])}, states, np.asarray(1.0))
    assert list(done.parameters) == ["a", "b"]
    assert done.parameters["a"] is old["a"]
    assert done.states["a"] is states["a"]
    assert list(done.records) == ["b"]
    assert done.clip_scale == 1.0
    assert done.parameters["b"][0] != 2.0


def test_at_rate_replaces_a_schedule():
    adam = Adam(Cosine(0.1), beta1=0.5)
    assert adam.at_rate(0.05) == Adam(0.05, beta1=0.5)
    assert adam.numbers()["learning_rate.rate"] == 0.1


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"learning_rate": -0.1}, InputError, "SGD: learning_rate must be 0 or more; got -0.1."),
        ({"learning_rate": "fast"}, InputTypeError, "SGD: learning_rate must be a number; got 'fast'."),
        ({"learning_rate": np.inf}, InputError, "SGD: learning_rate must be a finite number; got inf."),
        ({"clip_norm": 0}, InputError, "SGD: clip_norm must be above 0, or None; got 0.0."),
        ({"clip_value": -1}, InputError, "SGD: clip_value must be above 0, or None; got -1.0."),
    ],
)
def test_a_setting_out_of_range_is_named(settings, kind, message):
    with pytest.raises(kind) as caught:
        SGD(**settings)
    assert str(caught.value) == message


def test_numbers_of_any_type_become_floats():
    assert SGD(1) == SGD(1.0)
    assert type(SGD(np.float32(0.5)).learning_rate) is float
