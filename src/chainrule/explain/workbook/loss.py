"""The sheet of the loss: how far predictions are from targets, row by row, and the penalties of large weights."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.activations.softmax import log_softmax as log_probabilities
from chainrule.explain.workbook.block import Block, flat
from chainrule.explain.workbook.book import Sheet
from chainrule.explain.workbook.frame import Sheets, total
from chainrule.explain.workbook.functions import log_one_plus, log_softmax, sigmoid
from chainrule.losses import Loss
from chainrule.ops import eager_ops

_TINY = "2.2250738585072014E-308"
"""The smallest normal number, below which no probability is taken."""
_LAST = "2^-53"
"""How far the largest number below 1 is from 1."""

Formula = Callable[[str, str, str], str]
"""The formula of a prediction's cell, its target's cell, and the cell of the loss's own number (delta, quantile)."""


def _log_cosh(p: str, y: str, c: str) -> str:
    d = f"({p}-{y})"
    far = f"ABS({d})+LN(1+EXP(-2*ABS({d})))-LN(2)"
    return f"IF(ABS({d})<0.01,{d}^2/2-{d}^4/12+{d}^6/45,{far})"


def _huber(p: str, y: str, c: str) -> str:
    return f"MIN(ABS({p}-{y}),{c})*(ABS({p}-{y})-MIN(ABS({p}-{y}),{c})/2)"


def _binary(p: str, y: str, c: str) -> str:
    return f"-{y}*LN({_held(p)})-(1-{y})*LN({_rest(p)})"


def _held(p: str) -> str:
    return f"MIN(MAX({p},{_TINY}),1-{_LAST})"


def _rest(p: str) -> str:
    return f"MAX(1-{p},{_LAST})"


VALUES: dict[str, Formula] = {
    "ssr": lambda p, y, c: f"({p}-{y})^2",
    "mse": lambda p, y, c: f"({p}-{y})^2",
    "mae": lambda p, y, c: f"ABS({p}-{y})",
    "huber": _huber,
    "log_cosh": _log_cosh,
    "quantile": lambda p, y, c: f"IF({p}>{y},(1-{c})*({p}-{y}),{c}*({y}-{p}))",
    "poisson": lambda p, y, c: f"{p}-{y}*LN(MAX({p},{_TINY}))",
    "poisson_from_log": lambda p, y, c: f"EXP({p})-{y}*{p}",
    "binary_cross_entropy": _binary,
    "binary_cross_entropy_from_logits": lambda p, y, c: f"MAX({p},0)-{y}*{p}+{log_one_plus(p)}",
}
"""What each prediction adds, before it is multiplied by its row's share."""

SLOPES: dict[str, Formula] = {
    "ssr": lambda p, y, c: f"2*({p}-{y})",
    "mse": lambda p, y, c: f"2*({p}-{y})",
    "mae": lambda p, y, c: f"SIGN({p}-{y})",
    "huber": lambda p, y, c: f"MAX(-{c},MIN({c},{p}-{y}))",
    "log_cosh": lambda p, y, c: f"TANH({p}-{y})",
    "quantile": lambda p, y, c: f"IF({p}>{y},1-{c},IF({p}<{y},-{c},0))",
    "poisson": lambda p, y, c: f"1-{y}/MAX({p},{_TINY})",
    "poisson_from_log": lambda p, y, c: f"EXP({p})-{y}",
    "binary_cross_entropy": lambda p, y, c: f"(1-{y})/{_rest(p)}-{y}/{_held(p)}",
    "binary_cross_entropy_from_logits": lambda p, y, c: f"(1-{y})*{sigmoid(p)}-{y}*{sigmoid(f'(-{p})')}",
    "cross_entropy": lambda p, y, c: f"-{y}/MAX({p},{_TINY})",
    "cross_entropy_from_logits": lambda p, y, c: f"EXP({p})-{y}",
}
"""The derivative of that by the prediction; for cross-entropy from logits, of the logarithm of the probability."""


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
        "Loss", "Loss", "How far the predictions are from the targets, as the one number that is made smaller.", "#C8531C"
    )
    loss, at = measured_loss(sheets), sheet.name
    trace = sheets.material.trace
    measured: Any = trace.measured
    prediction = measured_block(sheets)
    sheet.section("The loss")
    data = sheet.line
    sheet.line += 4 + len(loss.numbers()) + len(_penalties(sheets))
    target = _target(sheets, sheet, prediction)
    share = _share(sheets, sheet, prediction)
    terms = _terms(sheets, sheet, prediction, target)
    rows = sheet.put(
        "rows",
        np.asarray(measured.saved.rows),
        lambda i, j: f"{share.cell(i, 0, at)}*SUM({_of_row(terms, i, at)})",
        note="what each row adds to the loss: its share times its terms",
        across=["loss"],
        down=sheets.down(measured.saved.rows),
    )
    end, sheet.line = sheet.line, data
    _results(sheets, sheet, rows)
    sheet.line = end
    return sheet


def _of_row(terms: Block, n: int, at: str) -> str:
    return terms.range(n * terms.inner, 0, (n + 1) * terms.inner - 1, terms.columns - 1, at)


def _penalties(sheets: Sheets) -> list[tuple[str, str, float]]:
    """Node, kind and number of every penalty."""
    found = [(node.name, kind, getattr(node, kind)) for node in sheets.material.trace.nodes for kind in ("l1", "l2")]
    return [(name, kind, number) for name, kind, number in found if number is not None]


