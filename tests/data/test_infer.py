import datetime as dt
import random
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from chainrule.data.frames import to_frame
from chainrule.data.infer import drop_missing_target, infer_schema
from chainrule.data.read import open_table
from chainrule.errors import DataError

EXAMPLES = Path(__file__).parents[2] / "examples"
MORNING = dt.datetime.fromisoformat("2024-05-31 08:30")
LONG = "the {} bird was seen at noon beside the water"


def column(values, name="x", **options):
    """The first column's entry, beside a target that is different in every row."""
    target = [row + 0.5 for row in range(len(values))]
    return infer_schema(to_frame({name: values, "y": target}), "y", **options).columns[0]


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        ([1, 2, 1], "number", "whole numbers from 1 to 2"),
        ([0.25, 1.0, None], "number", "numbers from 0.25 to 1"),
        (["a", "b", "a", None], "category", "2 different texts in 3 rows"),
        (["a", None], "category", "'a' or missing"),
        (["Yes", "no", None], "boolean", "'Yes' or 'no'"),
        (["0", "1", "1"], "boolean", "'0' or '1'"),
        (["yes", "true", "yes"], "category", "2 different texts in 3 rows"),
        ([True, False, None], "boolean", "true or false"),
        ([True, None], "boolean", "true or false"),
        ([MORNING, MORNING.replace(hour=9)], "datetime",
         "dates with times from 2024-05-31 08:30:00 to 2024-05-31 09:30:00"),
        ([dt.date(2024, 5, 31), dt.date(2024, 6, 1)], "date", "dates from 2024-05-31 to 2024-06-01"),
        ([dt.time(8), dt.time(9)], "time", "times of day from 08:00:00 to 09:00:00"),
        (["a", "b", "c"], "identifier", "a different text in each of 3 rows"),
        ([f"q{i}" for i in range(70)] + [f"r{i % 15}" for i in range(30)], "identifier",
         "85 different texts in 100 rows, most of which come once: nothing can be learned from them"),
        ([LONG.format(i) for i in range(30)], "text",
         "30 different texts in 30 rows, of several words; free text is not used yet"),
        ([LONG.format(i % 2) for i in range(30)], "category", "2 different texts in 30 rows"),
        ([f"q{i % 25}" for i in range(50)], "category", "25 different texts in 50 rows"),
        ([f"q{i}" for i in range(40)] + [f"r{i % 30}" for i in range(60)], "category",
         "70 different texts in 100 rows"),
        (["00123", "45678", "00123"], "category", "2 different texts in 3 rows"),
        ([4, 4], "constant", "4 in every row"),
        (["a", "a"], "constant", "'a' in every row"),
        ([4, None], "constant", "4 wherever it is not missing"),
        ([None, None], "empty", "no row has a value"),
    ],
)  # fmt: skip
def test_kinds_and_reasons(values, kind, reason):
    found = column(values)
    assert (found.kind, found.reason) == (kind, reason)
    assert found.missing == values.count(None)
    assert found.distinct == len(set(values) - {None})


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "customerId", "Sample Number", "row", "#"])
def test_whole_numbers_named_like_an_identifier(name):
    found = column([7, 3, 9], name)
    assert (found.kind, found.reason) == (
        "identifier",
        "named like an identifier, with a different whole number in each of 3 rows",
    )
    assert column([7, 3, 3], name).kind == "number"
    assert column([7.5, 3, 4], name).kind == "number"


@pytest.mark.parametrize("name", ["price", "liquid", "width", "casino", "monkey", "number_of_rooms"])
def test_other_names_are_no_identifiers(name):
    assert column([7, 3, 9], name).kind == "number"


def test_texts_that_are_mostly_numbers_are_said_to_be():
    """Too many others to be mistakes: ticket numbers, say. They are left out, and what they look like is said."""
    found = column([*(f"{number}.5" for number in range(8)), "PC 17", "PC 18"])
    assert (found.kind, found.reason) == (
        "identifier",
        "a different text in each of 10 rows (8 are numbers; if all should be, mend the others, such as 'PC 17')",
    )
    half = column([*(str(number) for number in range(30)), *["n"] * 12])
    assert half.reason == (
        "31 different texts in 42 rows, most of which come once: nothing can be learned from them (30 are numbers; if "
        "all should be, mend the others, such as 'n')"
    )
    assert column(["1", "2", "c", "d", "e"]).reason == "a different text in each of 5 rows"


