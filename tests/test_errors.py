from pathlib import Path

import pytest

from chainrule import errors
from chainrule.errors import (
    ChainruleError,
    DataError,
    FileError,
    InputError,
    InputTypeError,
    MissingPackageError,
    NonFiniteError,
    WiringError,
    did_you_mean,
    list_some,
)

EVERY = [
    (InputError("m"), ValueError, {}),
    (InputTypeError("m"), TypeError, {}),
    (WiringError("m", node="dense1", shapes=((3,), (4,))), ValueError, {"node": "dense1", "shapes": ((3,), (4,))}),
    (WiringError("m", node="dense1"), InputError, {"shapes": ()}),
    (
        DataError("m", file="a.csv", row=3, column="b"),
        InputError,
        {"file": "a.csv", "row": 3, "column": "b"},
    ),
    (DataError("m"), ValueError, {"file": None, "row": None, "column": None}),
    (FileError("m", path="a/b"), OSError, {"path": Path("a/b")}),
    (MissingPackageError("m", package="torch"), ImportError, {"package": "torch"}),
    (
        NonFiniteError("m", node="dense1", step=4, row=None),
        ArithmeticError,
        {"node": "dense1", "step": 4, "row": None, "run": None},
    ),
]


@pytest.mark.parametrize(("error", "kind", "fields"), EVERY, ids=lambda given: type(given).__name__)
def test_message_kind_and_fields(error, kind, fields):
    assert str(error) == "m"
    assert isinstance(error, ChainruleError)
    assert isinstance(error, kind)
    for name, value in fields.items():
        assert getattr(error, name) == value


def test_every_class_is_tested():
    defined = {
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ChainruleError)
    }
    assert defined == {type(error) for error, _, _ in EVERY} | {ChainruleError}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Species", " Did you mean 'species'?"),
        ("specis", " Did you mean 'species'?"),
        ("bill_lenght_mm", " Did you mean 'Bill_Length_mm'?"),
        ("weight", ""),
        ("", ""),
    ],
)
def test_did_you_mean(name, expected):
    assert did_you_mean(name, ["species", "Bill_Length_mm", "island"]) == expected


def test_did_you_mean_without_names():
    assert did_you_mean("species", []) == ""


@pytest.mark.parametrize(
    ("names", "most", "expected"),
    [
        ([], 2, ""),
        (["a"], 2, "'a'"),
        (["a", "b"], 2, "'a', 'b'"),
        (["a", "b", "c", "d"], 2, "'a', 'b' and 2 more"),
    ],
)
def test_list_some(names, most, expected):
    assert list_some(names, most) == expected
    assert list_some(iter(names), most) == expected
