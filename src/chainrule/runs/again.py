"""A run knows how it was asked for, so that it can be asked for again with something changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, ParamSpec

import numpy as np

from chainrule.config import Config
from chainrule.errors import InputError, NonFiniteError
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain, to_plain
from chainrule.runs.run import Run
from chainrule.training.rows import put_together
from chainrule.training.trainer import Trainer

P = ParamSpec("P")

_ROWS = {"fit": ("network", "X", "y"), "fit_table": ("source",)}
"""The functions that make runs, and what they cannot do without and no file of settings holds."""
_ELSEWHERE = frozenset({"sample_weight", "class_weight", "validation", "row_numbers", "after"})
"""Of ``fit``: what is kept with the rows."""
_SHORT = ("sample_weight", "row_numbers", "test")
"""What may be an array of one number a row, which is copied: somebody could change it."""
_OF_THE_MOMENT = frozenset({"progress", "checkpoint", "log", "each_epoch"})


@dataclass(frozen=True)
class Again:
    """The call that made a run: ``run.again(epochs=200)`` makes it again with one thing changed.

    >>> from chainrule.network import Dense, Network
    >>> from chainrule.runs.fitting import fit
    >>> run = fit(Network([Dense(1)]), [[0.0], [1.0]], [1.0, 3.0], epochs=3)
    >>> run.again(epochs=4).epochs_kept
    4
    """

    function: str
    """``fit`` or ``fit_table``."""
    settings: Mapping[str, Any]
    """What was passed, but for rows that somebody could change."""
    trainer: Trainer | None = field(default=None, repr=False)
    """What has the rows that were passed to ``fit``; None of a run that was loaded, or made of a table."""

    def __call__(self, **changes: Any) -> Run:
        """Call it again, with the rows as they were, in the type that was trained in.

        Raises:
            InputError: the run was loaded, and no rows are passed.
        """
        import chainrule

        given = {**self.settings, **self._rows(), **changes}
        if missing := [name for name in _ROWS[self.function] if name not in given]:
            passed = ", ".join(f"{name}=…" for name in missing)
            raise InputError(f"A run that was loaded has no rows to train with again; pass them: run.again({passed}).")
        return getattr(chainrule, self.function)(**given)

    def _rows(self) -> dict[str, Any]:
        """What ``fit`` was given that is kept with the rows."""
        if self.trainer is None:
            return {}
        rows, aside, found = self.trainer.rows, self.trainer.validation, dict[str, Any]()
        if aside is not None and "validation" in self.settings:
            rows = put_together(rows, aside, self.trainer.kept)
        elif aside is not None:
            found["validation"] = (aside.inputs, aside.target, aside.weight)
        return found | {"X": rows.inputs, "y": rows.target}

    def to_plain(self) -> dict[str, Any]:
        """The call without rows, as plain data."""
        absent = {*_ROWS[self.function], *_OF_THE_MOMENT, *(_ELSEWHERE if self.function == "fit" else ())}
        settings = {name: _plain(value) for name, value in self.settings.items() if name not in absent}
        return {"function": self.function, "settings": settings}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Again":
        """The call that :meth:`to_plain` wrote.

        Raises:
            InputError: this version knows no such optimizer.
        """
        settings = dict(data["settings"])
        if isinstance(settings.get("optimizer"), Mapping):
            settings["optimizer"] = from_plain(settings["optimizer"], Optimizer)
        return cls(data["function"], settings)


def repeatable(function: Callable[P, Run]) -> Callable[P, Run]:
    """Let the runs that a function returns (or fails with) have ``again``: the same call, to be changed."""

    @wraps(function)
    def call(*args: P.args, **given: P.kwargs) -> Run:
        try:
            settings = signature(function).bind(*args, **given).arguments
        except TypeError:
            return function(*args, **given)  # it says of which function it is no argument
        settings |= {name: np.array(settings[name]) for name in _SHORT if isinstance(settings.get(name), np.ndarray)}
        try:
            return _asked(function(*args, **given), function.__name__, settings)
        except NonFiniteError as error:
            if isinstance(error.run, Run):
                error.run = _asked(error.run, function.__name__, settings)
            raise

    return call


def _asked(run: Run, function: str, settings: Mapping[str, Any]) -> Run:
    """The run, which knows the call that made it; what is no path and no number is held as the run has it."""
    if function == "fit_table":
        source = settings["source"] if isinstance(settings["source"], str | Path) else run.reading
        return replace(run, asked=Again(function, {**settings, "source": source}))
    pair = {"validation"} if isinstance(settings.get("validation"), tuple) else set[str]()
    kept = {name: value for name, value in settings.items() if name not in {"X", "y", *pair}}
    return replace(run, asked=Again(function, kept, run.trainer))


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return to_plain(value)
    if isinstance(value, np.dtype | type):
        return np.dtype(value).name
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value
