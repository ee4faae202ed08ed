"""Arrays are checked once, where they enter, and come in as they should."""

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.losses import get_loss
from chainrule.network import LSTM, Dense, Masked, Network
from chainrule.training.rows import make_rows, make_target, owned, select, set_aside, split_validation
from chainrule.training.step import Rows
from messages import message_of

KIND = np.dtype("float32")
X = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def network(loss="mse", units=1) -> Network:
    return Network([Dense(units, "softmax" if loss == "cross_entropy" else None)], loss=loss)


def test_rows_come_in_one_type_and_the_network_is_built_for_them():
    built, rows = make_rows(network(), X, [1, 2, 3], [1, 0, 2], KIND)
    assert built.input_shapes == {"input": (2,)}
    assert rows.inputs["input"].dtype == rows.target.dtype == rows.weight.dtype == KIND
    assert rows.target.tolist() == [[1.0], [2.0], [3.0]]
    assert rows.weight.tolist() == [1.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("target", "codes"), [([0, 2, 1], [0, 2, 1]), ([[0], [2], [1]], [0, 2, 1]), ([0.0, 2.0, 1.0], [0, 2, 1])]
)
def test_classes_are_codes(target, codes):
    made = make_target(get_loss("cross_entropy_from_logits"), target, (3,), KIND)
    assert made.tolist() == codes
    assert made.dtype == np.int32


