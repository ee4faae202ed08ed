"""Several cores at once: pieces of work side by side, one thread for each, with NumPy's products on that thread alone.

Products that share themselves out among threads wait for the slowest at every single one; where another program needs
a core, a product of 0.05 ms was measured to take 90. Pieces wait for each other once, at the end, and whichever thread
is free takes the next.

How many threads share a product changes its last bits. A training whose steps are to come out again bit by bit holds on
to them, and while it does, nobody sets another number.
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from functools import cache
from threading import Condition
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

    with _products.alone() as threads:
        helpers = range(min(threads, len(pieces)) - 1)
        helping = [_helpers().submit(copy_context().run, some) for _ in helpers]
        try:
            some()
        finally:
            for each in helping:
                each.result()
    return [results[place] for place in range(len(pieces))]


def threads_kept() -> AbstractContextManager[None]:
    """While this is entered, NumPy's products share themselves out among as many threads as they did before.

    Whoever enters waits for pieces that are under way; pieces that begin later are done one by one.

    >>> with threads_kept():
    ...     side_by_side(abs, [-3, 2])
    [3, 2]
    """
    return _products.kept()


class _Products:
    """Who wants NumPy's products to run on the thread that calls for them, and who wants them to stay as they are."""

    def __init__(self) -> None:
        self._change = Condition()
        self._alone = 0
        self._keeping = 0
        """Those that wait count, too, so that they need not wait for who comes later."""
        self._before: list[tuple[Any, int]] = []

    @contextmanager
    def alone(self) -> Generator[int, None, None]:
        """Each product on one thread. It gives the number of threads that they had; to who comes second, 1."""
        with self._change:
            may = not self._keeping
            first = may and not self._alone
            self._alone += may
            if first:
                self._before = [(library, library.get_num_threads()) for library in _libraries()]
                for library, _ in self._before:
                    library.set_num_threads(1)
            threads = max((threads for _, threads in self._before), default=1) if first else 1
        try:
            yield threads
        finally:
            with self._change:
                self._alone -= may
                if may and not self._alone:
                    self.give_back()
                    self._change.notify_all()

    @contextmanager
    def kept(self) -> Generator[None, None, None]:
        """Products as they are while nobody wants them alone."""
        with self._change:
            self._keeping += 1
        try:
            with self._change:
                self._change.wait_for(lambda: not self._alone)
            yield
        finally:
            with self._change:
                self._keeping -= 1

    def give_back(self) -> None:
        """Let products have the threads that they had."""
        for library, threads in self._before:
            library.set_num_threads(threads)
        self._before = []


_products = _Products()


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "chainrule")


def _afresh() -> None:
    """A process that was forked has none of its parent's threads, nor whatever they were holding."""
    global _products
    _products.give_back()
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
