"""scikit-learn's callbacks, where the installed version has them (from 1.9): ``ProgressBar``, ``ScoringMonitor``."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_callback: Any = import_module("sklearn.callback") if find_spec("sklearn.callback") else None
_Mixin: Any = object if _callback is None else _callback.CallbackSupportMixin


class CallbackSupport(_Mixin):
    """``set_callbacks``, where scikit-learn has it."""


def with_callbacks(method: F) -> F:
    """End callbacks in good order whether ``fit`` ends well or not."""
    return method if _callback is None else _callback.with_callbacks(method)


class Epochs:
    """Tells callbacks of an estimator when its training and each epoch begin and end.

    Args:
        estimator: what is being fitted.
        epochs: the most epochs.
        told: ``X``, ``y`` and ``metadata``, as callbacks are given them.
    """

    def __init__(self, estimator: Any, epochs: int, told: dict[str, Any]) -> None:
        self.watched = bool(getattr(estimator, "_skl_callbacks", None))
        """Whether anybody wants to know."""
        self._told = {"estimator": estimator, **told}
        self._left = epochs
        self._whole: Any = None
        self._epoch: Any = None
        if self.watched:
            self._whole = estimator._init_callback_context(max_subtasks=epochs)
            self._whole.call_on_fit_task_begin(**self._told)
            self._begin()

    def _begin(self) -> None:
        if self._left > 0:
            self._left -= 1
            self._epoch = self._whole.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._told)

    def ended(self, fitted: Callable[[], dict[str, Any]]) -> bool:
        """An epoch has ended; returns whether a callback wants to stop.

        Args:
            fitted: gives the attributes of the estimator as it would be if training ended here.
        """
        stop = bool(self._epoch.call_on_fit_task_end(reconstruction_attributes=fitted, **self._told))
        if not stop:
            self._begin()
        return stop

    def done(self, fitted: Callable[[], dict[str, Any]]) -> None:
        """The training has ended."""
        if self.watched:
            self._whole.call_on_fit_task_end(reconstruction_attributes=fitted, **self._told)
