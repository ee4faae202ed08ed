"""Telling others how training goes: anything with the common form ``log({"loss": 0.3}, step=120)``."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from chainrule.errors import InputTypeError
from chainrule.training.trainer import Trainer


@runtime_checkable
class Log(Protocol):
    """What experiment trackers have: a run of Weights & Biases, :class:`chainrule.TensorBoard`, one of your own."""

    def log(self, values: dict[str, float], *, step: int) -> Any:
        """Take the numbers of one epoch."""


LogFunction: TypeAlias = Callable[..., Any]
"""A function of the same form: ``def log(values, step): ...``."""
Logs: TypeAlias = Log | LogFunction | list[Log | LogFunction] | tuple[Log | LogFunction, ...]


class Logger:
    """Sends each epoch of a training, once, to those who want to know.

    The numbers of an epoch are those of its history (``loss``, ``validation_loss``, ``learning_rate``) with ``epoch``
    beside them; ``step`` is how many updates had been made by its end.
    """

    def __init__(self, logs: Logs | None) -> None:
        given = [] if logs is None else logs if isinstance(logs, list | tuple) else [logs]
        self._functions = [_function(each) for each in given]
        self._sent = 0

    def begin(self, trainer: Trainer) -> None:
        """Leave out what an earlier process sent, where a training goes on from its checkpoint."""
        self._sent = len(trainer.history["epoch"])

    def send(self, trainer: Trainer) -> None:
        """Send the epochs that have ended since the last time."""
        if not self._functions:
            return
        history = trainer.history
        done = len(history["epoch"])
        for place in range(self._sent, done):
            values = _numbers(history, place)
            for log in self._functions:
                log(dict(values), step=(place + 1) * trainer.plan.steps_per_epoch)
        self._sent = done


def _numbers(history: Mapping[str, np.ndarray], place: int) -> dict[str, float]:
    return {
        name: int(column[place]) if column.dtype.kind == "i" else float(column[place])
        for name, column in history.items()
    }


def _function(log: Any) -> LogFunction:
    function = log.log if hasattr(log, "log") else log
    if not callable(function):
        raise InputTypeError(
            f"log must be a function log(values, step=...) or something with such a method; got {log!r}."
        )
    return function
