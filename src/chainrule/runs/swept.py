"""What a sweep found: which settings diverge, which get anywhere, which is best, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.drawing.curves import loss_curves
from chainrule.drawing.plot import Axis, Plot, axis_for, loss_axis
from chainrule.explain.digits import Words
from chainrule.explain.document import Cell, Column, Document, Picture, Section, Table
from chainrule.explain.shown import Shown
from chainrule.format import count, short
from chainrule.network.network import Network
from chainrule.training.step import State

DIVERGED, IDLE, FALLING, SETTLED = "diverged", "no progress", "still falling", "settled"
_LEAST_FALL = 0.001
"""Share of the first loss that has to go, or there was no progress."""
_LAST_PART = 0.1
"""The last tenth of the epochs: where more than a hundredth of the whole fall is there, the loss is still falling."""
_COLOURS = ("c1", "c3", "c4", "c5")


@dataclass(frozen=True, repr=False)
class Sweep(Shown):
    """Many trainings that differ in settings, each of them in folds and from several seeds.

    Shapes: k combinations of settings, f folds (1 where all rows train), r seeds.
    """

    settings: tuple[Mapping[str, Any], ...]
    """The values of each combination by name."""
    folds: int | None
    """How often the rows were split; None where all of them train."""
    seeds: np.ndarray
    """Shape (r,)."""
    losses: np.ndarray
    """Training loss of each epoch, shape (k, f, r, epochs)."""
    first: np.ndarray
    """Loss of the training rows before training, shape (k, f, r)."""
    final: np.ndarray
    """Loss of the training rows at the end, shape (k, f, r)."""
    scores: np.ndarray
    """Loss of the rows held out, at the end, shape (k, f, r); without folds that of the training rows."""
    networks: tuple[Network, ...]
    """The network that each combination began with."""
    states: Mapping[tuple[int, int, int], State]
    """Where each training ended, by combination, fold and seed."""
    engine: str
    programs: int
    """Into how many groups of one shape the trainings fell, each of them trained at once."""
    seconds: float
    """How long all of them took."""

    @property
    def names(self) -> tuple[str, ...]:
        """What was varied."""
        return tuple(self.settings[0])

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """Of each combination, its trainings taken together: see :func:`outcome`."""
        with np.errstate(invalid="ignore"):
            curves, first, final = (each.mean(axis=(1, 2)) for each in (self.losses, self.first, self.final))
        return tuple(
            outcome(float(one), losses, float(end)) for one, losses, end in zip(first, curves, final, strict=True)
        )

    @cached_property
    def score(self) -> np.ndarray:
        """Mean score of each combination, shape (k,)."""
        with np.errstate(invalid="ignore"):
            return self.scores.mean(axis=(1, 2))

    @cached_property
    def spread(self) -> np.ndarray | None:
        """Standard deviation between folds, else between seeds, shape (k,); None where there is one of each."""
        with np.errstate(invalid="ignore"):
            apart = self.scores.mean(axis=2) if self.folds is not None else self.scores[:, 0]
            return apart.std(axis=1, ddof=1) if apart.shape[1] > 1 else None

    @property
    def best(self) -> int | None:
        """Place of the combination with the lowest mean score; None where all diverged."""
        places = [
            place for place, what in enumerate(self.outcomes) if what != DIVERGED and np.isfinite(self.score[place])
        ]
        return min(places, key=lambda place: self.score[place], default=None)

    @property
    def best_settings(self) -> Mapping[str, Any] | None:
        """Its values."""
        return None if self.best is None else self.settings[self.best]

    def trained(self, place: int, fold: int = 0, seed: int = 0) -> Network:
        """The network that one of the trainings ended with, by the places of its combination, fold and seed."""
        state = self.states[place, fold, seed]
        return self.networks[place].trained(state.params, state.stats)

    def document(self) -> Document:
        """Curves, scores by value, and a table."""
        pictures = (
            Picture(self._curves(), self._in_words(), "Training loss by epoch"),
            Picture(self._ends(), self._lowest(), f"{self._measured()} by {self._axis_name()}"),
        )
        sections = (Section("sweep", "", pictures, self._note()), Section("values", "", (self._table(),)))
        return Document("Sweep", f"of {' × '.join(self.names)}", sections, self._verdict(), self.best is not None)

    def _note(self) -> str:
        k, f, r, epochs = self.losses.shape
        said = f"{count(k * f * r, 'training')} of {count(epochs, 'epoch')}"
        if f * r > 1:
            each = [count(f, "fold")] * (f > 1) + [count(r, "seed")] * (r > 1)
            said += (
                f": {count(k, 'setting')} in {' from '.join(each)}"
                if f > 1
                else f": {count(k, 'setting')} from {each[0]}"
            )
        made = {"xla": "XLA at once", "numpy": "NumPy"}.get(self.engine, self.engine)
        if self.programs > 1 and self.engine == "xla":
            made = f"XLA in {self.programs} groups of one shape"
        return f"{said}, by {made} in {short(self.seconds, 2)} s."

    def _measured(self) -> str:
        return "Loss of the rows held out" if self.folds is not None else "Loss at the end"

    def _table(self) -> Table:
        spread = self.spread
        numeric = [all(_is_numeric(each[name]) for each in self.settings) for name in self.names]
        heads = [Column(name, "number" if number else "text") for name, number in zip(self.names, numeric, strict=True)]
        heads.append(Column("loss held out" if self.folds is not None else "loss at the end"))
        if spread is not None:
            heads.append(
                Column("±", note=f"standard deviation between {'folds' if self.folds is not None else 'seeds'}")
            )
        heads += [
            Column("loss in training" if self.folds is not None else "lowest epoch"),
            Column("outcome", "text"),
        ]
        rows: list[tuple[Cell, ...]] = []
        for place, settings in enumerate(self.settings):
            row: list[Cell] = [
                settings[name] if number else str(settings[name])
                for name, number in zip(self.names, numeric, strict=True)
            ]
            row.append(float(self.score[place]))
            row += [] if spread is None else [float(spread[place])]
            last = float(self.final[place].mean()) if self.folds is not None else _lowest(self.losses[place])
            rows.append((*row, last, self.outcomes[place] + " ← best" * (place == self.best)))
        return Table(tuple(heads), tuple(rows), most=60)

    def _verdict(self) -> Words:
        if self.best is None:
            return "Every training diverged: lower the learning rate."
        words: tuple[str | float, ...] = ("Best: ",)
        for place, (name, value) in enumerate(self.settings[self.best].items()):
            words += (", " * bool(place) + f"{name} = ", float(value) if _is_numeric(value) else str(value))
        words += (f", loss{' held out' if self.folds is not None else ''} ", float(self.score[self.best]))
        return (*words, " ± ", float(self.spread[self.best]), ".") if self.spread is not None else (*words, ".")

    def _in_words(self) -> str:
        parts = []
        for what in (SETTLED, FALLING, IDLE, DIVERGED):
            those = [self.settings[place] for place, each in enumerate(self.outcomes) if each == what]
            if those and len(self.names) == 1 and all(_is_numeric(each[self.names[0]]) for each in those):
                values = [each[self.names[0]] for each in those]
                low, high = short(min(values)), short(max(values))
                parts.append(f"{what}: {len(those)} ({low}{f' to {high}' if len(those) > 1 else ''})")
            elif those:
                parts.append(f"{what}: {len(those)}")
        return "; ".join(parts)

    def _lowest(self) -> str:
        return "" if self.best is None else f"lowest: {short(self.score[self.best])} at {self._called(self.best)}"

    def _called(self, place: int, without: str = "") -> str:
        return ", ".join(
            f"{name} {short(value) if _is_numeric(value) else value}"
            for name, value in self.settings[place].items()
            if name != without
        )

    def _curves(self) -> str:
        kinds = ["c2" if what == DIVERGED else "faint" for what in self.outcomes]
        if self.best is not None:
            kinds[self.best] = "c1"
        names = [f"{self._called(place)}: {what}" for place, what in enumerate(self.outcomes)]
        title = f"Training loss by epoch, {' and '.join(self.names)} varied"
        first = self.first[np.isfinite(self.first)]
        with np.errstate(invalid="ignore"):
            curves = self.losses.mean(axis=(1, 2))
        start = float(first.max()) if len(first) else float("nan")
        return loss_curves(title, self.networks[0].loss.name, curves, kinds, names, start)

    def _axis_name(self) -> str:
        """The setting along which scores are drawn: the one with most different numbers."""
        numeric = [name for name in self.names if all(_is_numeric(each[name]) for each in self.settings)]
        sizes = {name: len({each[name] for each in self.settings}) for name in numeric}
        return max(sizes, key=lambda name: sizes[name], default="setting")

    def _ends(self) -> str:
        """Scores along one setting, a line for each combination of the others, with their spread."""
        name, spread = self._axis_name(), self.spread
        along = np.array([each.get(name, place + 1) for place, each in enumerate(self.settings)], dtype=float)
        positive = name in self.names and along.min() > 0 and along.max() > 20 * along.min()
        shown = np.array([what != DIVERGED for what in self.outcomes]) & np.isfinite(self.score)
        plot = Plot(
            f"{self._measured()} by {name}",
            axis_for(name, along, log=bool(positive))
            if name in self.names
            else Axis(name, 0.5, len(along) + 0.5, whole=True),
            loss_axis(
                f"{self.networks[0].loss.name} {'held out' if self.folds is not None else 'at the end'}",
                self.score[shown],
            ),
        )
        lines = self._lines(name) if name in self.names else {}
        for number, (rest, places) in enumerate(lines.items()):
            kept = sorted((place for place in places if shown[place]), key=lambda place: along[place])
            kind = _COLOURS[number] if len(lines) <= len(_COLOURS) else "faint"
            plot.line(along[kept], self.score[kept], kind, rest)
        for place, (x, score) in enumerate(zip(along.tolist(), self.score.tolist(), strict=True)):
            said = f"{self._called(place)}: {self.outcomes[place]}"
            if not shown[place]:
                plot.dot(x, plot.y.high, 3, said, "start")
                continue
            if spread is not None:
                low, high = (float(np.clip(score + sign * spread[place], plot.y.low, plot.y.high)) for sign in (-1, 1))
                plot.segment(x, low, x, high, "whisker")
            size, kind = (5, "c2") if place == self.best else (3, "")
            plot.dot(x, score, size, f"{said}, loss {short(score)}", kind)
        if self.best is not None and len(lines) > 1:
            plot.label(along[self.best], self.score[self.best], self._called(self.best, without=name))
        return plot.svg()

    def _lines(self, along: str) -> dict[str, list[int]]:
        """Combinations that differ in one setting alone, by what the others are."""
        found: dict[str, list[int]] = {}
        for place in range(len(self.settings)):
            found.setdefault(self._called(place, without=along), []).append(place)
        return found


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


def _is_numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lowest(losses: np.ndarray) -> float | None:
    finite = losses[np.isfinite(losses)]
    return float(finite.min()) if len(finite) else None
