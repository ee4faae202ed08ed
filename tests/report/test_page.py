"""One whole page: well-formed, safe, and in need of nothing from outside."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule.report import render_report, write_report

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Checker(HTMLParser):
    """Notes tags that are not closed in order, and every address and every script."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.addresses: list[str] = []
        self.tags: dict[str, int] = {}
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.addresses += [value for name, value in attrs if name in ("href", "src", "data", "action", "xlink:href")]
        self.ids += [value for name, value in attrs if name == "id"]
        self.wrong += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def check(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    assert checker.wrong == []
    assert checker.open == []
    assert all(address.startswith("#") and address[1:] in checker.ids for address in checker.addresses)
    assert len(set(checker.ids)) == len(checker.ids)
    outside = html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?://|url\(|@import|<link|<img|<iframe|<object", outside)
    for svg in re.findall(r"<svg.*?</svg>", html, re.S):
        root = ET.fromstring(svg)
        assert root.attrib.get("aria-label") or root.attrib.get("aria-hidden") == "true"
    assert "nan" not in re.sub(r"<style>.*?</style>|[\w.-]*nan[\w.-]+|[\w.-]+nan\b", "", html, flags=re.S)
    return checker


@pytest.fixture(params=["classes_run", "numbers_run", "bags_run"])
def run(request):
    return request.getfixturevalue(request.param)


def test_well_formed_and_self_contained(run):
    checker = check(render_report(run))
    assert "script" not in checker.tags
    assert checker.tags["h1"] == 1


def test_names_and_cells_from_data_stay_text(classes_run):
    html = render_report(classes_run)
    checker = check(html)
    for tag in ("i", "yes", "angle", "regression", "script"):
        plain = check(render_report(replace(classes_run, facts={}, table=None, trainer=None))).tags.get(tag, 0)
        bars = 3 + len(classes_run.facts["importance"]["costs"]) if tag == "i" else 0  # one for each model and column
        assert checker.tags.get(tag, 0) == plain + bars
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in html


def test_parts_of_a_table(classes_run):
    html = render_report(classes_run)
    assert re.findall(r'<section id="(\w+)"', html) == ["scores", "answers", "data", "training", "network", "example"]
    assert re.findall(r'<a href="#(\w+)"', html) == ["scores", "answers", "data", "training", "network", "example"]
    assert "<h1>Predicting <em>&lt;b&gt;bought&lt;/b&gt;</em></h1>" in html


def test_a_loaded_run_without_a_table_is_shorter(bags_run):
    html = render_report(replace(bags_run, trainer=None))
    check(html)
    assert re.findall(r'<section id="(\w+)"', html) == ["data", "training", "network"]


def test_saved_and_loaded_runs_have_the_same_page(numbers_run, tmp_path):
    numbers_run.save(tmp_path / "run")
    assert render_report(cr.load(tmp_path / "run")) == render_report(numbers_run)


def test_size_is_bounded():
    rng = np.random.default_rng(0)
    n, labels = 30_000, 150
    code = rng.integers(0, labels, n)
    table = {f"x{place}": rng.normal(size=n) + code for place in range(60)}
    table |= {"city": np.array([f"city {place}" for place in rng.integers(0, 10_000, n)])}
    table |= {"kind": np.array([f"kind {place}" for place in code])}
    run = cr.fit_table(
        table, "kind", epochs=1, baselines=False, engine="numpy", batch_size=2048, kinds={"city": "category"}
    )
    html = render_report(run)
    check(html)
    assert len(run.facts["test_rows"]["row"]) == 5_000
    assert len(html) < 1_500_000
    assert "Pictures show 5,000 rows, evenly chosen from the 6,000 test rows." in html


def test_other_networks():
    x = np.random.default_rng(0).normal(size=(20, 4, 4, 1))
    parts = [
        cr.Flatten(),
        cr.Dense(6, "relu"),
        cr.Parallel([[cr.Dense(3)], []]),
        cr.Residual([cr.Dense(9, "tanh"), cr.Dropout(0.1)]),
        cr.BatchNorm(),
        cr.Dense(1, "sigmoid"),
    ]
    network = cr.Network(parts, loss="binary_cross_entropy")
    run = cr.fit(network, x, np.arange(20) % 2, epochs=2, validation=0.2, engine="numpy")
    check(render_report(run))


def test_several_outputs():
    x = np.random.default_rng(0).normal(size=(20, 2))
    check(render_report(cr.fit(cr.Network([cr.Dense(2)]), x, x, epochs=2, engine="numpy")))


def test_writing(bags_run, tmp_path):
    path = write_report(bags_run, tmp_path / "new folder" / "report.html")
    assert path.read_text(encoding="utf-8") == render_report(bags_run)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_file_that_cannot_be_written(bags_run, tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(cr.ChainruleError, match=r"^The report could not be written to .*report\.html: ") as caught:
        write_report(bags_run, tmp_path / "report.html")
    assert caught.value.path == tmp_path / "report.html"
