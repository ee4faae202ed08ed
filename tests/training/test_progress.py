"""A progress bar where somebody looks, and Ctrl-C that is noted once."""

import io
import re
import signal
import sys
import threading

import pytest

from chainrule.training import progress
from chainrule.training.progress import ProgressBar, interruptible


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def standard_error(monkeypatch, stream: io.StringIO) -> io.StringIO:
    """Put a stream in the place of standard error (no fixture: pytest puts its own back between setup and call)."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return stream


def test_a_bar_says_epoch_loss_and_time_left(monkeypatch):
    terminal = standard_error(monkeypatch, Terminal())
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0)
    bar = ProgressBar(200)
    bar.update(50, 0.123456, 0.5)
    bar.close()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
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
