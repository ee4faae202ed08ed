import csv
import io

import pytest
from hypothesis import given, strategies as st

from chainrule.data.delimited import read_delimited
from chainrule.errors import DataError


def rows(text):
    return read_delimited(text.encode(), "a.csv").frame.rows()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [("1", "2")]),
        ("a,b\r\n1,2\r\n", [("1", "2")]),
        ("a,b\r1,2\r", [("1", "2")]),
        ("a,b\n1,2", [("1", "2")]),
        ("a,b\n\n1,2\n\n\n3,4\n\n", [("1", "2"), ("3", "4")]),
        ("a,b\n,\n1,\n", [(None, None), ("1", None)]),
        ("a\n1\n\n3\n", [("1",), (None,), ("3",)]),
        ("a,b,\n1,2,\n", [("1", "2")]),
        ('a,b\n"x, y","say ""hi"""\n', [("x, y", 'say "hi"')]),
        ('a,b\n"x\n\ny",1\n', [("x\n\ny", "1")]),
        ('a, b\n1, "x, y"\n', [("1", "x, y")]),
        ('a,b\n5" pipe,2\n', [('5" pipe', "2")]),
        ('a\n5" pipe\n\n3\n', [('5" pipe',), (None,), ("3",)]),
    ],
)
def test_rows(text, expected):
    read = [tuple(cell or None for cell in row) for row in rows(text)]
    assert read == expected


@given(
    cells=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], include_characters="\n"))
                 .filter(lambda text: text == text.strip()), min_size=3, max_size=3),
        min_size=1, max_size=6,
    ),
    separator=st.sampled_from(",;\t|"),
)  # fmt: skip
def test_what_python_writes_is_read_back(cells, separator):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerow(["first", "second", "third"])
    writer.writerows(cells)
    frame = read_delimited(file.getvalue().encode(), "a.csv").frame
    assert [[cell or "" for cell in row] for row in frame.rows()] == cells


@pytest.mark.parametrize(
    ("text", "message", "row"),
    [
        (
            "a,b\n1,2\n1,2,3\n4,5\n",
            "a.csv, row 2 (line 3): 3 fields, where the header has 2 (separated by a comma). Mend the line; a value "
            "that holds the separator must stand in quotation marks.",
            2,
        ),
        (
            "a;b\n\n1;2\n\n1\n7\n8;9\n3\n",
            "a.csv, row 2 (line 5): 1 field, where the header has 2 (separated by a semicolon); 2 other rows are wrong "
            "as well. Mend the line; a value that holds the separator must stand in quotation marks.",
            2,
        ),
        (
            'a,b\n"x\ny",2\n"q"\n',
            "a.csv, row 2 (line 4): 1 field, where the header has 2 (separated by a comma). Mend the line; a value "
            "that holds the separator must stand in quotation marks.",
            2,
        ),
        (
            'a,b\n5" pipe,2\n1,2,3\n4,4\n',
            "a.csv, row 2 (line 3): 3 fields, where the header has 2 (separated by a comma). Mend the line; a value "
            "that holds the separator must stand in quotation marks.",
            2,
        ),
        (
            "a,b\n1,2,3\n4,5,6\n",
            "a.csv: the header has 2 names, but every row has 3 fields (separated by a comma). Name each column in the "
            "header, and nothing else.",
            None,
        ),
        ("a,b\n", "a.csv has a header ('a', 'b') but no rows. Add at least one line below it.", None),
        (
            'a,b\n1,2\n"x,2\n3,4\n',
            "a.csv, line 3: a quotation mark is opened and never closed. Close it, or remove it.",
            None,
        ),
        (
            'a,b\n1,2\n"x"y,2\n3,4\n',
            "a.csv, line 3: text follows a closing quotation mark. Put a separator between, or write a quotation mark "
            'inside quotes twice ("").',
            None,
        ),
        (
            ",b\nfirst,2\nsecond,3\n",
            "a.csv, line 1: column 1 has no name. Name it or delete it, and delete titles above the header.",
            None,
        ),
        (
            ",b\n1,2\n1,3\n",
            "a.csv, line 1: column 1 has no name. Name it or delete it, and delete titles above the header.",
            None,
        ),
        (
            '""\n1\n2\n',
            "a.csv, line 1: column 1 has no name. Name it or delete it, and delete titles above the header.",
            None,
        ),
        (
            "a,,b\n1,2,3\n",
            "a.csv, line 1: column 2 has no name. Name it or delete it, and delete titles above the header.",
            None,
        ),
    ],
)
def test_a_table_that_is_not_whole_is_refused(text, message, row):
    with pytest.raises(DataError) as caught:
        read_delimited(text.encode(), "a.csv")
    assert str(caught.value) == message
    assert (caught.value.file, caught.value.row) == ("a.csv", row)


def test_a_short_row_far_down_is_found():
    text = "a,b\n" + "1,2\n" * 100_000 + "3\n" + "1,2\n" * 10
    with pytest.raises(DataError, match=r"row 100001 \(line 100002\): 1 field"):
        rows(text)
