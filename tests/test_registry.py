"""A thing by its name, or the thing itself."""

import pytest

from chainrule.errors import InputError, InputTypeError
from chainrule.registry import by_name

KNOWN = {"one": 1, "two": 2}


def found(given):
    return by_name(given, int, KNOWN, "an integer", "one", "1")


def test_names_and_things():
    assert (found("two"), found(7)) == (2, 7)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("tow", InputError, "There is no integer 'tow'; there are 'one', 'two'. Did you mean 'two'?"),
        (
            1.5,
            InputTypeError,
            "An integer is given by its name, such as 'one', or as an object, such as 1; got 1.5 of type float.",
        ),
    ],
)
def test_neither(given, error, message):
    with pytest.raises(error) as caught:
        found(given)
    assert str(caught.value) == message
