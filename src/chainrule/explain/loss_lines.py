"""The loss as arithmetic: what the row adds to it, the sum over the rows, and its derivative at the prediction."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from chainrule.explain.activation_lines import greek
from chainrule.explain.document import Line, Section
from chainrule.explain.formula import plain
from chainrule.explain.scope import Index, Scope, Summands, brackets
from chainrule.losses import Loss


class Formulas(NamedTuple):
    """What one value of a prediction ŷ adds to the loss, and the derivative of that, before its share."""

    value: str
    slope: str
    extra: str = ""
    """What stands in them beside ŷ and y."""


FORMULAS = {
    "ssr": Formulas("(y − ŷ)²", "2·(ŷ − y)"),
    "mse": Formulas("(y − ŷ)²", "2·(ŷ − y)"),
    "mae": Formulas("|y − ŷ|", "sign(ŷ − y)"),
    "huber": Formulas("((ŷ − y)²/2 if |ŷ − y| ≤ δ else δ·(|ŷ − y| − δ/2))", "max(−δ, min(δ, ŷ − y))"),
    "log_cosh": Formulas("log cosh(y − ŷ)", "tanh(ŷ − y)"),
    "quantile": Formulas("max(q·(y − ŷ), (q − 1)·(y − ŷ))", "(1 − q if ŷ > y else −q if ŷ < y else 0)"),
    "binary_cross_entropy": Formulas("(−y·log(ŷ) − (1 − y)·log(1 − ŷ))", "((1 − y)/(1 − ŷ) − y/ŷ)"),
    "binary_cross_entropy_from_logits": Formulas("(log(1 + e^ŷ) − y·ŷ)", "(p − y)", "p = 1/(1 + e^(−ŷ))"),
    "cross_entropy": Formulas("(−y·log(ŷ))", "(−y/ŷ)"),
    "cross_entropy_from_logits": Formulas("(−y·log(p))", "(p − y)", "p = softmax of ŷ"),
    "poisson": Formulas("(ŷ − y·log(ŷ))", "(1 − y/ŷ)"),
    "poisson_from_log": Formulas("(e^ŷ − y·ŷ)", "(e^ŷ − y)"),
}
"""For display beside the numbers of the loss itself, by the loss's name; tests put the numbers in and compare."""
LOST = 1e-4
"""Where ``1 − p`` is further than this share from the probability of 0 as it was computed, its digits are lost."""


def loss_section(scope: Scope) -> Section:
    """Target, what the row adds, the sum over all rows, and penalties."""
    trace = scope.trace
    measured, loss = trace.measured, trace.loss_function
    assert measured is not None, "only a trace with targets has a loss to write out"
    lines = [_target_line(scope), _row_line(scope)]
    rows = np.asarray(measured.saved.rows)
    name = "data loss" if _has_penalty(scope) else "loss"
    summands = Summands(rows, lambda n: ((scope.named_row(n),), (float(rows[n]),)), scope.named_row)
    symbol = "L" if name == "loss" else name
    lines.append(
        scope.add_up(name, symbol, "Σ_rows" if len(rows) > 1 else _of_row(scope), float(measured.data_loss), [summands])
    )
    if _has_penalty(scope):
        parts = np.asarray([float(measured.data_loss), float(measured.penalty)])
        both = Summands(parts, lambda i: ((("data loss", "penalty")[i],), (float(parts[i]),)))
        lines.append(scope.add_up("loss", "L", "data loss + penalty", float(measured.loss), [both]))
    return Section("loss", f"Loss: {loss.name}", tuple(lines), f"L = {plain(loss.formula)}{_explained(scope)}")


def _explained(scope: Scope) -> str:
    formulas = FORMULAS.get(scope.trace.loss_function.name)
    texts = [formulas.extra] if formulas is not None and formulas.extra else []
    if scope.trace.measured is not None and scope.trace.measured.fused:
        texts.append("p is ŷ, computed from z itself")
    if share_of(scope) != 1.0:
        texts.append("share is what each value counts for in the mean" + ", and 0 in padding" * scope.trace.padded)
    if _has_penalty(scope):
        texts.append("the penalty is that of the weights' sizes (l1, l2)")
    return "".join(f"; {text}" for text in texts)


def _of_row(scope: Scope) -> str:
    return f"loss of {scope.row_name}" if scope.trace.rows > 1 else "loss of the row"


def _has_penalty(scope: Scope) -> bool:
    return any(node.l1 is not None or node.l2 is not None for node in scope.trace.nodes)


