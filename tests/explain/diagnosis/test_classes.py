import pytest

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
