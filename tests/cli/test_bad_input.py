"""Whatever is wrong with what was given: one clear message, exit code 2, and nothing written."""

import json
import os
import subprocess
import sys

import pytest

from cli.commands import QUICK, rows, table, with_line

COLUMNS = "'size', 'shop', 'price', 'bought'"
BAD_TABLES = {
    "an empty file": (
        "",
        "bad.csv is empty. Give a table: a line with the columns' names, then a line a row.",
    ),
    "a header alone": (
        "size,price\n",
        "bad.csv has a header ('size', 'price') but no rows. Add at least one line below it.",
    ),
    "a row too short": (
        with_line("1,A"),
        "bad.csv, row 6 (line 7): 2 fields, where the header has 4 (separated by a comma). Mend the line; a value that "
        "holds the separator must stand in quotation marks.",
    ),
    "a row too long": (
        with_line("1,A,2,yes,3"),
        "bad.csv, row 6 (line 7): 5 fields, where the header has 4 (separated by a comma). Mend the line; a value that "
        "holds the separator must stand in quotation marks.",
    ),
    "a wrong separator": (
        table([f"{i}:{i}" for i in range(30)], "size:price"),
        "bad.csv: the fields seem to be separated by colons (2 to a line), which is not understood. Separate them by a "
        "comma, semicolon, tab or bar (|).",
    ),
    "mixed types": (
        with_line("large,A,2,yes"),
        "Column 'size' holds 40 numbers, but also 'large' in bad.csv, row 6 (line 7). Mend the cell or leave it empty, "
        'or say that "large" is a missing cell: --missing "large" (in Python missing=[\'large\']); '
        'or, if these are names, make the column a category: --kind "size=category" '
        "(in Python kinds={'size': 'category'}).",
    ),
    "no such target": (
        table(header="size,shop,prices,bought"),
        "bad.csv: There is no column 'price' to predict. Did you mean 'prices'? The table has "
        "'size', 'shop', 'prices', 'bought'.",
    ),
    "a target with one value": (
        table([f"{i},A,7,yes" for i in range(40)]),
        "bad.csv: Target 'price' is 7 in every row: there is nothing to predict. Choose another target, or give rows "
        "with other values.",
    ),
    "a target that is missing everywhere": (
        table([f"{i},A,,yes" for i in range(40)]),
        "bad.csv: Target 'price' is missing in every row. Choose another target, or fill it in.",
    ),
    "all other columns missing": (
        table([f",,{i},".replace(" ", "") for i in range(40)]),
        "bad.csv: There is no column to learn from: every column but the target is left out: 'size' (no row has a "
        "value), 'shop' (no row has a value), 'bought' (no row has a value). Give a column with numbers or categories.",
    ),
    "an infinity": (
        with_line("inf,A,2,yes"),
        "Column 'size' is infinite in bad.csv, row 6 (line 7). Mend the cell, or leave it empty.",
    ),
    "an infinite target": (
        with_line("1,A,-inf,yes"),
        "Column 'price' is infinite in bad.csv, row 6 (line 7). Mend the cell, or leave it empty.",
    ),
    "a name twice": (
        table(header="size,size,price,bought"),
        "bad.csv, line 1: 2 columns are called 'size' (columns 1 and 2). Give each column a name of its own.",
    ),
    "10,000 categories": (
        table([f"city {i},{i % 7}.5" for i in range(10_000)], "city,price"),
        "bad.csv: There is no column to learn from: every column but the target is left out: 'city' (a different text "
        "in each of 10000 rows). Give a column with numbers or categories.",
    ),
    "dates that can be read either way": (
        table([f"0{1 + i % 9}/0{1 + i % 8}/2024,{i}" for i in range(40)], "on,price"),
        "bad.csv: There is no column to learn from: every column but the target is left out: 'on' (a different text in "
        "each of 40 rows). Column 'on' is read as text, because the days and months of its dates ('01/01/2024') could "
        "be either way round (day/month/year or month/day/year). Write them as YYYY-MM-DD.",
    ),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_table_that_cannot_be_learned_from(shell, case):
    text, message = BAD_TABLES[case]
    shell.write("bad.csv", text)
    before = shell.holds()
    done = shell("fit", "bad.csv", "--target", "price", *QUICK)
    assert done == (2, "", f"Error: {message}\n")
    assert shell.holds() == before


def test_a_target_of_10000_classes(shell):
    shell.write("bad.csv", table([f"{i},name {i}" for i in range(10_000)], "size,name"))
    done = shell("fit", "bad.csv", "--target", "name", *QUICK)
    assert done == (
        2,
        "",
        "Error: bad.csv: Target 'name' has 10000 classes in 10000 rows, most of them in one row only: too few to learn "
        "a class from. Give more rows of each class, or choose another target.\n",
    )


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("fit", "dat.csv", "--target", "price"), "There is no file dat.csv. Did you mean 'data.csv'?"),
        (("fit", ".", "--target", "price"), ". is a folder; a file was expected. Give one of the files in it."),
        (("fit", "data.csv"), "Missing option '--target'. See chainrule fit --help."),
        (("fti",), "No such command 'fti'. Did you mean 'fit'? See chainrule --help."),
        (
            ("fit", "data.csv", "--target", "price", "--drop", "shopp"),
            f"data.csv: There is no column 'shopp' to leave out; there are {COLUMNS}. Did you mean 'shop'?",
        ),
        (
            ("fit", "data.csv", "--target", "price", "--kind", "shop=categry"),
            "Column 'shop' cannot be of kind 'categry'. Did you mean 'category'? Choose one of boolean, category, "
            "date, datetime, identifier, number, text, time.",
        ),
        (
            ("fit", "data.csv", "--target", "price", "--kind", "shop"),
            "--kind takes name=value, such as zip=category; got 'shop'.",
        ),
        (
            ("fit", "data.csv", "--target", "price", "--hidden-layers", "6x"),
            "--hidden-layers takes whole numbers above 0, such as 64,64, or none; got '6x'.",
        ),
        (
            ("fit", "data.csv", "--target", "bought", "--class-weight", "yes=much"),
            "--class-weight takes a number for each class; got 'much' for 'yes'.",
        ),
        (
            ("fit", "data.csv", "--target", "price", "--engine", "abacus"),
            "--engine takes auto, numpy or xla; got 'abacus'. See chainrule fit --help.",
        ),
        (
            ("explain", "run", "--row", "x"),
            "--row takes a whole number of 1 or more; got 'x'. See chainrule explain --help.",
        ),
        (
            ("explain", "run", "--row", "0"),
            "--row takes a whole number of 1 or more; got '0'. See chainrule explain --help.",
        ),
        (
            ("explain", "run", "--decimals", "40"),
            "--decimals takes a whole number from 0 to 17; got '40'. See chainrule explain --help.",
        ),
        (
            ("diff", "run", "run", "--tolerance", "x"),
            "--tolerance takes a number of 0 or more; got 'x'. See chainrule diff --help.",
        ),
        (
            ("fit", "data.csv", "--target", "price", "--split", "time", "--by", "shop"),
            "Column 'shop' holds texts ('A' in data.csv, row 1 (line 2)), whose order need not be that of time. Choose "
            "a column of dates or numbers, or write its dates as YYYY-MM-DD.",
        ),
        (
            ("fit", "data.csv", "--target", "price", "--learning-rate", "nan"),
            "AdamW: learning_rate must be a finite number; got nan.",
        ),
        (
            ("fit", "data.csv", "--target", "price", "-o", "data.csv"),
            "data.csv is there already and is left as it is. Choose another folder: --output.",
        ),
    ],
)
def test_a_command_that_cannot_be_followed(shell, argv, message):
    before = shell.holds()
    assert shell(*argv) == (2, "", f"Error: {message}\n")
    assert shell.holds() == before


