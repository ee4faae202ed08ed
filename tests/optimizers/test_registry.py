"""Optimizers by name."""

from inspect import unwrap

import pytest

from chainrule.errors import InputError, InputTypeError
from chainrule.optimizers import SGD, Adagrad, Adam, AdamW, Lion, RMSProp, get_optimizer


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sgd", SGD(0.01)),
        ("momentum", SGD(0.01, momentum=0.9)),
        ("nesterov", SGD(0.01, momentum=0.9, nesterov=True)),
        ("adagrad", Adagrad()),
        ("rmsprop", RMSProp()),
        ("adam", Adam()),
        ("adamw", AdamW()),
        ("lion", Lion()),
    ],
)
def test_by_name(name, expected):
    assert get_optimizer(name) == expected
    assert type(get_optimizer(name)) is type(expected)


def test_an_optimizer_comes_back_as_it_is():
    mine = Adam(0.5)
    assert get_optimizer(mine) is mine


def test_unknown_name():
    with pytest.raises(InputError) as caught:
        get_optimizer("adan")
    assert str(caught.value) == (
        "There is no optimizer 'adan'; there are 'adagrad', 'adam', 'adamw', 'lion', 'momentum', 'nesterov', "
        "'rmsprop', 'sgd'. Did you mean 'adam'?"
    )


@pytest.mark.parametrize(("given", "shown"), [(["adam"], "['adam'] of type list"), (None, "None of type NoneType")])
def test_neither_a_name_nor_an_optimizer(given, shown):
    with pytest.raises(InputTypeError) as caught:
        unwrap(get_optimizer)(given)  # without the annotations that tests enforce
    assert str(caught.value) == (
        f"An optimizer is given by its name, such as 'adam', or as an object, such as Adam(0.001); got {shown}."
    )
