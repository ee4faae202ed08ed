"""The first sheet: what the workbook is, the network's picture, the results at a glance, and what to try."""

from typing import Any

from chainrule.explain.workbook.book import Book, Sheet
from chainrule.explain.workbook.frame import Sheets
from chainrule.explain.workbook.picture import draw

_SHEETS = {
    "Data": "the rows; how often each counts; how raw cells become what the network takes",
    "Parameters": "weights and biases now, and beside them after the step",
    "Forward": "every layer's z and a, up to the prediction",
    "Loss": "how far the predictions are from the targets",
    "Backward": "the chain rule, from the loss back to every weight",
    "Step": "old, slope, learning rate, step size, new, for every parameter",
}
_TRY = (
    "Change a weight on Parameters, an input on Data or the learning rate on Step: everything else is recalculated.",
    "Set counts on Data to 0 for all rows but one: loss and slopes are then those of that row alone.",
    "Make the step: on Parameters copy a block under 'after the step', paste it as values over the block under 'now', "
    "for every parameter; then look at the loss. Again and again, and you train the network by hand.",
    "Make the learning rate ten times as large, make the step, and watch the loss: can it get worse?",
    "Click on any cell on Backward and read its formula: it is the chain rule, and names what it multiplies.",
)


def start(book: Book) -> Sheet:
    """Add the sheet, so that it is the first; it is filled when the others are there."""
    return book.sheet(
        "Start", "A neural network", "Every number here is a live formula: change one, and all others follow."
    )


def write_guide(sheets: Sheets, sheet: Sheet) -> None:
    """Fill the sheet."""
    looks, page = sheets.book.looks, sheet.page
    trace = sheets.material.trace
    sheet.section("At a glance")
    results = [("prediction", "prediction of the first row"), ("loss", "loss"), ("learning_rate", "learning rate")]
    if "answer" in sheets.cells:
        results[0] = ("answer", "answer for the first row")
    for name, label in results:
        if name in sheets.cells:
            block = sheets.cells[name]
            page.write_string(sheet.line, 0, label, looks["side"])
            value: Any = block.values.reshape(-1)[0].item()
            page.write_formula(sheet.line, 1, f"={block.cell(0, 0, sheet.name)}", looks["result"], value)
            page.write_url(
                sheet.line,
                2,
                f"internal:'{block.sheet}'!{block.cell(0, 0, block.sheet)}",
                looks["link"],
                f"on {block.sheet}",
            )
            sheet.line += 1
    sheet.line += 1
    sheet.section(
        "The network", "Numbers are live; blue lines were positive weights when this was written, orange negative."
    )
    sheet.line += draw(sheets, sheet)
    sheet.section("The sheets")
    for name, what in _SHEETS.items():
        if name in ("Loss", "Backward", "Step") and trace.backward is None:
            continue
        page.write_url(sheet.line, 0, f"internal:'{name}'!A1", looks["link"], name)
        page.write_string(sheet.line, 1, what, looks["aside"])
        sheet.line += 1
    sheet.line += 1
    sheet.section("What to try")
    for number, text in enumerate(_TRY if trace.backward is not None else _TRY[:1], 1):
        page.merge_range(sheet.line, 0, sheet.line, 11, f"{number}.  {text}", looks["text"])
        page.set_row(sheet.line, 32 if len(text) > 130 else 17)
        sheet.line += 1
    sheet.line += 1
    sheet.section("Colours")
    for look, text in (
        ("input", "blue on yellow: there to be changed"),
        ("computed", "black on white: computed"),
        ("result", "bold on green: results"),
        ("fixed", "grey: constants that training found"),
    ):
        page.write_number(sheet.line, 0, 1.5, looks[look])
        page.write_string(sheet.line, 1, text, looks["aside"])
        sheet.line += 1
    sheet.line += 1
    sheet.section(
        "Names",
        "Type a name into the name box, left of the formula bar, to go to its cells; use it in formulas of your own.",
    )
    sheet.heads(sheet.line, ["cells"], "name")
    sheet.line += 1
    for name, place in sorted(sheets.book.names.items()):
        page.write_url(sheet.line, 0, f"internal:{place.replace('$', '')}", looks["link"], name)
        page.write_string(sheet.line, 1, place.replace("$", ""))
        sheet.line += 1
