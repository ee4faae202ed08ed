"""A function over every array of a state keeps the state's form."""

from typing import NamedTuple

from chainrule.training.engine import map_arrays


class Pair(NamedTuple):
    one: object
    other: object


def test_every_array_and_no_more():
    tree = {"a": Pair(1, (2, None)), "b": ()}
    assert map_arrays(lambda number: number * 10, tree) == {"a": Pair(10, (20, None)), "b": ()}
    assert isinstance(map_arrays(lambda number: number, tree)["a"], Pair)
    assert map_arrays(str, 3) == "3"
