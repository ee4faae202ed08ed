"""What every step of one parameter was made of: a row's term each, and the optimizer's scalings as they were then.

A step takes off ``of_memory·memory + of_gradient·gradient + of_parameter·old`` and leaves ``keep·memory +
take·gradient`` in the memory (:class:`~chainrule.optimizers.base.LinearForm`), and a gradient is the sum of its rows'
terms. So what a term of step t has done by the end is the term times one number, the step's *reach*:
``of_gradient[t] + take[t]·B[t]``, where B, what one unit of memory after step t takes off later, follows from the
last step back: ``B[t - 1] = of_memory[t] + keep[t]·B[t]``.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Float, Int
from chainrule.network.parameters import ParameterName
from chainrule.ops import eager_ops
from chainrule.optimizers.base import LinearForm
from chainrule.training.course import Replayed
from chainrule.training.plan import bound_optimizer
from chainrule.training.progress import working
from chainrule.training.trainer import Trainer

_NO_ROW = -1


class Reach(NamedTuple):
    """What terms and memory have done by the end."""

    terms: Float[np.ndarray, " s"]
    """What one unit of a term of each step takes off in all."""
    memory: float
    """What one unit of the memory before the first step takes off."""


@dataclass(frozen=True)
class Pieces:
    """The steps of one number, in double precision. s steps, b rows a batch."""

    rows: Int[np.ndarray, "s b"]
    """Places of each step's rows among the training rows; −1 behind the last of a smaller batch."""
    terms: Float[np.ndarray, "s b"]
    """What each of them added to the slope, after clipping."""
    penalty: Float[np.ndarray, " s"]
    """What penalties of the weights added to it."""
    values: Float[np.ndarray, " s+1"]
    """The number before the first step and after each."""
    forms: Any
    """The scalings: a :class:`LinearForm` of arrays of shape (s,)."""
    memory: float
    """What the optimizer remembered before the first step."""

    def reach(self) -> Reach:
        """What one unit of a step's terms, and of the first memory, takes off in all."""
        form, later = self.forms, 0.0
        found = np.empty(len(self.penalty))
        for step in range(len(found) - 1, -1, -1):
            found[step] = form.of_gradient[step] + form.take[step] * later
            later = form.of_memory[step] + form.keep[step] * later
        return Reach(found, float(later))

    def by_row(self, count: int) -> Float[np.ndarray, " n"]:
        """What each of the training rows added in all."""
        added = -self.reach().terms[:, None] * self.terms
        there = self.rows != _NO_ROW
        return np.bincount(self.rows[there], weights=added[there], minlength=count)

    def by_row_and_step(self, places: Int[np.ndarray, " k"], count: int) -> Float[np.ndarray, "k s"]:
        """What each of some rows added in each step, through what the optimizer remembered of it, too."""
        steps = len(self.penalty)
        row_of = np.full(count + 1, _NO_ROW)  # the last is for the places behind a smaller batch
        row_of[places] = np.arange(len(places))
        sources = np.zeros((len(places), steps))
        asked = row_of[self.rows]
        step, place = np.nonzero(asked != _NO_ROW)
        sources[asked[step, place], step] = self.terms[step, place]
        added, memory, form = np.empty_like(sources), np.zeros(len(places)), self.forms
        for step in range(steps):
            own = sources[:, step]
            added[:, step] = -(form.of_memory[step] * memory + form.of_gradient[step] * own)
            memory = form.keep[step] * memory + form.take[step] * own
        return added


def pieces_of(trainer: Trainer, parsed: ParameterName, start: int, stop: int, progress: bool | None) -> Pieces:
    """Make steps again and take them apart for one parameter.

    Raises:
        InputError: there are no such steps.
    """
    batch = trainer.plan.batch_size
    rows: list[np.ndarray] = []
    terms: list[np.ndarray] = []
    values: list[float] = []
    numbers: list[tuple[float, ...]] = []
    first = 0.0
    with working("making steps again", steps=max(0, stop - start), shown=progress) as tick:
        for made in trainer.replay(start, stop):
            step = _take_apart(trainer, made, parsed)
            missing = batch - len(step.terms)
            rows.append(np.pad(trainer.plan.batch_rows(made.step), (0, missing), constant_values=_NO_ROW))
            terms.append(np.pad(step.terms, (0, missing)))
            numbers.append((step.penalty, *step.form))
            if made.step == start:
                first = step.memory
                values.append(_value(made.before, parsed))
            values.append(_value(made.after, parsed))
            tick()
    penalty, *forms = np.array(numbers).T
    return Pieces(np.array(rows), np.array(terms), penalty, np.array(values), LinearForm(*forms), first)


class _Step(NamedTuple):
    terms: np.ndarray
    penalty: float
    memory: float
    form: tuple[float, ...]


def _take_apart(trainer: Trainer, made: Replayed, parsed: ParameterName) -> _Step:
    plan, record, index = trainer.plan, made.record, parsed.index or ()
    node = next(node for node in plan.network.nodes if node.name == parsed.node)
    saved, dz = record.forward.nodes[parsed.node].saved, record.backward.deltas[parsed.node].dz
    terms = node.layer.terms(made.before.params[parsed.node], saved, dz, parsed.name, index)
    raw = float(getattr(record.backward.gradients[parsed.node], parsed.name)[index])
    own = record.update.records[parsed.array]
    clipped = float(own.gradient[index])
    terms = np.asarray(terms, dtype=np.float64) * (clipped / raw if raw else 1.0)
    form = rule_of(trainer, made).linear(eager_ops(), own, plan.count_of(made.step))
    slots: Any = made.before.slots[parsed.array]
    has_penalty = node.l1 is not None or node.l2 is not None
    return _Step(
        terms,
        clipped - float(terms.sum()) if has_penalty else 0.0,
        _at(slots[0], index) if slots else 0.0,
        tuple(_at(number, index) for number in form),
    )


def rule_of(trainer: Trainer, made: Replayed) -> Any:
    """The optimizer with the numbers that it had in a step."""
    dtype = trainer.plan.dtype
    numbers = {path: dtype.type(value) for path, value in made.stretch.numbers.items()}
    return bound_optimizer(trainer.plan.optimizer, numbers).at_rate(dtype.type(made.stretch.rates[0]))


def _at(number: Any, index: tuple[int, ...]) -> float:
    array = np.asarray(number)
    return float(array[index] if array.ndim else array)


def _value(state: Any, parsed: ParameterName) -> float:
    return float(getattr(state.params[parsed.node], parsed.name)[parsed.index or ()])
