import math
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from chainrule.explain import Check, Column, Document, Line, Picture, Section, Table
from chainrule.explain.document import Rest
from chainrule.explain.render_html import ROOM, to_html
from explain.arithmetic import BOUGHT, PRICES, bags
from explain.networks import wide

VOID = {"br", "hr", "img", "input", "meta", "link"}


class Tree(HTMLParser):
    """Checks that what opens closes, and keeps what is visible and which attributes there are."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.attributes, self.tags = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def parsed(worksheet):
    tree = Tree()
    tree.feed(worksheet.to_html())
    assert not tree.open
    return tree


@pytest.fixture
def worksheet():
    return bags().trace(PRICES, BOUGHT).worksheet(1)


def test_everything_that_the_text_says_is_there(worksheet):
    html = re.sub(r"<small>.*?</small>", "", worksheet.to_html())
    visible = re.sub(r"\s", "", unescape(re.sub(r"<[^>]*>", "", html)))
    for section in worksheet.sections:
        for said in (section.title, section.note):
            assert re.sub(r"\s", "", said) in visible
        for line in section.lines:
            for said in (line.symbol, line.formula, line.numbers(), line.answer(), line.note):
                assert re.sub(r"\s", "", said) in visible
    assert re.sub(r"\s", "", worksheet.verdict) in visible


def test_nothing_comes_from_outside(worksheet):
    tree = parsed(worksheet)
    assert not {"script", "link", "img", "iframe"} & set(tree.tags)
    assert not {"src", "href", "onclick"} & {name for name, _ in tree.attributes}
    assert "url(" not in worksheet.to_html()
    assert "@import" not in worksheet.to_html()


def test_its_style_touches_nothing_else(worksheet):
    style = re.search(r"<style>(.*?)</style>", worksheet.to_html(), re.DOTALL)[1]
    style = re.sub(r"@media \([^)]*\) \{(.*?\} )\}", r"\1", style, flags=re.DOTALL)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{[^{}]*\}", style) for one in rule.split(",")]
    assert len(selectors) > 10
    assert all(selector.startswith(".cr-shown") for selector in selectors)


def test_light_and_dark(worksheet):
    assert "@media (prefers-color-scheme: dark)" in worksheet.to_html()


def test_summands_say_where_they_come_from(worksheet):
    """Where everybody sees it: a phone has no mouse to point with, nor has a projector."""
    names = re.findall(r"<small>(.*?)</small>", worksheet.to_html())
    assert names == ["row 1", "row 2", "row 3"] * (1 + 3 + 4)
    assert "title=" not in worksheet.to_html()


def test_terms_are_named_where_the_formula_names_none():
    html = wide().worksheet(2, terms=3).to_html()
    line = re.search(r"<tr><th>z\[0\]</th>.*?</tr>", html)[0]
    assert "= Σ_i dense1.a[i]·weight[i, 0] + bias[0]</span>" in line
    shown = line.partition("<details")[0]
    names = re.findall("<small>(.*?)</small>", shown)
    assert [re.sub(r"\[\d+", "[i", name) for name in names] == ["dense1.a[i]·weight[i, 0]"] * 3
    assert "bias[0]</small>" not in line


def test_what_is_folded_opens():
    """The terms that are seen, those that open, and what follows add up to the number of the pass."""
    trace = wide()
    worksheet = trace.worksheet(2, terms=3, lines=3)
    line = worksheet.line("dense2.z[0]")
    html = re.search(r"<tr><th>z\[0\]</th>.*?</tr>", worksheet.to_html(decimals=17))[0]
    names = re.findall("<small>(.*?)</small>", html)
    assert len(set(names)) == len(names) == 50
    texts = [re.sub("<small>.*", "", text) for text in re.findall(r'<span class="term">(.*?)</span>', html)]
    products = [
        math.prod(map(float, re.findall(r"-?[\d.]+(?:e-?\d+)?", re.sub("[−–] ?", "-", text)))) for text in texts
    ]
    assert math.fsum(products) == pytest.approx(line.result, rel=1e-12)
    rest = line.terms[3].rest.first(99)
    assert [term.value for term in rest] == sorted((term.value for term in rest), key=abs, reverse=True)
    assert math.fsum(term.value for term in rest) == pytest.approx(line.terms[3].value, rel=1e-12)


def test_units_that_are_folded_open():
    trace = wide()
    remark = trace.worksheet(2, lines=3).sections[1].lines[-1]
    opened = {line.symbol: line.result for lines in remark.rest.first(99) for line in lines}
    shown = {line.symbol for line in trace.worksheet(2, lines=3).sections[1].lines if line.symbol}
    a = trace.value("dense1.a")[2]
    assert len(opened) == 2 * 47
    assert not shown & set(opened)
    assert all(opened[f"a[{i}]"] == a[i] for i in range(50) if f"a[{i}]" in opened)
    assert f"a[{np.argsort(-a)[3]}] = " in trace.worksheet(2, lines=3).to_html()


def test_a_page_stays_small_however_much_is_folded():
    trace = wide(units=3_000, rows=2)
    html = trace.worksheet(1).to_html()
    assert html.count("<details class") > 10
    assert len(html) < 3 * ROOM
    assert "2,894 more. The largest come first." in html


def test_rows_of_a_table_open():
    table = Table((Column("n", "whole"), Column("x")), tuple((n, n / 4) for n in range(1, 2_001)), most=2)
    html = to_html(Document("Steps", "", (Section("steps", "", (table,)),)))
    assert "<summary>2,000 rows, all of them</summary>" in html
    assert html.count("<tr>") == 2 + 2 + 1 + 1_000
    assert "<p>1,000 more. JSON has them all.</p>" in html


def test_rows_behind_a_sum_open():
    rest = Rest(2, range, lambda place: (f"row {place + 7}", 0.5 + place))
    table = Table((Column("what", "text"), Column("added")), (("2 more rows", 2.0),), rest=rest)
    html = to_html(Document("Ledger", "", (Section("rows", "", (table,)),)))
    assert "<summary>2 more rows, one by one</summary>" in html
    assert '<td class="text">row 8</td><td class="number">1.5</td>' in html


def test_names_from_the_data_are_escaped(worksheet):
    line = Line("<b>", "<b>", "<i>", "<u>", note="<script>")
    remark = Line("<s>", "", note="<s>")
    hostile = replace(
        worksheet, label="<script>alert(1)</script>", sections=(Section("row", "<x>", (line, remark), "<y>"),)
    )
    tree = parsed(hostile)
    assert not {"script", "b", "i", "u", "s", "x", "y"} & set(tree.tags)
    assert "<script>alert(1)</script>" in "".join(tree.text)


def test_a_remark_stands_alone(worksheet):
    sheet = replace(worksheet, sections=(Section("row", "Row", (Line("x", "", note="4 more"),)),))
    assert '<td colspan="3"><span class="note">4 more</span></td>' in sheet.to_html()


def test_a_sum_that_does_not_add_up_is_marked(worksheet):
    assert '<p class="good">' in worksheet.to_html()
    assert '<p class="bad">' in replace(worksheet, checks=(Check("z", 1, 2, 0),)).to_html()


def test_a_notebook_shows_it(worksheet):
    assert worksheet._repr_mimebundle_()["text/html"] == worksheet.to_html()


def test_tables_and_pictures_stand_among_lines():
    columns = (Column("<n>", "whole"), Column("x", note="a <b>"), Column("said", "text"))
    rows = ((1, 0.25, "<i>"), (2, 1.5, None), (3, 1.0, "c"))
    items = (
        Line("z", "z", "", 1.0),
        Table(columns, rows, "Ta<ble", "No<te", most=2),
        Line("y", "y", "", 2.0),
        Picture('<svg viewBox="0 0 1 1"></svg>', 'a "line"', "Pic<ture"),
    )
    tree = Tree()
    html = to_html(Document("Steps", "", (Section("steps", "", items),)))
    tree.feed(html)
    assert not tree.open
    assert tree.tags.count("table") == 4
    assert '<td class="number">0.25</td><td class="text">&lt;i&gt;</td>' in html
    assert "… 1 more row (most=3 or --most 3 shows all) …" in "".join(tree.text)
    assert ("aria-label", 'a "line"') in tree.attributes
    for said in ("<n>", "x: a <b>", "Ta<ble", "No<te", "Pic<ture"):
        assert said in "".join(tree.text)


def test_a_page_of_its_own(worksheet):
    page = worksheet.to_html(whole=True)
    assert page.startswith('<!doctype html><html lang="en"><head><meta charset="utf-8">')
    assert worksheet.to_html() in page