def write_numbers(sheets: Sheets, sheet: Sheet) -> None:
    """The numbers that the loss and the penalties have of their own."""
    for name, number in measured_loss(sheets).numbers().items():
        sheets.cells[f"loss.{name}"] = sheet.value(name, number, name=f"loss.{name}", note="a number of the loss")
    for name, kind, number in _penalties(sheets):
        note = f"penalty: adds {kind} · sum of {'|weight|' if kind == 'l1' else 'weight²'} of {name}"
        sheets.cells[f"{name}.{kind}"] = sheet.value(f"{name} {kind}", number, name=f"{name}.{kind}", note=note)


def _results(sheets: Sheets, sheet: Sheet, rows: Block) -> None:
    measured: Any = sheets.material.trace.measured
    write_numbers(sheets, sheet)
    terms = [_penalty(sheets, *each) for each in _penalties(sheets)]
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


def _penalty(sheets: Sheets, name: str, kind: str, number: float) -> str:
    arrays = [block.whole("Loss") for key, block in sheets.params.items() if penalised(sheets, name, key)]
    each = [f"SUMPRODUCT(ABS({array}))" if kind == "l1" else f"SUMSQ({array})" for array in arrays]
    return f"{sheets.cells[f'{name}.{kind}'].name}*({total(each) or '0'})"


def penalised(sheets: Sheets, node: str, parameter: str) -> bool:
    """Whether a node's penalties fall on a parameter: on all of its own that are no vectors."""
    own = sheets.material.trace.params
    return parameter.rpartition(".")[0] == node and parameter in own and own[parameter].ndim > 1


def _target(sheets: Sheets, sheet: Sheet, prediction: Block) -> Block:
    """The targets as the loss takes them; codes of classes as ones and zeros."""
    given, at = sheets.cells["target"], sheet.name
    loss, saved = measured_loss(sheets), sheets.material.trace.measured
    if loss.target_kind != "class" or given.values.shape == prediction.values.shape:
        return given
    codes = np.asarray(sheets.material.trace.target)
    wanted: Any = saved
    columns = given.columns

    def one_hot(i: int, j: int) -> str:
        return f"IF({given.cell(i // columns, i % columns, at)}={j},1,0)"

    values = wanted.saved.target
    note = "1 for the class that it is, 0 for the others"
    names = sheets.material.columns.get("prediction")
    return sheet.put("target", values, one_hot, note=note, down=sheets.down(values), across=names if codes.ndim else None)


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
        lambda i, j: counts.cell(i, 0, at) + ("" if loss.sums else f"/{mean}"),
        note="how often a row counts" if loss.sums else "its part of the mean: how often it counts, of all",
        across=["share"],
        down=sheets.down(values),
    )
    sheets.cells["share"] = block
    return block


def own_number(sheets: Sheets) -> str:
    """The name of the loss's own number, where it has one."""
    return next((sheets.cells[f"loss.{name}"].name for name in measured_loss(sheets).numbers()), "")


def _terms(sheets: Sheets, sheet: Sheet, prediction: Block, target: Block) -> Block:
    loss, at = measured_loss(sheets), sheet.name
    sheets.cells["wanted"] = target
    values, y = prediction.values, np.asarray(sheets.material.trace.target)
    if loss.target_kind != "class":
        sheets.cells["measured"] = prediction
        number = own_number(sheets)
        each = _alone(loss, flat(values).reshape(-1, 1), flat(y).reshape(-1, 1))
        return sheet.put(
            "term",
            each.reshape(values.shape),
            lambda i, j: VALUES[loss.name](prediction.cell(i, j, at), target.cell(i, j, at), number),
            note="how far each prediction is off, as the loss counts it",
            down=sheets.down(values),
            across=sheets.material.columns.get("prediction"),
        )
    inner = np.moveaxis(values, -1, 0).shape[1:]
    if loss.name == "cross_entropy_from_logits":
        logs = sheet.put(
            "log p",
            np.asarray(log_probabilities(eager_ops(), values)),
            lambda i, j: log_softmax(prediction.cell(i, j, at), prediction.row(i, at)),
            note="logarithm of the probability of each class",
            down=sheets.down(values),
            across=sheets.material.columns.get("prediction"),
        )
    else:
        logs = None
    sheets.cells["measured"] = logs or prediction

    def wrong(i: int, j: int) -> str:
        if logs is not None:
            return f"-SUMPRODUCT({target.row(i, at)},{logs.row(i, at)})"
        terms = [f"{target.cell(i, k, at)}*LN(MAX({prediction.cell(i, k, at)},{_TINY}))" for k in range(target.columns)]
        return f"-({total(terms)})"

    codes = y.reshape(-1, y.shape[-1]) if y.ndim == values.ndim else y.reshape(-1)
    each = _alone(loss, flat(values), codes).reshape(*inner, 1)
    return sheet.put(
        "term", each, wrong, note="minus the logarithm of the right class's probability", down=sheets.down(each),
        across=["term"],
    )


def _alone(loss: Loss, prediction: np.ndarray, target: Array) -> np.ndarray:
    """The loss of each row as if it stood alone."""
    one = [loss.forward(eager_ops(), prediction[i : i + 1], target[i : i + 1], None)[0] for i in range(len(prediction))]
    return np.asarray([float(value) for value in one])
