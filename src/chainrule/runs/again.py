"""A run knows how it was asked for, so that it can be asked for again with something changed."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from inspect import signature
from typing import ParamSpec

from chainrule.errors import NonFiniteError
from chainrule.runs.run import Run

P = ParamSpec("P")


def repeatable(function: Callable[P, Run]) -> Callable[P, Run]:
    """Let the runs that a function returns (or fails with) have ``again``: the same call, to be changed."""

    @wraps(function)
    def call(*args: P.args, **given: P.kwargs) -> Run:
        again = partial(call, **signature(function).bind(*args, **given).arguments)
        try:
            return replace(function(*args, **given), again=again)
        except NonFiniteError as error:
            if isinstance(error.run, Run):
                error.run = replace(error.run, again=again)
            raise

    return call
