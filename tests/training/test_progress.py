"""A progress bar where somebody looks, and Ctrl-C that is noted once."""

import io
import re
import signal
import sys
import threading
import time

import pytest

from chainrule.training import progress
from chainrule.training.progress import ProgressBar, interruptible, working


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def standard_error(monkeypatch, stream: io.StringIO) -> io.StringIO:
    """Put a stream in the place of standard error (no fixture: pytest puts its own back between setup and call)."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return stream


def plain(stream: io.StringIO) -> str:
    """What was written, without colours and movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_a_bar_says_epoch_loss_and_time_left(monkeypatch):
    terminal = standard_error(monkeypatch, Terminal())
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0)
    bar = ProgressBar(200)
    bar.update(50, 0.123456, 0.5)
    bar.close()
    shown = plain(terminal)
    for text in ("epoch", "50/200", "loss 0.1235", "validation 0.5", "left"):
        assert text in shown


def test_what_is_over_in_a_moment_shows_nothing(monkeypatch):
    terminal = standard_error(monkeypatch, Terminal())
    bar = ProgressBar(200)
    bar.update(50, 0.1, None)
    bar.close()
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("shown", [False, None])
def test_nobody_looks(shown, monkeypatch):
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0)
    stream = standard_error(monkeypatch, io.StringIO() if shown is None else Terminal())
    bar = ProgressBar(200, shown=shown)
    bar.update(50, 0.1, None)
    bar.close()
    assert stream.getvalue() == ""


def test_work_that_takes_long_is_said_with_what_is_left_of_it(monkeypatch):
    terminal = standard_error(monkeypatch, Terminal())
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.01)
    with working("training baselines", steps=2) as done:
        done.begin("gradient boosting")
        time.sleep(0.05)
        done()
    shown = plain(terminal)
    assert "training baselines: gradient boosting" in shown
    assert "left" in shown
    with working("reading the table"):
        time.sleep(0.05)
    assert "reading the table 0:00:00" in plain(terminal)


def test_work_that_is_done_at_once_is_not_mentioned(monkeypatch):
    terminal = standard_error(monkeypatch, Terminal())
    with working("reading the table"):
        pass
    with pytest.raises(ValueError, match="as it was"), working("reading the table"):
        raise ValueError("as it was")
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("shown", [False, None])
def test_nobody_looks_at_the_work(shown, monkeypatch):
    stream = standard_error(monkeypatch, io.StringIO() if shown is None else Terminal())
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0)
    with working("reading the table", steps=1, shown=shown) as done:
        done()
    assert stream.getvalue() == ""


def test_the_first_ctrl_c_is_noted_and_the_second_interrupts():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with interruptible() as interrupt:
            assert not interrupt.pressed
            signal.raise_signal(signal.SIGINT)
            assert interrupt.pressed
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_a_thread_signals_are_left_alone():
    usual, seen = signal.getsignal(signal.SIGINT), []

    def train():
        with interruptible() as interrupt:
            seen.append((interrupt.pressed, signal.getsignal(signal.SIGINT) is usual))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [(False, True)]