def test_nested_values_are_left_out():
    frame = to_frame(pl.DataFrame({"x": [[1], [2]], "y": [0.5, 1.5]}))
    assert infer_schema(frame, "y").columns[0].reason == "holds list values, which are not understood"
    assert infer_schema(frame, "y").columns[0].kind == "text"


def test_ten_thousand_categories():
    random.seed(0)
    found = column([f"shop {random.randrange(10_000)}" for _ in range(50_000)])
    assert found.kind == "category"
    assert 9_900 < found.distinct <= 10_000


@pytest.mark.parametrize("make", [dict, pl.DataFrame, pa.table, pd.DataFrame])
def test_columns_that_are_equal(make):
    table = make({
                  "leak": [1.5, 2.5, None], "a": [1, 1, 2],
                  "a2": [1.0, 1.0, 2.0], "b": [2, 1, 1], "s": ["u", None, "u"],
                  "s2": ["u", None, "u"], "y": [1.5, 2.5, None]})  # fmt: skip
    schema = infer_schema(to_frame(table), "y")
    assert schema.rows == 2
    assert [(found.name, found.kind, found.reason) for found in schema.columns] == [
        ("leak", "duplicate", "equal to the target 'y' in every row: it would give the answer away"),
        ("a", "constant", "1 in every row"),
        ("a2", "constant", "1 in every row"),
        ("b", "number", "whole numbers from 1 to 2"),
        ("s", "category", "'u' or missing"),
        ("s2", "duplicate", "equal to 's' in every row"),
    ]
    kept = infer_schema(to_frame(table), "y", kinds={"leak": "number"})
    assert (kept.columns[0].kind, kept.columns[0].reason) == ("number", "you said so")


def test_columns_with_the_same_values_elsewhere_are_not_equal():
    frame = to_frame({"a": [1, 2, 1, 2], "b": [2, 1, 2, 1], "c": [1, 2, 1, 2], "y": [1.5, 2.5, 3.5, 4.5]})
    assert [found.kind for found in infer_schema(frame, "y").columns] == ["number", "number", "duplicate"]
    texts = to_frame({"a": list("uvuv"), "b": list("uvvu"), "y": [1.5, 2.5, 3.5, 4.5]})
    assert [found.kind for found in infer_schema(texts, "y").columns] == ["category", "category"]


@pytest.mark.parametrize("kind", ["category", "identifier", "text", "number", "date"])
def test_the_user_overrules(kind):
    values = ["2024-05-31", "2024-06-01", "2024-05-31"] if kind == "date" else ["1", "2", "1"]
    found = column(values, kinds={"x": kind})
    assert (found.kind, found.reason) == (kind, "you said so")


NUMBERS = [str(i) for i in range(30)]


@pytest.mark.parametrize(
    ("values", "message", "row"),
    [
        ([1.0, float("inf"), 2.0], "Column 'x' is infinite in row 2. Mend the cell, or leave it empty.", 2),
        (
            [*NUMBERS, "abc", None],
            "Column 'x' holds 30 numbers, but also 'abc' in row 31. Mend the cell or leave it empty, or say that "
            '"abc" is a missing cell: --missing "abc" (in Python missing=[\'abc\']); or, if these are '
            "names, make the column a category: --kind \"x=category\" (in Python kinds={'x': 'category'}).",
            31,
        ),
        (
            ["a", *NUMBERS * 2, "b", "a", "c", "d"],
            "Column 'x' holds 60 numbers, but also 'a' in row 1, 'b' in row 62, 'a' in row 63 and 2 more. Mend the "
            'cells or leave them empty, or say that "a" is a missing cell: --missing "a" (in Python missing=[\'a\']); '
            'or, if these are names, make the column a category: --kind "x=category" '
            "(in Python kinds={'x': 'category'}).",
            1,
        ),
        (
            [f"2024-05-{day:02}" for day in range(1, 31)] + ["soon"],
            "Column 'x' holds 30 dates, but also 'soon' in row 31. Mend the cell or leave it empty, or say that "
            '"soon" is a missing cell: --missing "soon" (in Python missing=[\'soon\']); or, if these are '
            "names, make the column a category: --kind \"x=category\" (in Python kinds={'x': 'category'}).",
            31,
        ),
    ],
)
def test_mixed_and_infinite_cells_are_refused(values, message, row):
    with pytest.raises(DataError) as caught:
        column(values)
    assert str(caught.value) == message
    assert (caught.value.row, caught.value.column) == (row, "x")


