"""Texts of options become what they stand for, or one message."""

import pytest

from chainrule.cli.options import class_weights, pairs, whole_numbers
from chainrule.errors import InputError
from messages import message_of


def test_pairs():
    assert pairs([], "--kind", "a=b") == {}
    assert pairs(["zip=category", "a=b= number "], "--kind", "zip=category") == {"zip": "category", "a=b": "number"}


@pytest.mark.parametrize("text", ["zip", "=number", "zip="])
def test_no_pair(text):
    assert message_of(InputError, lambda: pairs([text], "--kind", "zip=category")) == (
        f"--kind takes name=value, such as zip=category; got '{text}'."
    )


def test_hidden_layers():
    assert whole_numbers("64, 32") == (64, 32)
    assert whole_numbers("None") == whole_numbers("0") == whole_numbers(" ") == ()


@pytest.mark.parametrize("text", ["64,0", "-1", "64;32", "1.5", "64,"])
def test_no_hidden_layers(text):
    assert message_of(InputError, lambda: whole_numbers(text)) == (
        f"--hidden-layers takes whole numbers above 0, such as 64,64, or none; got '{text}'."
    )


def test_weights_of_classes():
    assert class_weights(None) is None
    assert class_weights("balanced") == "balanced"
    assert class_weights("yes=2,no=0.5") == {"yes": 2.0, "no": 0.5}
    assert message_of(InputError, lambda: class_weights("yes=two")) == (
        "--class-weight takes a number for each class; got 'two' for 'yes'."
    )
    assert message_of(InputError, lambda: class_weights("yes")) == (
        "--class-weight takes name=value, such as yes=2,no=1 (or balanced); got 'yes'."
    )
