"""What ails the training, in the report: each finding, or one line."""

import json
from dataclasses import replace

import pytest

import chainrule as cr
from chainrule.explain.diagnosis import ILLNESSES, Diagnosis, Finding, Remedy
from chainrule.report.diagnosis_part import alarm, diagnosis_of, diagnosis_part
from chainrule.report.page import render_report

LEAK = Finding(
    "leaking column",
    "serious",
    "'<b>'",
    ("'<b>' explains ", 99.5, " %."),
    {"explained alone": {"<b>": 0.995}},
    Remedy("leave it out.", {"drop": ["<b>"]}),
)
ILL = Diagnosis((LEAK, replace(LEAK, name="plateau", severity="mild")), ILLNESSES)


def test_each_finding_has_its_words_its_remedy_and_its_evidence():
    html = diagnosis_part(ILL)
    assert html.count("<h3>") == 2
    assert "<h3>1. leaking column: &#x27;&lt;b&gt;&#x27; <small>serious</small></h3>" in html
    assert "&#x27;&lt;b&gt;&#x27; explains 99.5 %." in html
    assert "<b>Remedy:</b> leave it out." in html
    assert "<dt>explained alone</dt><dd>&lt;b&gt;: 0.995</dd>" in html


def test_only_what_is_serious_is_told_at_the_head_of_the_page():
    assert alarm(ILL) == '<p class="alarm"><a href="#diagnosis">Found: leaking column</a></p>'
    assert alarm(Diagnosis((), ILLNESSES)) == alarm(None) == ""


def test_a_healthy_training_has_one_line():
    html = diagnosis_part(Diagnosis((), ("divergence", "plateau")))
    assert html.endswith('<p class="intro">Nothing was found. Looked for: divergence, plateau.</p></section>')
    assert diagnosis_part(None) == ""


def test_a_run_on_arrays_is_diagnosed_while_its_training_is_in_memory(bags_run, tmp_path):
    found = diagnosis_of(bags_run)
    assert found == bags_run.diagnose()
    assert diagnosis_part(found) in render_report(bags_run)
    assert diagnosis_of(cr.load(bags_run.save(tmp_path / "run"))) is None


@pytest.mark.parametrize("again", [False, True])
def test_what_a_run_keeps_is_shown_from_disk_too(classes_run, again, tmp_path):
    run = replace(classes_run, facts={**classes_run.facts, "diagnosis": json.loads(json.dumps(ILL.to_plain()))})
    run = cr.load(run.save(tmp_path / "run")) if again else run
    html = render_report(run)
    assert diagnosis_part(ILL) in html
    assert alarm(ILL) in html
