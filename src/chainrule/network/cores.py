"""Each of NumPy's products on one thread: the one that calls for it.

How many threads share a product changes its last bits: on more than one a training would depend on how many cores there
are, on the environment's variables, and on what runs beside it. Threads of a product also wait for the slowest at every
single one: where another program needs a core, a product of 0.05 ms was measured to take 90. Where several cores pay,
whole pieces of work go side by side: they wait for each other once, at the end.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from functools import cache, partial
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class _OneThread:
    """While anybody is inside, all products run on one thread; who comes out last gives them back those they had."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._before: list[tuple[Any, int]] = []

    def __enter__(self) -> int:
        """Gives how many threads products had before."""
        with self._lock:
            if not self._inside:
                self._before = [(library, library.get_num_threads()) for library in _libraries()]
                self._set(1)
            self._inside += 1
            return max((threads for _, threads in self._before), default=1)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._inside = max(0, self._inside - 1)  # it is 0 already in a process that was forked from inside
            if not self._inside:
                self._set(None)

    def _set(self, threads: int | None) -> None:
        """Let products have so many threads; None: those they had."""
        for library, before in self._before:
            if before != 1:
                _set_threads(library, threads or before, held=threads is not None)

    def forked(self) -> None:
        """A process that was forked has none of its parent's threads, nor whatever they were holding."""
        self._set(None)
        self._begin()
        _helpers.cache_clear()


one_thread = _OneThread()
"""``with one_thread:`` each product is computed on one thread alone, and has the same bits everywhere."""


def side_by_side(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
    """The result of each piece, in order; as many at once as NumPy's products may use threads.

    >>> side_by_side(abs, [-3, 2])
    [3, 2]
    """
    results: dict[int, Result] = {}
    left = deque(enumerate(pieces))

    def some() -> None:
        while left:
            try:
                place, piece = left.popleft()
            except IndexError:  # another thread took the last
                return
            results[place] = work(piece)

    with one_thread as threads:
        helping = _helpers().ask(some, min(threads, len(pieces)) - 1)
        try:
            some()
        finally:
            left.clear()
            for each in helping:
                each.end()
    return [results[place] for place in range(len(pieces))]


class _Help:
    """Work for another thread, which it does once it has woken up, unless it is not needed any more by then."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._taken = Lock()
        self._ended: SimpleQueue[BaseException | None] = SimpleQueue()

    def begin(self) -> None:
        """Do the work."""
        if self._taken.acquire(blocking=False):
            try:
                self._work()
            except BaseException as error:
                self._ended.put(error)
            else:
                self._ended.put(None)

    def end(self) -> None:
        """Wait until it is done, if it was begun, and raise what it raised."""
        if not self._taken.acquire(blocking=False):
            error = self._ended.get()
            if error is not None:
                raise error


class _Helpers:
    """Threads that sleep until there is work.

    ``concurrent.futures`` does the same by locks and conditions written in Python, which takes some 70 µs longer.
    """

    def __init__(self) -> None:
        self._asked: SimpleQueue[_Help] = SimpleQueue()
        self._threads: list[Thread] = []

    def ask(self, work: Callable[[], object], times: int) -> list[_Help]:
        """Have work done so many times, by whoever is free next, as who asks would do it."""
        while len(self._threads) < times:
            thread = Thread(target=self._serve, name=f"chainrule {len(self._threads) + 1}", daemon=True)
            thread.start()
            self._threads.append(thread)
        _keep_apart(self._threads)
        found = [_Help(partial(copy_context().run, work)) for _ in range(times)]
        for each in found:
            self._asked.put(each)
        return found

    def _serve(self) -> None:
        while True:
            self._asked.get().begin()


def _keep_apart(threads: Sequence[Thread]) -> None:
    """Keep threads off the core that calls, where the system can be told.

    In a virtual machine Linux takes a core that has slept for long for one that is not to be had: it wakes a thread on
    the core of whoever wakes it, where it waits while that one computes, for some 50 ms until they are put apart.
    """
    core = _core()
    if core is not None and threads:
        others = os.sched_getaffinity(0) - {core()}
        with suppress(OSError):  # no other core, or not allowed
            for thread in threads:
                os.sched_setaffinity(thread.native_id or 0, others)


@cache
def _core() -> Callable[[], int] | None:
    """What says which core its caller runs on, where threads can be kept off it."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    from ctypes import CDLL

    return getattr(CDLL(None), "sched_getcpu", None)


@cache
def _helpers() -> _Helpers:
    return _Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=one_thread.forked)


def _set_threads(library: Any, threads: int, *, held: bool) -> None:
    """Let a library's products have so many threads, whichever thread says so.

    threadpoolctl 3.8 heeds the thread alone that was the first to set a number, and ignores all others without a word.
    While it is ``held``, this one is heeded, and afterwards whoever comes.
    """
    library.set_num_threads(threads)
    let_go = getattr(library, "clear_controlling_thread", None)
    if let_go is not None and library.get_num_threads() != threads:
        let_go(force=True)
        library.set_num_threads(threads)
    if let_go is not None and not held:
        let_go()


@cache
def _libraries() -> tuple[Any, ...]:
    """The libraries that multiply matrices, as threadpoolctl finds them."""
    from threadpoolctl import ThreadpoolController

    found: list[Any] = ThreadpoolController().lib_controllers
    return tuple(each for each in found if each.user_api == "blas")