def share_of(scope: Scope, index: Index = ()) -> float:
    """What a value of the row is multiplied by in the loss: the same for all of them, but 0 in padding."""
    saved = scope.trace.measured.saved if scope.trace.measured is not None else None
    share = np.asarray(getattr(saved, "share", 1.0))
    own = share[scope.row] if share.ndim else share
    return float(own[index[: own.ndim]] if index else own.max())


def _wanted(scope: Scope) -> np.ndarray:
    """The row's target in the shape of the prediction: codes as 1 for the class and 0 for the others."""
    saved = scope.trace.measured.saved if scope.trace.measured is not None else None
    target = scope.at(getattr(saved, "target", scope.trace.target))
    return target.reshape(scope.at(scope.trace.forward.output).shape)


def _target_line(scope: Scope) -> Line:
    target = scope.at(scope.trace.target)
    table = scope.trace.table
    encoder = None if table is None else table.encoder.target
    if table is not None and encoder is not None and encoder.kind == "number" and target.size == 1:
        y = float(target.item())
        observed = table.frame[encoder.name][scope.row] if encoder.name in table.frame.columns else encoder.decode(y)
        worked = encoder.work(observed)
        scope.compare("target", worked.result, y)
        values = {"observed" if name == "y" else name: value for name, value in worked.values.items()}
        formula = re.sub(r"\by\b", "observed", worked.formula)
        return Line("target", "y", formula, y, values=values, note=f"observed is the row's {encoder.name}")
    if target.size == 1:
        code = scope.trace.loss_function.target_kind == "class"
        return Line("target", "y", "", float(target.item()), note="the code of the class" if code else "")
    shown = target.ravel()[: scope.terms].tolist()
    values = ", ".join(f"{value:g}".replace("-", "−") for value in shown)
    return Line("target", "y", "", values + (", …" if target.size > scope.terms else ""))


def _names(scope: Scope, index: Index, own: Mapping[str, float]) -> dict[str, str]:
    """What the loss's letters are called at one value of the row: ``ŷ[0]``, and ``m`` where there is one a row."""
    place = "" if _wanted(scope).size == 1 else brackets(index)
    step = brackets(index[:-1]) if len(index) > 1 else ""
    places = {"ε": "", "m": step, "s": step}
    return {letter: letter + places.get(letter, place) for letter in ("y", "ŷ", *own)}


def _values(scope: Scope, index: Index, own: Mapping[str, float]) -> dict[str, float]:
    """What the loss's symbols stand for at one value of the row, those of its form among them."""
    found = {"ŷ": float(scope.at(scope.trace.forward.output)[index]), "y": float(_wanted(scope)[index]), **own}
    names = _names(scope, index, own)
    return {names.get(name, name): value for name, value in found.items()} | greek(scope.trace.loss_function)


def _form(scope: Scope, index: Index, *, joint: bool) -> tuple[Formulas, dict[str, float]]:
    """The loss at one value of the row in the form that computed it, where the usual one would lose all digits.

    And what its symbols stand for beside ŷ and y: the probability as it was computed, and that of 0 (``q``); the
    pre-activation ``z``, the largest of its row ``m``, and ``s``, the sum of ``e^(z − m)``; a limit ``ε``. ``joint`` is
    False for the loss of the probability alone, where it was computed with the activation as one.
    """
    trace, loss = scope.trace, scope.trace.loss_function
    usual, measured, output = FORMULAS[loss.name], trace.measured, scope.at(trace.forward.output)
    assert measured is not None, "only a trace with targets has a loss"
    tiny = float(np.finfo(output.dtype).smallest_normal)
    if loss.name == "poisson" and output[index] < tiny:
        return Formulas("(ŷ − y·log(max(ŷ, ε)))", "(1 − y/max(ŷ, ε))"), {"ε": tiny}
    if getattr(measured.saved, "probability", None) is None:
        return usual, {}
    if loss.fuses is not None and not (measured.fused and joint):
        return _of_probability(loss, output, index)
    own = {"p": float(scope.at(measured.saved.probability).reshape(output.shape)[index])}
    logits = scope.at(trace.forward.nodes[trace.nodes[-1].name].z).reshape(output.shape) if measured.fused else output
    z = "z" if measured.fused else "ŷ"
    if loss.target_kind == "binary":
        own["q"] = float(scope.at(measured.saved.complement).reshape(output.shape)[index])
        if abs(1 - own["p"] - own["q"]) <= LOST * own["q"] and own["p"] >= tiny:
            return usual, own
        stable = Formulas(f"(max({z}, 0) − y·{z} + log(1 + e^(−|{z}|)))", "((1 − y)·p − y·q)")
        return stable, own | {z: float(logits[index])}
    if own["p"] >= tiny:
        return usual, own
    row = np.asarray(logits[index[:-1]])
    top, shifted = float(row.max()), float(np.exp(row - row.max()).sum())
    shifted_form = Formulas(
        f"(−y·({z} − m − log(s)))", "(p − y)", f"m is the largest {z}, s the sum of all e^({z} − m)"
    )
    return shifted_form, own | {z: float(logits[index]), "m": top, "s": shifted}


