"""Raw cells and encoders as formulas: worked out, they give what the encoders gave."""

import datetime as dt
from functools import cache

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.table import write_answer
from explain.workbook.reading import OnSheet, begun, formulas, read

moment = dt.datetime.fromisoformat
TABLE = {
    "size": [10.0, None, 30.0, 20.0],
    "garden": [True, False, None, True],
    "heating": ["gas", '12" pipe', None, "=1+1"],
    "sold": [dt.date(2024, 2, 29), dt.date(1970, 1, 1), None, dt.date(1999, 12, 31)],
    "viewed": [moment("2024-05-31T08:30"), None, moment("2023-01-02T23:59"), moment("2022-08-09")],
    "opens": [dt.time(0), dt.time(23, 59), None, dt.time(12, 30)],
    "price": [1.0, 2.0, 3.0, 6.0],
}


@cache
def houses() -> cr.Run:
    """Trained on all rows but the first."""
    options = {"kinds": {"heating": "category"}, "hidden_layers": (), "epochs": 0, "test": [1]}
    return cr.fit_table(TABLE, "price", baselines=False, progress=False, **options)


def answered(run, table):
    """The workbook of rows of a table up to the answer."""
    sheets = begun(run.trace(table, allow_unknown=True))
    write_answer(sheets, write_forward(sheets), run.table.target)
    return sheets, *read(sheets.book)


def test_what_cells_give_is_what_the_encoders_gave():
    """Every kind of column, a gap in each, and a value that training did not see."""
    run = houses()
    later = pl.DataFrame(TABLE).with_columns(heating=pl.Series(["oil", "gas", None, "=1+1"]))
    sheets, cells, text = answered(run, later)
    at = OnSheet(text.book["Data"])
    block = sheets.given["features"]
    found = [[at[block.cell(i, j, "Data")] for j in range(block.columns)] for i in range(block.rows)]
    shown = cells.numbers("features", (4, block.columns))
    # A point in time counts days here and seconds there: sines of its cycles were found to be 2e-11 apart.
    np.testing.assert_allclose(np.asarray(found, dtype=float), shown, rtol=0, atol=1e-10)
    heads = [cell.value for cell in cells.book["Data"][block.top]][1 : block.columns + 1]
    assert heads == list(run.table.feature_names)


def test_rare_levels_are_other():
    """Where training had rare values and gaps, each has a feature of its own."""
    table = {"heating": [*["gas", 'o"il'] * 99, "peat", "straw", None], "price": list(range(201))}
    run = cr.fit_table(table, "price", hidden_layers=(), epochs=0, test=[1], baselines=False, progress=False)
    sheets, cells, text = answered(run, {"heating": ["gas", 'o"il', "peat", "coal", None], "price": [1.0] * 5})
    at, block = OnSheet(text.book["Data"]), sheets.given["features"]
    assert run.table.feature_names[2:] == ("heating is other", "heating is missing")
    found = [[at[block.cell(i, j, "Data")] for j in range(4)] for i in range(5)]
    assert found == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert cells["features"].tolist() == found


def test_gaps_and_texts_stay_what_they_are():
    _, cells, text = answered(houses(), TABLE)
    assert text["raw_heating"].tolist() == [["gas"], ['12" pipe'], [None], ["=1+1"]]
    ((sheet, place),) = text.book.defined_names["raw_heating"].destinations
    assert text.book[sheet][place.replace("$", "")][3][0].data_type == "s"
    assert cells["raw_size"].tolist() == [[10], [None], [30], [20]]
    assert cells["raw_garden"].tolist() == [[True], [False], [None], [True]]


def test_moments_are_moments_of_a_spreadsheet():
    _, cells, _ = answered(houses(), TABLE)
    assert [value and value.date() for value in cells["raw_sold"].ravel()] == TABLE["sold"]
    assert cells["raw_viewed"].ravel().tolist() == TABLE["viewed"]
    assert cells["raw_opens"].ravel().tolist() == TABLE["opens"]


def test_targets_are_standardized_and_answers_taken_back():
    """Trained on 2, 3 and 6."""
    sheets, cells, text = answered(houses(), TABLE)
    scale = float(np.std([2, 3, 6]))
    assert float(cells["target_mean"][0, 0]) == pytest.approx(11 / 3, rel=1e-15)
    assert float(cells["target_scale"][0, 0]) == pytest.approx(scale, rel=1e-15)
    raw = [cell.coordinate for (cell,) in _cells(text, "raw_price")]
    assert formulas(text, "target")[3] == [f"=({raw[3]}-target_mean)/target_scale"]
    np.testing.assert_allclose(cells.numbers("target", (4,)), (np.array([1, 2, 3, 6]) - 11 / 3) / scale, rtol=1e-14)
    prediction = sheets.cells["prediction"].cell(0, 0, "Forward")
    target = houses().table.target
    assert formulas(text, "answer")[0] == [f"={prediction}*{target.scale!r}+{target.mean!r}"]
    expected = cells.numbers("prediction", (4,)) * scale + 11 / 3
    np.testing.assert_allclose(cells.numbers("answer", (4,)), expected, rtol=1e-14)


