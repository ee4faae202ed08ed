"""Parameters by name: whole arrays, single numbers, and nothing that is not there."""

from typing import NamedTuple

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.network.parameters import ParameterView, flatten, frozen_arrays, parse_name, unflatten


class Pair(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray


def tree():
    return {
        "dense1": Pair(np.arange(6.0).reshape(2, 3), np.zeros(3)),
        "dropout1": (),
        "last": Pair(np.ones((3, 1)), np.ones(1)),
    }


def test_flat_and_back():
    flat = flatten(tree())
    assert list(flat) == ["dense1.weight", "dense1.bias", "last.weight", "last.bias"]
    changed = unflatten({"last.bias": np.array([5.0])}, tree())
    assert isinstance(changed["last"], Pair)
    assert changed["last"].bias.tolist() == [5.0]
    assert changed["dense1"].weight.tolist() == tree()["dense1"].weight.tolist()
    assert changed["dropout1"] == ()


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("dense1.weight", None),
        ("dense1.weight[1, 2]", (1, 2)),
        (" dense1.weight [1,2] ", (1, 2)),
        ("last.bias[0]", (0,)),
    ],
)
def test_names_are_taken_apart(name, index):
    parsed = parse_name(name, flatten(tree()))
    assert parsed.index == index
    assert parsed.array == name.strip().partition("[")[0].strip()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "dense1.wieght[0, 0]",
            "There is no parameter 'dense1.wieght[0, 0]'; there are 'dense1.weight', 'dense1.bias', 'last.weight', "
            "'last.bias'. Did you mean 'dense1.weight'?",
        ),
        *(
            (
                f"dense1.weight[{index}]",
                f"'dense1.weight[{index}]' is outside of 'dense1.weight', whose shape is (2, 3); indices count from 0, "
                "the last is [1, 2].",
            )
            for index in ("2, 0", "-1, 0", "1", "0, 3", "0, 0, 0")
        ),
    ],
)
def test_names_of_nothing(name, message):
    with pytest.raises(InputError) as caught:
        parse_name(name, flatten(tree()))
    assert str(caught.value) == message


def test_a_view_is_read_only_and_knows_single_numbers():
    own = flatten(tree())
    view = ParameterView(own)
    assert view["dense1.weight[1, 2]"] == 5.0
    assert (len(view), list(view)) == (4, list(own))
    assert "dense1.weight" in view
    assert "dense1" not in view
    with pytest.raises(ValueError, match="read-only"):
        view["dense1.weight"][0, 0] = 9.0
    assert own["dense1.weight"].flags.writeable
    assert repr(view).startswith("dense1.weight: [[0. 1. 2.]")


def test_freezing_takes_nodes_and_single_parameters():
    flat = flatten(tree())
    assert frozen_arrays(["dense1", "last.bias"], flat) == {"dense1.weight", "dense1.bias", "last.bias"}
    with pytest.raises(InputError) as caught:
        frozen_arrays(["dense2"], flat)
    assert str(caught.value) == (
        "There is no node or parameter 'dense2' to freeze; nodes with parameters are 'dense1', 'last'. Did you mean "
        "'dense1'?"
    )
