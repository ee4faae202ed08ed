"""Where workbooks go, which rows they hold, and what their names are."""

import zipfile

import openpyxl
import pytest

import chainrule as cr
from chainrule.errors import FileError
from chainrule.explain.workbook import make, workbook
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