@pytest.mark.parametrize("labels", [("b", "a"), ("b", "a", "c")])
def test_the_answer_is_the_label_that_is_most_likely(labels):
    table = {"x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "form": [labels[i % len(labels)] for i in range(7)]}
    run = cr.fit_table(table, "form", hidden_layers=(), epochs=0, test=[7], baselines=False, progress=False)
    sheets, cells, text = answered(run, table)
    output = cells["prediction"].astype(float)
    names = sorted(labels)
    block, own = sheets.cells["labels"], sheets.cells["prediction"]
    assert [cells.book["Data"][block.cell(k, 0, "Data")].value for k in range(len(names))] == names
    if len(labels) == 2:
        assert cells["answer"].ravel().tolist() == [names[int(p > 0.5)] for (p,) in output]
        assert formulas(text, "answer")[1] == [
            f"=IF({own.cell(1, 0, 'Forward')}>0.5,{block.cell(1, 0)},{block.cell(0, 0)})"
        ]
    else:
        assert cells["answer"].ravel().tolist() == [names[k] for k in output.argmax(axis=1)]
        row = own.row(1, "Forward")
        assert formulas(text, "answer")[1] == [f"=INDEX(target_labels,MATCH(MAX({row}),{row},0))"]
    raw = [cell.coordinate for (cell,) in _cells(text, "raw_form")]
    where = f"SUMPRODUCT(EXACT({raw[1]},target_labels)*(ROW(target_labels)-{block.top}))-1"
    assert formulas(text, "target")[1] == [f"={where}"]
    assert cells["target"].ravel().tolist() == [names.index(label) for label in table["form"]]


def test_very_many_levels_have_codes():
    rows = 80
    table = {"town": [f"town {i % 40:02}" for i in range(rows)], "price": [float(i) for i in range(rows)]}
    run = cr.fit_table(table, "price", hidden_layers=(), epochs=0, test=[1], baselines=False, progress=False)
    sheets, cells, text = answered(run, {"town": ["town 01", "elsewhere"], "price": [1.0, 2.0]})
    assert cells["town"].ravel().tolist() == [2, 0]
    levels = next(name for name in sheets.book.names if name.endswith("levels"))
    raw = [cell.coordinate for (cell,) in _cells(text, "raw_town")]
    (first, *_) = _cells(cells, levels)
    top = first[0].row - 1
    assert formulas(text, "town")[1] == [f"=SUMPRODUCT(EXACT({raw[1]},{levels})*(ROW({levels})-{top}))"]
    assert cells[levels].ravel().tolist() == [f"town {i:02}" for i in range(40)]


def test_without_targets_labels_are_listed_for_the_answer_alone():
    table = {"x": [0.0, 1.0, 2.0], "form": ["b", "a", "b"]}
    run = cr.fit_table(table, "form", hidden_layers=(), epochs=0, test=[3], baselines=False, progress=False)
    sheets, cells, _ = answered(run, {"x": [1.0]})
    assert "target" not in cells.book.defined_names
    assert sheets.cells["labels"].sheet == "Forward"
    assert cells["target_labels"].ravel().tolist() == ["a", "b"]


def test_dates_before_march_1900_are_refused_by_row():
    """Spreadsheets have a 29 February 1900 that never was."""
    table = {"born": [dt.date(1950, 1, 1), dt.date(1900, 3, 1), dt.date(1900, 2, 28)], "age": [1.0, 2.0, 3.0]}
    run = cr.fit_table(table, "age", epochs=0, test=[1], baselines=False, progress=False)
    with pytest.raises(DataError) as caught:
        begun(run.trace(table))
    assert str(caught.value) == (
        "Column 'born', row 3: workbooks have no dates before March 1900. Choose other rows: rows=."
    )
    _, cells, _ = answered(run, {name: cells[:2] for name, cells in table.items()})
    assert cells["raw_born"][1, 0] == moment("1900-03-01")


def _cells(cells, name):
    ((sheet, place),) = cells.book.defined_names[name].destinations
    found = cells.book[sheet][place.replace("$", "")]
    return found if isinstance(found, tuple) else ((found,),)
