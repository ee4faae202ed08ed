"""Lion: steps of one size, in the direction of a running mean's sign."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule._typing import Array, Float
from chainrule.ops import Ops
from chainrule.optimizers.base import LinearForm, Optimizer, check_share


class LionState(NamedTuple):
    """What Lion remembers."""

    m: Float[Array, "*s"]


class LionStep(NamedTuple):
    """Every number of one step."""

    gradient: Float[Array, "*s"]
    blend: Float[Array, "*s"]
    direction: Float[Array, "*s"]
    """−1, 0 or 1"""
    m: Float[Array, "*s"]
    decay: Float[Array, "*s"] | None
    step_size: Float[Array, "*s"]
    new: Float[Array, "*s"]


@dataclass(frozen=True)
class Lion(Optimizer):
    """Every element moves by the learning rate, against the sign of a blend of slopes (Chen et al. 2023, algorithm 2).

    ``blend = beta1 * m + (1 - beta1) * slope``; ``m = beta2 * m + (1 - beta2) * slope``; sign(0) = 0.
    Weight decay, where it is given, takes off ``learning rate * weight_decay * old`` as well, of every parameter.
    """

    name = "lion"
    learning_rate: float | Any = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float | None = None

    def check(self) -> None:
        """The betas are at least 0 and below 1."""
        super().check()
        check_share(self, "beta1", "beta2")
        self.require(self.weight_decay is None or self.weight_decay >= 0, "weight_decay", "0 or more, or None")

    def init(self, ops: Ops, parameter: Float[Array, "*s"]) -> LionState:
        """The mean at zero."""
        return LionState(ops.zeros_like(parameter))

    def step(
        self,
        ops: Ops,
        parameter: Float[Array, "*s"],
        gradient: Float[Array, "*s"],
        state: LionState,
        count: Float[Array, ""],
    ) -> LionStep:
        """``step size = learning_rate * sign(blend)``."""
        blend = self.beta1 * state.m + (1 - self.beta1) * gradient
        direction = ops.sign(blend)
        m = self.beta2 * state.m + (1 - self.beta2) * gradient
        decay = None if self.weight_decay is None else self.learning_rate * self.weight_decay * parameter
        step_size = self.learning_rate * direction
        step_size = step_size if decay is None else step_size + decay
        return LionStep(gradient, blend, direction, m, decay, step_size, parameter - step_size)

    def formulas(self) -> dict[str, str]:
        """A sign, and what decays where that was asked for."""
        found = {
            "blend": "beta1·m + (1 − beta1)·gradient",
            "direction": "sign(blend)",
            "m": "beta2·m + (1 − beta2)·gradient",
            "step_size": "learning_rate·direction",
        }
        if self.weight_decay is not None:
            found |= {"decay": "learning_rate·weight_decay·old", "step_size": "learning_rate·direction + decay"}
        return found

    def state_of(self, record: LionStep) -> LionState:
        """The mean."""
        return LionState(record.m)

    def linear(self, ops: Ops, record: LionStep, count: Float[Array, ""]) -> LinearForm:
        """The sign as a division by the blend's own size, as it was: ``sign(c) = c / |c|``; 0 where c is 0."""
        size = ops.abs(record.blend)
        unit = ops.where(size > 0, size, ops.ones_like(size))
        scale = self.learning_rate * ops.abs(record.direction) / unit
        decay = 0.0 if self.weight_decay is None else self.learning_rate * self.weight_decay
        return LinearForm(scale * self.beta1, scale * (1 - self.beta1), decay, keep=self.beta2, take=1 - self.beta2)
