import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from chainrule.explain import Check, Column, Document, Line, Picture, Section, Table
from chainrule.explain.render_html import to_html
from explain.arithmetic import BOUGHT, PRICES, bags

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
    visible = re.sub(r"\s", "", "".join(parsed(worksheet).text))
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
    hints = [value for name, value in parsed(worksheet).attributes if name == "title"]
    assert "dense1.a[0]·weight[0, 0]" in hints
    assert "row 2: input[0]·dz[1]" in hints


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
    assert tree.tags.count("table") == 3
    assert '<td class="number">0.25</td><td class="text">&lt;i&gt;</td>' in html
    assert "… 1 more rows …" in "".join(tree.text)
    assert ("aria-label", 'a "line"') in tree.attributes
    for said in ("<n>", "x: a <b>", "Ta<ble", "No<te", "Pic<ture"):
        assert said in "".join(tree.text)


def test_a_page_of_its_own(worksheet):
    page = worksheet.to_html(whole=True)
    assert page.startswith('<!doctype html><html lang="en"><head><meta charset="utf-8">')
    assert worksheet.to_html() in page
