"""Pieces side by side: every one once and in order, errors come out, and NumPy's threads are given back."""

import os
import signal
import threading
import warnings

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.network import cores
from chainrule.network.cores import one_thread, side_by_side


class Library:
    """A library that multiplies matrices, and remembers how many threads it was told to use."""

    def __init__(self, threads):
        self.told = [threads]

    def get_num_threads(self):
        return self.told[-1]

    def set_num_threads(self, threads):
        self.told.append(threads)


@pytest.fixture
def library(monkeypatch):
    found = Library(3)
    monkeypatch.setattr(cores, "_libraries", lambda: (found,))
    return found


def test_results_are_in_order_and_each_piece_is_done_once(library):
    done = []
    found = side_by_side(lambda piece: (done.append(piece), piece * piece)[1], list(range(100)))
    assert found == [piece * piece for piece in range(100)]
    assert sorted(done) == list(range(100))
    assert library.told == [3, 1, 3]


def test_as_many_threads_work_as_products_had(library):
    everybody = threading.Barrier(3, timeout=30)
    names = side_by_side(lambda _: (everybody.wait(), threading.current_thread().name)[1], [0, 1, 2])
    assert len(set(names)) == 3
    assert threading.current_thread().name in names


def test_pieces_of_pieces_wait_for_nobody_who_has_not_begun(library):
    """Every helper may be at work on a piece when its own pieces ask for help."""
    inner = side_by_side(lambda piece: side_by_side(abs, [-piece, piece]), list(range(50)))
    assert inner == [[piece, piece] for piece in range(50)]
    assert library.told == [3, 1, 3]


def test_helpers_that_are_at_work_elsewhere_are_not_waited_for(library):
    helpers = max(2, len(cores._helpers()._threads))
    begun, go_on, done = threading.Barrier(helpers + 1, timeout=30), threading.Event(), []
    busy = cores._helpers().ask(lambda: (begun.wait(), done.append(go_on.wait(30))), helpers)
    begun.wait()
    side_by_side(done.append, [1, 2])
    go_on.set()
    for each in busy:
        each.end()
    assert done == [1, 2, *[True] * helpers]


def test_two_who_ask_at_once_for_the_first_time_are_both_helped():
    both = threading.Barrier(2, timeout=30)

    class Threads(list):
        def append(self, thread):
            super().append(thread)
            both.wait()  # both have added one before either goes on

    helpers, done = cores._Helpers(), []
    helpers._threads = Threads()

    def ask():
        for each in helpers.ask(lambda: None, 2):
            each.end()
        done.append(True)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for each in asking:
        each.start()
    for each in asking:
        each.join(30)
    assert done == [True, True]


@pytest.mark.skipif(cores._core() is None, reason="only where threads can be kept off a core")
def test_helpers_are_kept_off_the_core_of_who_asks(library, monkeypatch):
    ours, told = os.sched_getaffinity(0), {}
    monkeypatch.setattr(cores, "_core", lambda: lambda: 7)
    monkeypatch.setattr(os, "sched_getaffinity", lambda who: {5, 7, 9})
    monkeypatch.setattr(os, "sched_setaffinity", told.__setitem__)
    everybody = threading.Barrier(3, timeout=30)
    threads = side_by_side(lambda _: (everybody.wait(), threading.current_thread())[1], [0, 1, 2])
    helpers = {thread.native_id for thread in threads} - {threading.get_native_id()}
    assert len(helpers) == 2
    assert [told[each] for each in helpers] == [{5, 9}] * 2
    monkeypatch.undo()
    assert os.sched_getaffinity(0) == ours


@pytest.mark.skipif(cores._core() is None, reason="only where threads can be kept off a core")
def test_where_there_is_one_core_threads_share_it(library, monkeypatch):
    monkeypatch.setattr(cores, "_core", lambda: lambda: 7)
    monkeypatch.setattr(os, "sched_getaffinity", lambda who: {7})
    assert side_by_side(abs, [-1, 2, -3]) == [1, 2, 3]


def test_who_comes_out_last_gives_the_threads_back(library):
    with one_thread as outer, one_thread as inner:
        assert (outer, inner) == (3, 3)
        assert side_by_side(abs, [-1, 2]) == [1, 2]
        assert library.told == [3, 1]
    assert library.told == [3, 1, 3]


def test_where_products_have_one_thread_already_nothing_is_set(monkeypatch):
    """As in joblib's workers."""
    library = Library(1)
    monkeypatch.setattr(cores, "_libraries", lambda: (library,))
    with one_thread as threads:
        assert threads == 1
        assert side_by_side(lambda _: threading.get_ident(), [0, 1]) == [threading.get_ident()] * 2
    assert library.told == [1]


def test_errors_come_out_and_threads_are_given_back(library):
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda piece: 1 / piece, [1, 0, 2, 0])
    assert library.told == [3, 1, 3]


def test_helpers_heed_what_numpy_was_told_about_overflow(library):
    with np.errstate(over="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = side_by_side(lambda piece: float(np.float32(3e38) * np.float32(piece)), [10.0] * 20)
    assert found == [np.inf] * 20


def test_any_thread_is_heeded_whoever_set_a_number_before():
    """threadpoolctl 3.8 ignores all threads but the first without a word."""
    libraries = cores._libraries()
    found = []

    def enter():
        with one_thread:
            found.append({library.get_num_threads() for library in libraries})
        found.append({library.get_num_threads() for library in libraries})

    with threadpool_limits(2, "blas"):  # here, and it has not ended
        other = threading.Thread(target=enter)
        other.start()
        other.join(30)
        enter()
    assert found == [{1}, {2}, {1}, {2}]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_forked_process_waits_for_nobody_who_stayed_behind_and_has_all_threads(library):
    before = cores._helpers()
    reading, writing = os.pipe()
    with one_thread, one_thread._lock, warnings.catch_warnings():
        for who_warns_of_forking_with_threads in (DeprecationWarning, RuntimeWarning):  # newer Pythons, and JAX
            warnings.simplefilter("ignore", who_warns_of_forking_with_threads)
        child = os.fork()
        if not child:
            signal.alarm(20)
            threads = library.get_num_threads()
            done = side_by_side(abs, [-1, -2]) == [1, 2] and cores._helpers() is not before and threads == 3
            one_thread.__exit__(None, None, None)  # as when the block that it was forked from ends here, too
            with one_thread as had:
                done = done and had == 3 and library.get_num_threads() == 1
            os.write(writing, b"done" if done else b"not!")
            os._exit(0)
        os.waitpid(child, 0)
    os.close(writing)
    assert os.read(reading, 4) == b"done"
    os.close(reading)
