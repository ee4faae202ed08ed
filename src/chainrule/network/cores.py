"""Several cores at once: pieces of work side by side, one thread for each, with NumPy's products on that thread alone.

Products that share themselves out among threads wait for the slowest at every single one; where another program needs
a core, a product of 0.05 ms was measured to take 90. Pieces wait for each other once, at the end, and whichever thread
is free takes the next.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from threading import Lock
from typing import Any, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
    """The result of each piece, in order; as many at once as NumPy's products may use threads.

    >>> side_by_side(abs, [-3, 2])
    [3, 2]
    """
    results: dict[int, Result] = {}
    places = iter(range(len(pieces)))

    def some() -> None:
        for place in places:
            results[place] = work(pieces[place])

    with _products as threads:
        helpers = range(min(threads, len(pieces)) - 1)
        helping = [_helpers().submit(copy_context().run, some) for _ in helpers]
        try:
            some()
        finally:
            for each in helping:
                each.result()
    return [results[place] for place in range(len(pieces))]


class _Products:
    """While this is entered, NumPy's products run on the thread that calls for them.

    It gives the number of threads that they had; to who enters while others are in, 1.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._before: list[tuple[Any, int]] = []

    def __enter__(self) -> int:
        with self._lock:
            self._users += 1
            if self._users > 1:
                return 1
            self._before = [(library, library.get_num_threads()) for library in _libraries()]
            for library, _ in self._before:
                library.set_num_threads(1)
            return max((threads for _, threads in self._before), default=1)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                for library, threads in self._before:
                    library.set_num_threads(threads)


_products = _Products()


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "chainrule")


def _afresh() -> None:
    """A process that was forked has none of its parent's threads, nor whatever they were holding."""
    global _products
    _products = _Products()
    _helpers.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_afresh)


@cache
def _libraries() -> tuple[Any, ...]:
    """The libraries that multiply matrices, as threadpoolctl finds them."""
    from threadpoolctl import ThreadpoolController

    found: list[Any] = ThreadpoolController().lib_controllers
    return tuple(each for each in found if each.user_api == "blas")