def _of_probability(loss: Loss, output: np.ndarray, index: Index) -> tuple[Formulas, dict[str, float]]:
    """The loss of a probability itself, with the limit in it where the probability was held away from 0 or 1."""
    usual, binary, limits = FORMULAS[loss.name], loss.target_kind == "binary", np.finfo(output.dtype)
    value, tiny, room = float(output[index]), float(limits.smallest_normal), float(limits.eps) / 2
    if value < tiny:
        if not binary:
            return Formulas("(−y·log(max(ŷ, ε)))", "(−y/max(ŷ, ε))"), {"ε": tiny}
        low = Formulas("(−y·log(max(ŷ, ε)) − (1 − y)·log(1 − ŷ))", "((1 − y)/(1 − ŷ) − y/max(ŷ, ε))")
        return low, {"ε": tiny}
    if binary and value > 1 - room:
        high = Formulas("(−y·log(min(ŷ, 1 − ε)) − (1 − y)·log(max(1 − ŷ, ε)))", "((1 − y)/max(1 − ŷ, ε) − y/ŷ)")
        return high, {"ε": room}
    return usual, {}


def _placed(formula: str, names: Mapping[str, str]) -> str:
    """``y − ŷ`` as ``y[0] − ŷ[0]``."""
    return re.sub(r"(?<!\w)[yŷpqzms](?!\w)", lambda match: names.get(match[0], match[0]), formula)


def _row_line(scope: Scope) -> Line:
    trace = scope.trace
    formulas = FORMULAS.get(trace.loss_function.name)
    rows = np.asarray(trace.measured.saved.rows) if trace.measured is not None else np.zeros(0)
    result, name = float(rows[scope.row]), f"loss.rows[{scope.row}]"
    symbol = _of_row(scope)
    wanted = _wanted(scope)
    if formulas is None:
        return Line(name, symbol, "", result)
    indices: list[Index] = list(np.ndindex(wanted.shape)) if wanted.size <= 1000 else []
    if trace.loss_function.target_kind == "class":
        indices = [index for index in indices if wanted[index] != 0]
    share = share_of(scope)
    indices = [index for index in indices if share_of(scope, index)] if share else indices
    before = "share·" if share != 1.0 else ""
    if not 0 < len(indices) <= scope.terms:
        return Line(name, symbol, f"{before}Σ_k {formulas.value}", result)
    pieces: list[str] = []
    values: dict[str, float] = {"share": share}
    note = ""
    for index in indices:
        form, own = _form(scope, index, joint=True)
        pieces.append(_placed(form.value, _names(scope, index, own)))
        values |= _values(scope, index, own)
        note = form.extra if form != formulas else note
    total = " + ".join(pieces)
    if before and len(pieces) > 1:
        total = f"({total})"
    if not before and len(pieces) == 1 and _wrapped(total):
        total = total[1:-1]
    return Line(name, symbol, before + total, result, values=values, note=note)


def slope_line(scope: Scope, name: str, symbol: str, index: Index, result: float) -> Line:
    """The loss's derivative by one value of the prediction (or, for both taken as one, of the pre-activation)."""
    measured, loss = scope.trace.measured, scope.trace.loss_function
    fused = measured is not None and measured.fused and symbol.startswith("dz")
    formulas = FORMULAS.get(loss.name)
    if formulas is None:
        return Line(name, symbol, "", result)
    share = share_of(scope, index)
    form, own = _form(scope, index, joint=fused)
    slope = _placed("(p − y)" if fused and form == formulas else form.slope, _names(scope, index, own))
    if share != 1.0:
        slope = f"share·{slope}"
    elif _wrapped(slope):
        slope = slope[1:-1]
    return Line(name, symbol, slope, result, values={"share": share} | _values(scope, index, own))


def _wrapped(text: str) -> bool:
    """Whether one pair of parentheses holds the whole text."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place == len(text) - 1 and text.startswith("(")
    return False
