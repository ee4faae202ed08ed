"""Every metric stands in the table, and the best is marked."""

import re
from dataclasses import replace

from chainrule.report.material import Material, material_of
from chainrule.report.scores_part import scores_part


def test_every_metric_of_every_model(classes_run):
    html = scores_part(material_of(classes_run))
    facts = classes_run.facts
    for metrics in (*facts["metrics"].values(), *facts["baselines"].values()):
        for name, value in metrics.items():
            assert material_of(classes_run).written(name, value) in html


def test_a_column_has_one_number_of_decimals():
    scores = {"mean": {"r2": -6.89e-06, "mae": 80.0}, "linear": {"r2": 0.95, "mae": 1.25}}
    material = Material("regression", "y", "test rows", 40, {"r2": 0.9, "mae": 12.5}, {}, baselines=scores)
    html = scores_part(material)
    for metric, texts in {"r2": ("0.900", "0.000", "0.950"), "mae": ("12.50", "80.00", "1.25")}.items():
        values = [material.metrics[metric], *(each[metric] for each in scores.values())]
        assert tuple(material.written(metric, value) for value in values) == texts
        assert all(text in html for text in texts)
    assert "e−" not in html


def test_the_best_of_each_metric_is_marked(classes_run):
    best = re.findall(r'<td class="best">([^ ]+) ', scores_part(material_of(classes_run)))
    assert best == ["87.5\u202f%", "0.927", "87.5\u202f%", "0.272"]


def test_without_baselines_nothing_is_best(bags_run):
    assert 'class="best"' not in scores_part(material_of(bags_run))


def test_nothing_measured(bags_run):
    assert scores_part(replace(material_of(bags_run), metrics={})) == ""


def test_a_metric_that_is_not_known_is_shown_unmarked(bags_run):
    html = scores_part(replace(material_of(bags_run), metrics={"<new>": 0.25}, baselines={"mean": {"<new>": 0.5}}))
    assert "&lt;new&gt;" in html
    assert "0.25" in html
    assert 'class="best"' not in html
