"""Optimizers that divide by the size of past gradients: Adagrad, RMSProp, Adam and AdamW."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule._typing import Array, Float
from chainrule.ops import Ops
from chainrule.optimizers.base import LinearForm, Optimizer, check_share


class SquaresState(NamedTuple):
    """What Adagrad and RMSProp remember."""

    squares: Float[Array, "*s"]


class SquaresStep(NamedTuple):
    """Every number of one step of Adagrad or RMSProp."""

    gradient: Float[Array, "*s"]
    squares: Float[Array, "*s"]
    scale: Float[Array, "*s"]
    """What the slope is multiplied by; given the scale, the step is linear in the slope."""
    step_size: Float[Array, "*s"]
    new: Float[Array, "*s"]


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Divides by the root of the sum of all squared slopes (Duchi et al. 2011, section 1).

    Epsilon stands outside the root, as in PyTorch: ``step size = learning rate * slope / (sqrt(squares) + epsilon)``.
    """

    name = "adagrad"
    epsilon: float = 1e-10

    def check(self) -> None:
        """Epsilon is above 0: without it an element that never had a slope would be 0 / 0."""
        super().check()
        self.require(self.epsilon > 0, "epsilon", "above 0")

    def init(self, ops: Ops, parameter: Float[Array, "*s"]) -> SquaresState:
        """No squares yet."""
        return SquaresState(ops.zeros_like(parameter))

    def step(
        self,
        ops: Ops,
        parameter: Float[Array, "*s"],
        gradient: Float[Array, "*s"],
        state: SquaresState,
        count: Float[Array, ""],
    ) -> SquaresStep:
        """``squares += slope**2``."""
        squares = state.squares + gradient * gradient
        scale = self.learning_rate / (ops.sqrt(squares) + self.epsilon)
        return SquaresStep(gradient, squares, scale, scale * gradient, parameter - scale * gradient)

    def formulas(self) -> dict[str, str]:
        """A sum of squares."""
        return {
            "squares": "squares + gradient²",
            "scale": "learning_rate / (√(new squares) + epsilon)",
            "step_size": "scale·gradient",
        }

    def state_of(self, record: SquaresStep) -> SquaresState:
        """The squares."""
        return SquaresState(record.squares)

    def linear(self, ops: Ops, record: SquaresStep, count: Float[Array, ""]) -> LinearForm:
        """Linear in the slope, with the scale as it was."""
        return LinearForm(0.0, record.scale)


@dataclass(frozen=True)
class RMSProp(Adagrad):
    """Divides by the root of a running mean of squared slopes (Tieleman and Hinton 2012, lecture 6.5).

    Epsilon stands outside the root, as in PyTorch.
    """

    name = "rmsprop"
    decay: float = 0.99
    epsilon: float = 1e-8

    def check(self) -> None:
        """The decay is at least 0 and below 1."""
        super().check()
        check_share(self, "decay")

    def step(
        self,
        ops: Ops,
        parameter: Float[Array, "*s"],
        gradient: Float[Array, "*s"],
        state: SquaresState,
        count: Float[Array, ""],
    ) -> SquaresStep:
        """``squares = decay * squares + (1 - decay) * slope**2``."""
        squares = self.decay * state.squares + (1 - self.decay) * (gradient * gradient)
        scale = self.learning_rate / (ops.sqrt(squares) + self.epsilon)
        return SquaresStep(gradient, squares, scale, scale * gradient, parameter - scale * gradient)

    def formulas(self) -> dict[str, str]:
        """A running mean of squares."""
        return super().formulas() | {"squares": "decay·squares + (1 − decay)·gradient²"}


class AdamState(NamedTuple):
    """What Adam remembers."""

    m: Float[Array, "*s"]
    v: Float[Array, "*s"]


class AdamStep(NamedTuple):
    """Every number of one step of Adam or AdamW."""

    gradient: Float[Array, "*s"]
    m: Float[Array, "*s"]
    v: Float[Array, "*s"]
    m_hat: Float[Array, "*s"]
    v_hat: Float[Array, "*s"]
    scale: Float[Array, "*s"]
    """What ``m_hat`` is multiplied by; given the scales, the steps are linear in the slopes."""
    decay: Float[Array, "*s"] | None
    """What weight decay takes off; None without it."""
    step_size: Float[Array, "*s"]
    new: Float[Array, "*s"]


