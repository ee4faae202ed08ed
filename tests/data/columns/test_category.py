import numpy as np
import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from chainrule.data.columns import CategoryEncoder, WideEncoder, fit_category
from chainrule.data.columns.category import RARE_ROWS, ROWS_FOR_RARE, WIDE
from frames import LIBRARIES, column, frame

libraries = pytest.mark.parametrize("library", LIBRARIES)


@libraries
def test_by_hand(library):
    encoder = fit_category(column(["b", "a", "b", "Ä"], "island", library))
    assert encoder == CategoryEncoder(name="island", levels=("a", "b", "Ä"), other=False, had_gaps=False)
    assert encoder.features == ("island = a", "island = b", "island = Ä")
    block = encoder.encode(column(["Ä", "a"], "island", library))
    assert block.values.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert block.notes == ()
    assert encoder.decode(block.values).tolist() == ["Ä", "a"]
    assert encoder.slope(column(["a"], "island", library)) is None


@libraries
def test_an_unknown_value_is_0_everywhere_and_a_note(library):
    encoder = fit_category(column(["a", "b"], "island", library))
    block = encoder.encode(column(["b", "Atlantis", "a", "Mu"], "island", library))
    assert block.values.tolist() == [[0, 1], [0, 0], [1, 0], [0, 0]]
    assert [str(note) for note in block.notes] == [
        "Column 'island': 'Atlantis' in row 2, 'Mu' in row 4 were not kept from the training rows; "
        "every feature of the column is 0."
    ]
    assert encoder.decode(block.values).tolist() == ["b", None, "a", None]


@libraries
def test_a_gap_is_a_level_when_training_had_it(library):
    encoder = fit_category(column(["a", None], "island", library))
    assert encoder.features == ("island = a", "island is missing")
    block = encoder.encode(column([None, "a", "c"], "island", library))
    assert block.values.tolist() == [[0, 1], [1, 0], [0, 0]]
    assert [note.cause for note in block.notes] == ["unknown"]
    assert encoder.decode(block.values).tolist() == [None, "a", None]


@libraries
def test_a_gap_that_training_did_not_have_is_a_note(library):
    encoder = fit_category(column(["a", "b"], "island", library))
    block = encoder.encode(column(["a", None], "island", library))
    assert block.values.tolist() == [[1, 0], [0, 0]]
    assert [str(note) for note in block.notes] == [
        "Column 'island', row 2: no value, and the training rows had no gap; every feature of the column is 0."
    ]


def test_rare_values_are_other():
    cells = ["a"] * (ROWS_FOR_RARE - RARE_ROWS) + ["b"] * (RARE_ROWS - 1) + [None]
    assert len(cells) == ROWS_FOR_RARE
    encoder = fit_category(column(cells))
    assert encoder == CategoryEncoder(name="x", levels=("a",), other=True, had_gaps=True)
    assert encoder.features == ("x = a", "x is other", "x is missing")
    block = encoder.encode(column(["a", "b", "never seen", None]))
    assert block.values.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert [str(note) for note in block.notes] == [
        "Column 'x': 'b' in row 2, 'never seen' in row 3 were not kept from the training rows; it counts as other."
    ]
    assert encoder.decode(block.values).tolist() == ["a", None, None, None]


def test_rare_values_of_a_small_table_are_kept():
    cells = ["a"] * (ROWS_FOR_RARE - 2) + ["b"]
    assert fit_category(column(cells)).levels == ("a", "b")


def test_values_of_enough_rows_are_kept():
    cells = ["a"] * ROWS_FOR_RARE + ["b"] * RARE_ROWS
    assert fit_category(column(cells)).levels == ("a", "b")


def test_rows_of_one_label_are_counted_together():
    cells = ["a"] * ROWS_FOR_RARE + [1] * (RARE_ROWS - 1) + ["1"]
    assert fit_category(frame({"x": cells}, "pandas")["x"]).levels == ("1", "a")


@libraries
@pytest.mark.parametrize(
    ("cells", "levels"), [([3, 1, 3], (1, 3)), ([2.5, 1.0], (1.0, 2.5)), ([True, False], (False, True))]
)
def test_levels_keep_their_type(library, cells, levels):
    encoder = fit_category(column(cells, library=library))
    assert encoder.levels == levels
    assert [type(level) for level in encoder.levels] == [type(level) for level in levels]
    assert encoder.decode(encoder.encode(column(cells, library=library)).values).tolist() == cells


