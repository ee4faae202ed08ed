"""Checkpoints are written when it is time to, and gone on from."""

import pytest

from chainrule.errors import FileError
from chainrule.training import saver
from chainrule.training.checkpoint import NAME
from chainrule.training.saver import Saver
from chainrule.training.trainer import Trainer
from training.problems import dropout_network, same, table


def trainer() -> Trainer:
    return Trainer(dropout_network(), *table(), batch_size=8, engine="numpy", validation=0.2)


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    idle = Saver(trainer(), None)
    idle.resume()
    idle.save(now=True)
    assert list(tmp_path.iterdir()) == []


def test_it_is_written_at_once_or_after_half_a_minute(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(saver.time, "monotonic", lambda: clock[0])
    keeping = Saver(trainer(), tmp_path)
    keeping.save()
    assert list(tmp_path.iterdir()) == []
    clock[0] += 31
    keeping.save()
    assert [file.name for file in tmp_path.iterdir()] == [NAME]
    (tmp_path / NAME).unlink()
    keeping.save()
    assert not (tmp_path / NAME).exists()
    keeping.save(now=True)
    assert (tmp_path / NAME).exists()


def test_going_on_gives_what_would_have_been(tmp_path):
    whole, first, second = trainer(), trainer(), trainer()
    for each in (whole, first):
        each.step(3)
        each.set(learning_rate=0.05)
        each.step(4)
    Saver(first, tmp_path).save(now=True)
    Saver(second, tmp_path).resume()
    assert second.steps_done == 7
    for each in (whole, second):
        each.step(5)
    assert same(whole.params, second.params)
    assert whole.history.step_losses.tolist() == second.history.step_losses.tolist()
    assert whole.history.step_rates.tolist() == second.history.step_rates.tolist()
    assert whole.validation_losses.tolist() == second.validation_losses.tolist()


def test_a_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / NAME).mkdir()
    with pytest.raises(FileError) as caught:
        Saver(trainer(), tmp_path).resume()
    assert str(caught.value) == f"{tmp_path / NAME} is a folder; a checkpoint is a file."
