"""``chainrule export``: a run in another program's format."""

import onnx
import openpyxl
import pytest


def test_a_workbook_with_named_cells(runs):
    done = runs("export", "price", "--to", "excel")
    assert (done.code, done.out, done.err) == (0, "price is in price.xlsx\n", "")
    names = openpyxl.load_workbook(runs.folder / "price.xlsx").defined_names
    assert {"prediction", "loss", "learning_rate", "dense1_weight"} <= set(names)


def test_a_file_that_is_there_stays(runs):
    runs.write("price.html", "mine")
    before = runs.holds()
    done = runs("export", "price", "--to", "html")
    assert done.code == 2
    assert done.err == (
        "Error: price.html is there already and is left as it is. Choose another name, or pass --force.\n"
    )
    assert runs.holds() == before
    answer = runs("export", "price", "--to", "html", "--force", "--json").answer
    assert answer == {"run": "price", "format": "html", "output": "price.html", "files": ["price.html"]}
    assert (runs.folder / "price.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_latex_is_a_whole_document(runs):
    assert runs("export", "price", "-o", "sheet.tex").code == 0
    text = (runs.folder / "sheet.tex").read_text(encoding="utf-8")
    assert text.startswith("\\documentclass")
    assert text.rstrip().endswith("\\end{document}")


def test_a_row_of_its_table(runs):
    assert runs("export", "price", "--to", "latex", "--row", "17").code == 0
    assert "Worksheet: row 17}" in (runs.folder / "price.tex").read_text(encoding="utf-8")
    assert runs("export", "price", "--to", "excel", "--row", "17").code == 0
    cells = [cell.value for sheet in openpyxl.load_workbook("price.xlsx") for row in sheet.rows for cell in row]
    assert "row 17" in cells
    assert runs("export", "price", "--to", "onnx", "--row", "17").err == (
        "Error: --row is for --to excel and latex, which show one row; --to onnx writes the network.\n"
    )
    assert runs("export", "price", "--to", "excel", "--row", "41", "--force").err == (
        "Error: There is no row 41: data.csv has 40, counted from 1.\n"
    )


def test_onnx_takes_raw_columns(runs):
    assert runs("export", "price", "--to", "onnx").out == "price is in price.onnx\n"
    (prediction,) = onnx.load(runs.folder / "price.onnx").graph.output
    assert prediction.name == "prediction"


def test_the_format_has_to_be_known(runs):
    for options in ((), ("-o", "sheet.pdf")):
        assert runs("export", "price", *options).err == (
            "Error: Say what to write: --to excel, latex, html, onnx, torch; "
            "or a file that ends in .xlsx, .tex, .html, .onnx, .py.\n"
        )


@pytest.mark.peers
def test_pytorch_gets_a_module_to_import_and_its_weights(runs):
    pytest.importorskip("torch")
    done = runs("export", "price", "--to", "torch")
    assert (done.code, done.out, done.err) == (0, "price is in price.py and price.safetensors\n", "")
    assert "from price import load" in (runs.folder / "price.py").read_text(encoding="utf-8")
    assert (runs.folder / "price.safetensors").exists()
    assert runs("export", "price", "-o", "price.py", "--force", "--json").answer == {
        "run": "price",
        "format": "torch",
        "output": "price.py",
        "files": ["price.py", "price.safetensors"],
    }
    (runs.folder / "price").rename(runs.folder / "price-2")
    assert runs("export", "price-2", "--to", "torch").out == "price-2 is in price_2.py and price_2.safetensors\n"
    there = runs("export", "price-2", "--to", "torch", "-o", "price.py")
    assert there.err == "Error: price.py is there already and is left as it is. Choose another name, or pass --force.\n"
    (runs.folder / "price.py").unlink()
    there = runs("export", "price-2", "--to", "torch", "-o", "price.py")
    assert there.err == (
        "Error: price.safetensors is there already and is left as it is. Choose another name, or pass --force.\n"
    )
    (runs.folder / "price-2").rename(runs.folder / "2024")
    assert runs("export", "2024", "--to", "torch").out == "2024 is in run_2024.py and run_2024.safetensors\n"
