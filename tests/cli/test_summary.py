"""What was read, in words that a stranger understands."""

import io
from pathlib import Path

from rich.console import Console

from chainrule.cli.summary import grid, paths, what_was_read

FACTS = {
    "source": "shop.csv",
    "rows": 1200,
    "target_column": {"name": "price", "reason": "numbers from 1 to 9"},
    "columns": [
        *({"name": f"n{place}", "kind": "number", "used": True} for place in range(10)),
        {"name": "shop", "kind": "category", "used": True},
        {"name": "id", "kind": "identifier", "used": False},
    ],
    "notes": ["'id' is left out: every row has its own"],
    "split": {"kind": "random", "by": None, "train": 960, "validation": 0, "test": 240},
}


def text(table) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    console.print(table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_everything_that_was_read():
    assert text(what_was_read(FACTS)) == [
        "data    shop.csv, 1,200 rows",
        "target  price, numbers from 1 to 9",
        "inputs  10 numbers: n0, n1, n2, n3, n4, n5, n6, n7 and 2 more",
        "        1 category: shop",
        "notes   'id' is left out: every row has its own",
        "split   960 rows to learn from, 240 held out (random)",
    ]


def test_rows_without_a_target_are_counted_apart():
    assert text(what_was_read(FACTS | {"rows_read": 1203}))[0] == "data    shop.csv, 1,200 of 1,203 rows"


def test_classes_and_rows_that_watch():
    split = {"kind": "grouped", "by": "shop", "train": 900, "validation": 60, "test": 240}
    facts = FACTS | {"labels": ["no", "yes"], "split": split}
    assert text(what_was_read(facts))[1] == "target  price, 2 classes: no, yes"
    assert text(what_was_read(facts))[-1] == (
        "split   900 rows to learn from, 60 to know when to stop, 240 held out (grouped by shop)"
    )
    assert text(what_was_read(facts | {"search": {}}))[-1] == (
        "split   900 rows to learn from (60 to know when to stop), 240 held out (grouped by shop)"
    )


def test_what_can_be_done_next_can_be_pasted_into_a_shell():
    assert text(paths(Path("runs/a b")))[-1] == "next    chainrule explain 'runs/a b'"


def test_a_label_stands_where_it_begins():
    assert text(grid([("a", "1"), ("a", "2"), ("b", "3")])) == ["a       1", "        2", "b       3"]
