"""Columns with their roles and reasons, and how rows were divided."""

import re
from dataclasses import replace

from chainrule.report.data_part import MOST_COLUMNS, data_part, importance_figure, split_bar


def test_columns(classes_run):
    html = data_part(classes_run)
    for column in (*classes_run.facts["columns"], classes_run.facts["target_column"]):
        assert column["kind"] in html
    assert '<td data-name="role" class="role left-out">left out</td><td data-name="kind">identifier</td>' in html
    assert "a note with &lt;angle&gt; brackets." in html
    assert "120 rows of <em>a table in memory</em>, 5 columns: 3 to learn from, 1 left out, and the target." in html


def test_many_columns_are_folded(classes_run):
    column = classes_run.facts["columns"][0]
    facts = dict(classes_run.facts) | {"columns": [column | {"name": f"c{place}"} for place in range(200)]}
    html = data_part(replace(classes_run, facts=facts))
    assert f"<summary>{201 - MOST_COLUMNS} more columns</summary>" in html
    assert html.count('<th scope="row">') == 201


def test_split():
    html = split_bar({"kind": "grouped", "by": "<firm>", "train": 1500, "validation": 0, "test": 500})
    assert "<b>1,500</b>" in html
    assert "75\u202f%" in html
    assert "watched" not in html
    assert "Divided in whole groups by <em>&lt;firm&gt;</em>." in html


def test_arrays(bags_run):
    assert "Arrays: input of shape (n, 1). 3 training rows." in data_part(bags_run)


def test_rows_that_watched_and_then_learned_are_counted_once():
    split = {"kind": "random", "by": None, "train": 80, "validation": 20, "test": 20}
    html = split_bar(split, refit=True)
    assert [html.count(f"<b>{n}</b>") for n in (60, 20, 80)] == [1, 2, 0]
    assert "watched first, to decide how long; then learned from" in html
    assert "<small>60 %</small>" in html.replace("\u202f", " ").replace("\u00a0", " ")


def test_what_its_answers_rest_on():
    found = {"metric": "rmse", "rows": 44, "repeats": 5, "costs": {"<size>": 12.5, "year": 5.0, "shop": -0.25}}
    html = importance_figure(found)
    assert re.findall(r"<span>(.*?)</span><i style=\"--share:(.*?)\"></i><b>(.*?)</b>", html) == [
        ("&lt;size&gt;", "1.0000", "12.5"),
        ("year", "0.4000", "5"),
        ("shop", "0.0000", "−0.25"),
    ]
    assert "the RMSE of 44 test rows rises" in html
    assert importance_figure(None) == ""


def test_the_columns_that_matter_most_are_shown():
    costs = {f"x{place}": float(20 - place) for place in range(15)}
    html = importance_figure({"metric": "log_loss", "rows": 9, "repeats": 5, "costs": costs})
    assert "x11" in html
    assert "x12" not in html
    assert "3 columns that matter less are not shown." in html
