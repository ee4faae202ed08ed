from dataclasses import FrozenInstanceError, dataclass, field

import numpy as np
import pytest

from chainrule.config import Config
from chainrule.errors import InputError, InputTypeError


@dataclass(frozen=True)
class Inner(Config):
    slope: float = 0.5


@dataclass(frozen=True)
class Outer(Config):
    units: int
    rate: float = 0.1
    decay: float | None = None
    inner: Inner = field(default_factory=Inner)
    other: Inner | None = None

    def check(self):
        self.require(0 <= self.rate < 1, "rate", "from 0 to below 1")


def test_numbers_are_the_floats_by_their_path():
    assert Outer(3).numbers() == {"rate": 0.1, "inner.slope": 0.5}
    assert Outer(3, decay=2.0, other=Inner(7.0)).numbers() == {
        "rate": 0.1,
        "decay": 2.0,
        "inner.slope": 0.5,
        "other.slope": 7.0,
    }


def test_bind_replaces_in_a_copy_and_takes_anything():
    first = Outer(3)
    array = np.ones(2)
    second = first.bind({"rate": array, "inner.slope": 9.0})
    assert second.rate is array
    assert second.inner == Inner(9.0)
    assert first == Outer(3)
    assert first.bind(first.numbers()) == first


def test_numbers_that_were_bound_are_checked_when_asked_for():
    @dataclass(frozen=True)
    class Strict(Inner):
        def check(self):
            self.require(self.slope > 0, "slope", "above 0")

    first = Outer(3, inner=Strict())
    first.bind({"rate": 0.5, "inner.slope": 9.0}).recheck()
    for numbers, message in (
        ({"rate": 1.0}, "Outer: rate must be from 0 to below 1; got 1.0."),
        ({"inner.slope": -1.0}, "Strict: slope must be above 0; got -1.0."),
    ):
        with pytest.raises(InputError) as caught:
            first.bind(numbers).recheck()
        assert str(caught.value) == message


def test_skeletons_are_equal_where_only_numbers_differ():
    assert Outer(3, rate=0.2, inner=Inner(4.0)).skeleton() == Outer(3).skeleton()
    assert hash(Outer(3, rate=0.2).skeleton()) == hash(Outer(3).skeleton())
    assert Outer(4).skeleton() != Outer(3).skeleton()
    assert Outer(3, decay=1.0).skeleton() != Outer(3).skeleton()
    assert Outer(3).skeleton().numbers() == {"rate": 0.0, "inner.slope": 0.0}


@pytest.mark.parametrize("value", [0, np.float32(0.25), np.float64(0.25), np.array(0.25), np.int64(0)])
def test_whatever_is_a_number_becomes_a_float(value):
    rate = Outer(3, rate=value).rate
    assert type(rate) is float
    assert rate == float(value)


def test_it_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Outer(3).rate = 0.5


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("0.1", InputTypeError, "Outer: rate must be a number; got '0.1'."),
        (True, InputTypeError, "Outer: rate must be a number; got True."),
        (None, InputTypeError, "Outer: rate must be a number; got None."),
        (1j, InputTypeError, "Outer: rate must be a number; got 1j."),
        (np.ones(2), InputTypeError, "Outer: rate must be a number; got array([1., 1.])."),
        (float("nan"), InputError, "Outer: rate must be a finite number; got nan."),
        (float("-inf"), InputError, "Outer: rate must be a finite number; got -inf."),
        (1.0, InputError, "Outer: rate must be from 0 to below 1; got 1.0."),
        (-1, InputError, "Outer: rate must be from 0 to below 1; got -1.0."),
    ],
)
def test_mistakes(value, kind, message):
    with pytest.raises(kind) as caught:
        Outer(3, rate=value)
    assert str(caught.value) == message


def test_as_number():
    assert Outer(3).as_number("units") == 3.0
    with pytest.raises(InputTypeError) as caught:
        Outer("three").as_number("units")
    assert str(caught.value) == "Outer: units must be a number; got 'three'."
