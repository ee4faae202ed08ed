"""Event files, read back by TensorBoard's own reader."""

import sys

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import chainrule as cr
from chainrule.errors import FileError, MissingPackageError


def test_tensorboard_reads_what_was_written(tmp_path):
    X = np.linspace(-1, 1, 40)[:, None]
    with cr.TensorBoard(tmp_path / "logs" / "first") as board:
        run = cr.fit(cr.Network([cr.Dense(1)]), X, X[:, 0], epochs=4, validation=0.25, progress=False, log=board)
    events = EventAccumulator(str(tmp_path / "logs" / "first"))
    events.Reload()
    assert sorted(events.Tags()["scalars"]) == ["epoch", "learning_rate", "loss", "validation_loss"]
    for name in ("loss", "validation_loss"):
        found = events.Scalars(name)
        assert [event.step for event in found] == [1, 2, 3, 4]
        np.testing.assert_array_equal([event.value for event in found], run.history[name].astype(np.float32))


def test_numbers_are_on_disk_before_it_is_closed(tmp_path):
    cr.TensorBoard(tmp_path).log({"loss": 0.5}, step=3)
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [(event.step, event.value) for event in events.Scalars("loss")] == [(3, 0.5)]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError) as caught:
        cr.TensorBoard(tmp_path / "file" / "logs")
    assert str(caught.value).startswith(f"TensorBoard cannot write to {tmp_path / 'file' / 'logs'}: ")


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(MissingPackageError) as caught:
        cr.TensorBoard(tmp_path)
    assert str(caught.value) == (
        "TensorBoard event files need the package tensorboard: pip install 'chainrule[tensorboard]'."
    )
