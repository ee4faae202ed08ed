"""Steps are summed up by epoch: means by rows, sums as sums, and nothing of an epoch that has not ended."""

import numpy as np

from chainrule.training.history import Losses, history_of

LOSSES, RATES = np.array([4.0, 1.0, 2.0, 3.0, 9.0]), np.array([0.5, 0.4, 0.3, 0.2, 0.1])
BATCHES = np.array([3, 1])
"""Two steps an epoch, the second of one row."""


def test_means_count_by_rows():
    history = history_of(LOSSES, RATES, {}, BATCHES, sums=False)
    assert history["loss"].tolist() == [(3 * 4 + 1) / 4, (3 * 2 + 3) / 4]
    assert history["epoch"].tolist() == [1, 2]
    assert history["learning_rate"].tolist() == [0.4, 0.2]
    assert list(history) == ["epoch", "loss", "learning_rate"]
    assert len(history) == 3


def test_sums_add_up():
    assert history_of(LOSSES, RATES, {}, BATCHES, sums=True)["loss"].tolist() == [5.0, 5.0]


def test_every_step_is_kept():
    history = history_of(LOSSES, RATES, {}, BATCHES, sums=False)
    assert history.step_losses.tolist() == LOSSES.tolist()
    assert history.step_rates.tolist() == RATES.tolist()


def test_an_epoch_without_a_validation_loss_has_none():
    losses = history_of(LOSSES, RATES, {1: 0.25}, BATCHES, sums=False)["validation_loss"]
    assert np.isnan(losses[0])
    assert losses[1] == 0.25


def test_no_epoch_has_ended():
    history = history_of(LOSSES[:1], RATES[:1], {}, BATCHES, sums=False)
    assert [len(column) for column in history.values()] == [0, 0, 0]
    assert repr(history).split() == ["epoch", "loss", "learning_rate"]


def test_of_many_epochs_the_first_and_last_are_shown():
    epochs = 100
    history = history_of(np.arange(2.0 * epochs), np.ones(2 * epochs), {}, BATCHES, sums=True)
    lines = repr(history).splitlines()
    assert [line.split()[0] for line in lines] == ["epoch", *"12345", "…", "96", "97", "98", "99", "100"]
    assert lines[1].split() == ["1", "1", "1"]


def losses(*written) -> Losses:
    made = Losses(np.dtype("float32"))
    for start, values, validation in written:
        made.write(start, np.array(values), validation)
    return made


def test_losses_are_written_down_as_they_come_and_again():
    made = losses((0, [4, 1, 2], {0: 7}), (3, [3, 9], {1: 6}), (1, [8], {0: 5}))
    assert made.steps == 5
    assert made.latest == 9
    assert made.validation.tolist() == [5, 6]
    history = made.history(RATES, BATCHES, sums=True)
    assert history.step_losses.tolist() == [4, 8, 2, 3, 9]
    assert history["validation_loss"].tolist() == [5, 6]


def test_what_is_forgotten_is_not_in_the_history():
    made = losses((0, [4, 1, 2, 3, 9], {0: 7, 1: 6}))
    made.forget_after(3, epochs=1)
    assert (made.steps, made.latest, made.validation.tolist()) == (3, 2, [7])
    made.forget_after(9, epochs=4)
    assert made.steps == 3


def test_before_the_first_step_there_is_no_loss():
    assert np.isnan(losses().latest)
    assert len(losses().validation) == 0
