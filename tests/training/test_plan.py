"""Which rows make which step is known from the start."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.network import Dense, Dropout, Network
from chainrule.ops import Rng
from chainrule.optimizers import Adam
from chainrule.training.plan import Plan, bound_optimizer


def plan(rows=10, batch_size=4, shuffle=True, seed=0, before=()) -> Plan:
    return Plan(rows, batch_size, Network([*before, Dense(1)]), Adam(), shuffle, seed, np.dtype("float64"))


def test_an_epoch_is_whole_batches_and_what_is_left():
    batches = plan()
    assert (batches.whole_batches, batches.tail, batches.steps_per_epoch) == (2, 2, 3)
    assert (plan(8).whole_batches, plan(8).tail, plan(8).steps_per_epoch) == (2, 0, 2)
    assert [len(batches.batch_rows(step)) for step in range(4)] == [4, 4, 2, 4]


def test_every_epoch_has_an_order_of_its_own_that_the_seed_decides():
    orders = [plan().order(epoch).tolist() for epoch in range(3)]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert plan().order(1).tolist() == orders[1]
    assert plan(seed=1).order(1).tolist() != orders[1]
    assert np.concatenate([plan().batch_rows(step) for step in (3, 4, 5)]).tolist() == orders[1]
    # the stream that both engines and every machine draw from
    assert plan(seed=3).order(1).tolist() == Rng(3).child("shuffle").child(1).permutation(10).tolist()


def test_without_shuffling_or_with_one_batch_rows_stay_in_order():
    assert plan(shuffle=False).batch_rows(4).tolist() == [4, 5, 6, 7]
    assert plan(batch_size=10).order(5).tolist() == list(range(10))
    assert not plan(batch_size=10).shuffles


@pytest.mark.parametrize("batch_size", [4, 10])
def test_orders_made_at_once_are_those_made_alone(batch_size):
    one = plan(batch_size=batch_size)
    assert one.orders([0, 3, 4]).tolist() == [one.order(epoch).tolist() for epoch in (0, 3, 4)]


def test_an_order_cannot_be_changed_by_accident():
    assert not plan().order(0).flags.writeable


def test_keys_are_made_only_where_a_layer_draws():
    assert plan().key_of(3) is None
    drawing = plan(before=(Dropout(0.5),))
    keys = [tuple(np.asarray(drawing.key_of(step)).tolist()) for step in range(5)]
    assert len(set(keys)) == 5


def test_the_learning_rate_is_no_number_of_the_plan():
    numbers = plan(before=(Dropout(0.5),)).numbers()
    assert numbers["dropout1.rate"] == 0.5
    assert numbers["optimizer.beta1"] == 0.9
    assert not [name for name in numbers if "learning_rate" in name]


def test_numbers_of_the_optimizer_find_their_places():
    bound = bound_optimizer(Adam(), {"optimizer.beta1": 0.5, "dropout1.rate": 0.25})
    assert (bound.beta1, bound.beta2) == (0.5, 0.999)


def test_numbers_and_the_learning_rate_are_checked_where_they_belong():
    drawing = plan(before=(Dropout(0.5),))
    drawing.check(drawing.numbers() | {"learning_rate": 0.5, "dropout1.rate": 0.0})
    for numbers, message in (
        ({"learning_rate": -0.5}, "Adam: learning_rate must be 0 or more; got -0.5."),
        ({"optimizer.epsilon": 0.0}, "Adam: epsilon must be above 0; got 0.0."),
        ({"dropout1.rate": -0.1}, "DropoutLayer: rate must be at least 0 and below 1; got -0.1."),
    ):
        with pytest.raises(InputError) as caught:
            drawing.check(drawing.numbers() | numbers)
        assert str(caught.value) == message
