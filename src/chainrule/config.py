"""Configurations: frozen, comparable, and with every number in them replaceable by an argument of a program.

A layer, loss, activation or optimizer is a frozen dataclass. Its fields that are floats (a learning rate, a dropout
rate, a penalty) are its *numbers*. The compiled program takes them as arguments: :meth:`Config.skeleton` is what the
program is compiled for, :meth:`Config.bind` puts the arguments in their place. So changing a number compiles
nothing, and the maths just reads ``self.rate``.
"""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from chainrule.errors import InputError, InputTypeError


@dataclass(frozen=True)
class Config:
    """Base of everything that is configured: layers, activations, losses, optimizers, schedules."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is float or (field.type == float | None and value is not None):
                object.__setattr__(self, field.name, _finite(type(self).__name__, field.name, value))
        self.check()

    def as_number(self, name: str) -> float:
        """A field as a finite float; raises where it is none."""
        return _finite(type(self).__name__, name, getattr(self, name))

    def check(self) -> None:
        """Raise :class:`InputError` where a field is out of its range; subclasses say which ranges."""

    def numbers(self) -> dict[str, float]:
        """Every float in the configuration by its path: ``{"rate": 0.5, "activation.slope": 0.01}``."""
        found: dict[str, float] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float):
                found[field.name] = value
            elif isinstance(value, Config):
                found |= {f"{field.name}.{path}": number for path, number in value.numbers().items()}
        return found

    def bind(self, numbers: Mapping[str, Any]) -> Self:
        """Return a copy with the numbers given in place of its own; they may be arrays inside a program."""
        bound = copy.copy(self)
        for path, number in numbers.items():
            name, _, rest = path.partition(".")
            value = getattr(bound, name).bind({rest: number}) if rest else number
            object.__setattr__(bound, name, value)
        return bound

    def recheck(self) -> None:
        """Raise :class:`InputError` where a number that was bound, here or in a part, is out of its range."""
        self.check()
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Config):
                value.recheck()

    def skeleton(self) -> Self:
        """Return a copy with every number set to 0.0: what stays the same when numbers change, and can be a key."""
        return self.bind(dict.fromkeys(self.numbers(), 0.0))

    def require(self, valid: bool, name: str, expected: str) -> None:
        """Raise the one message for a field out of range, unless ``valid``."""
        if not valid:
            raise InputError(f"{type(self).__name__}: {name} must be {expected}; got {getattr(self, name)!r}.")


def _finite(owner: str, name: str, value: Any) -> float:
    try:
        number = None if isinstance(value, (bool, str)) else float(value)
    except TypeError:  # None, lists, complex numbers, arrays of several
        number = None
    if number is None:
        raise InputTypeError(f"{owner}: {name} must be a number; got {value!r}.")
    if not math.isfinite(number):
        raise InputError(f"{owner}: {name} must be a finite number; got {value!r}.")
    return number
