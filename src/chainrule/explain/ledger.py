"""The ledger: why a parameter has its value. Its first value, and what each training row and each step added.

A parameter's gradient is a sum of terms, one a row. An optimizer's step is linear in the gradient and in what it
remembers of earlier gradients, with the scalings it had at that step. So what a row did to the memory goes on acting
in later steps, and the change of a parameter splits by row, exactly, for every optimizer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.account import DECAY, EARLIER, PENALTY, ROUNDING, Account
from chainrule.explain.pieces import Pieces, pieces_of, summed
from chainrule.network.parameters import ParameterName, flatten, parse_name
from chainrule.training.trainer import Trainer


@dataclass(frozen=True, repr=False)
class Ledger(Account):
    """Initial value + rows + others = final value, for one parameter."""

    pieces: Pieces
    """What it is added up from."""

    def by_row_and_step(self, rows: Sequence[int] | None = None) -> np.ndarray:
        """What rows added in each step, shape (rows, steps), through what the optimizer remembered of them, too.

        Over the steps it adds up to ``by_row``; over all rows, with penalties, decay and rounding, to ``by_step``.

        Args:
            rows: numbers of rows, as in ``row_numbers``; by default all.

        Raises:
            InputError: no such row was learned from, or there are too many rows and steps for one array.
        """
        return self.pieces.by_row_and_step(self._places(rows), len(self.row_numbers))


def ledger(
    trainer: Trainer, name: str, start: int = 0, stop: int | None = None, *, progress: bool | None = None
) -> Ledger:
    """Split the change of one parameter by training row and by step.

    Args:
        trainer: the training.
        name: a single number: ``dense1.weight[0, 1]``.
        start: steps that had been made before those that are split.
        stop: steps made after them; by default all that were made up to where the trainer stands.
        progress: show a progress bar; by default where standard error is a terminal.

    Raises:
        InputError: there is no such parameter, it is frozen or no single number, or there are no such steps.
    """
    parsed = single_number(trainer, name)
    stop = trainer.steps_done if stop is None else stop
    pieces = pieces_of(trainer, parsed, start, stop, progress)
    reach, form = pieces.reach(), pieces.forms
    added, values = -reach.terms[:, None] * pieces.terms, pieces.values
    by_row = summed(pieces.rows, added, trainer.plan.rows)
    others = {
        PENALTY: -float(reach.terms @ pieces.penalty),
        DECAY: -float(np.asarray(form.of_parameter) @ values[:-1]),
        EARLIER: -reach.memory * pieces.memory,
    }
    initial, final = float(values[0]), float(values[-1])
    others[ROUNDING] = final - initial - float(by_row.sum()) - sum(others.values())
    return Ledger(
        name,
        start,
        stop,
        initial,
        final,
        by_row,
        np.diff(values),
        others,
        trainer.row_numbers,
        pieces,
        batches=pieces.rows,
        added=added,
    )


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
