import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from chainrule.data.target import ClassTarget, NumberTarget
from chainrule.errors import DataError, InputError
from frames import LIBRARIES, column

libraries = pytest.mark.parametrize("library", LIBRARIES)


@libraries
def test_a_number_by_hand(library):
    target = NumberTarget.fit(column([1, 2, 6], "price", library))
    assert target == NumberTarget(name="price", mean=3.0, scale=(14 / 3) ** 0.5)
    np.testing.assert_allclose(target.encode(column([3.0, 3 + (14 / 3) ** 0.5], "price", library)), [0, 1], rtol=1e-15)
    np.testing.assert_allclose(target.decode(np.array([[0.0], [2.0]])), [[3], [3 + 2 * (14 / 3) ** 0.5]], rtol=1e-15)


@pytest.mark.parametrize(
    "values", [[30, 20], [30, 20.0], (30.0, 20.0), np.array([30, 20], dtype=np.float32), pd.Series([30, 20])]
)
def test_values_may_come_in_any_form(values):
    assert NumberTarget(name="y", mean=20.0, scale=5.0).encode(values).tolist() == [2, 0]


def test_work_there_and_back():
    target = NumberTarget(name="price", mean=100.0, scale=20.0)
    line = target.work(110)
    assert (line.column, line.raw, line.feature) == ("price", 110, "price (standardised)")
    assert (line.formula, line.numbers, line.result) == ("(y − mean) / scale", "(110 − 100) / 20", 0.5)
    line = target.work_back(-0.5)
    assert (line.feature, line.formula) == ("price", "prediction · scale + mean")
    assert (line.numbers, line.result) == ("(−0.5) · 20 + 100", 90.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20, unique=True))
def test_a_number_comes_back(values):
    target = NumberTarget.fit(column(values))
    # four operations that round numbers up to twice the largest
    atol = 8 * 2.0**-53 * max(map(abs, values))
    np.testing.assert_allclose(target.decode(target.encode(values)), values, rtol=0, atol=atol)


@libraries
@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["b", "a", "b"], ("a", "b")),
        ([2, 10, 2], (2, 10)),
        ([1.5, 0.5], (0.5, 1.5)),
        ([True, False], (False, True)),
    ],
)
def test_classes_keep_their_type(library, cells, labels):
    target = ClassTarget.fit(column(cells, "y", library))
    assert target == ClassTarget(name="y", labels=labels)
    codes = target.encode(column(cells, "y", library))
    assert codes.dtype == np.int32
    assert codes.tolist() == [labels.index(cell) for cell in cells]
    back = target.decode(codes)
    assert back.tolist() == cells
    assert back.dtype.kind == np.asarray(cells).dtype.kind
    assert [type(label) for label in ClassTarget.model_validate_json(target.model_dump_json()).labels] == [
        type(label) for label in labels
    ]


@pytest.mark.parametrize(
    "prediction",
    [
        np.array([[0.6, 0.4], [0.4, 0.6], [0.5, 0.5]]),
        np.array([0.4, 0.6, 0.5]),
        np.array([[0.4], [0.6], [0.5]], dtype=np.float32),
        np.array([0, 1, 0], dtype=np.int32),
    ],
)
def test_decode_takes_probabilities_or_codes(prediction):
    assert ClassTarget(name="y", labels=("a", "b")).decode(prediction).tolist() == ["a", "b", "a"]


@pytest.mark.parametrize("prediction", [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros((1, 3, 1))])
def test_decode_refuses_other_shapes(prediction):
    with pytest.raises(InputError) as caught:
        ClassTarget(name="y", labels=("a", "b", "c")).decode(prediction)
    shape = prediction.shape if prediction.shape != (2, 1) else (2,)
    assert str(caught.value) == (
        "Target 'y': decode takes probabilities of shape (n, 3) or integer codes of shape (n,); "
        f"got float64 of shape {shape}."
    )


@pytest.mark.parametrize("code", [-1, 3])
def test_decode_refuses_codes_without_a_label(code):
    with pytest.raises(InputError) as caught:
        ClassTarget(name="y", labels=("a", "b", "c")).decode(np.array([0, code]))
    assert str(caught.value) == f"Target 'y': decode takes codes from 0 to 2; got {code}."


@pytest.mark.parametrize("values", [["b", "a"], np.array(["b", "a"]), np.array(["b", "a"], dtype=object)])
def test_labels_may_come_in_any_form(values):
    assert ClassTarget(name="y", labels=("a", "b")).encode(values).tolist() == [1, 0]


def test_work_of_a_class():
    line = ClassTarget(name="species", labels=("Adelie", "Gentoo")).work("Gentoo")
    assert (line.column, line.raw, line.feature, line.result) == ("species", "Gentoo", "species (code)", 1)
    assert line.formula == "place of species among 'Adelie', 'Gentoo', counted from 0"


def test_an_unseen_label_is_refused():
    target = ClassTarget(name="species", labels=("Adelie", "Gentoo"))
    with pytest.raises(DataError) as caught:
        target.encode(["Adelie", "gento"])
    assert str(caught.value) == (
        "Target 'species', row 2: 'gento' is not a label of the training rows: 'Adelie', 'Gentoo'. "
        "Did you mean 'Gentoo'? Correct it, leave the row out, or train again with it."
    )
    assert (caught.value.row, caught.value.column) == (2, "species")
    with pytest.raises(DataError) as caught:
        ClassTarget(name="y", labels=(0, 1)).encode([2])
    assert str(caught.value) == (
        "Target 'y', row 1: 2 is not a label of the training rows: '0', '1'. "
        "Correct it, leave the row out, or train again with it."
    )


@libraries
@pytest.mark.parametrize(
    ("kind", "cells"), [(NumberTarget, [1.0, None, 2.0, None]), (ClassTarget, ["a", None, "b", None])]
)
def test_gaps_are_refused(library, kind, cells):
    fitted = kind.fit(column([cell for cell in cells if cell is not None], "price", library))
    for function in (kind.fit, fitted.encode):
        with pytest.raises(DataError) as caught:
            function(column(cells, "price", library))
        assert str(caught.value) == (
            "Target 'price', row 2 (2 rows in all): there is no value. Leave out the rows without one."
        )
        assert (caught.value.row, caught.value.column) == (2, "price")
    with pytest.raises(DataError) as caught:
        fitted.encode(column(cells[:2], "price", library))
    assert str(caught.value) == "Target 'price', row 2: there is no value. Leave out the rows without one."


@pytest.mark.parametrize(
    ("kind", "cells", "value"), [(NumberTarget, [2, 2], "2"), (ClassTarget, ["a", "a"], "'a'"), (ClassTarget, [1], "1")]
)
def test_a_single_value_is_refused(kind, cells, value):
    with pytest.raises(DataError) as caught:
        kind.fit(column(cells, "price"))
    assert str(caught.value) == (
        f"Target 'price' has a single value in the training rows, {value}: there is nothing to predict. "
        "Choose another target, or give rows with other values."
    )
    assert caught.value.column == "price"


def test_texts_are_no_numbers():
    with pytest.raises(DataError) as caught:
        NumberTarget(name="price", mean=0.0, scale=1.0).encode(["a"])
    assert str(caught.value) == (
        "Column 'price' must hold numbers; row 1 holds 'a'. Correct it, or leave the cell empty."
    )


@pytest.mark.parametrize("labels", [("a",), ("a", "a"), (1, 1.0), ()])
def test_labels_must_be_two_and_differ(labels):
    with pytest.raises(ValidationError):
        ClassTarget(name="y", labels=labels)