@pytest.mark.parametrize("cells", [[3, 1], [3.0, 1.0], ["3", "1"]])
def test_whole_numbers_are_known_however_they_are_written(cells):
    encoder = CategoryEncoder(name="x", levels=(1, 3), other=False, had_gaps=False)
    assert encoder.features == ("x = 1", "x = 3")
    assert encoder.encode(column(cells)).values.tolist() == [[0, 1], [1, 0]]


@libraries
def test_many_levels_become_codes(library):
    names = [f"v{number:02}" for number in range(WIDE + 1)]
    assert isinstance(fit_category(column(names[1:], library=library)), CategoryEncoder)
    encoder = fit_category(column(names[::-1], "city", library))
    assert encoder == WideEncoder(name="city", levels=tuple(names), had_unknown=False)
    assert encoder.size == WIDE + 2
    assert encoder.input == "city"
    codes = encoder.encode(column(["v00", "new", "v32", None], "city", library))
    assert codes.values.dtype == np.int32
    assert codes.values.tolist() == [1, 0, WIDE + 1, 0]
    assert [str(note) for note in codes.notes] == [
        "Column 'city': 'new' in row 2 was not kept from the training rows; code 0 was used, from which the network "
        "has not learned.",
        "Column 'city', row 4: no value, and the training rows had no gap; code 0 was used, from which the network has "
        "not learned.",
    ]
    assert encoder.decode(codes.values).tolist() == ["v00", None, "v32", None]


def test_rare_values_and_gaps_teach_code_0():
    names = [f"v{number:02}" for number in range(WIDE + 1)]
    encoder = fit_category(column(names * 7 + ["rare"], "city"))
    assert encoder == WideEncoder(name="city", levels=tuple(names), had_unknown=True)
    assert fit_category(column([*names, None], "city")).had_unknown
    codes = encoder.encode(column(["new", None], "city"))
    assert [str(note) for note in codes.notes] == [
        "Column 'city': 'new' in row 1 was not kept from the training rows; code 0 was used."
    ]


def test_a_wide_column_does_not_take_the_name_of_the_features():
    assert WideEncoder(name="features", levels=("a",), had_unknown=False).input == "features (column)"


def test_work():
    encoder = CategoryEncoder(name="island", levels=("a", 2), other=True, had_gaps=True)
    lines = encoder.work(column(["a"], "island"))
    assert [(line.feature, line.formula, line.result) for line in lines] == [
        ("island = a", "1 if island is 'a', else 0", 1),
        ("island = 2", "1 if island is 2, else 0", 0),
        ("island is other", "1 if island is none of the 2 levels, else 0", 0),
        ("island is missing", "1 if there is no value, else 0", 0),
    ]
    (line,) = WideEncoder(name="city", levels=("a", "b"), had_unknown=True).work(column(["b"], "city"))
    assert (line.column, line.raw, line.feature, line.result) == ("city", "b", "city (code)", 2)
    assert line.formula == "place of city among the 2 levels in order, 0 if it is none of them"


def test_decode_takes_the_largest_feature():
    encoder = CategoryEncoder(name="x", levels=("a", "b"), other=True, had_gaps=False)
    values = np.array([[0.2, 0.7, 0.1], [0.5, 0.5, 0.0], [0.1, 0.1, 0.8], [0.0, -1.0, 0.0]])
    assert encoder.decode(values).tolist() == ["b", "a", None, None]


def test_a_column_without_a_value():
    encoder = fit_category(column([None, None]))
    assert encoder == CategoryEncoder(name="x", levels=(), other=False, had_gaps=True)
    assert encoder.encode(column([None])).values.tolist() == [[1]]


@given(st.lists(st.none() | st.text(max_size=3), min_size=1, max_size=60))
def test_decode_gives_back_what_encode_took(cells):
    encoder = fit_category(column(cells))
    encoded = encoder.encode(column(cells))
    assert encoded.notes == ()
    assert encoder.decode(encoded.values).tolist() == cells


@pytest.mark.parametrize("levels", [("a", "a"), (1, 1.0), (float("nan"),)])
def test_levels_must_differ_and_be_finite(levels):
    with pytest.raises(ValidationError):
        CategoryEncoder(name="x", levels=levels, other=False, had_gaps=False)
