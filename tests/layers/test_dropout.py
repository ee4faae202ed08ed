"""Dropout: by hand, its share, its mean, and the same masks on every engine."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.layers import Context, DropoutLayer
from chainrule.ops import Rng, uniform
from layers import checks
from oracles import ENGINES, STRICT, XLA, eager

KEY = Rng(7).key
TRAINING = Context(True, KEY)


def made(rate=0.4, shape=(3, 4)):
    rng = np.random.default_rng(0)
    return DropoutLayer(rate), (), rng.normal(size=shape), rng.normal(size=shape)


def test_what_is_kept_grows_and_the_rest_is_zero():
    x = np.ones((2, 8))
    y, saved = DropoutLayer(0.75).forward(eager(), (), x, TRAINING)
    drawn = uniform(eager(), KEY, (2, 8), np.float64)
    np.testing.assert_array_equal(saved.kept, drawn >= 0.75)
    np.testing.assert_array_equal(y, np.where(drawn >= 0.75, 4.0, 0.0))
    assert 0 < saved.kept.sum() < 16
    dx, gradient = DropoutLayer(0.75).backward(eager(), (), saved, x * 2)
    np.testing.assert_array_equal(dx, 2 * y)
    assert gradient == ()


def test_the_share_that_is_dropped_and_the_mean():
    """40,000 draws: the share is known to 0.0023, one deviation; the mean to 0.0038."""
    y, saved = DropoutLayer(0.3).forward(eager(), (), np.ones((200, 200)), TRAINING)
    assert saved.kept.mean() == pytest.approx(0.7, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.015)


def test_rate_zero_keeps_everything():
    layer, _, x, _ = made(0)
    np.testing.assert_array_equal(layer.forward(eager(), (), x, TRAINING)[0], x)


def test_nothing_is_dropped_outside_training():
    layer, _, x, dy = made()
    y, saved = layer.forward(eager(), (), x, Context())
    assert y is x
    assert saved.kept is None
    assert layer.backward(eager(), (), saved, dy)[0] is dy


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (2, 3, 2)])
def test_deltas_agree_with_central_differences(shape):
    checks.check_differences(*made(shape=shape), TRAINING)


@ENGINES
def test_all_engines_drop_the_same(engine):
    checks.check_engine(engine, *made(), TRAINING)
    _, _, x, _ = made()
    kept = engine.run(lambda ops, key: made()[0].forward(ops, (), ops.asarray(x), Context(True, key))[1].kept, KEY)
    np.testing.assert_array_equal(kept, made()[0].forward(eager(), (), x, TRAINING)[1].kept)


@pytest.mark.parametrize("engine", [XLA, STRICT], ids=["xla", "strict"])
def test_the_rate_may_be_an_argument_of_the_program(engine):
    layer, _, x, _ = made()
    y = engine.run(
        lambda ops, x, key, rate: layer.bind({"rate": rate}).forward(ops, (), x, Context(True, key))[0],
        x,
        KEY,
        np.asarray(0.4),
    )
    np.testing.assert_allclose(y, layer.forward(eager(), (), x, TRAINING)[0], rtol=1e-12)


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    checks.check_float32(*made(), TRAINING)
    checks.check_purity(*made(), Context(True, KEY.copy()))


@pytest.mark.parametrize("rate", [1, -0.1])
def test_a_rate_out_of_range_is_named(rate):
    with pytest.raises(InputError) as caught:
        DropoutLayer(float(rate))
    assert str(caught.value) == f"DropoutLayer: rate must be at least 0 and below 1; got {float(rate)}."
