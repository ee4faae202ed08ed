"""A checkpoint is one file, whole or not there, and belongs to one training."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.errors import FileError, InputError
from chainrule.optimizers import SGD
from chainrule.training.checkpoint import (
    beside,
    check_same,
    fingerprint,
    read_checkpoint,
    write_checkpoint,
    write_file,
)
from chainrule.training.trainer import Trainer
from training.problems import small_network, table


def trainer(**options) -> Trainer:
    made = Trainer(small_network(), *table(), **{"batch_size": 8, "engine": "numpy"} | options)
    made.step(3)
    return made


def test_a_state_comes_back_bit_by_bit(tmp_path):
    state = trainer().state
    write_checkpoint(tmp_path / "c", state, {"losses": np.arange(3.0)}, {"steps": 3})
    found, arrays, facts = read_checkpoint(tmp_path / "c", trainer(seed=1).state)
    assert facts == {"steps": 3}
    assert arrays["losses"].tolist() == [0, 1, 2]
    assert list(arrays) == ["losses"]
    assert found.params["dense1"].weight.tobytes() == state.params["dense1"].weight.tobytes()
    assert found.slots["dense2.bias"].m.tobytes() == state.slots["dense2.bias"].m.tobytes()
    assert type(found.slots["dense2.bias"]) is type(state.slots["dense2.bias"])


def test_another_networks_state_is_refused(tmp_path):
    write_checkpoint(tmp_path / "c", trainer(optimizer=SGD(0.1)).state, {}, {})
    with pytest.raises(FileError, match=r"c belongs to another network: it has no 'state/slots/dense1\.weight/m'\.$"):
        read_checkpoint(tmp_path / "c", trainer().state)


def test_a_file_cut_short_is_named(tmp_path):
    write_checkpoint(tmp_path / "c", trainer().state, {}, {})
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes()[:-4])
    with pytest.raises(FileError, match=r"c is no whole checkpoint \(.*\); delete it to start anew\.$"):
        read_checkpoint(tmp_path / "c", trainer().state)


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "new" / "file"
    write_file(path, b"old")

    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(FileError) as caught:
        write_file(path, b"new")
    assert str(caught.value) == f"{path} cannot be written: No space left on device."
    assert path.read_bytes() == b"old"
    assert [file.name for file in path.parent.iterdir()] == ["file"]


def test_names_beside_a_path_are_hidden_and_never_the_same(tmp_path):
    names = {beside(tmp_path / "run").name for _ in range(20)}
    assert len(names) == 20
    assert all(name.startswith(".run.") for name in names)


def test_everything_that_decides_a_training_is_in_its_fingerprint():
    first = trainer()
    mark = fingerprint(first.plan, first.rows)
    again = trainer()
    assert fingerprint(again.plan, again.rows) == mark
    others = [
        trainer(batch_size=9),
        trainer(seed=1),
        trainer(dtype="float64"),
        trainer(shuffle=False),
        trainer(optimizer=SGD(0.1)),
        trainer(sample_weight=np.arange(37.0)),
        Trainer(small_network(), *table(seed=1), batch_size=8, engine="numpy"),
    ]
    frozen = replace(first.plan, network=first.plan.network.freeze("dense1"))
    marks = [fingerprint(other.plan, other.rows) for other in others] + [fingerprint(frozen, first.rows)]
    moved = first.rows._replace(target=np.nextafter(first.rows.target, np.float32(9)))
    marks.append(fingerprint(first.plan, moved))
    assert len({mark, *marks}) == 10


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    check_same(tmp_path, "a", "a")
    with pytest.raises(InputError) as caught:
        check_same(tmp_path, "a", "b")
    assert str(caught.value) == (
        f"{tmp_path} was made by another training (network, data, optimizer, batch size or seed differ). Pass another "
        "checkpoint folder, or delete this one to start anew."
    )
