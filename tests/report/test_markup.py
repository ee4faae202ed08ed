"""What comes from data cannot leave its place in the page."""

import xml.etree.ElementTree as ET

from chainrule.report.markup import figure, folded, pairs, section, table


def test_titles_and_labels_are_escaped():
    pieces = [section("a", "<b>", "x"), figure("<b>", "x"), folded("<b>", "x"), table(["h"], [["r"]], label="<b>")]
    assert all("<b>" not in piece and "&lt;b&gt;" in piece for piece in pieces)


def test_tables_have_headers():
    parsed = ET.fromstring(table(["model", "R²"], [["network", "1"], ["mean", '<td class="x">0</td>']], label="M"))
    assert [cell.attrib for cell in parsed.iter("th")] == [{"scope": "col"}] * 2 + [{"scope": "row"}] * 2
    assert [cell.text for cell in parsed.iter("td")] == ["1", "0"]


def test_the_cells_of_a_stacked_table_know_their_columns():
    parsed = ET.fromstring(table(["layer", "kind"], [["dense1", '<td class="x">Dense</td>']], label="L", stacked=True))
    assert [cell.attrib for cell in parsed.iter("td")] == [{"data-name": "kind", "class": "x"}]
    assert parsed.find("table").attrib == {"class": " stacked"}


def test_pairs():
    parsed = ET.fromstring(pairs([("seed", "0")]))
    assert [(name.text, value.text) for name, value in zip(parsed.iter("dt"), parsed.iter("dd"), strict=True)] == [
        ("seed", "0")
    ]
