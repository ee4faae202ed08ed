"""A checkpoint is one file, whole or not there, and belongs to one training."""

import numpy as np
import pytest

from chainrule.errors import FileError, InputError
from chainrule.optimizers import SGD, Cosine
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


def test_a_changed_byte_is_noticed(tmp_path):
    write_checkpoint(tmp_path / "c", trainer().state, {}, {"steps": 3})
    whole = (tmp_path / "c").read_bytes()
    for place in (whole.index(b"steps") + 8, len(whole) - 4):
        (tmp_path / "c").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(FileError) as caught:
            read_checkpoint(tmp_path / "c", trainer().state)
        assert str(caught.value) == (
            f"{tmp_path / 'c'} is no whole checkpoint (its checksum is another); delete it to start anew."
        )


def mark(made: Trainer) -> str:
    return fingerprint(made.plan, made.rows, made.validation, made.recording.states[0], made.epochs)


def test_everything_that_decides_a_training_is_in_its_fingerprint():
    X, y = table()
    first = trainer()
    assert mark(trainer()) == mark(first)
    assert mark(trainer(epochs=7)) == mark(first)
    frozen = Trainer(small_network(input_shape=3).freeze("dense1"), X, y, batch_size=8, engine="numpy")
    others = [
        trainer(batch_size=9),
        trainer(seed=1),
        trainer(dtype="float64"),
        trainer(shuffle=False),
        trainer(optimizer=SGD(0.1)),
        trainer(sample_weight=np.arange(37.0)),
        trainer(validation=(X, y)),
        trainer(after=first.standing),
        trainer(optimizer=SGD(Cosine(0.1)), epochs=7),
        trainer(optimizer=SGD(Cosine(0.1)), epochs=8),
        Trainer(small_network(), *table(seed=1), batch_size=8, engine="numpy"),
        frozen,
        Trainer(first.network, X, y, batch_size=8, engine="numpy"),
    ]
    marks = {mark(made) for made in (first, *others)}
    moved = first.rows._replace(target=np.nextafter(first.rows.target, np.float32(9)))
    first.rows = moved
    assert len({mark(first), *marks}) == 1 + 1 + len(others)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    check_same(tmp_path, "a", "a")
    with pytest.raises(InputError) as caught:
        check_same(tmp_path, "a", "b")
    assert str(caught.value) == (
        f"{tmp_path} was made by another training (network, data, optimizer, batch size, seed, or what it began with "
        "differ). Pass another checkpoint folder, or delete this one to start anew."
    )
