"""What a task is asked for is checked at the door, before anything is read or trained."""

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from chainrule.errors import InputError, did_you_mean
from chainrule.layers.common import is_whole
from chainrule.tasks.build import as_layers

_TASKS = ("regression", "classification")
MOST_UNITS = 1_000_000
"""Units of one hidden layer: weights between two such layers would take 4 TB."""


def check_arguments(*, target: Any, kinds: Any, task: Any, test: Any, hidden_layers: Any, early_stopping: Any) -> None:
    """Refuse what cannot be meant.

    Raises:
        InputError: names the argument, what was expected and what came.

    >>> check_arguments(target="y", kinds=None, task=None, test=0.2, hidden_layers=(64,), early_stopping=None)
    """
    if not isinstance(target, str):
        raise InputError(f"target must be the name of a column; got {target!r}.")
    if kinds is not None and not isinstance(kinds, Mapping):
        raise InputError(f"kinds must be a mapping from column to kind, {{'zip': 'category'}}; got {kinds!r}.")
    if task is not None and task not in _TASKS:
        raise InputError(
            f"task must be 'regression' or 'classification'; got {task!r}.{did_you_mean(str(task), _TASKS)}"
        )
    if isinstance(test, str) or not isinstance(test, (Real, Iterable)):
        raise InputError(f"test must be a share of the rows or the numbers of rows, from 1; got {test!r}.")
    check_hidden_layers(hidden_layers)
    if early_stopping is not None and not is_whole(early_stopping):
        raise InputError(f"early_stopping must be a whole number of at least 1, or None; got {early_stopping!r}.")


def check_hidden_layers(hidden_layers: Any) -> None:
    """Refuse what is no list of units.

    Raises:
        InputError: says what came.
    """
    for each in as_layers(hidden_layers):
        if not is_whole(each) or each > MOST_UNITS:
            raise InputError(
                f"hidden_layers must be whole numbers of units from 1 to {MOST_UNITS:,}, (64, 64); got {each!r}."
            )
