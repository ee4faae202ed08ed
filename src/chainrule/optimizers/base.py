"""What an optimizer is: an update rule for one array that returns every number on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from chainrule._typing import Array, Float
from chainrule.config import Config
from chainrule.errors import InputError
from chainrule.ops import Ops
from chainrule.optimizers.clipping import clip
from chainrule.optimizers.schedules import Schedule


class LinearForm(NamedTuple):
    """One step as a linear form, with the scalings as they were at that step.

    ``step_size = of_memory * memory + of_gradient * gradient + of_parameter * old``, where ``memory`` is what was
    remembered before the step; then ``memory = keep * memory + take * gradient``. So the memory is a sum over earlier
    gradients, each gradient (clipping is one more scaling) a sum over rows, and a parameter's whole change splits by
    step and by row.
    """

    of_memory: Array | float
    of_gradient: Array | float
    of_parameter: Array | float = 0.0
    keep: Array | float = 0.0
    take: Array | float = 0.0


@dataclass(frozen=True)
class Optimizer(Config):
    """Base of all optimizers. For every one of them ``new = old - step_size``.

    Clipping is asked for by keyword: ``SGD(0.1, 0.9)`` is momentum, ``SGD(0.1, clip_norm=1)`` clips.
    """

    name: ClassVar[str]
    learning_rate: float | Schedule = 0.01
    clip_norm: float | None = field(default=None, kw_only=True)
    """Scale all gradients down so that their joint norm is at most this (Pascanu et al. 2013)."""
    clip_value: float | None = field(default=None, kw_only=True)
    """Cut every element of a gradient off at plus and minus this."""

    def __post_init__(self) -> None:
        if not isinstance(self.learning_rate, Schedule):
            object.__setattr__(self, "learning_rate", self.as_number("learning_rate"))
        super().__post_init__()

    def check(self) -> None:
        """Rates are not negative, limits above 0."""
        if not isinstance(self.learning_rate, Schedule):
            self.require(self.learning_rate >= 0, "learning_rate", "0 or more")
        for name in ("clip_norm", "clip_value"):
            limit = getattr(self, name)
            self.require(limit is None or limit > 0, name, "above 0, or None")

    def at_rate(self, rate: Any) -> "Optimizer":
        """A copy whose learning rate is that of one step."""
        return self.bind({"learning_rate": rate})

    def init(self, ops: Ops, parameter: Array) -> Any:
        """What the optimizer remembers of an array, before the first step: a NamedTuple, or ``()``."""
        return ()

    def step(self, ops: Ops, parameter: Array, gradient: Array, state: Any, count: Float[Array, ""]) -> Any:
        """Make one update and return every intermediate, at least ``gradient``, ``step_size`` and ``new``.

        Args:
            ops: the operations to compute with.
            parameter: the array before the step.
            gradient: derivative of the loss with respect to it, after clipping.
            state: what was remembered.
            count: number of this step, from 1.
        """
        raise NotImplementedError

    def formulas(self) -> dict[str, str]:
        """How each number of a step's record is worked out, by its name; on the right, memory is as it was before.

        >>> from chainrule.optimizers import SGD
        >>> SGD(0.1).formulas()["step_size"]
        'learning_rate·direction'
        """
        return {}

    def state_of(self, record: Any) -> Any:
        """What is to be remembered, out of a step's record."""
        return ()

    def linear(self, ops: Ops, record: Any, count: Float[Array, ""]) -> LinearForm:
        """The step of a record as a linear form of memory, gradient and parameter."""
        raise NotImplementedError


class Update(NamedTuple):
    """One step of all parameters."""

    parameters: dict[str, Array]
    states: dict[str, Any]
    records: dict[str, Any]
    """Parameter name → every intermediate of its step."""
    clip_scale: Array | float
    """What clipping by norm multiplied the gradients by; 1 where it did nothing."""


def update(
    ops: Ops,
    optimizer: Optimizer,
    parameters: Mapping[str, Array],
    gradients: Mapping[str, Array],
    states: Mapping[str, Any],
    count: Float[Array, ""],
) -> Update:
    """Make one step of every parameter that has a gradient, by name (``dense1.weight``); nothing given is modified.

    Parameters without a gradient (frozen ones) stay as they are, and so does what is remembered of them.

    >>> import numpy as np
    >>> from chainrule.ops import eager_ops
    >>> from chainrule.optimizers import SGD
    >>> old, slope = {"w": np.array([1.0])}, {"w": np.array([0.5])}
    >>> update(eager_ops(), SGD(0.1), old, slope, {"w": ()}, np.float64(1)).parameters["w"]
    array([0.95])
    """
    clipped, scale = clip(ops, gradients, optimizer.clip_norm, optimizer.clip_value)
    records = {
        name: optimizer.step(ops, parameters[name], gradient, states[name], count) for name, gradient in clipped.items()
    }
    return Update(
        {name: records[name].new if name in records else parameter for name, parameter in parameters.items()},
        {name: optimizer.state_of(records[name]) if name in records else state for name, state in states.items()},
        records,
        scale,
    )


def check_share(optimizer: Optimizer, *names: str) -> None:
    """Raise unless fields are at least 0 and below 1."""
    for name in names:
        value = getattr(optimizer, name)
        if not 0 <= value < 1:
            raise InputError(f"{type(optimizer).__name__}: {name} must be at least 0 and below 1; got {value!r}.")
