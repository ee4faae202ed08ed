import re

from hypothesis import given

from chainrule.explain import Document, Picture, Section
from chainrule.explain.digits import Digits
from chainrule.explain.render_markdown import escape, to_markdown
from explain.arithmetic import BOUGHT, PRICES, bags
from explain.test_render_latex import MIXED, NAMES, ODD, TABLE, named


def test_the_lecture_in_formulas():
    text = bags().trace(PRICES, BOUGHT).worksheet(1, decimals=4).to_markdown()
    assert text.startswith("## Worksheet: row 2 of 3\n\n#### The row\n\n```math\n\\begin{aligned}\n")
    assert r"z_{1} & = \text{input}_{0}\cdot \text{weight}_{0,1} + \text{bias}_{1} = 0.5\cdot (-2.52) + 1.29" in text
    assert "*L = Σ\\_n Σ\\_k (y\\_nk − ŷ\\_nk)²*" in text
    assert text.splitlines()[-1].startswith("*re-added: 15 sums")


def test_tables_pictures_and_remarks():
    text = to_markdown(MIXED)
    assert (
        "| step\\_size | n | said |\n| --: | --: | :-- |\n| 0.50 | 1 | 50 % of it |\n"
        "| … 2 more rows (most=4 or --most 4 shows all) … |  |  |\n" in text
    )
    assert "**P**\n\n![A picture of it](data:image/svg+xml;base64," in text
    assert "## All &amp; sundry: 100 %" in text


def test_a_table_with_commas():
    document = Document("T", "", (Section("t", "", (TABLE,)),), digits=Digits(6, comma=True))
    assert "| 0,50 |" in to_markdown(document)


@given(*[NAMES] * 3)
def test_any_name_stays_in_its_place(one, two, three):
    names = [one, two, three, *ODD]
    text = to_markdown(named(names))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [len(names) + 1] * 3
    assert text.count("```") == 2
    body = text.split("```")[1]
    assert len(re.findall(r"(?<!\\){", body)) == len(re.findall(r"(?<!\\)}", body))


def test_words_are_left_as_they_are():
    assert escape("# a_b *c* [d](e) <f> `g` ~h~ |i| $j$ & \\k") == (
        r"\# a\_b \*c\* \[d\](e) &lt;f&gt; \`g\` \~h\~ \|i\| \$j\$ &amp; \\k"
    )


def test_a_drawing_in_characters_is_fenced():
    picture = Picture("<svg/>", "A dot.", "Dot", "┌─┐\n│·│\n└─┘")
    text = to_markdown(Document("D", "", (Section("s", "", (picture,)),)))
    image = "![A dot.](data:image/svg+xml;base64,PHN2Zy8+)"
    assert text.rstrip().endswith(f"**Dot**\n\n{image}\n\n```text\n┌─┐\n│·│\n└─┘\n```")