@pytest.mark.parametrize("values", [[*NUMBERS, *"abcdefg"], [*NUMBERS, "007", "x"]])
def test_codes_with_letters_or_zeros_are_not_mixed(values):
    assert column(values * 2).kind == "category"


def test_rows_are_counted_in_the_file_though_some_have_no_target(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("x,y\n1,\n\n2,1.5\n3,2.5\ninf,3\n")
    reading = open_table("a.csv")
    with pytest.raises(DataError) as caught:
        infer_schema(reading.frame, "y", locate=reading.locate)
    assert str(caught.value) == ("Column 'x' is infinite in a.csv, row 4 (line 6). Mend the cell, or leave it empty.")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("specis", "There is no column 'specis' to predict. Did you mean 'species'? The table has 'species', 'mass'."),
        ("zzz", "There is no column 'zzz' to predict. The table has 'species', 'mass'."),
    ],
)
def test_a_target_that_is_not_there(target, message):
    frame = to_frame({"species": ["a", "b"], "mass": [1, 2]})
    for refuse in (infer_schema, drop_missing_target):
        with pytest.raises(DataError) as caught:
            refuse(frame, target)
        assert str(caught.value) == message


@pytest.mark.parametrize("make", [dict, pl.DataFrame, pa.table, pd.DataFrame])
def test_rows_without_a_target_are_dropped(make):
    kept, dropped = drop_missing_target(to_frame(make({"x": [1, 2, 3], "y": [1.5, float("nan"), None]})), "y")
    assert (kept["x"].to_list(), dropped) == ([1], 2)
    assert drop_missing_target(to_frame(make({"y": [1, 2]})), "y")[1] == 0


@pytest.mark.parametrize(
    ("name", "target", "shape", "task", "kinds"),
    [
        ("penguins.csv", "species", (344, 8), "classification",
         ["category", "number", "number", "number", "number", "category", "number"]),
        ("bags.csv", "bought", (3, 2), "classification", ["number"]),
        ("investment.csv", "invest", (220, 5), "regression", ["number", "number", "category", "number"]),
    ],
)  # fmt: skip
def test_the_examples(name, target, shape, task, kinds):
    reading = open_table(EXAMPLES / name)
    schema = infer_schema(reading.frame, target)
    assert (reading.frame.shape, reading.notes) == (shape, ())
    assert (schema.task, [found.kind for found in schema.columns]) == (task, kinds)


def test_the_penguins_gaps_are_gaps():
    frame = open_table(EXAMPLES / "penguins.csv").frame
    assert {name: int(frame[name].is_null().sum()) for name in frame.columns} == {
        "species": 0, "island": 0, "bill_length_mm": 2, "bill_depth_mm": 2, "flipper_length_mm": 2, "body_mass_g": 2,
        "sex": 11, "year": 0,
    }  # fmt: skip


def test_the_mistakes_of_all_columns_are_told_at_once():
    numbers = [str(i) for i in range(30)]
    table = to_frame({"a": [*numbers, "k.A."], "y": list(range(31)), "b": ["unknown", *numbers]})
    with pytest.raises(DataError) as caught:
        infer_schema(table, "y")
    first, second = str(caught.value).splitlines()
    assert first.startswith("Column 'a' holds 30 numbers, but also 'k.A.' in row 31. Mend the cell or leave it empty,")
    assert second.startswith(
        "Column 'b' holds 30 numbers, but also 'unknown' in row 1. Mend the cell or leave it empty,"
    )
    assert (caught.value.row, caught.value.column) == (31, "a")
