"""The table of gradient descent for one parameter: what each step started from, what it took off, and why so much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.explain.ledger import single_number
from chainrule.format import number
from chainrule.training.trainer import Trainer


@dataclass(frozen=True, repr=False)
class Steps(Mapping[str, np.ndarray]):
    """Columns by name, a row a step: ``steps["step_size"]``.

    ``step`` (from 1), ``old``, ``slope`` (the loss's derivative), ``learning_rate``, every number that the optimizer
    worked out (its slope after clipping is ``gradient``), ``step_size``, and ``new``, which is ``old - step_size``.
    """

    name: str
    columns: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def to_text(self, *, decimals: int = 6, most: int = 20) -> str:
        """The table as text; of more than ``most`` steps the first and the last are shown."""
        count = len(self.columns["step"])
        half = most // 2
        places = list(range(count)) if count <= most else [*range(half), *range(count - half, count)]
        rows = [list(self.columns)]
        for at, place in enumerate(places):
            if at and place != places[at - 1] + 1:
                rows.append(["…"] * len(self.columns))
            rows.append(
                [
                    str(column[place]) if column.dtype.kind == "i" else number(column[place], decimals)
                    for column in self.columns.values()
                ]
            )
        widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
        lines = ["  ".join(cell.rjust(wide) for cell, wide in zip(row, widths, strict=True)) for row in rows]
        return "\n".join([f"Steps of {self.name}", *lines])

    def __repr__(self) -> str:
        return self.to_text()


def steps_of(trainer: Trainer, name: str, start: int = 0, stop: int | None = None) -> Steps:
    """Every number of the steps that one parameter made, by exact replay.

    Args:
        trainer: the training.
        name: a single number: ``dense1.weight[0, 1]``.
        start: the first of the steps, from 0.
        stop: the one after the last; by default all up to where the trainer stands.

    Raises:
        InputError: there is no such parameter, it is frozen or no single number, or there are no such steps.
    """
    parsed = single_number(trainer, name)
    index: Any = parsed.index
    rows: list[dict[str, Any]] = []
    for made in trainer.replay(start, trainer.steps_done if stop is None else stop):
        own = made.record.update.records[parsed.array]
        worked_out = {
            field: float(value[index])
            for field in own._fields
            if field != "new" and (value := getattr(own, field)) is not None
        }
        slope = float(getattr(made.record.backward.gradients[parsed.node], parsed.name)[index])
        rows.append(
            {
                "step": made.step + 1,
                "old": float(getattr(made.before.params[parsed.node], parsed.name)[index]),
                "slope": slope,
                "learning_rate": float(made.stretch.rates[0]),
                **worked_out,
                "new": float(getattr(made.after.params[parsed.node], parsed.name)[index]),
            }
        )
    return Steps(name, {column: np.array([row[column] for row in rows]) for column in rows[0]})
