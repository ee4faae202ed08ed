import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis.classes import class_imbalance
from explain.diagnosis.illnesses import imbalanced


def test_the_share_found_is_that_of_the_confusion_matrix():
    run = imbalanced(0)
    (finding,) = class_imbalance(run.look())
    no, yes = run.facts["confusion"]
    assert finding.evidence["share found among test rows"] == {"yes": pytest.approx(yes[1] / sum(yes))}
    assert finding.evidence["share found of 'no'"] == pytest.approx(no[0] / sum(no))
    assert sum(finding.evidence["training rows"].values()) == 800
    assert finding.where == "'yes'"


def test_where_classes_are_weighted_nothing_is_said():
    run = imbalanced(0)
    again = run.again(class_weight="balanced")
    assert not list(class_imbalance(again.look()))


def test_a_class_with_too_few_rows_to_judge_by_is_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = np.zeros(80, dtype=int)
    y[[3, 40, 70, 79]] = 1
    network = cr.Network([cr.Dense(1, "sigmoid")], loss="binary_cross_entropy")
    network = network.set({"dense1.weight": [[0.0], [0.0]], "dense1.bias": [-3.0]})
    settings = {"epochs": 1, "engine": "numpy", "progress": False, "validation": (X[70:], y[70:])}
    run = cr.fit(network, X[:70], y[:70], **settings)
    (finding,) = class_imbalance(run.look())
    assert finding.sentence == (
        "Only 2 of the 10 validation rows are '1', and 0 of them were found: too few to say how well that class is "
        "found, and the share of right answers hardly tells."
    )
    assert finding.evidence["found among the validation rows"] == {"1": 0}
    assert finding.remedy.changes == {"class_weight": "balanced"}
