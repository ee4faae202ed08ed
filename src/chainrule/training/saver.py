"""Keeps a training's checkpoint up to date, and goes on from it."""

import time
from pathlib import Path

import numpy as np

from chainrule.errors import FileError
from chainrule.training.checkpoint import NAME, check_same, fingerprint, read_checkpoint, write_checkpoint, write_file
from chainrule.training.trainer import Trainer

PROBE = "probe"
_SECONDS = 30.0


class Saver:
    """Writes a trainer's checkpoint at most every half minute; does nothing without a folder."""

    def __init__(self, trainer: Trainer, folder: str | Path | None) -> None:
        self.trainer = trainer
        self.path = None if folder is None else Path(folder) / NAME
        self._fingerprint = "" if folder is None else _fingerprint(trainer)
        self._written = time.monotonic()
        if self.path is not None:
            write_file(self.path.with_name(PROBE), b"")  # a folder that cannot be written to is found out now
            self.path.with_name(PROBE).unlink()

    def resume(self) -> None:
        """Go on from the checkpoint, where there is one.

        Raises:
            InputError: it was made by another training.
            FileError: it is damaged.
        """
        if self.path is None or not self.path.exists():
            return
        if not self.path.is_file():
            raise FileError(f"{self.path} is a folder; a checkpoint is a file.", path=self.path)
        state, arrays, facts = read_checkpoint(self.path, self.trainer.state)
        check_same(self.path, self._fingerprint, facts["fingerprint"])
        steps = facts["steps"]
        self.trainer.restore(steps, {steps: state}, arrays["losses"], arrays["validation"], facts["changes"])

    def save(self, *, now: bool = False) -> None:
        """Write the checkpoint if it is time to, or at once."""
        due = now or time.monotonic() - self._written >= _SECONDS
        if self.path is None or not due:
            return
        trainer = self.trainer
        write_checkpoint(
            self.path,
            trainer.state,
            {"losses": trainer.history.step_losses, "validation": np.asarray(trainer.validation_losses)},
            {
                "fingerprint": self._fingerprint,
                "steps": trainer.steps_done,
                "changes": {str(step): numbers for step, numbers in trainer.changes.made.items()},
            },
        )
        self._written = time.monotonic()


def _fingerprint(trainer: Trainer) -> str:
    return fingerprint(trainer.plan, trainer.rows, trainer.validation, trainer.recording.states[0], trainer.epochs)
