"""Restarts: the same training from many first weights at once, and which minimum each of them reached."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from chainrule.drawing.curves import loss_curves
from chainrule.errors import InputError
from chainrule.explain.digits import Words
from chainrule.explain.document import Column, Document, Picture, Section, Table
from chainrule.explain.shown import Shown
from chainrule.format import count, percent, short
from chainrule.layers.common import is_whole
from chainrule.network.network import Network
from chainrule.network.parameters import flatten
from chainrule.optimizers import Optimizer
from chainrule.runs.outcomes import FALLING, outcome
from chainrule.training.step import State
from chainrule.training.together import Settings, predictions_of, train_together

_KINDS = ("c1 thin", "c3 thin", "c4 thin", "c5 thin")
"""How the curves of the lowest minima are drawn; all others are faint."""


@dataclass(frozen=True)
class Minimum:
    """A function of the rows that some restarts learned."""

    places: tuple[int, ...]
    """Which restarts, the one with the lowest loss first."""
    loss: float
    """The lowest loss among them."""
    distance: float
    """How far the furthest of them predicts from the first, as a share of how much predictions vary."""


@dataclass(frozen=True, repr=False)
class Restarts(Shown):
    """Many trainings that differ in their first weights and the order of their rows."""

    seeds: np.ndarray
    """The seed of each, shape (n,): ``fit`` with it trains the same network."""
    losses: np.ndarray
    """Loss of each epoch, shape (n, epochs)."""
    first: np.ndarray
    """Loss of all rows before training, shape (n,)."""
    final: np.ndarray
    """Loss of all rows at the end, shape (n,)."""
    minima: tuple[Minimum, ...]
    """From the lowest to the highest; those whose loss was not finite are in none."""
    tolerance: float
    """How far predictions of one minimum may be apart, as a share of how much they vary."""
    network: Network
    states: Sequence[State]
    """Parameters, running statistics and what the optimizer remembers, at the end of each."""
    engine: str
    seconds: float
    """How long all of them took."""

    @property
    def best(self) -> int | None:
        """Place of the restart with the lowest loss; None where none is finite."""
        return self.minima[0].places[0] if self.minima else None

    @property
    def reached(self) -> np.ndarray:
        """Which minimum each restart reached, shape (n,); −1 for none."""
        found = np.full(len(self.seeds), -1)
        for place, minimum in enumerate(self.minima):
            found[list(minimum.places)] = place
        return found

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """What became of each restart: see :func:`~chainrule.runs.outcomes.outcome`."""
        return tuple(
            outcome(float(one), curve, float(end))
            for one, curve, end in zip(self.first, self.losses, self.final, strict=True)
        )

    def trained(self, place: int) -> Network:
        """The network that one of the restarts ended with."""
        return self.network.trained(self.states[place].params, self.states[place].stats)

    def document(self) -> Document:
        """Curves, the minima, and which restart reached which."""
        made = "XLA at once" if self.engine == "xla" else "NumPy"
        note = (
            f"{count(len(self.seeds), 'training')} of {count(self.losses.shape[1], 'epoch')} from other first weights, "
            f"by {made} in {short(self.seconds, 2)} s. Restarts count as one minimum where they predict the same for "
            f"all rows, to {percent(self.tolerance)} of how much predictions vary; so it does not matter which unit "
            "does what."
        )
        picture = Picture(self._curves(), self._in_words(), "Loss by epoch, by the minimum that was reached")
        heads = (
            Column("minimum", "whole"),
            Column("lowest loss"),
            Column("restarts", "whole"),
            Column("furthest apart", note="as a share of how much predictions vary"),
            Column("seeds", "text"),
        )
        rows = tuple(
            (place, minimum.loss, len(minimum.places), minimum.distance, self._seeds(minimum.places))
            for place, minimum in enumerate(self.minima, 1)
        )
        reached = self.reached
        each = tuple(
            (int(seed), float(first), float(final), int(at) + 1 if at >= 0 else None, became)
            for seed, first, final, at, became in zip(
                self.seeds, self.first, self.final, reached, self.outcomes, strict=True
            )
        )
        columns = (
            Column("seed", "whole"),
            Column("first loss"),
            Column("last loss"),
            Column("minimum", "whole"),
            Column("outcome", "text"),
        )
        sections = (
            Section("restarts", "", (picture,), note),
            Section("minima", "Minima", (Table(heads, rows, most=20),)),
            Section("each", "Restarts", (Table(columns, each, most=20),)),
        )
        return Document(
            "Restarts", f"from {count(len(self.seeds), 'seed')}", sections, self._verdict(), bool(self.minima)
        )

    def _seeds(self, places: Sequence[int]) -> str:
        shown = [str(self.seeds[place]) for place in places[:8]]
        return ", ".join(shown) + (f" and {len(places) - 8} more" if len(places) > 8 else "")

    def _verdict(self) -> Words:
        if not self.minima:
            return "No restart ended with a finite loss."
        lowest, n = self.minima[0], len(self.seeds)
        words: tuple[str | float, ...] = (
            f"{len(lowest.places)} of {n} restarts reached the lowest minimum, with loss ",
            lowest.loss,
            ".",
        )
        if len(self.minima) > 1:
            others = sum(len(minimum.places) for minimum in self.minima[1:])
            highest = self.minima[-1].loss
            words += (
                f" {others} ended in {count(len(self.minima) - 1, 'other minimum', 'others')}, up to loss ",
                highest,
                ".",
            )
        lost = n - sum(len(minimum.places) for minimum in self.minima)
        words = (*words, f" {lost} diverged.") if lost else words
        falling = self.outcomes.count(FALLING)
        if falling:
            are = "was" if falling == 1 else "were"
            words = (*words, f" {falling} {are} still falling at the end, and may reach another one with more epochs.")
        return words

    def _in_words(self) -> str:
        said = [
            f"minimum {place}: {count(len(minimum.places), 'restart')}, loss {short(minimum.loss)}"
            for place, minimum in enumerate(self.minima[:4], 1)
        ]
        return "; ".join(said) + (f"; {len(self.minima) - 4} more" if len(self.minima) > 4 else "")

    def _curves(self) -> str:
        reached = self.reached
        kinds = [_KINDS[at] if 0 <= at < len(_KINDS) else "faint" for at in reached]
        names = [
            f"seed {seed}: {f'minimum {at + 1}, loss {short(final)}' if at >= 0 else 'diverged'}"
            for seed, at, final in zip(self.seeds, reached, self.final, strict=True)
        ]
        title, finite = "Loss by epoch from other first weights", self.first[np.isfinite(self.first)]
        start = float(finite.max()) if len(finite) else float("nan")
        key = [
            (f"minimum {place + 1}: {count(len(minimum.places), 'restart')}, loss {short(minimum.loss)}", kind)
            for place, (minimum, kind) in enumerate(zip(self.minima, _KINDS, strict=False))
        ]
        key += [("others", "faint")] * ("faint" in kinds)
        return loss_curves(title, self.network.loss.name, self.losses, kinds, names, start, key)


def restarts(
    network: Network,
    X: Any,
    y: Any,
    n: int = 20,
    *,
    tolerance: float = 0.05,
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    batch_size: int = 32,
    shuffle: bool = True,
    seed: int = 0,
    sample_weight: Any = None,
    class_weight: Any = None,
    engine: str = "auto",
    dtype: str = "float32",
) -> Restarts:
    """Train from many first weights at once, and say which minimum each reached.

    On XLA they are one compiled program, mapped over the networks. Two restarts count as one minimum where they learned
    the same function of the rows: from the lowest loss up, each joins the first minimum from whose best restart its
    predictions differ, in the root of the mean square, by less than ``tolerance`` times as much as those vary. So
    networks that differ only in which unit does what are the same.

    >>> import chainrule as cr
    >>> bags = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr")
    >>> found = cr.restarts(bags, [[0.0], [0.5], [1.0]], [0.0, 1.0, 0.0], 6, optimizer=cr.Adam(0.05), epochs=600)
    >>> sum(len(minimum.places) for minimum in found.minima)
    6

    Args:
        network: the network; parameters set by hand start there every time.
        X: inputs, as :func:`fit` takes them.
        y: targets.
        n: how many restarts.
        tolerance: how far predictions of one minimum may be apart.
        optimizer: an optimizer or its name.
        epochs: how often every row is visited.
        batch_size: rows a step.
        shuffle: whether each epoch visits the rows in a new random order.
        seed: the first of ``n`` seeds, one after the other.
        sample_weight: one number a row, shape (n,).
        class_weight: ``"balanced"`` or a mapping from class to weight, for losses over classes.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.

    Raises:
        InputError: every parameter is set by hand, or something passed in cannot be used.
    """
    if not is_whole(n, 2):
        raise InputError(f"n must be a whole number of at least 2; got {n!r}.")
    if not _is_share(tolerance):
        raise InputError(f"tolerance must be a number between 0 and 1; got {tolerance!r}.")
    settings = Settings(optimizer, epochs, batch_size, shuffle, seed, sample_weight, class_weight, engine, dtype)
    plan, rows = settings.begin(network, X, y)
    names = flatten(plan.network.init(seed)[0])
    if all(name in plan.network.values for name in names):
        raise InputError(
            "Every parameter of the network is set, so every restart would begin with the same weights. Build the "
            "network without those that are to be drawn anew."
        )
    seeds = seed + np.arange(n)
    plans = [replace(plan, seed=int(each)) for each in seeds]
    began = perf_counter()
    made = train_together(plans, rows, epochs, engine)
    predictions = np.stack([predictions_of(plan, state, rows) for state in made.states])
    return Restarts(
        seeds,
        made.epoch_losses,
        made.first,
        made.final,
        group_minima(predictions, made.final, tolerance),
        tolerance,
        plan.network,
        made.states,
        made.engine,
        perf_counter() - began,
    )


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value < 1


def group_minima(predictions: np.ndarray, losses: np.ndarray, tolerance: float) -> tuple[Minimum, ...]:
    """Put trainings that learned the same function together, from the lowest loss to the highest.

    >>> two = np.array([[0.0, 1.0], [0.0, 1.01], [1.0, 0.0]])
    >>> [minimum.places for minimum in group_minima(two, np.array([0.1, 0.2, 0.3]), 0.05)]
    [(0, 1), (2,)]

    Args:
        predictions: what each predicts for all rows, shape (n, rows, …).
        losses: loss of each at the end, shape (n,); those that are not finite are left out.
        tolerance: how far predictions may be apart, as a share of how much those of the lowest vary.
    """
    flat = predictions.reshape(len(predictions), -1).astype(np.float64)
    usable = [place for place in np.argsort(losses, kind="stable").tolist() if np.isfinite(losses[place])]
    groups: list[tuple[list[int], list[float]]] = []
    for place in usable:
        for members, distances in groups:
            scale = float(flat[members[0]].std()) or 1.0
            apart = float(np.sqrt(((flat[place] - flat[members[0]]) ** 2).mean())) / scale
            if apart < tolerance:
                members.append(place)
                distances.append(apart)
                break
        else:
            groups.append(([place], [0.0]))
    return tuple(Minimum(tuple(members), float(losses[members[0]]), max(distances)) for members, distances in groups)
