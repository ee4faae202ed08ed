"""The sheet of the loss: how far predictions are from targets, row by row, and the penalties of large weights."""

from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.activations.softmax import log_softmax as log_probabilities
from chainrule.explain.workbook.block import Block, flat
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets, total
from chainrule.explain.workbook.functions import log_one_plus, log_softmax, sigmoid
from chainrule.explain.workbook.parts import penalised
from chainrule.losses import Loss
from chainrule.ops import eager_ops

_HELD = "MIN(MAX({p},2^-1022),1-2^-53)"
"""A probability between the smallest normal number and the largest below 1."""
_REST = "MAX(1-{p},2^-53)"
_ABOVE_0 = "MAX({p},2^-1022)"
_FAR = "ABS({p}-{y})+LN(1+EXP(-2*ABS({p}-{y})))-LN(2)"
_NEAR = "({p}-{y})^2/2-({p}-{y})^4/12+({p}-{y})^6/45"

_FORMULAS: dict[str, tuple[str, str]] = {
    "ssr": ("({p}-{y})^2", "2*({p}-{y})"),
    "mse": ("({p}-{y})^2", "2*({p}-{y})"),
    "mae": ("ABS({p}-{y})", "SIGN({p}-{y})"),
    "huber": (
        "MIN(ABS({p}-{y}),{delta})*(ABS({p}-{y})-MIN(ABS({p}-{y}),{delta})/2)",
        "MAX(-{delta},MIN({delta},{p}-{y}))",
    ),
    "log_cosh": (f"IF(ABS({{p}}-{{y}})<0.01,{_NEAR},{_FAR})", "TANH({p}-{y})"),
    "quantile": (
        "IF({p}>{y},(1-{quantile})*({p}-{y}),{quantile}*({y}-{p}))",
        "IF({p}>{y},1-{quantile},IF({p}<{y},-{quantile},0))",
    ),
    "poisson": (f"{{p}}-{{y}}*LN({_ABOVE_0})", f"1-{{y}}/{_ABOVE_0}"),
    "poisson_from_log": ("EXP({p})-{y}*{p}", "EXP({p})-{y}"),
    "binary_cross_entropy": (f"-{{y}}*LN({_HELD})-(1-{{y}})*LN({_REST})", f"(1-{{y}})/{_REST}-{{y}}/{_HELD}"),
    "binary_cross_entropy_from_logits": (
        "MAX({p},0)-{y}*{p}+{log_one_plus}",
        "(1-{y})*{sigmoid}-{y}*{complement}",
    ),
    "cross_entropy": (f"-{{y}}*LN({_ABOVE_0})", f"-{{y}}/{_ABOVE_0}"),
    "cross_entropy_from_logits": ("-{y}*{p}", "EXP({p})-{y}"),
}
"""What a prediction ``p`` with the target ``y`` adds, before its row's share, and the derivative of that.

Cross-entropy from logits is written for the logarithm of the probability in the place of ``p``.
"""


def loss_formula(sheets: Sheets, p: str, y: str, *, slope: bool = False) -> str:
    """The formula of what one prediction adds to the loss, or of its derivative."""
    loss = measured_loss(sheets)
    own = {name: sheets.cells[f"loss.{name}"].name for name in loss.numbers()}
    written = {"sigmoid": sigmoid(p), "complement": sigmoid(f"(-{p})"), "log_one_plus": log_one_plus(p)}
    return _FORMULAS[loss.name][slope].format(p=p, y=y, **written, **own)


def measured_loss(sheets: Sheets) -> Loss:
    """The loss as it was computed: taken from the pre-activation where it is one with the output's activation."""
    trace = sheets.material.trace
    assert trace.measured is not None, "asked for where there are targets"
    return trace.loss_function.fused if trace.measured.fused else trace.loss_function


def measured_block(sheets: Sheets) -> Block:
    """What the loss is taken of: the output's activation, or its pre-activation."""
    trace = sheets.material.trace
    assert trace.measured is not None, "asked for where there are targets"
    name = trace.nodes[-1].name
    return sheets.before[name] if trace.measured.fused else sheets.given[name]


def write_loss(sheets: Sheets) -> Sheet:
    """Write the sheet."""
    sheet = sheets.book.sheet(
        "Loss",
        "Loss",
        "How far the predictions are from the targets, as the one number that is made smaller.",
        "#C8531C",
    )
    at = sheet.name
    measured: Any = sheets.material.trace.measured
    prediction = measured_block(sheets)
    sheet.section("The loss")
    _numbers(sheets, sheet)
    results = sheet.line
    sheet.line += 4
    target = _target(sheets, sheet, prediction)
    share = _share(sheets, sheet, prediction)
    terms = _terms(sheets, sheet, prediction, target)
    rows = sheet.put(
        "rows",
        np.asarray(measured.saved.rows),
        lambda i, _: f"{share.cell(i, 0, at)}*SUM({_of_row(terms, i, at)})",
        note="what each row adds to the loss: its share times its terms",
        across=["loss"],
        down=sheets.down(measured.saved.rows),
    )
    end, sheet.line = sheet.line, results
    _results(sheets, sheet, rows)
    sheet.line = end
    return sheet


def _of_row(terms: Block, n: int, at: str) -> str:
    return terms.range(n * terms.inner, 0, (n + 1) * terms.inner - 1, terms.columns - 1, at)


def _penalties(sheets: Sheets) -> list[tuple[str, str, float]]:
    """Node, kind and number of every penalty."""
    found = [(node.name, kind, getattr(node, kind)) for node in sheets.material.trace.nodes for kind in ("l1", "l2")]
    return [(name, kind, number) for name, kind, number in found if number is not None]


