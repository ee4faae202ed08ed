"""What is known about a run, from its facts or from its trainer."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.report.material import MOST_ROWS, material_of


def test_of_a_table(classes_run):
    material = material_of(classes_run)
    assert material.unseen
    assert material.judged_rows == classes_run.facts["split"]["test"]
    assert material.labels == ["<yes>", "no & no"]
    assert material.confusion.sum() == material.judged_rows
    assert material.answers.probabilities.shape == (material.judged_rows, 2)


def test_of_arrays_is_what_the_run_says(bags_run):
    material = material_of(bags_run)
    assert (material.judged, material.judged_rows, material.learned) == ("training rows", 3, {})
    assert material.metrics == bags_run.evaluate([[0.0], [0.5], [1.0]], [0.0, 1.0, 0.0])
    assert material.answers.prediction == bags_run.predict([[0.0], [0.5], [1.0]])[:, 0].tolist()
    assert list(material.answers.rows) == [1, 2, 3]


def test_validation_rows_are_called_as_in_what_was_passed():
    x = np.arange(20.0)[:, None]
    run = cr.fit(cr.Network([cr.Dense(1)]), x, x[:, 0], epochs=1, validation=0.2, engine="numpy")
    answers = material_of(run).answers
    assert answers.truth == [row - 1.0 for row in answers.rows]


def test_of_a_run_that_was_loaded(bags_run):
    material = material_of(replace(bags_run, trainer=None))
    assert (material.metrics, material.answers) == ({}, None)


@pytest.mark.parametrize("last", ["softmax", None])
def test_of_classes_in_arrays(last):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3))
    y = x.argmax(axis=1)
    loss = "cross_entropy" if last else "cross_entropy_from_logits"
    run = cr.fit(cr.Network([cr.Dense(3, last)], loss=loss), x, y, epochs=3, validation=0.25, engine="numpy")
    material = material_of(run)
    assert (material.judged, material.judged_rows, set(material.learned)) == (
        "validation rows",
        10,
        set(material.metrics),
    )
    assert material.answers.probabilities.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-6)  # float32
    right = sum(t == p for t, p in zip(material.answers.truth, material.answers.prediction, strict=True))
    assert right / 10 == pytest.approx(material.metrics["accuracy"])
    assert np.trace(material.confusion) == right


@pytest.mark.parametrize("last", ["sigmoid", None])
def test_of_two_classes_in_arrays(last):
    x = np.array([[-3.0], [-2.0], [2.0], [4.0], [-1.0]])
    loss = "binary_cross_entropy" if last else "binary_cross_entropy_from_logits"
    network = cr.Network([cr.Dense(1, last)], loss=loss).set({"dense1.weight": [[1.0]], "dense1.bias": [0.0]})
    run = cr.fit(network, x, [0, 0, 1, 1, 1], epochs=0, dtype="float64", engine="numpy")
    answers = material_of(run).answers
    assert answers.probabilities[:, 1] == pytest.approx(1 / (1 + np.exp(-x[:, 0])))
    assert list(answers.prediction) == ["0", "0", "1", "1", "0"]
    assert material_of(run).confusion.tolist() == [[2, 0], [1, 2]]


def test_many_rows_are_cut():
    run = cr.fit(cr.Network([cr.Dense(1)]), np.zeros((MOST_ROWS + 7, 1)), np.zeros(MOST_ROWS + 7), epochs=0)
    assert material_of(run).judged_rows == MOST_ROWS
