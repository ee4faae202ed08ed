"""What a training wrote down: the loss of every step, and the losses and learning rate of every epoch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, repr=False)
class History(Mapping[str, np.ndarray]):
    """Columns by name, a row an epoch: ``history["loss"]``; the loss of every step is ``history.step_losses``."""

    step_losses: np.ndarray
    """Loss of each step before its update, shape (steps,)."""
    step_rates: np.ndarray
    """Learning rate of each step, shape (steps,)."""
    columns: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def until(self, steps: int, epochs: int) -> "History":
        """What was written down when so many steps, and whole epochs, had been made."""
        columns = {name: column[:epochs] for name, column in self.columns.items()}
        return History(self.step_losses[:steps], self.step_rates[:steps], columns)

    def __repr__(self) -> str:
        epochs = len(self.columns["epoch"])
        lines = ["  ".join(f"{name:>15}" for name in self.columns)]
        for row in range(epochs):
            if row < 5 or row >= epochs - 5:
                lines.append("  ".join(f"{column[row]:>15.6g}" for column in self.columns.values()))
            elif row == 5:
                lines.append("  ".join(f"{'…':>15}" for _ in self.columns))
        return "\n".join(lines)


def history_of(
    step_losses: np.ndarray,
    step_rates: np.ndarray,
    validation: Mapping[int, float],
    batch_rows: np.ndarray,
    sums: bool,
) -> History:
    """Summarise steps by epoch; an epoch that is not finished yet is left out.

    Args:
        step_losses: loss of each step.
        step_rates: learning rate of each step.
        validation: epoch (from 0) → loss of the validation rows.
        batch_rows: rows of each step of an epoch.
        sums: whether batches add up (a sum of squares) or are averaged by rows (by their number, whatever they count
            for in their batch).
    """
    per_epoch = len(batch_rows)
    epochs = len(step_losses) // per_epoch
    by_epoch = np.asarray(step_losses[: epochs * per_epoch], dtype=np.float64).reshape(epochs, per_epoch)
    columns = {
        "epoch": np.arange(1, epochs + 1),
        "loss": by_epoch.sum(axis=1) if sums else by_epoch @ (batch_rows / batch_rows.sum()),
    }
    if validation:
        columns["validation_loss"] = np.array([validation.get(epoch, np.nan) for epoch in range(epochs)])
    columns["learning_rate"] = np.asarray(step_rates[per_epoch - 1 : epochs * per_epoch : per_epoch], dtype=np.float64)
    return History(step_losses, step_rates, columns)


class Losses:
    """The losses of a training as they come: of every step, and of the validation rows after every epoch.

    >>> losses = Losses(np.dtype("float64"))
    >>> losses.write(0, np.array([3.0, 2.0]), {0: 2.5})
    >>> losses.steps, losses.latest, losses.validation.tolist()
    (2, 2.0, [2.5])
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.steps = 0
        """How many steps were made."""
        self._of_steps = np.empty(0, dtype=dtype)
        self._of_epochs: dict[int, float] = {}

    def write(self, start: int, losses: np.ndarray, validation: Mapping[int, float]) -> None:
        """Write down the losses of the steps from ``start`` on, and epoch (from 0) → loss of the validation rows."""
        stop = start + len(losses)
        if stop > len(self._of_steps):
            grown = np.empty(max(stop, 2 * len(self._of_steps)), dtype=self._of_steps.dtype)
            grown[: self.steps] = self._of_steps[: self.steps]
            self._of_steps = grown
        self._of_steps[start:stop] = losses
        self._of_epochs |= validation
        self.steps = max(self.steps, stop)

    def forget_after(self, step: int, epochs: int) -> None:
        """Forget the steps beyond one, before which so many epochs had ended."""
        self.steps = min(self.steps, step)
        self._of_epochs = {epoch: loss for epoch, loss in self._of_epochs.items() if epoch < epochs}

    @property
    def latest(self) -> float:
        """Loss of the last step made; NaN before the first."""
        return float(self._of_steps[self.steps - 1]) if self.steps else float("nan")

    @property
    def validation(self) -> np.ndarray:
        """Validation loss of every epoch that ended."""
        return np.array([self._of_epochs[epoch] for epoch in sorted(self._of_epochs)])

    def history(self, rates: np.ndarray, batch_rows: np.ndarray, sums: bool) -> History:
        """All of it as a history; see :func:`history_of`."""
        return history_of(self._of_steps[: self.steps], rates, self._of_epochs, batch_rows, sums)