@dataclass(frozen=True)
class Adam(Optimizer):
    """Running means of slopes and of their squares, each corrected for its start (Kingma and Ba 2015, algorithm 1).

    Epsilon stands outside the root: ``step size = learning rate * m_hat / (sqrt(v_hat) + epsilon)``.
    """

    name = "adam"
    learning_rate: float | Any = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def check(self) -> None:
        """The betas are at least 0 and below 1, epsilon is above 0."""
        super().check()
        check_share(self, "beta1", "beta2")
        self.require(self.epsilon > 0, "epsilon", "above 0")

    def init(self, ops: Ops, parameter: Float[Array, "*s"]) -> AdamState:
        """Both means at zero."""
        return AdamState(ops.zeros_like(parameter), ops.zeros_like(parameter))

    def step(
        self,
        ops: Ops,
        parameter: Float[Array, "*s"],
        gradient: Float[Array, "*s"],
        state: AdamState,
        count: Float[Array, ""],
    ) -> AdamStep:
        """``m`` and ``v`` are updated, corrected to ``m_hat`` and ``v_hat``, and divided."""
        m = self.beta1 * state.m + (1 - self.beta1) * gradient
        v = self.beta2 * state.v + (1 - self.beta2) * (gradient * gradient)
        m_hat = m * (1 / (1 - self.beta1**count))
        v_hat = v * (1 / (1 - self.beta2**count))
        scale = self.learning_rate / (ops.sqrt(v_hat) + self.epsilon)
        decay = self.decay_of(parameter)
        step_size = scale * m_hat if decay is None else scale * m_hat + decay
        return AdamStep(gradient, m, v, m_hat, v_hat, scale, decay, step_size, parameter - step_size)

    def decay_of(self, parameter: Float[Array, "*s"]) -> Float[Array, "*s"] | None:
        """Adam itself has no weight decay."""
        return None

    def formulas(self) -> dict[str, str]:
        """Means, corrected for their start."""
        return {
            "m": "beta1·m + (1 − beta1)·gradient",
            "v": "beta2·v + (1 − beta2)·gradient²",
            "m_hat": "(new m) / (1 − beta1^step)",
            "v_hat": "(new v) / (1 − beta2^step)",
            "scale": "learning_rate / (√v_hat + epsilon)",
            "step_size": "scale·m_hat",
        }

    def state_of(self, record: AdamStep) -> AdamState:
        """Both means."""
        return AdamState(record.m, record.v)

    def linear(self, ops: Ops, record: AdamStep, count: Float[Array, ""]) -> LinearForm:
        """Linear in ``m`` and the slope, with the scale as it was."""
        scale, take = record.scale * (1 / (1 - self.beta1**count)), 1 - self.beta1
        return LinearForm(scale * self.beta1, scale * take, keep=self.beta1, take=take)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with weight decay beside the slope, not in it (Loshchilov and Hutter 2019, algorithm 2).

    Every parameter decays, biases too, by ``learning rate * weight_decay * old``, as in PyTorch.
    """

    name = "adamw"
    weight_decay: float = 0.01

    def check(self) -> None:
        """The decay is not negative."""
        super().check()
        self.require(self.weight_decay >= 0, "weight_decay", "0 or more")

    def decay_of(self, parameter: Float[Array, "*s"]) -> Float[Array, "*s"]:
        """``learning_rate * weight_decay * old``."""
        return self.learning_rate * self.weight_decay * parameter

    def formulas(self) -> dict[str, str]:
        """As Adam's, and what decays."""
        return super().formulas() | {"decay": "learning_rate·weight_decay·old", "step_size": "scale·m_hat + decay"}

    def linear(self, ops: Ops, record: AdamStep, count: Float[Array, ""]) -> LinearForm:
        """As Adam's, and linear in the parameter."""
        return super().linear(ops, record, count)._replace(of_parameter=self.learning_rate * self.weight_decay)
