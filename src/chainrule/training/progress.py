"""What a person sees while training, and how they stop it."""

import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SILENT_SECONDS = 0.5


class Interrupt:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextmanager
def interruptible() -> Generator[Interrupt]:
    """Let the first Ctrl-C end the training in good order; a second one interrupts as usual."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    usual = signal.getsignal(signal.SIGINT)

    def note(_signal: int, _frame: FrameType | None) -> None:
        interrupt.pressed = True
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, usual)


class Work:
    """Work that is under way, made of parts; this one tells nobody."""

    def begin(self, part: str) -> None:
        """Say which part is begun."""

    def __call__(self, count: int = 1) -> None:
        """Say that a part is done, or several."""


class _Told(Work):
    def __init__(self, what: str, bar: Any, task: Any) -> None:
        self.what, self.bar, self.task = what, bar, task

    def begin(self, part: str) -> None:
        self.bar.update(self.task, description=f"{self.what}: {part}")

    def __call__(self, count: int = 1) -> None:
        self.bar.advance(self.task, count)


@contextmanager
def working(what: str, *, steps: int | None = None, shown: bool | None = None) -> Generator[Work]:
    """Say on standard error what is being done, once it has taken half a second, until it is done.

    Args:
        what: it, in a few words.
        steps: of how many like parts it is made, where that is known: then the time left is told. What is yielded is
            called after each of them, or with how many of them are done; it may be told which is begun.
        shown: whether to say it; by default where standard error is a terminal.
    """
    if not (sys.stderr.isatty() if shown is None else shown):
        yield Work()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    if steps is None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("left"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=steps)
    timer = threading.Timer(SILENT_SECONDS, bar.start)
    timer.start()
    try:
        yield _Told(what, bar, task)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


class ProgressBar:
    """Epochs, loss and time left on standard error; nothing where that is no terminal, or in the first half second.

    Of what is not epochs, ``what`` says what is counted.
    """

    def __init__(self, epochs: int, *, shown: bool | None = None, what: str = "epoch") -> None:
        self.epochs = epochs
        self.what = what
        self.shown = sys.stderr.isatty() if shown is None else shown
        self._began = time.perf_counter()
        self._bar: Any = None
        self._task: Any = None

    def update(self, epochs: float, loss: float, validation: float | None) -> None:
        """Say how far training is."""
        if not self.shown or time.perf_counter() - self._began < SILENT_SECONDS:
            return
        bar = self._bar = self._bar or self._start()
        if self._task is None:
            self._task = bar.add_task("", total=self.epochs, values="")
        text = f"loss {loss:.4g}" + ("" if validation is None else f"  validation {validation:.4g}")
        bar.update(self._task, completed=epochs, values=text)

    def _start(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn(self.what),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.fields[values]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=Console(stderr=True),
            transient=True,
        )
        bar.start()
        return bar

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
