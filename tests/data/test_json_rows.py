import pytest

from chainrule.data.json_rows import read_json
from chainrule.errors import DataError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1}\n{"b":2.5}\n', [(1, None), (None, 2.5)]),
        ('{"a":1}\n\n{"a":true}\n', [("1",), ("True",)]),
        ('{"a":1}\n{"a":"x"}\n', [("1",), ("x",)]),
        ('{"a":1.5}\n{"a":NaN}\n', [(1.5,), (None,)]),
        ('{"a":"é"}', [("é",)]),
        (' [{"a":1},\n{"a":2.5, "b":"x"}]\n', [(1, None), (2.5, "x")]),
        ('[{"a":1},{"a":"x"}]', [("1",), ("x",)]),
    ],
)
def test_rows(text, expected):
    assert read_json(text.encode(), "a.jsonl").rows() == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "a.jsonl is empty. Write one object a line, or a list of objects."),
        ('{"a":1}\n{"a":\n', "a.jsonl, line 2 is not JSON (Expecting value). Write one object a line, or a list of "
         "objects."),
        ('[{"a":1},\n{"a":2}\n', "a.jsonl, line 3 is not JSON (Expecting ',' delimiter). Write one object a line, or a "
         "list of objects."),
        ("[]", "a.jsonl holds an empty list. Write one object a line, or a list of objects."),
        ('[{"a":1}, 2]', "a.jsonl, item 2 of the list is not a JSON object, but a int. Write one object a line, or a "
         'list of objects, each as in {"price": 0.5, "bought": 1}.'),
        ('{"a":1}\n\n[2]\n', "a.jsonl, line 3 is not a JSON object, but a list. Write one object a line, or a list of "
         'objects, each as in {"price": 0.5, "bought": 1}.'),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(text, message):
    with pytest.raises(DataError) as caught:
        read_json(text.encode(), "a.jsonl")
    assert str(caught.value) == message
