import pytest

from chainrule.data.jsonl import read_jsonl
from chainrule.errors import DataError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1}\n{"b":2.5}\n', [(1, None), (None, 2.5)]),
        ('{"a":1}\n\n{"a":true}\n', [("1",), ("True",)]),
        ('{"a":1}\n{"a":"x"}\n', [("1",), ("x",)]),
        ('{"a":1.5}\n{"a":NaN}\n', [(1.5,), (None,)]),
        ('{"a":"é"}', [("é",)]),
    ],
)
def test_rows(text, expected):
    assert read_jsonl(text.encode(), "a.jsonl").rows() == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "a.jsonl is empty. Give a JSON object a line."),
        ('{"a":1}\n{"a":\n', "a.jsonl, line 2 is not JSON (Expecting value). Write one object a line."),
        ('[{"a":1},\n{"a":2}]\n', "a.jsonl, line 1 is not JSON (Expecting value). A JSON array of objects is not "
         "understood; write one object a line."),
        ('{"a":1}\n\n[2]\n', 'a.jsonl, line 3 is not a JSON object, but a list. Write one object a line, as in '
         '{"price": 0.5, "bought": 1}.'),
    ],
)  # fmt: skip
def test_what_is_no_json_lines_is_refused(text, message):
    with pytest.raises(DataError) as caught:
        read_jsonl(text.encode(), "a.jsonl")
    assert str(caught.value) == message