def test_a_file_where_the_folder_of_the_run_should_be(shell):
    shell.write("taken", "")
    done = shell("fit", "data.csv", "--target", "price", "-o", "taken/run")
    place = shell.folder / "taken"
    assert done.err == f"Error: {place} is a file, so no run can be written into it. Choose another: --output.\n"


def test_errors_are_json_too(shell):
    shell.write("bad.csv", with_line("inf,A,2,yes"))
    done = shell("fit", "bad.csv", "--target", "price", "--json")
    message = "Column 'size' is infinite in bad.csv, row 6 (line 7). Mend the cell, or leave it empty."
    facts = {"type": "DataError", "message": message, "file": "bad.csv", "row": 6, "column": "size"}
    assert done.code == 2
    assert done.answer == {"error": facts}
    assert done.err == f"Error: {message}\n"


def test_a_mistake_in_the_command_is_json_too(shell):
    done = shell("fit", "data.csv", "--json")
    assert done.answer["error"]["message"] == "Missing option '--target'. See chainrule fit --help."


def test_nan_stops_training_and_the_best_weights_are_kept(shell):
    diverges = ("--optimizer", "sgd", "--learning-rate", "5", "--epochs", "50", "--engine", "numpy", "--no-baselines")
    done = shell("fit", "data.csv", "--target", "price", "--json", *diverges)
    error = done.answer["error"]
    assert done.code == 2
    step, row = error["step"], error["row"]
    assert done.err == (
        f"Error: Training stopped at step {step} (epoch {step}): the loss became inf on row {row}. The "
        "learning rate is 5: try 0.5, scale the inputs, or clip the gradient (clip_norm=1). The best weights so far "
        "are kept in runs/data.\n"
    )
    assert error["run"] == "runs/data"
    assert shell("explain", "runs/data").code == 0


def test_no_traceback_in_a_process_of_its_own(shell):
    """What a test in this process could hide: the exit code, and everything on standard error."""
    shell.write("bad.csv", table([*rows()[:3], "1"]))
    command = [sys.executable, "-m", "chainrule", "fit", "bad.csv", "--target", "price", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: bad.csv, row 4 (line 5): 1 field, where the header has 4")
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["error"]["row"] == 4
