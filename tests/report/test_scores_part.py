"""Every metric stands in the table, and the best is marked."""

import re
from dataclasses import replace

from chainrule.report.figures import metric_text
from chainrule.report.material import material_of
from chainrule.report.scores_part import scores_part


def test_every_metric_of_every_model(classes_run):
    html = scores_part(material_of(classes_run))
    facts = classes_run.facts
    for metrics in (*facts["metrics"].values(), *facts["baselines"].values()):
        for name, value in metrics.items():
            assert metric_text(name, value) in html


def test_the_best_of_each_metric_is_marked(classes_run):
    best = re.findall(r'<td class="best">([^ ]+) ', scores_part(material_of(classes_run)))
    assert best == ["87.5\u202f%", "0.9272", "87.5\u202f%", "0.2718"]


def test_without_baselines_nothing_is_best(bags_run):
    assert 'class="best"' not in scores_part(material_of(bags_run))


def test_nothing_measured(bags_run):
    assert scores_part(replace(material_of(bags_run), metrics={})) == ""


def test_a_metric_that_is_not_known_is_shown_unmarked(bags_run):
    html = scores_part(replace(material_of(bags_run), metrics={"<new>": 0.25}, baselines={"mean": {"<new>": 0.5}}))
    assert "&lt;new&gt;" in html
    assert "0.25" in html
    assert 'class="best"' not in html
