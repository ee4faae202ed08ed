import pytest

from chainrule.data.dialect import find_dialect
from chainrule.errors import DataError


@pytest.mark.parametrize(
    ("text", "separator", "names"),
    [
        ("a,b\n1,2\n", ",", ["a", "b"]),
        ("a;b\n1,5;2,5\n", ";", ["a", "b"]),
        ("a\tb, c\n1\t2\n", "\t", ["a", "b, c"]),
        ("a|b\n1|2\n", "|", ["a", "b"]),
        ('"a;b",c\n"1;2",3\n', ",", ["a;b", "c"]),
        ("price, last;year\n1,2\n3,4\n", ",", ["price", "last;year"]),
        ("sep=;\na,b;c\n1;2\n", ";", ["a,b", "c"]),
        (" a , b \n1,2\n", ",", ["a", "b"]),
        ("a\n1\n2\n", ",", ["a"]),
        ("full name\nAnn Lee\nBob Roe\n", ",", ["full name"]),
        ("2019,2020,2021\n1,2,3\n", ",", ["2019", "2020", "2021"]),
    ],
)
def test_separator_and_names(text, separator, names):
    found = find_dialect(text, "a.csv")
    assert (found.separator, found.names) == (separator, names)


def test_blank_lines_and_quoted_breaks_count_towards_the_headers_line():
    assert find_dialect('\n\n"a\nb",c\n1,2\n', "a.csv").header_line == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\n", "a.csv is empty. Give a table: a line with the columns' names, then a line a row."),
        (
            "x y\n1 2\n3 4\n",
            "a.csv: the fields seem to be separated by spaces (2 to a line), which is not understood. "
            "Separate them by a comma, semicolon, tab or bar (|).",
        ),
        (
            "x:y\n1:2\n",
            "a.csv: the fields seem to be separated by colons (2 to a line), which is not understood. "
            "Separate them by a comma, semicolon, tab or bar (|).",
        ),
        (
            "My sales\n1;2;3\n4;5;6\n",
            "a.csv: the first line is a single name, 'My sales', but the lines after it are separated by a semicolon "
            "into 3 fields. Begin the file with a line that names each column.",
        ),
        (
            "1.5,2\n3,4\n",
            "a.csv, line 1: every name in the header is a number ('1.5', '2'), so this line is probably a row. "
            "Begin the file with a line that names each column.",
        ),
        (
            "x,y,x,x\n1,2,3,4\n",
            "a.csv, line 1: 3 columns are called 'x' (columns 1, 3 and 4). Give each column a name of its own.",
        ),
    ],
)
def test_what_is_no_table_is_refused(text, message):
    with pytest.raises(DataError) as caught:
        find_dialect(text, "a.csv")
    assert str(caught.value) == message
    assert caught.value.file == "a.csv"
