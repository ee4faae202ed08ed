"""What a sweep found: which settings diverge, which get anywhere, which is best, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.explain.digits import Digits, Words, usual_decimals
from chainrule.explain.document import Cell, Column, Document, Picture, Section, Table
from chainrule.explain.shown import Shown
from chainrule.format import count, few, is_number, short
from chainrule.network.network import Network
from chainrule.runs.metrics import METRICS
from chainrule.runs.noise import Difference, differences
from chainrule.runs.outcomes import DIVERGED, FALLING, IDLE, SETTLED, outcome
from chainrule.runs.swept_pictures import curves, scores
from chainrule.training.step import State

_LARGE = 1e9
"""Settings from here on are written with powers of ten."""


@dataclass(frozen=True, repr=False)
class Sweep(Shown):
    """Many trainings that differ in settings, each of them in folds and from several seeds.

    Shapes: k combinations of settings, f folds (1 where all rows train), r seeds.
    """

    settings: tuple[Mapping[str, Any], ...]
    """The values of each combination by name."""
    metric: str
    """What they are scored by: ``"loss"``, or the name of a metric."""
    folds: int | None
    """Into how many folds the rows were split; None where all of them train."""
    seeds: np.ndarray
    """Shape (r,)."""
    losses: np.ndarray
    """Training loss of each epoch, shape (k, f, r, epochs)."""
    first: np.ndarray
    """Loss of the training rows before training, shape (k, f, r)."""
    final: np.ndarray
    """Loss of the training rows at the end, shape (k, f, r)."""
    measured: Mapping[str, np.ndarray]
    """Each metric of the rows held out, at the end, shape (k, f, r); without folds of the training rows."""
    networks: Mapping[tuple[int, int], Network]
    """What each training began with, by combination and fold."""
    states: Mapping[tuple[int, int, int], State]
    """Where each training ended, by combination, fold and seed."""
    engine: str
    programs: int
    """Into how many groups of one shape the trainings fell."""
    seconds: float
    """How long all of them took."""
    stopped: str = ""
    """What is missing where Ctrl-C ended the sweep early."""

    @property
    def names(self) -> tuple[str, ...]:
        """What was varied."""
        return tuple(self.settings[0])

    @property
    def scores(self) -> np.ndarray:
        """The metric that all are scored by, shape (k, f, r)."""
        return self.measured[self.metric]

    @property
    def higher_is_better(self) -> bool:
        """Which end of the metric is the good one."""
        return METRICS[self.metric].higher_is_better

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """Of each combination, its trainings taken together: see :func:`chainrule.runs.outcomes.outcome`."""
        with np.errstate(invalid="ignore"):
            losses, first, final = (each.mean(axis=(1, 2)) for each in (self.losses, self.first, self.final))
        return tuple(
            outcome(float(one), curve, float(end)) for one, curve, end in zip(first, losses, final, strict=True)
        )

    @cached_property
    def score(self) -> np.ndarray:
        """Mean score of each combination, shape (k,)."""
        return self._mean(self.metric)

    def _mean(self, metric: str) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return self.measured[metric].mean(axis=(1, 2))

    @cached_property
    def spread(self) -> np.ndarray | None:
        """Standard deviation between folds, else between seeds, shape (k,); None where there is one of each."""
        with np.errstate(invalid="ignore"):
            apart = self.scores.mean(axis=2) if self.folds is not None else self.scores[:, 0]
            return apart.std(axis=1, ddof=1) if apart.shape[1] > 1 else None

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Places of the combinations, the best score first; those that diverged stand last."""
        sign = -1 if self.higher_is_better else 1
        usable = [self._is_usable(place) for place in range(len(self.settings))]
        return tuple(
            sorted(range(len(usable)), key=lambda at: (not usable[at], sign * self.score[at] if usable[at] else 0.0))
        )

    def _is_usable(self, place: int) -> bool:
        """Whether a combination has a score, and did not diverge."""
        return self.outcomes[place] != DIVERGED and bool(np.isfinite(self.score[place]))

    @property
    def best(self) -> int | None:
        """Place of the combination with the best mean score; None where all diverged."""
        first = self.order[0]
        return first if self._is_usable(first) else None

    @property
    def best_settings(self) -> Mapping[str, Any] | None:
        """Its values."""
        return None if self.best is None else self.settings[self.best]

    @cached_property
    def differences(self) -> Mapping[str, tuple[Difference, ...]]:
        """By what was varied: how much worse its other values are than the best one, all other settings as there.

        Names without another value are left out; empty where there is one fold and one seed, so that nothing tells
        noise.
        """
        if self.best is None or self.spread is None:
            return {}
        best, found = self.settings[self.best], dict[str, tuple[Difference, ...]]()
        for name in self.names:
            others = [
                place
                for place, each in enumerate(self.settings)
                if each[name] != best[name] and all(each[other] == best[other] for other in best if other != name)
            ]
            if others:
                found[name] = tuple(
                    differences(
                        self.scores, self.best, others, folds=self.folds, higher_is_better=self.higher_is_better
                    )
                )
        return found

    def trained(self, place: int, fold: int = 0, seed: int = 0) -> Network:
        """The network that one of the trainings ended with, by the places of its combination, fold and seed."""
        state = self.states[place, fold, seed]
        return self.networks[place, fold].trained(state.params, state.stats)

    def document(self) -> Document:
        """Curves, scores by value, a table with the best first, and which differences are more than noise."""
        of_which = "Rows held out" if self.folds is not None else "All rows at the end"
        pictures = (
            Picture(curves(self), self._in_words(), "Training loss by epoch"),
            Picture(scores(self), self._best_of_all(), f"{self.measured_as} by setting"),
        )
        sections = [
            Section("sweep", "", pictures, self._note()),
            Section("values", f"{of_which}, the best first", (self._table(),)),
        ]
        if self.differences:
            sections.append(Section("noise", "Beside the best", (self._noise(),), self.in_short))
        known = [abs(self.score[place]) for place in self.order if self._is_usable(place)]
        decimals = max(usual_decimals(known), 3)
        values = [abs(value) for each in self.settings for value in each.values() if is_number(value)]
        plain = bool(known) and min(known) >= 10.0 ** (1 - decimals) and max(values, default=0) < _LARGE
        digits = Digits(decimals, fixed=plain)
        label = " × ".join(self.names)
        return Document("Sweep", label, tuple(sections), self._verdict(), self.best is not None, digits)

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
        made = {"xla": "XLA", "numpy": "NumPy"}.get(self.engine, self.engine)
        if self.programs > 1 and self.engine == "xla":
            made = f"XLA in {self.programs} groups of one shape"
        return f"{said}, by {made} in {short(self.seconds, 2)} s. {self.stopped}".rstrip()

    @property
    def measured_as(self) -> str:
        """What the scores are, where a line begins."""
        return f"{METRICS[self.metric].heading} {self.of_which}"

    @property
    def of_which(self) -> str:
        """Of which rows."""
        return "of the rows held out" if self.folds is not None else "at the end"

    def _table(self) -> Table:
        spread = self.spread
        numeric = [self.is_numeric(name) for name in self.names]
        heads = [
            Column(name, decimals=2 * max(_places(each[name]) for each in self.settings))
            if number
            else Column(name, "text")
            for name, number in zip(self.names, numeric, strict=True)
        ]
        others = [name for name in self.measured if name != self.metric]
        heads.append(self._column(self.metric))
        if spread is not None:
            between = f"standard deviation between {'folds' if self.folds is not None else 'seeds'}"
            heads.append(Column("±", note=between, decimals=heads[-1].decimals))
        heads += [self._column(name) for name in others]
        heads += [Column("training loss" if self.folds is not None else "lowest epoch"), Column("outcome", "text")]
        rows: list[tuple[Cell, ...]] = []
        for place in self.order:
            settings = self.settings[place]
            row: list[Cell] = [
                settings[name] if number else written(settings[name])
                for name, number in zip(self.names, numeric, strict=True)
            ]
            last = float(self.final[place].mean()) if self.folds is not None else _lowest(self.losses[place])
            found = [float(self.score[place]), *([] if spread is None else [float(spread[place])])]
            found += [*(float(self._mean(name)[place]) for name in others), last]
            row += [None] * len(found) if self.outcomes[place] == DIVERGED else found
            rows.append((*row, self.outcomes[place] + " ← best" * (place == self.best)))
        return Table(tuple(heads), tuple(rows), most=60)

    def _column(self, metric: str) -> Column:
        usable = [float(self._mean(metric)[place]) for place in self.order if self._is_usable(place)]
        return Column(METRICS[metric].name, decimals=max(usual_decimals(usable), 3))

    def _noise(self) -> Table:
        """Each value of each setting beside the best one's."""
        name = METRICS[self.metric].name
        heads = (
            Column("setting", "text"),
            Column("value", "text"),
            Column(f"{name} {'lower' if self.higher_is_better else 'higher'} by"),
            Column("noise"),
            Column("told from noise", "text"),
        )
        rows = tuple(
            (
                setting,
                written(self.settings[each.place][setting]),
                *((each.worse, each.noise) if np.isfinite(each.noise) else (None, None)),
                "yes" if each.told else "no",
            )
            for setting, found in self.differences.items()
            for each in found
        )
        units = "folds" if self.folds is not None else "seeds"
        note = (
            "Each with all other settings as in the best. Noise is how much worse chance alone may make one of a "
            f"setting's values look, in 95 of 100 sweeps: a paired t-test between {units}"
        )
        note += ", which share training rows (Nadeau and Bengio 2003)." if self.folds is not None else "."
        return Table(heads, rows, note=note, most=40)

    def _verdict(self) -> Words:
        if self.best is None:
            if all(what == DIVERGED for what in self.outcomes):
                return "Every training diverged: lower the learning rate."
            return f"{METRICS[self.metric].heading} could not be measured for all rows held out: choose another metric."
        words: tuple[str | float, ...] = ("Best: ",)
        for place, (name, value) in enumerate(self.settings[self.best].items()):
            words += (", " * bool(place) + f"{name} = ", float(value) if is_number(value) else written(value))
        held_out = " held out" if self.folds is not None else ""
        words += (f", {METRICS[self.metric].name}{held_out} ", float(self.score[self.best]))
        words += () if self.spread is None else (" ± ", float(self.spread[self.best]))
        return (*words, ".")

    @property
    def in_short(self) -> str:
        """For which settings differences are more than noise, in a sentence or two; empty where nothing tells."""
        said: list[str] = []
        for name, found in self.differences.items():
            best = written((self.best_settings or {})[name])
            worse = [written(self.settings[each.place][name]) for each in found if each.told]
            alike = [written(self.settings[each.place][name]) for each in found if not each.told]
            if not worse:
                said.append(f"{name}: no value is worse than {best} by more than noise.")
                continue
            are = "is" if len(worse) == 1 else "are"
            rest = f"; {few(alike, 6)} may be as good" if alike else ""
            said.append(f"{name}: {few(worse, 6)} {are} worse than {best} by more than noise{rest}.")
        return " ".join(said)

    def _in_words(self) -> str:
        parts = []
        for what in (SETTLED, FALLING, IDLE, DIVERGED):
            those = [self.settings[place] for place, each in enumerate(self.outcomes) if each == what]
            if those and len(self.names) == 1 and self.is_numeric(self.names[0]):
                values = [each[self.names[0]] for each in those]
                low, high = short(min(values)), short(max(values))
                parts.append(f"{what}: {len(those)} ({low}{f' to {high}' if len(those) > 1 else ''})")
            elif those:
                parts.append(f"{what}: {len(those)}")
        return "; ".join(parts)

    def _best_of_all(self) -> str:
        return "" if self.best is None else f"best: {short(self.score[self.best])} at {self.called(self.best)}"

    def called(self, place: int, without: str = "") -> str:
        """A combination by its values, one of them left out where that is clear."""
        return ", ".join(f"{name} {written(value)}" for name, value in self.settings[place].items() if name != without)

    def is_numeric(self, name: str) -> bool:
        """Whether all values of a setting are numbers."""
        return all(is_number(each[name]) for each in self.settings)


def written(value: Any) -> str:
    """A value as people write it: layers of units as in 64-64.

    >>> written((64, 64)), written(()), written(None), written(0.001), written("relu")
    ('64-64', 'none', 'none', '0.001', 'relu')
    """
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple | list) and all(isinstance(each, int) for each in value):
        return "-".join(map(str, value))
    return short(value) if is_number(value) else str(value)


def _places(value: float) -> int:
    """How many digits after the point a number needs to be written in full.

    >>> _places(0.001), _places(64), _places(1e-05)
    (3, 0, 5)
    """
    return max(0, -int(Decimal(str(value)).normalize().as_tuple().exponent))


def _lowest(losses: np.ndarray) -> float | None:
    finite = losses[np.isfinite(losses)]
    return float(finite.min()) if len(finite) else None
