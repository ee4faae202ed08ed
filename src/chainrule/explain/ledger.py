"""The ledger: why a parameter has its value. Its first value, and what each training row and each step added.

A parameter's gradient is a sum of terms, one a row. An optimizer's step is linear in the gradient and in what it
remembers of earlier gradients, with the scalings it had at that step. So what a row did to the memory goes on acting
in later steps, and the change of a parameter splits by row, exactly, for every optimizer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.document import Cell, Column, Document, Section, Table
from chainrule.explain.shown import Shown
from chainrule.network.parameters import ParameterName, flatten, parse_name
from chainrule.ops import eager_ops
from chainrule.training.plan import bound_optimizer
from chainrule.training.trainer import Replayed, Trainer

PENALTY, DECAY, EARLIER, ROUNDING = "penalty", "weight decay", "earlier steps", "rounding"


@dataclass(frozen=True, repr=False)
class Ledger(Shown):
    """Initial value + rows + others = final value."""

    name: str
    """The parameter: ``dense1.weight[0, 1]``."""
    start: int
    """Steps that had been made before; 0 for the whole training."""
    stop: int
    initial: float
    final: float
    by_row: np.ndarray
    """What each training row added, shape (n,)."""
    by_step: np.ndarray
    """What each step added, shape (steps,): ``initial + by_step.sum() == final``."""
    others: Mapping[str, float]
    """What came from no row: penalties of the weights, weight decay, what the optimizer remembered of steps before
    ``start``, and the rounding of the type that trained."""
    row_numbers: np.ndarray
    """What each row is called."""

    def top(self, count: int = 5) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """The rows that pushed it up most and those that pushed it down most, each with what it added."""
        order = np.argsort(self.by_row, kind="stable")
        up = [(int(self.row_numbers[i]), float(self.by_row[i])) for i in order[::-1][:count] if self.by_row[i] > 0]
        down = [(int(self.row_numbers[i]), float(self.by_row[i])) for i in order[:count] if self.by_row[i] < 0]
        return up, down

    def document(self) -> Document:
        """The rows that pushed it most and everything else that moved it, and its way step by step."""
        label = f"{self.name}, steps {self.start + 1:,} to {self.stop:,}"
        sections = (Section("rows", "By row", (self._row_table(),)), Section("steps", "By step", (self._step_table(),)))
        return Document("Ledger", label, sections)

    def _row_table(self) -> Table:
        up, down = self.top()
        shown = {row for row, _ in (*up, *down)}
        rest = [value for row, value in zip(self.row_numbers, self.by_row, strict=True) if int(row) not in shown]
        rows: list[tuple[Cell, ...]] = [(f"before step {self.start + 1:,}", self.initial)]
        rows += [(f"row {row:,}", value) for row, value in (*up, *reversed(down))]
        if rest:
            rows.append((f"{len(rest):,} more rows", float(np.sum(rest))))
        rows += [(name, value) for name, value in self.others.items() if value]
        rows.append((f"after step {self.stop:,}", self.final))
        return Table(
            (Column("what", "text"), Column("added")), tuple(rows), note="Everything above the last row adds up to it."
        )

    def _step_table(self) -> Table:
        after = self.initial + np.cumsum(self.by_step)
        steps = range(self.start + 1, self.stop + 1)
        rows = tuple(zip(steps, self.by_step.tolist(), after.tolist(), strict=True))
        return Table((Column("step", "whole"), Column("added"), Column("value after it")), rows, most=10)

    def to_dict(self) -> dict[str, Any]:
        """The document and, whole, what each row and each step added."""
        return super().to_dict() | {
            "initial": self.initial,
            "final": self.final,
            "rows": self.row_numbers.tolist(),
            "by_row": self.by_row.tolist(),
            "by_step": self.by_step.tolist(),
            "others": dict(self.others),
        }


def ledger(trainer: Trainer, name: str, start: int = 0, stop: int | None = None) -> Ledger:
    """Split the change of one parameter by training row and by step.

    Args:
        trainer: the training.
        name: a single number: ``dense1.weight[0, 1]``.
        start: steps that had been made before those that are split.
        stop: steps made after them; by default all that were made up to where the trainer stands.

    Raises:
        InputError: there is no such parameter, it is frozen or no single number, or there are no such steps.
    """
    parsed = single_number(trainer, name)
    index: tuple[int, ...] = parsed.index or ()
    stop = trainer.steps_done if stop is None else stop
    n = trainer.plan.rows
    # One entry a row, and three behind them: penalty, weight decay, earlier steps.
    added, memory = np.zeros(n + 3), np.zeros(n + 3)
    changes: list[float] = []
    initial = final = np.nan
    for made in trainer.replay(start, stop):
        if made.step == start:
            initial = _value(made.before, parsed)
        step = _step_of(trainer, made, parsed, index)
        sources = np.zeros(n + 3)
        sources[trainer.plan.batch_rows(made.step)] = step.terms
        sources[n] = step.penalty
        if made.step == start:
            memory[n + 2] = step.memory
        pushed = step.of_memory * memory + step.of_gradient * sources
        pushed[n + 1] += step.of_parameter * step.old
        memory = step.keep * memory + step.take * sources
        added -= pushed
        after = _value(made.after, parsed)
        changes.append(after - step.old)
        final = after
    others = {PENALTY: float(added[n]), DECAY: float(added[n + 1]), EARLIER: float(added[n + 2])}
    others[ROUNDING] = final - initial - float(added.sum())
    return Ledger(name, start, stop, initial, final, added[:n], np.array(changes), others, trainer.row_numbers)


@dataclass(frozen=True)
class _Step:
    """One step of one number, in double precision."""

    old: float
    terms: np.ndarray
    """What each row of the batch adds to the slope, after clipping."""
    penalty: float
    memory: float
    of_memory: float
    of_gradient: float
    of_parameter: float
    keep: float
    take: float


def _step_of(trainer: Trainer, made: Replayed, parsed: ParameterName, index: tuple[int, ...]) -> _Step:
    plan, record = trainer.plan, made.record
    node = next(node for node in plan.network.nodes if node.name == parsed.node)
    params = made.before.params[parsed.node]
    terms = node.layer.terms(
        params, record.forward.nodes[parsed.node].saved, record.backward.deltas[parsed.node].dz, parsed.name, index
    )
    raw = float(getattr(record.backward.gradients[parsed.node], parsed.name)[index])
    own = record.update.records[parsed.array]
    clipped = float(own.gradient[index])
    scale = clipped / raw if raw else 1.0
    numbers = {path: plan.dtype.type(value) for path, value in made.stretch.numbers.items()}
    rule = bound_optimizer(plan.optimizer, numbers).at_rate(plan.dtype.type(made.stretch.rates[0]))
    form = rule.linear(eager_ops(), own, plan.count_of(made.step))
    old = float(getattr(params, parsed.name)[index])
    terms = np.asarray(terms, dtype=np.float64) * scale
    has_penalty = node.l1 is not None or node.l2 is not None
    slots: Any = made.before.slots[parsed.array]
    linear = [_at(number, index) for number in form]
    return _Step(
        old,
        terms,
        clipped - float(terms.sum()) if has_penalty else 0.0,
        _at(slots[0], index) if slots else 0.0,
        *linear,
    )


def _at(number: Any, index: tuple[int, ...]) -> float:
    array = np.asarray(number)
    return float(array[index] if array.ndim else array)


def _value(state: Any, parsed: ParameterName) -> float:
    return float(getattr(state.params[parsed.node], parsed.name)[parsed.index or ()])


def single_number(trainer: Trainer, name: str) -> ParameterName:
    """Take apart the name of a single parameter that is trained.

    Raises:
        InputError: there is none of that name, it is frozen, or it is a whole array.
    """
    arrays = flatten(trainer.state.params)
    parsed = parse_name(name, arrays)
    if parsed.index is None:
        zeros = ", ".join("0" * arrays[parsed.array].ndim)
        raise InputError(f"'{name}' is a whole array; name one number of it, such as '{name}[{zeros}]'.")
    if parsed.array in trainer.plan.network.frozen_names():
        raise InputError(f"'{name}' is frozen: no step changes it.")
    return parsed
