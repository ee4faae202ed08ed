"""Gradient descent, plain and with momentum."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule._typing import Array, Float
from chainrule.ops import Ops
from chainrule.optimizers.base import LinearForm, Optimizer, check_share


class SGDState(NamedTuple):
    """What momentum remembers."""

    velocity: Float[Array, "*s"]


class SGDStep(NamedTuple):
    """Every number of one step."""

    gradient: Float[Array, "*s"]
    velocity: Float[Array, "*s"] | None
    direction: Float[Array, "*s"]
    """What the learning rate multiplies: the slope itself, the velocity, or Nesterov's look ahead."""
    step_size: Float[Array, "*s"]
    new: Float[Array, "*s"]


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent: ``step size = slope * learning rate``, ``new = old - step size``.

    With momentum μ (Polyak 1964, in the form of Sutskever et al. 2013 with the rate taken out, as in PyTorch):
    ``velocity = μ * velocity + slope``, ``step size = learning rate * velocity``; a change of the learning rate acts
    on the whole velocity at once. The first velocity is the first slope. With ``nesterov``:
    ``step size = learning rate * (slope + μ * velocity)``.
    """

    name = "sgd"
    learning_rate: float | Any = 0.01
    momentum: float | None = None
    nesterov: bool = False

    def check(self) -> None:
        """Momentum is at least 0 and below 1."""
        super().check()
        if self.momentum is not None:
            check_share(self, "momentum")
        self.require(not self.nesterov or self.momentum is not None, "nesterov", "used together with momentum")

    def init(self, ops: Ops, parameter: Float[Array, "*s"]) -> SGDState | tuple[()]:
        """A velocity of zero, or nothing."""
        return () if self.momentum is None else SGDState(ops.zeros_like(parameter))

    def step(
        self, ops: Ops, parameter: Float[Array, "*s"], gradient: Float[Array, "*s"], state: Any, count: Float[Array, ""]
    ) -> SGDStep:
        """``new = old - learning_rate * direction``."""
        velocity, direction = None, gradient
        if self.momentum is not None:
            velocity = self.momentum * state.velocity + gradient
            direction = gradient + self.momentum * velocity if self.nesterov else velocity
        step_size = self.learning_rate * direction
        return SGDStep(gradient, velocity, direction, step_size, parameter - step_size)

    def formulas(self) -> dict[str, str]:
        """With momentum the velocity, too."""
        found = {"direction": "gradient", "step_size": "learning_rate·direction"}
        if self.momentum is not None:
            found["velocity"] = "momentum·velocity + gradient"
            found["direction"] = "gradient + momentum·(new velocity)" if self.nesterov else "new velocity"
        return found

    def state_of(self, record: SGDStep) -> SGDState | tuple[()]:
        """The velocity."""
        return () if record.velocity is None else SGDState(record.velocity)

    def linear(self, ops: Ops, record: SGDStep, count: Float[Array, ""]) -> LinearForm:
        """Linear as it stands; the memory is the velocity."""
        rate, momentum = self.learning_rate, self.momentum
        if momentum is None:
            return LinearForm(0.0, rate)
        if self.nesterov:
            return LinearForm(rate * momentum**2, rate * (1 + momentum), keep=momentum, take=1.0)
        return LinearForm(rate * momentum, rate, keep=momentum, take=1.0)
