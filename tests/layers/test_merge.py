"""Add and Concatenate: several values become one, and its delta goes to each."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from chainrule.errors import InputError
from chainrule.layers import AddLayer, ConcatenateLayer
from layers import checks
from oracles import ENGINES, eager


def added(count=2, shape=(2, 3)):
    rng = np.random.default_rng(0)
    return AddLayer(), (), tuple(rng.normal(size=shape) for _ in range(count)), rng.normal(size=shape)


def joined(widths=(1, 3), before=(2,)):
    rng = np.random.default_rng(0)
    x = tuple(rng.normal(size=(*before, width)) for width in widths)
    return ConcatenateLayer(), (), x, rng.normal(size=(*before, sum(widths)))


def test_by_hand():
    x = (np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]]))
    y, dx, gradient = checks.both_ways(eager(), AddLayer(), (), x, np.array([[5.0, 6.0]]))
    assert y.tolist() == [[11, 22]]
    assert [delta.tolist() for delta in dx] == [[[5, 6]], [[5, 6]]]
    assert gradient == ()
    x = (np.array([[1.0]]), np.array([[2.0, 3.0]]))
    y, dx, gradient = checks.both_ways(eager(), ConcatenateLayer(), (), x, np.array([[5.0, 6.0, 7.0]]))
    assert y.tolist() == [[1, 2, 3]]
    assert [delta.tolist() for delta in dx] == [[[5]], [[6, 7]]]
    assert gradient == ()


@given(count=st.integers(1, 3), shape=st.sampled_from([(1, 1), (2, 3), (2, 1, 2)]))
def test_sums_agree_with_central_differences(count, shape):
    checks.check_differences(*added(count, shape))


@given(widths=st.lists(st.integers(1, 3), min_size=1, max_size=3), before=st.sampled_from([(1,), (2,), (2, 3)]))
def test_joins_agree_with_central_differences(widths, before):
    checks.check_differences(*joined(widths, before))


@ENGINES
def test_all_engines_agree(engine):
    checks.check_engine(engine, *added(3))
    checks.check_engine(engine, *joined((1, 3, 2)))


def test_float32_stays_float32_and_inputs_stay_as_they_are():
    for case in (added(), joined()):
        checks.check_float32(*case)
        checks.check_purity(*case)


@pytest.mark.parametrize("layer", [AddLayer(), ConcatenateLayer()], ids=["add", "concatenate"])
def test_a_step_is_real_where_it_is_in_every_input(layer):
    first, second = np.array([[True, True, False]]), np.array([[True, False, True]])
    assert layer.output_mask((None, None)) is None
    assert layer.output_mask((None, first)) is first
    assert layer.output_mask((first, first)) is first
    assert layer.output_mask((first, second)).tolist() == [[True, False, False]]


def test_wrong_shapes_are_named():
    assert AddLayer().output_shape(((2, 3), (2, 3))) == (2, 3)
    assert ConcatenateLayer().output_shape(((4, 2), (4, 3))) == (4, 5)
    with pytest.raises(InputError) as caught:
        AddLayer().output_shape(((2,), (3,)))
    assert str(caught.value) == "Add takes inputs of one shape; got (2,) and (3,)."
    for shapes, listed in ((((2, 1), (3, 1)), "(2, 1) and (3, 1)"), (((), ()), "() and ()")):
        with pytest.raises(InputError) as caught:
            ConcatenateLayer().output_shape(shapes)
        assert str(caught.value) == f"Concatenate takes inputs that agree in all axes but the last; got {listed}."
