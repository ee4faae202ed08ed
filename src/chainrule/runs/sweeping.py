"""Sweeps: the same training with many values of one number, all at once, and which of them is best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from time import perf_counter
from typing import Any

import numpy as np

from chainrule.drawing.curves import loss_curves
from chainrule.drawing.plot import Plot, axis_for, loss_axis
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.explain.digits import Words
from chainrule.explain.document import Column, Document, Picture, Section, Table
from chainrule.explain.shown import Shown
from chainrule.format import count, short
from chainrule.network.network import Network
from chainrule.optimizers import Optimizer
from chainrule.optimizers.schedules import Schedule
from chainrule.training.step import State
from chainrule.training.together import Settings, train_together

DIVERGED, IDLE, FALLING, SETTLED = "diverged", "no progress", "still falling", "settled"
_LEAST_FALL = 0.001
"""Share of the first loss that has to go, or there was no progress."""
_LAST_PART = 0.1
"""The last tenth of the epochs: where more than a hundredth of the whole fall is there, the loss is still falling."""


@dataclass(frozen=True, repr=False)
class Sweep(Shown):
    """Many trainings that differ in one number."""

    name: str
    """The number that was varied."""
    values: np.ndarray
    """Its values, shape (k,)."""
    losses: np.ndarray
    """Loss of each epoch, shape (k, epochs)."""
    first: float
    """Loss of all rows before training."""
    final: np.ndarray
    """Loss of all rows at the end, shape (k,)."""
    outcomes: tuple[str, ...]
    """Of each: ``"diverged"``, ``"no progress"``, ``"still falling"`` or ``"settled"``."""
    step_losses: np.ndarray
    """Loss of each step before its update, shape (k, steps)."""
    network: Network
    """The network they began with."""
    states: Sequence[State]
    """Parameters, running statistics and what the optimizer remembers, at the end of each."""
    engine: str
    seconds: float
    """How long all of them took."""

    @property
    def best(self) -> int | None:
        """Place of the training with the lowest loss at the end; None where all diverged."""
        places = [place for place, outcome in enumerate(self.outcomes) if outcome != DIVERGED]
        return min(places, key=lambda place: self.final[place], default=None)

    @property
    def best_value(self) -> float | None:
        """The value it had."""
        return None if self.best is None else float(self.values[self.best])

    def trained(self, place: int) -> Network:
        """The network that one of the trainings ended with."""
        return self.network.trained(self.states[place].params, self.states[place].stats)

    def document(self) -> Document:
        """Curves, final losses by value, and a table."""
        pictures = (
            Picture(self._curves(), self._in_words(), "Loss by epoch"),
            Picture(self._ends(), self._lowest(), f"Loss at the end by {self.name}"),
        )
        columns = (Column(self.name), Column("loss at the end"), Column("lowest loss of an epoch"), Column("", "text"))
        rows = tuple(
            (float(value), float(final), _lowest(losses), outcome + " ← best" * (place == self.best))
            for place, (value, final, losses, outcome) in enumerate(
                zip(self.values, self.final, self.losses, self.outcomes, strict=True)
            )
        )
        made = "XLA at once" if self.engine == "xla" else "NumPy"
        trained = f"{count(len(self.values), 'training')} of {count(self.losses.shape[1], 'epoch')}"
        note = f"{trained}, all from the loss {short(self.first)}, by {made} in {short(self.seconds, 2)} s."
        sections = (Section("sweep", "", pictures, note), Section("values", "", (Table(columns, rows, most=60),)))
        return Document("Sweep", f"of {self.name}", sections, self._verdict(), self.best is not None)

    def _verdict(self) -> Words:
        if self.best is None:
            return f"Every training diverged: the lowest {self.name} was {short(self.values.min())}."
        return (f"Best: {self.name} = ", float(self.values[self.best]), ", loss ", float(self.final[self.best]), ".")

    def _in_words(self) -> str:
        parts = []
        for outcome in (SETTLED, FALLING, IDLE, DIVERGED):
            those = [value for value, each in zip(self.values, self.outcomes, strict=True) if each == outcome]
            if those:
                low, high = short(min(those)), short(max(those))
                parts.append(f"{outcome}: {len(those)} ({low}{f' to {high}' if len(those) > 1 else ''})")
        return "; ".join(parts)

    def _lowest(self) -> str:
        return "" if self.best is None else f"lowest: {short(self.final[self.best])} at {short(self.best_value)}"

    def _curves(self) -> str:
        kinds = ["c2" if outcome == DIVERGED else "faint" for outcome in self.outcomes]
        if self.best is not None:
            kinds[self.best] = "c1"
        names = [f"{self.name} {short(value)}: {each}" for value, each in zip(self.values, self.outcomes, strict=True)]
        title = f"Loss by epoch, {self.name} varied"
        return loss_curves(title, self.network.loss.name, self.losses, kinds, names, self.first)

    def _ends(self) -> str:
        positive = self.values.min() > 0 and self.values.max() > 20 * self.values.min()
        shown = np.array([outcome != DIVERGED for outcome in self.outcomes])
        ends = self.final[shown]
        plot = Plot(
            f"Loss at the end by {self.name}",
            axis_for(self.name, self.values, log=positive),
            loss_axis(f"{self.network.loss.name} at the end", ends),
        )
        plot.line(self.values[shown], ends, "c1")
        for place, (value, final) in enumerate(zip(self.values, self.final, strict=True)):
            name = f"{self.name} {short(value)}: {self.outcomes[place]}"
            if shown[place]:
                size, kind = (5, "c2") if place == self.best else (3, "")
                plot.dot(float(value), float(final), size, f"{name}, loss {short(final)}", kind)
            else:
                plot.dot(float(value), plot.y.high, 3, name, "start")
        return plot.svg()


def sweep(
    network: Network,
    X: Any,
    y: Any,
    *,
    vary: Mapping[str, Any],
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    batch_size: int = 32,
    shuffle: bool = True,
    seed: int = 0,
    sample_weight: Any = None,
    class_weight: Any = None,
    engine: str = "auto",
    dtype: str = "float32",
) -> Sweep:
    """Train with many values of one number at once, and say which diverge, which get anywhere and which is best.

    All start from the same weights and take the same rows in the same order. On XLA they are one compiled program,
    mapped over the values.

    >>> import chainrule as cr
    >>> square = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[1.99]], "dense1.bias": [0.0]})
    >>> rates = {"learning_rate": [0.01, 0.1, 0.5, 0.9, 1.0, 1.1]}
    >>> found = cr.sweep(square.freeze("dense1.bias"), [[1.0]], [0.0], vary=rates, optimizer=cr.SGD(), epochs=50)
    >>> found.outcomes
    ('still falling', 'settled', 'settled', 'settled', 'no progress', 'diverged')
    >>> found.best_value
    0.5

    Args:
        network: the network; parameters set by hand are where all start.
        X: inputs, as :func:`fit` takes them.
        y: targets.
        vary: one name with its values: ``"learning_rate"``, or another number of the optimizer (``"momentum"``).
        optimizer: an optimizer or its name.
        epochs: how often every row is visited.
        batch_size: rows a step.
        shuffle: whether each epoch visits the rows in a new random order.
        seed: decides first weights, orders and dropout.
        sample_weight: one number a row, shape (n,).
        class_weight: ``"balanced"`` or a mapping from class to weight, for losses over classes.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.

    Raises:
        InputError: there is no such number of the optimizer, or something passed in cannot be used.
    """
    settings = Settings(optimizer, epochs, batch_size, shuffle, seed, sample_weight, class_weight, engine, dtype)
    plan, rows = settings.begin(network, X, y)
    name, values = _varied(vary, plan.optimizer)
    plans = [replace(plan, optimizer=replace(plan.optimizer, **{name: float(value)})) for value in values]
    began = perf_counter()
    made = train_together(plans, rows, epochs, engine)
    first = float(made.first[0])
    return Sweep(
        name,
        values,
        made.epoch_losses,
        first,
        made.final,
        tuple(outcome(first, losses, float(end)) for losses, end in zip(made.epoch_losses, made.final, strict=True)),
        made.step_losses,
        plan.network,
        made.states,
        made.engine,
        perf_counter() - began,
    )


def outcome(first: float, losses: np.ndarray, final: float) -> str:
    """What became of a training.

    - diverged: a loss was not finite, or the last one is above the first by more than a thousandth;
    - no progress: less than a thousandth of the first loss went;
    - still falling: more than a hundredth of the whole fall came in the last tenth of the epochs;
    - settled: none of these.

    >>> outcome(1.0, np.array([0.5, 0.25, 0.2, 0.2]), 0.2), outcome(1.0, np.array([2.0, 8.0]), 32.0)
    ('settled', 'diverged')

    Args:
        first: loss of all rows before training.
        losses: loss of each epoch, shape (epochs,).
        final: loss of all rows at the end.
    """
    least = _LEAST_FALL * abs(first)
    if not (np.isfinite(losses).all() and np.isfinite(final)) or final > first + least:
        return DIVERGED
    if first - final < least:
        return IDLE
    before = float(losses[-max(1, round(_LAST_PART * len(losses)))])
    return FALLING if before - final > 0.01 * (first - final) else SETTLED


def _varied(vary: Mapping[str, Any], optimizer: Optimizer) -> tuple[str, np.ndarray]:
    """The number that is varied, and its values."""
    if len(vary) != 1:
        raise InputError(f"vary takes one number, such as {{'learning_rate': [0.01, 0.1]}}; got {len(vary)}.")
    ((name, given),) = vary.items()
    names = [
        field.name
        for field in fields(optimizer)
        if isinstance(value := getattr(optimizer, field.name), float | Schedule) or (value is None)
    ]
    if name not in names:
        raise InputError(
            f"{type(optimizer).__name__} has no number '{name}' to vary; there are {list_some(names)}."
            f"{did_you_mean(name, names)}"
        )
    if isinstance(getattr(optimizer, name), Schedule):
        raise InputError(
            f"The learning rate of the optimizer follows a schedule ({type(getattr(optimizer, name)).__name__}); give "
            f"it a plain one to vary it: {type(optimizer).__name__}()."
        )
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.zeros(0)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise InputError(f"vary needs a list of finite numbers for '{name}'; got {given!r}.")
    return name, values


def _lowest(losses: np.ndarray) -> float | None:
    finite = losses[np.isfinite(losses)]
    return float(finite.min()) if len(finite) else None
