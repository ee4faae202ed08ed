"""Where workbooks go, which rows they hold, and what their names are."""

import datetime as dt
import zipfile

import numpy as np
import openpyxl
import pytest

import chainrule as cr
from chainrule.errors import DataError, FileError, InputError
from chainrule.explain.workbook import make, workbook
from chainrule.explain.workbook.book import Book
from explain.workbook.office import Cells


def bags():
    network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[-34.4, -2.52]],
            "dense1.bias": [2.14, 1.29],
            "dense2.weight": [[-1.30], [2.28]],
            "dense2.bias": [-0.58],
        }
    )
    return network.trace([[0.0], [0.5], [1.0]], [0.0, 1.0, 0.0])


def test_names_that_anybody_can_find(tmp_path):
    book = openpyxl.load_workbook(bags().to_excel(tmp_path / "bags.xlsx"))
    assert book.sheetnames == ["Start", "Data", "Parameters", "Forward", "Loss", "Backward", "Step", "Picture"]
    assert book["Picture"].sheet_state == "hidden"
    wanted = {"prediction", "loss", "learning_rate", "input", "target", "counts"}
    wanted |= {
        f"dense{n}_{name}{when}" for n in (1, 2) for name in ("weight", "bias") for when in ("", "_new", "_gradient")
    }
    assert wanted <= set(book.defined_names)


def test_the_numbers_are_the_lectures(tmp_path):
    cells = Cells.of(bags().to_excel(tmp_path / "bags.xlsx"))
    assert cells["prediction"].astype(float).round(4).ravel().tolist() == [-0.0110, 1.0348, 0.0046]
    assert cells["dense1_a"].astype(float)[2, 0] == pytest.approx(9.7647e-15, rel=1e-4)


def test_formulas_read_as_the_layer_does_and_use_classic_functions(tmp_path):
    path = bags().to_excel(tmp_path / "bags.xlsx")
    with zipfile.ZipFile(path) as file:
        sheets = "".join(file.read(name).decode() for name in file.namelist() if "worksheets/" in name)
    assert "MMULT(input,dense1_weight)+dense1_bias" in sheets
    assert "MMULT(TRANSPOSE(input),dense1_dz)" in sheets
    assert "_xlfn" not in sheets


def test_rows_are_chosen_and_the_loss_is_theirs(tmp_path):
    cells = Cells.of(bags().to_excel(tmp_path / "bags.xlsx", rows=[2, 0]))
    assert cells["input"].ravel().tolist() == [1.0, 0.0]
    assert float(cells["loss"][0, 0]) == pytest.approx((bags().prediction[[2, 0]] ** 2).sum(), rel=1e-12)


def test_without_targets_there_is_the_forward_pass_alone():
    network = cr.Network([cr.Dense(1)], input_shape=1).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    content = workbook(make(network.trace([[3.0]])))
    assert content[:2] == b"PK"


def test_float32_is_passed_again_in_float64():
    network = cr.Network([cr.Dense(3, "tanh"), cr.Dense(1)], input_shape=2)
    network = network.trained(*network.init(0, np.float32))
    narrow = network.trace([[0.1, 0.2]], [[1.0]], dtype=np.float32)
    wide = network.trace([[np.float32(0.1), np.float32(0.2)]], [[1.0]])
    assert make(narrow).trace.loss == wide.loss


def test_frozen_parameters_are_said_to_stay(tmp_path):
    X, y = np.ones((2, 1)), np.ones((2, 1))
    run = cr.fit(cr.Network([cr.Dense(2), cr.Dense(1)]).freeze("dense1"), X, y, epochs=1, progress=False)
    book = openpyxl.load_workbook(run.to_excel(tmp_path / "a.xlsx"))
    assert "dense1_weight_new" not in book.defined_names
    told = [cell.value for (cell,) in book["Step"].iter_rows(max_col=1)]
    assert "Frozen, and left as they are: dense2.bias, dense2.weight." not in told
    assert any(str(text).startswith("Frozen, and left as they are: ") and "dense1.weight" in text for text in told)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([0, 3], "There is no row at place 3: there are 3, at places 0 to 2."),
        (-1, "There is no row at place -1: there are 3, at places 0 to 2."),
        ([], "rows must be the number of a row from 0, or a list of them; got []."),
        (0.5, "rows must be the number of a row from 0, or a list of them; got 0.5."),
    ],
)
def test_rows_that_are_not_there(rows, message, tmp_path):
    with pytest.raises(InputError) as error:
        bags().to_excel(tmp_path / "bags.xlsx", rows=rows)
    assert str(error.value) == message


def test_a_file_that_is_there_stays_unless_it_may_go(tmp_path):
    path = tmp_path / "bags.xlsx"
    path.write_text("mine")
    with pytest.raises(FileError) as error:
        bags().to_excel(path)
    assert str(error.value) == f"{path} is there already; choose another name, or pass overwrite=True."
    assert path.read_text() == "mine"
    assert bags().to_excel(path, overwrite=True).read_bytes()[:2] == b"PK"


def test_places_that_are_no_workbooks(tmp_path):
    for path, message in (
        (
            tmp_path / "bags.xls",
            f"{tmp_path / 'bags.xls'}: a workbook's name ends in .xlsx. Write to {tmp_path / 'bags.xlsx'}.",
        ),
        (tmp_path / "no" / "a.xlsx", f"There is no folder {tmp_path / 'no'} to write a.xlsx into. Make it first."),
    ):
        with pytest.raises(FileError) as error:
            bags().to_excel(path)
        assert str(error.value) == message
    (tmp_path / "b.xlsx").mkdir()
    with pytest.raises(FileError) as error:
        bags().to_excel(tmp_path / "b.xlsx")
    assert str(error.value) == f"{tmp_path / 'b.xlsx'} is a folder; give the name of a file."


def test_names_are_unique_whatever_nodes_are_called():
    book = Book("")
    assert [book.name(name, "A!$A$1") for name in ("Dense.weight", "dense.weight", "x1", "a b")] == [
        "Dense_weight",
        "dense_weight_2",
        "x1_",
        "a_b",
    ]


def test_dates_before_march_1900_are_refused_by_row(tmp_path):
    """Spreadsheets have a 29 February 1900 that never was."""
    table = {"born": [dt.date(1950, 1, 1), dt.date(1900, 3, 1), dt.date(1900, 2, 28)], "age": [1.0, 2.0, 3.0]}
    run = cr.fit_table(table, "age", epochs=0, test=[1], baselines=False, progress=False)
    with pytest.raises(DataError) as caught:
        run.trace(table).to_excel(tmp_path / "a.xlsx")
    assert str(caught.value) == (
        "Column 'born', row 3: workbooks have no dates before March 1900. Choose other rows: rows=."
    )
    assert list(tmp_path.iterdir()) == []
    assert run.trace(table).to_excel(tmp_path / "a.xlsx", rows=[0, 1]).exists()
