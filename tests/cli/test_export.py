"""``chainrule export``: a run in another program's format."""

import onnx
import openpyxl


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
    assert runs("export", "price", "--to", "html", "--force", "--json").answer["format"] == "html"
    assert (runs.folder / "price.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_latex_is_a_whole_document(runs):
    assert runs("export", "price", "-o", "sheet.tex").code == 0
    text = (runs.folder / "sheet.tex").read_text(encoding="utf-8")
    assert text.startswith("\\documentclass")
    assert text.rstrip().endswith("\\end{document}")


def test_onnx_takes_raw_columns(runs):
    assert runs("export", "price", "--to", "onnx").out == "price is in price.onnx\n"
    (prediction,) = onnx.load(runs.folder / "price.onnx").graph.output
    assert prediction.name == "prediction"


def test_the_format_has_to_be_known(runs):
    for options in ((), ("-o", "sheet.pdf")):
        assert runs("export", "price", *options).err == (
            "Error: Say what to write: --to excel, latex, html, onnx; "
            "or a file that ends in .xlsx, .tex, .html, .onnx.\n"
        )
