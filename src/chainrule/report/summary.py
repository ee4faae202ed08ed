"""The result in plain sentences, honest about baselines and about chance."""

from functools import partial

import numpy as np

from chainrule.format import clip, count, esc, listed, percent, short
from chainrule.report.curves import wilson
from chainrule.report.figures import spoken
from chainrule.report.material import Material
from chainrule.runs.metrics import METRICS, best_of

NETWORK = "network"
FEW = 10
"""Rows of a class below which the report says how few they are."""
MOST = 4
_CONSTANT = ("majority", "mean")
"""Baselines that always answer the same."""


def summary(material: Material) -> str:
    """One or two sentences: how good the network is on rows it had not seen, and how good a constant answer is."""
    metrics, target = material.metrics, f"<em>{esc(material.target)}</em>"
    rows = material.judged_rows
    if not metrics:
        return "A network and its training; the rows that it learned from are not kept with it."
    if material.unseen:
        where = f"On {count(rows, 'row')} it had not seen, "
    else:
        verb = "it was watched on" if material.judged == "validation rows" else "it learned from"
        where = f"On the {count(rows, 'row')} {verb}, "
    constant = next((material.baselines[name] for name in _CONSTANT if name in material.baselines), {})
    if "accuracy" in metrics:
        right = f"the network named the right {target if material.baselines or material.unseen else 'class'}"
        said = f"{where}{right} <strong>{percent(metrics['accuracy'])}</strong> of the time"
        if "accuracy" in constant:
            said += f"; always naming the commonest would be right {percent(constant['accuracy'])}"
        return f"{said}."
    if "mae" in metrics:
        of = f" of {target}" if material.unseen else ""
        said = f"{where}the network’s prediction{of} was off by <strong>{short(metrics['mae'])}</strong> on average"
        if "mae" in constant:
            said += f"; always saying the mean would be off by {short(constant['mae'])}"
        return f"{said}."
    name, value = next(iter(metrics.items()))
    return f"{where}the network’s {esc(spoken(name))} is <strong>{material.written(name, value)}</strong>."


def verdict(material: Material) -> str:
    """Whether a baseline is better, by which metrics, and by how much; empty without baselines."""
    if not material.baselines:
        return ""
    ahead: dict[str, list[str]] = {}
    for metric, value in material.metrics.items():
        rivals = {name: found[metric] for name, found in material.baselines.items() if metric in found}
        winners = best_models(material, metric)
        best = next((name for name in rivals if name in winners), None)
        if best is not None and NETWORK not in winners:
            numbers = f"{material.written(metric, rivals[best])} against {material.written(metric, value)}"
            ahead.setdefault(best, []).append(f"{esc(spoken(metric))} ({numbers})")
    if not ahead:
        return "No baseline does better, by any of the metrics."
    told = listed([f"<b>{esc(name)}</b> is better by {listed(metrics)}" for name, metrics in ahead.items()])
    behind = sum(map(len, ahead.values()))
    compared = [metric for metric in material.metrics if metric in METRICS]
    lead = (
        "The network is not the best model here"
        if behind == len(compared)
        else "The network is not the best by every metric"
    )
    return f"{lead}: {told}."


def chance(material: Material) -> str:
    """How far the accuracy can be trusted, given the number of rows; empty where it is no accuracy on unseen rows."""
    accuracy, rows = material.metrics.get("accuracy"), material.judged_rows
    if accuracy is None or not material.unseen or not rows:
        return ""
    low, high = wilson(round(accuracy * rows), rows)
    return (
        f"Judged on {count(rows, 'row')}, this is not exact: with 95\u202f% confidence, its accuracy lies between "
        f"{percent(round(low, 3))} and {percent(round(high, 3))}."
    )


def few_rows(material: Material) -> str:
    """Of which classes hardly any row judges the network, and how many of these it found; empty where of none."""
    if material.confusion is None or len(material.confusion) < 2:
        return ""
    rows, right = material.confusion.sum(axis=1), np.diag(material.confusion)
    few = [code for code in np.argsort(rows, kind="stable").tolist() if 0 < rows[code] < FEW and rows.sum() >= 2 * FEW]
    told = [
        f"{rows[code]:,} of class <b>{esc(clip(material.labels[code]))}</b>, {right[code]:,} found"
        for code in few[:MOST]
    ]
    more = f" and of {count(len(few) - MOST, 'other class', 'other classes')} as few" if len(few) > MOST else ""
    return f"Of some classes there are too few rows to judge by: {'; '.join(told)}{more}." if told else ""


def best_models(material: Material, metric: str) -> frozenset[str]:
    """The models with the best value of a metric, as it is written; none without baselines to compare with."""
    if not material.baselines:
        return frozenset()
    values = {NETWORK: material.metrics[metric]}
    values |= {name: found[metric] for name, found in material.baselines.items() if metric in found}
    return best_of(metric, values, partial(material.written, metric))
