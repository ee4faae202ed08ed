from chainrule.explain.document import Column, Document, Line, Picture, Section, Table, Term
from chainrule.explain.render_data import to_data


def test_numbers_are_whole_and_every_row_is_there():
    third = 1 / 3
    items = (
        Line("y", "y", "a·b", third, (Term(("a", "b"), (third, 1.0), third),), note=(2, " more")),
        Table((Column("x", note="n"),), tuple((third * n,) for n in range(9)), "T", most=2),
        Picture("<svg/>", "text", "P"),
    )
    found = to_data(Document("Steps", "b", (Section("steps", "S", items, "note"),), ("off by ", 0.5), agrees=False))
    line, table, picture = found["sections"][0].pop("lines")
    assert found == {
        "title": "Steps",
        "label": "b",
        "sections": [{"part": "steps", "title": "S", "note": "note"}],
        "verdict": "off by 0.5",
        "agrees": False,
    }
    assert (line["kind"], line["result"], line["numbers"], line["note"]) == ("line", third, "0.333333·1", "2 more")
    assert line["terms"][0]["factors"] == (third, 1.0)
    assert table["rows"] == [[third * n] for n in range(9)]
    assert table["columns"] == [{"name": "x", "kind": "number", "note": "n", "decimals": None}]
    assert picture == {"kind": "picture", "svg": "<svg/>", "text": "text", "title": "P"}
