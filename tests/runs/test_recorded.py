"""What is kept of a training comes back whole, and is checked."""

import numpy as np
import pytest
from safetensors.numpy import load, save

import chainrule as cr
from chainrule.errors import FileError
from chainrule.runs.recorded import NAME, Recorded
from chainrule.runs.store import write_sums
from training.problems import small_network, table


@pytest.fixture
def folder(tmp_path):
    X, y = table()
    run = cr.fit(small_network(), X, y, epochs=9, engine="numpy", progress=False, sample_weight=np.arange(1.0, 38.0))
    return run.save(tmp_path / "run")


def test_it_comes_back_as_it_was():
    X, y = table()
    run = cr.fit(small_network(), X, y, epochs=9, engine="numpy", progress=False)
    kept = Recorded.of(run.trainer, run.training, len(run.history.step_losses))
    states = kept.states(run.trainer.state)
    assert list(states) == run.trainer.recording.steps
    for step, state in states.items():
        mine = run.trainer.recording.states[step]
        for name, slot in mine.slots.items():
            np.testing.assert_array_equal(slot.v, state.slots[name].v)


def changed(folder, change):
    file = folder / NAME
    tensors = load(file.read_bytes())
    change(tensors)
    header = '{"format": "chainrule recording", "schema_version": 1, "rows": "' + "0" * 64 + '"}'
    file.write_bytes(save(tensors, metadata={"chainrule": header}))
    write_sums(folder)
    with pytest.raises(FileError) as caught:
        cr.load(folder)
    said = str(caught.value)
    start, end = f"{file} does not hold the run's recording: ", ". Restore it, or train again."
    assert said.startswith(start)
    assert said.endswith(end)
    return said[len(start) : -len(end)]


def test_an_array_that_is_missing(folder):
    said = changed(folder, lambda tensors: tensors.pop("state/params/dense1/weight"))
    assert said.startswith("'state/params/dense1/weight' has shape None; (")


def test_an_array_too_many(folder):
    assert changed(folder, lambda tensors: tensors.update(more=np.zeros(2))) == (
        "'more' has shape (2,); None was expected"
    )


def test_steps_that_do_not_rise(folder):
    def turned(tensors):
        tensors["steps"] = tensors["steps"][::-1].copy() + 3

    assert changed(folder, turned) == "the steps of its snapshots do not rise from 0 to at most 18"


def test_rows_of_another_number(folder):
    def shorter(tensors):
        tensors["rows/weight"] = tensors["rows/weight"][:-1].copy()

    assert changed(folder, shorter) == "it has weights of shape (36,) for 37 rows"


@pytest.mark.parametrize("content", [b"", b"\x00" * 40, save({"steps": np.zeros(1)})])
def test_what_is_no_recording(folder, content):
    (folder / NAME).write_bytes(content)
    write_sums(folder)
    with pytest.raises(FileError, match="does not hold the run's recording: "):
        cr.load(folder)