def test_a_target_of_several_numbers_keeps_its_shape():
    assert make_target(get_loss("mse"), [[1, 2], [3, 4]], (2,), KIND).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: make_rows(network(), X, ["a", "b", "c"], None, KIND),
            "The target must be numbers; got <U1. Classes are whole numbers from 0 here; tables with class names are "
            "encoded by fit_table, or by the estimators.",
        ),
        (lambda: make_rows(network(), X, [1, 2], None, KIND), "Input 'input' has 3 rows and the target has 2."),
        (lambda: make_rows(network(), np.zeros((0, 2)), [], None, KIND), "There are no rows to train on."),
        (
            lambda: make_rows(network(), X, [1, np.inf, 3], None, KIND),
            "The target is inf in row 2; fill or drop what is missing before training.",
        ),
        (
            lambda: make_rows(network(), [[1, 2], [3, np.nan], [5, 6]], [1, 2, 3], None, KIND),
            "Input 'input' is nan in row 2, place [1]; fill or drop what is missing before training.",
        ),
        (
            lambda: make_rows(network(), X, [[1, 2]] * 3, None, KIND),
            "The target has shape (3, 2) and the network's output (3, 1); they must be the same for loss 'mse'.",
        ),
        (
            lambda: make_rows(network("cross_entropy_from_logits", 3), X, [0, 0.5, 1], None, KIND),
            "The target of loss 'cross_entropy_from_logits' must be whole numbers: the code of each row's class. "
            "Where it has a column for each class, pass y.argmax(axis=-1).",
        ),
        (
            lambda: make_rows(network("cross_entropy_from_logits", 3), X, np.eye(3, dtype=int), None, KIND),
            "The target of loss 'cross_entropy_from_logits' must be whole numbers: the code of each row's class. "
            "Where it has a column for each class, pass y.argmax(axis=-1).",
        ),
        (
            lambda: make_rows(network("cross_entropy_from_logits", 3), X, [0, np.nan, 1], None, KIND),
            "The target is nan in row 2; fill or drop what is missing before training.",
        ),
        (
            lambda: make_rows(network(), X, [1, 1e300, 3], None, KIND),
            "The target is 1e+300 in row 2, and float32 ends at 3.4e+38: give it another unit, or compute with "
            "dtype='float64'.",
        ),
        (
            lambda: make_rows(network(), [[1, 2], [3, 4], [5, -1e300]], [1, 2, 3], None, KIND),
            "Input 'input' is -1e+300 in row 3, place [1], and float32 ends at 3.4e+38: give it another unit, or "
            "compute with dtype='float64'.",
        ),
        (
            lambda: make_rows(network(), X, [1, 2, 3], None, KIND, "balanced"),
            "class_weight needs a loss over classes and one class a row; got loss 'mse' and a target of shape (3, 1). "
            "Pass sample_weight instead.",
        ),
        (
            lambda: make_rows(network("cross_entropy", 3), X, [0, 1, 2], [1, 2], KIND, "balanced"),
            "sample_weight must be one number a row, shape (3,); got int64 of shape (2,).",
        ),
        (
            lambda: make_rows(network("cross_entropy", 3), X, [0, 1, 2], None, KIND, [1, 2, 3]),
            "class_weight must be 'balanced' or a mapping from class to weight; got [1, 2, 3].",
        ),
        (
            lambda: make_rows(network("cross_entropy", 3), X, [0, 1, 1], None, KIND, {0: 0, 1: 0}),
            "sample_weight must be finite numbers of 0 or more, and not all 0.",
        ),
        (
            lambda: make_rows(network(), X, [1, 2, 3], [1, 2], KIND),
            "sample_weight must be one number a row, shape (3,); got int64 of shape (2,).",
        ),
        (
            lambda: make_rows(network(), X, [1, 2, 3], [0, 0, 0], KIND),
            "sample_weight must be finite numbers of 0 or more, and not all 0.",
        ),
        (
            lambda: make_rows(network(), X, [1, 2, 3], [1, -1, 1], KIND),
            "sample_weight must be finite numbers of 0 or more, and not all 0.",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_named(call, message):
    assert message_of(InputError, call) == message


def test_values_behind_a_mask_are_looked_at_too():
    padded = Masked(np.array([[1.0, np.nan]]), np.array([[True, True]]))
    assert message_of(InputError, lambda: make_rows(network(), padded, [1.0], None, KIND)).startswith(
        "Input 'input' is nan in row 1"
    )


def test_validation_rows_are_a_random_share_that_the_seed_decides():
    rows = Rows({"input": np.arange(10.0)[:, None]}, np.arange(10.0)[:, None], None)
    learned, watched, kept = split_validation(rows, 0.3, seed=0)
    assert (len(learned.target), len(watched.target)) == (7, 3)
    assert sorted([*learned.target[:, 0], *watched.target[:, 0]]) == list(range(10))
    assert learned.target[:, 0].tolist() == kept.tolist() == sorted(kept.tolist())
    assert learned.inputs["input"].tolist() == learned.target.tolist()
    assert split_validation(rows, 0.3, seed=0)[2].tolist() == kept.tolist()
    assert any(split_validation(rows, 0.3, seed=seed)[2].tolist() != kept.tolist() for seed in range(1, 4))


@pytest.mark.parametrize("fraction", [0.0, 1.0, 0.01, 0.99, -1.0])
def test_both_sides_must_have_a_row(fraction):
    rows = Rows({"input": np.zeros((10, 1))}, np.zeros((10, 1)), None)
    assert message_of(InputError, lambda: split_validation(rows, fraction, 0)) == (
        f"validation must leave at least one row on each side; got {fraction} of 10 rows. Pass a fraction such as 0.2, "
        "or a pair (X, y)."
    )


def test_rows_count_by_themselves_times_their_class():
    rows = make_rows(network("cross_entropy", 3), X, [0, 2, 2], [1, 2, 3], KIND, {2: 10})[1]
    assert rows.weight.tolist() == [1, 20, 30]
    assert rows.weight.dtype == KIND


def test_a_fraction_and_a_pair_are_called_by_their_own_numbers():
    built, rows = make_rows(network(), X, [1, 2, 3], None, KIND)
    part = set_aside(built, rows, np.float32(0.4), 0, KIND, np.array([11, 12, 13]))
    assert part.row_numbers.tolist() == (11 + part.kept).tolist()
    assert sorted([*part.row_numbers, *part.validation_numbers]) == [11, 12, 13]
    assert part.validation.target[0, 0] == part.validation_numbers[0] - 10
    pair = set_aside(built, rows, (X[:2], [1, 2], [0, 5]), 0, KIND, np.array([11, 12, 13]))
    assert (pair.row_numbers.tolist(), pair.validation_numbers.tolist()) == ([11, 12, 13], [1, 2])
    assert pair.validation.weight.tolist() == [0, 5]
    alone = set_aside(built, rows, None, 0, KIND)
    assert (alone.validation, alone.row_numbers.tolist(), len(alone.validation_numbers)) == (None, [1, 2, 3], 0)


def test_some_rows():
    rows = Rows({"input": np.arange(4.0)}, np.arange(4), np.arange(4) / 10)
    some = select(rows, np.array([3, 1]))
    assert (some.inputs["input"].tolist(), some.target.tolist(), some.weight.tolist()) == ([3, 1], [3, 1], [0.3, 0.1])


@pytest.mark.parametrize("shape_it", [lambda X: X, lambda X: {"input": X}, lambda X: Masked(X, np.ones((3, 2), bool))])
def test_rows_that_are_owned_stay_when_what_was_passed_is_changed(shape_it):
    passed = np.ones((3, 2, 4), dtype=KIND)
    given = shape_it(passed)
    rows = Rows({"input": given["input"] if isinstance(given, dict) else given}, np.zeros((3, 1), KIND), None)
    kept = owned(rows, given).inputs["input"]
    passed[:] = 7
    if isinstance(kept, Masked):
        given.mask[:] = False
        assert kept.mask.all()
    assert (kept.values if isinstance(kept, Masked) else kept).max() == 1


def test_views_are_owned_too_and_what_was_made_here_is_not_copied():
    passed = np.ones((4, 2), dtype=KIND)
    view, fresh = passed[::2], np.zeros((2, 1), KIND)
    kept = owned(Rows({"input": view}, fresh, None), [[1.0, 1.0]] * 2)
    passed[:] = 7
    assert kept.inputs["input"].max() == 1
    assert kept.target is fresh


def test_validation_rows_that_were_passed_are_owned():
    watched = np.ones((2, 2), dtype=KIND)
    _, rows = make_rows(network(), X, [1.0, 2.0, 3.0], None, KIND)
    kept = set_aside(network(), rows, (watched, [0.0, 0.0]), 0, KIND).validation
    watched[:] = 7
    assert kept.inputs["input"].max() == 1


def test_targets_of_padding_do_not_matter():
    mask = np.array([[True, True], [True, False]])
    steps = Masked(np.ones((2, 2, 1)), mask)
    numbers, codes = [[[1.0], [2.0]], [[3.0], [np.nan]]], [[0, 2], [1, -100]]
    for loss, units, y in (("mse", 1, numbers), ("cross_entropy_from_logits", 3, codes)):
        net = Network([LSTM(units, return_sequences=True)], loss=loss)
        _, rows = make_rows(net, steps, y, None, KIND)
        np.testing.assert_array_equal(rows.target[1, 1], 0)
        np.testing.assert_array_equal(rows.target[mask], np.asarray(y)[mask])