def _numbers(sheets: Sheets, sheet: Sheet) -> None:
    """The numbers that the loss and the penalties have of their own."""
    for name, number in measured_loss(sheets).numbers().items():
        sheets.cells[f"loss.{name}"] = sheet.value(name, number, name=f"loss.{name}", note="a number of the loss")
    for name, kind, number in _penalties(sheets):
        note = f"penalty: adds {kind} · sum of {'|weight|' if kind == 'l1' else 'weight²'} of {name}"
        sheets.cells[f"{name}.{kind}"] = sheet.value(f"{name} {kind}", number, name=f"{name}.{kind}", note=note)


def _results(sheets: Sheets, sheet: Sheet, rows: Block) -> None:
    measured: Any = sheets.material.trace.measured
    terms = [_penalty(sheets, name, kind) for name, kind, _ in _penalties(sheets)]
    formula = sheets.material.trace.loss_function.name
    data = sheet.value(
        "data loss", float(measured.data_loss), f"SUM({rows.column(0, sheet.name)})", name="data_loss", note=formula
    )
    penalty = sheet.value(
        "penalty",
        float(measured.penalty),
        "+".join(terms) or "0",
        name="penalty",
        note="of large weights" if terms else "no layer has one",
    )
    both = f"{data.name}+{penalty.name}"
    sheets.cells["loss"] = sheet.value("loss", float(measured.loss), both, name="loss", kind="result")


def _penalty(sheets: Sheets, name: str, kind: str) -> str:
    arrays = [block.whole("Loss") for key, block in sheets.params.items() if penalised(sheets, name, key)]
    each = [f"SUMPRODUCT(ABS({array}))" if kind == "l1" else f"SUMSQ({array})" for array in arrays]
    return f"{sheets.cells[f'{name}.{kind}'].name}*({total(each) or '0'})"


def _target(sheets: Sheets, sheet: Sheet, prediction: Block) -> Block:
    """The targets as the loss takes them; codes of classes as ones and zeros."""
    given, at = sheets.cells["target"], sheet.name
    loss, saved = measured_loss(sheets), sheets.material.trace.measured
    if loss.target_kind != "class" or given.values.shape == prediction.values.shape:
        return given
    wanted: Any = saved
    columns = given.columns

    def one_hot(i: int, j: int) -> str:
        return f"IF({given.cell(i // columns, i % columns, at)}={j},1,0)"

    values = wanted.saved.target
    note = "1 for the class that it is, 0 for the others"
    names = sheets.material.columns.get("prediction")
    return sheet.put("target", values, one_hot, note=note, down=sheets.down(values), across=names)


def _share(sheets: Sheets, sheet: Sheet, prediction: Block) -> Block:
    """What each value of a row is multiplied by."""
    counts, at = sheets.cells["counts"], sheet.name
    loss = measured_loss(sheets)
    measured: Any = sheets.material.trace.measured
    shape = prediction.values.shape[1:-1] if loss.target_kind == "class" else prediction.values.shape[1:]
    each = int(np.prod(shape)) if shape else 1
    of_all = f"SUM({counts.column(0, at)})"
    mean = f"(IF({of_all}=0,1,{of_all})" + (f"*{each})" if each > 1 else ")")
    values = np.broadcast_to(np.asarray(measured.saved.share, dtype=np.float64), (len(prediction.values),))
    block = sheet.put(
        "share",
        values,
        lambda i, _: counts.cell(i, 0, at) + ("" if loss.sums else f"/{mean}"),
        note="how often a row counts" if loss.sums else "its part of the mean: how often it counts, of all",
        across=["share"],
        down=sheets.down(values),
    )
    sheets.cells["share"] = block
    return block


def _terms(sheets: Sheets, sheet: Sheet, prediction: Block, target: Block) -> Block:
    """What each prediction adds before its row's share, and for classes what each row's classes add."""
    loss, at = measured_loss(sheets), sheet.name
    values, y = prediction.values, np.asarray(sheets.material.trace.target)
    names = sheets.material.columns.get("prediction")
    measured = prediction
    if loss.name == "cross_entropy_from_logits":
        measured = sheet.put(
            "log p",
            np.asarray(log_probabilities(eager_ops(), values)),
            lambda i, j: log_softmax(prediction.cell(i, j, at), prediction.row(i, at)),
            note="logarithm of the probability of each class",
            down=sheets.down(values),
            across=names,
        )
    sheets.cells |= {"measured": measured, "wanted": target}
    if loss.target_kind != "class":
        each = _alone(loss, flat(values).reshape(-1, 1), flat(y).reshape(-1, 1)).reshape(values.shape)
        return sheet.put(
            "term",
            each,
            lambda i, j: loss_formula(sheets, measured.cell(i, j, at), target.cell(i, j, at)),
            note="how far each prediction is off, as the loss counts it",
            down=sheets.down(values),
            across=names,
        )
    codes = y.reshape(-1, y.shape[-1]) if y.ndim == values.ndim else y.reshape(-1)
    each = _alone(loss, flat(values), codes).reshape(*values.shape[:-1], 1)

    def wrong(i: int, _: int) -> str:
        classes = range(target.columns)
        return total([loss_formula(sheets, measured.cell(i, k, at), target.cell(i, k, at)) for k in classes])

    note = "minus the logarithm of the right class's probability"
    return sheet.put("term", each, wrong, note=note, down=sheets.down(each), across=["term"])


def _alone(loss: Loss, prediction: np.ndarray, target: Array) -> np.ndarray:
    """The loss of each row as if it stood alone."""
    one = [loss.forward(eager_ops(), prediction[i : i + 1], target[i : i + 1], None)[0] for i in range(len(prediction))]
    return np.asarray([float(value) for value in one])
