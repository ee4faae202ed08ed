"""Event files for TensorBoard, written by TensorBoard's own package."""

import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chainrule.errors import FileError
from chainrule.interop.packages import need


class TensorBoard:
    """Writes the numbers of a training to a folder that ``tensorboard --logdir`` shows.

    ``cr.fit(net, X, y, log=cr.TensorBoard("logs/first"))``

    >>> import tempfile
    >>> with TensorBoard(tempfile.mkdtemp()) as board:
    ...     board.log({"loss": 0.5}, step=1)

    Args:
        folder: where to write; it is made where it is missing, and every writer adds a file of its own.

    Raises:
        MissingPackageError: the package ``tensorboard`` is not installed.
        FileError: the folder cannot be written to.
    """

    def __init__(self, folder: str | Path) -> None:
        events = need("tensorboard.compat.proto.event_pb2")
        summaries = need("tensorboard.compat.proto.summary_pb2")
        writers = need("tensorboard.summary.writer.event_file_writer")
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writer = writers.EventFileWriter(str(self.folder))
        except OSError as error:
            raise FileError(f"TensorBoard cannot write to {self.folder}: {error}", path=self.folder) from None
        self._event, self._summary = events.Event, summaries.Summary

    def log(self, values: dict[str, float], *, step: int) -> None:
        """Write numbers by name at a step; they are on disk when this returns."""
        parts = [self._summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._writer.add_event(self._event(wall_time=time.time(), step=step, summary=self._summary(value=parts)))
        self._writer.flush()

    def close(self) -> None:
        """Close the file; nothing is lost where this is forgotten."""
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> Any:
        self.close()
