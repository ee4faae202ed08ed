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

from chainrule._typing import Array, Float, Int
from chainrule.errors import InputError
from chainrule.network.parameters import ParameterName
from chainrule.optimizers.base import LinearForm
from chainrule.training.progress import working
from chainrule.training.step import Made
from chainrule.training.trainer import Trainer
from chainrule.training.watching import watch

_NO_ROW = -1
_SCALED_UP = 1e6
"""Times the learning rate: no optimizer steps so far unless slopes are that small beside their terms."""
MOST_TERMS = 50_000_000
"""Terms, one for each row of each step, that are held at once: about 2 GB."""


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
        of_memory, of_gradient, _, keep, take = (numbers.tolist() for numbers in self.forms)
        later, found = 0.0, np.empty(len(self.penalty))
        for step in range(len(found) - 1, -1, -1):
            found[step] = of_gradient[step] + take[step] * later
            later = of_memory[step] + keep[step] * later
        return Reach(found, later)

    def by_row_and_step(self, places: Int[np.ndarray, " k"], count: int) -> Float[np.ndarray, "k s"]:
        """What each of some rows added in each step, through what the optimizer remembered of it, too."""
        sources = spread(self.rows, self.terms, places, count)
        added, memory, form = np.empty_like(sources), np.zeros(len(places)), self.forms
        for step in range(len(self.penalty)):
            own = sources[:, step]
            added[:, step] = -(form.of_memory[step] * memory + form.of_gradient[step] * own)
            memory = form.keep[step] * memory + form.take[step] * own
        return added


class _Seen(NamedTuple):
    """What one step of one number was made of."""

    terms: Array
    """A term for each row of the batch, before clipping."""
    slope: Array
    gradient: Array
    """The slope after clipping."""
    memory: Array
    """What the optimizer remembered before."""
    form: LinearForm
    before: Array
    after: Array


@dataclass(frozen=True)
class _TakeApart:
    """Picks one number's part out of a step; its index is the probe's argument."""

    node: str
    name: str

    def __call__(self, made: Made, index: Any) -> _Seen:
        array = f"{self.node}.{self.name}"
        node = next(node for node in made.nodes if node.name == self.node)
        saved, dz = made.record.forward.nodes[self.node].saved, made.record.backward.deltas[self.node].dz
        own, slots = made.record.update.records[array], made.before.slots[array]
        form = made.optimizer.linear(made.ops, own, made.count)
        return _Seen(
            node.layer.terms(made.before.params[self.node], saved, dz, self.name, index),
            getattr(made.record.backward.gradients[self.node], self.name)[index],
            own.gradient[index],
            slots[0][index] if slots else 0.0 * own.gradient[index],
            LinearForm(*(_at(number, index) for number in form)),
            getattr(made.before.params[self.node], self.name)[index],
            getattr(made.after.params[self.node], self.name)[index],
        )


def _at(number: Any, index: Any) -> Any:
    return number[index] if getattr(number, "ndim", 0) else number


def pieces_of(trainer: Trainer, parsed: ParameterName, start: int, stop: int, progress: bool | None) -> Pieces:
    """Make steps again and take them apart for one parameter.

    Raises:
        InputError: there are no such steps, or they have too many terms to be held.
    """
    trainer.check_made(start, stop)
    plan, index = trainer.plan, parsed.index or ()
    if (stop - start) * plan.batch_size > MOST_TERMS:
        raise InputError(
            f"{stop - start:,} steps of {plan.batch_size:,} rows have {(stop - start) * plan.batch_size:,} terms; at "
            f"most {MOST_TERMS:,} are split at once. Split fewer steps (start, stop): up to "
            f"{MOST_TERMS // plan.batch_size:,}."
        )
    with working("making steps again", steps=stop - start, shown=progress) as tick:
        seen = watch(trainer, start, stop, _TakeApart(parsed.node, parsed.name), index, tick)
    slope, gradient = (np.asarray(array, dtype=np.float64) for array in (seen.slope, seen.gradient))
    clipped = np.divide(gradient, slope, out=np.ones_like(slope), where=slope != 0)
    terms = np.asarray(seen.terms, dtype=np.float64) * clipped[:, None]
    forms = LinearForm(*(np.asarray(numbers, dtype=np.float64) for numbers in seen.form))
    node = next(node for node in plan.network.nodes if node.name == parsed.node)
    has_penalty = node.l1 is not None or node.l2 is not None
    penalty = gradient - terms.sum(axis=1) if has_penalty else np.zeros(len(terms))
    sizes, rates = np.abs(terms).sum(axis=1), trainer.stretch(start, stop).rates
    terms[is_rounding(terms.sum(axis=1), sizes, forms.of_gradient, rates, plan.batch_size, plan.dtype)] = 0
    return Pieces(
        batches(trainer, start, stop),
        terms,
        penalty,
        np.append(seen.before, seen.after[-1]).astype(np.float64),
        forms,
        float(seen.memory[0]),
    )


def is_rounding(slope: Any, sizes: Any, of_gradient: Any, rate: Any, rows: int, dtype: Any) -> Any:
    """Where slopes are 0 but for rounding, and the optimizer makes steps of that all the same.

    Before batch normalisation a bias has such a slope: its terms cancel. Adam divides what is left by its own size or
    by epsilon; so large a scaling would show rows that added millions, and took them away again.

    Args:
        slope: the sum of the terms.
        sizes: the sum of their absolute values.
        of_gradient: what the optimizer multiplied the slope by.
        rate: its learning rate.
        rows: how many terms there are.
        dtype: what they were added up in.
    """
    return (abs(slope) <= rows * np.finfo(dtype).eps * sizes) & (of_gradient * sizes > _SCALED_UP * rate)


def batches(trainer: Trainer, start: int, stop: int) -> Int[np.ndarray, "s b"]:
    """Places of each step's rows among the training rows; −1 behind the last of a smaller batch."""
    plan = trainer.plan
    rows = np.full((stop - start, plan.batch_size), _NO_ROW)
    for step in range(start, stop):
        chosen = plan.batch_rows(step)
        rows[step - start, : len(chosen)] = chosen
    return rows


def summed(rows: Int[np.ndarray, "s b"], added: Float[np.ndarray, "s b"], count: int) -> Float[np.ndarray, " n"]:
    """What each training row added in all its batches."""
    there = rows != _NO_ROW
    return np.bincount(rows[there], weights=added[there], minlength=count)


def spread(
    rows: Int[np.ndarray, "s b"], values: Float[np.ndarray, "s b"], places: Int[np.ndarray, " k"], count: int
) -> Float[np.ndarray, "k s"]:
    """The values of some of ``count`` training rows by step; 0 where a row was not in the batch."""
    row_of = np.full(count + 1, _NO_ROW)  # the last is for the places behind a smaller batch
    row_of[places] = np.arange(len(places))
    found = np.zeros((len(places), len(rows)))
    asked = row_of[rows]
    step, place = np.nonzero(asked != _NO_ROW)
    found[asked[step, place], step] = values[step, place]
    return found
