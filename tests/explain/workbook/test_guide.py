"""The first sheet: results at a glance, the sheets there are, what to try, and every name."""

from io import BytesIO

import pytest

import chainrule as cr
from chainrule.explain.workbook import make, workbook
from explain.workbook.office import Cells


def start(network, X, y=None, **options):
    """The rows of the first sheet without empty cells, the workbook's formulas, and its numbers."""
    content = workbook(make(network.trace(X, y), **options))
    cells = Cells.of(BytesIO(content), formulas=True)
    return rows(cells), cells, Cells.of(BytesIO(content))


def rows(cells):
    found = [[cell.value for cell in row if cell.value is not None] for row in cells.book["Start"].iter_rows()]
    return [row for row in found if row]


def line():
    return cr.Network([cr.Dense(1)], loss="mse").set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})


def between(found, first, last):
    """What stands below one heading and above the next."""
    heads = [str(row[0]) for row in found]
    return found[heads.index(first) + 1 : heads.index(last)]


def test_results_are_live_and_can_be_gone_to():
    """Predicted 3 of 1 and 5 of 5."""
    found, cells, numbers = start(line(), [[1.0], [2.0]], [1.0, 5.0], optimizer=cr.SGD(0.25))
    glance = between(found, "At a glance", "The network")
    labels = ["prediction of the first row", "loss", "learning rate"]
    assert [row[0] for row in glance] == labels
    for (_, formula, link), name in zip(glance, ("prediction", "loss", "learning_rate"), strict=True):
        ((sheet, place),) = cells.book.defined_names[name].destinations
        first = place.replace("$", "").partition(":")[0]
        assert (formula, link) == (f"={sheet}!{first}", f"on {sheet}")
    assert [row[1] for row in between(rows(numbers), "At a glance", "The network")] == [3, 2, 0.25]


def test_links_go_to_what_they_say():
    _, cells, _ = start(line(), [[1.0]], [1.0])
    sheet = cells.book["Start"]
    links = {cell.value: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert links["Forward"] == "'Forward'!A1"
    assert links["dense1_weight"] == "Parameters!B7"
    assert links["on Step"] == "'Step'!B4"


@pytest.mark.parametrize("y", [None, [1.0]])
def test_only_sheets_that_are_there_are_told_of(y):
    found, cells, _ = start(line(), [[1.0]], y)
    told = [row[0] for row in between(found, "The sheets", "What to try")]
    assert told == [name for name in cells.book.sheetnames if name not in ("Start", "Picture")]
    tries = between(found, "What to try", "Colours")
    assert [row[0].partition(".")[0] for row in tries] == (["1"] if y is None else ["1", "2", "3", "4", "5"])


def test_every_name_is_listed_with_its_cells():
    found, cells, _ = start(line(), [[1.0]], [1.0])
    listed = found[[row[0] for row in found].index("name") + 1 :]
    assert [row[0] for row in listed] == sorted(cells.book.defined_names)
    assert ["counts", "Data!B7"] in listed


def test_of_a_table_the_answer_is_shown():
    table = {"x": [0.0, 1.0, 2.0], "form": ["b", "a", "b"]}
    run = cr.fit_table(table, "form", hidden_layers=(), epochs=0, test=[3], baselines=False, progress=False)
    numbers = Cells.of(BytesIO(workbook(make(run.trace(table)))))
    assert between(rows(numbers), "At a glance", "The network")[0] == [
        "answer for the first row",
        run.predict(table)[0],
        "on Forward",
    ]
