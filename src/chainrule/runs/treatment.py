"""A remedy, tried: the training made again with what a finding says to change, beside the training as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.activations import get_activation
from chainrule.errors import InputError, NonFiniteError
from chainrule.explain.diagnosis import Diagnosis, Finding
from chainrule.explain.diagnosis.classes import shares_found
from chainrule.explain.digits import Digits
from chainrule.explain.document import Column, Document, Line, Section, Table
from chainrule.explain.shown import Shown
from chainrule.layers.activation import ActivationLayer
from chainrule.network import Dense, Network, Node
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain
from chainrule.runs.run import Run
from chainrule.training.rows import select

_SETTINGS = frozenset({"epochs", "early_stopping", "class_weight"})
"""Changes that are passed on as they are."""
_MOST_CLASSES = 5
"""Classes that scores tell apart."""


@dataclass(frozen=True, repr=False)
class Treatment(Shown):
    """Two runs side by side: as it was, and with the remedy."""

    finding: Finding
    before: Run
    after: Run
    diagnosis: Diagnosis
    """Of the run with the remedy."""

    @property
    def gone(self) -> bool:
        """Whether the illness is not found any more where it was."""
        return all((each.name, each.where) != (self.finding.name, self.finding.where) for each in self.diagnosis)

    @property
    def scores(self) -> dict[str, tuple[float | None, float | None]]:
        """Losses and metrics of both runs, by name; None where one run has no such number."""
        before, after = scores_of(self.before), scores_of(self.after)
        return {name: (before.get(name), after.get(name)) for name in {**before, **after}}

    def document(self) -> Document:
        """What was changed, the scores side by side, and what became of the illness."""
        columns = (Column("", "text"), Column("as it was"), Column("with the remedy"))
        rows = tuple((name, *pair) for name, pair in self.scores.items())
        epochs = f"{self.before.epochs_kept:,} epochs as it was, {self.after.epochs_kept:,} with the remedy."
        remedy = Line("remedy", "", result=None, note=self.finding.remedy.words)
        new = [name for name in self.diagnosis.names if name != self.finding.name]
        verdict = f"{self.finding.name.capitalize()} ({self.finding.where}) " + (
            "is gone" if self.gone else "is still there"
        )
        also = f"; with the remedy there is {', '.join(new)}" if new else ""
        return Document(
            "Remedy",
            f"{self.finding.name}, {self.finding.where}",
            (Section("remedy", "", (remedy, Table(columns, rows, note=epochs))),),
            f"{verdict}{also}.",
            self.gone,
            Digits(4),
        )


def treat(run: Run, finding: Finding) -> Treatment:
    """Train again with a finding's remedy and look again.

    Raises:
        InputError: the remedy cannot be applied to this run.
    """
    try:
        after = retrained(run, finding.remedy.changes)
    except NonFiniteError as error:
        if not isinstance(error.run, Run):
            raise
        after = error.run
    return Treatment(finding, run, after, after.diagnose())


def scores_of(run: Run) -> dict[str, float]:
    """Losses and metrics of a run, on training rows and on unseen ones, where every row counts the same."""
    found: dict[str, float] = {}
    look = run.look()
    sides = [("training rows", look.rows, look.trace)]
    if look.held is not None and look.held_rows is not None and look.held_trace is not None:
        sides.append((look.held.what, look.held_rows, look.held_trace))
    for what, rows, trace in sides:
        with np.errstate(all="ignore"):
            scores = run.evaluate(rows.inputs, rows.target)
        found |= {f"{what}: {name}": value for name, value in scores.items() if name != "log_loss"}
        classes = shares_found(look, rows, trace)
        if len(classes) <= _MOST_CLASSES:
            found |= {f"{what}: share of '{look.label(code)}' found": share for code, share in classes.items()}
    return found


def retrained(run: Run, changes: Mapping[str, Any]) -> Run:
    """Train again with some things changed: see :class:`~chainrule.explain.diagnosis.finding.Remedy`.

    Raises:
        InputError: the run does not know how it was trained.
    """
    if run.again is None or run.trainer is None:
        raise InputError("This run does not have the rows and settings to be trained again with.")
    settings: dict[str, Any] = {name: value for name, value in changes.items() if name in _SETTINGS}
    if "optimizer" in changes:
        settings["optimizer"] = from_plain(changes["optimizer"], Optimizer)
    settings |= {"checkpoint": None, "progress": False}
    settings |= _for_arrays(run, changes) if run.table is None else _for_table(run, changes)
    return run.again(**settings)


def _for_table(run: Run, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What ``fit_table`` is to be called with instead; it splits the rows as it did."""
    given = dict(run.again.keywords) if run.again is not None else {}
    settings: dict[str, Any] = {}
    if "drop" in changes:
        dropped = given.get("drop", ())
        settings["drop"] = [*([dropped] if isinstance(dropped, str) else dropped), *changes["drop"]]
    if "activation" in changes:
        settings["activation"] = next(iter(changes["activation"].values()))
    if "units" in changes:
        settings["hidden_layers"] = list(changes["units"].values())
    if "hidden_layers" in changes:
        settings["hidden_layers"] = changes["hidden_layers"]
    if "drop_rows" in changes and run.reading is not None:
        left_out = np.sort(np.asarray(changes["drop_rows"]))
        kept = np.setdiff1d(np.arange(1, len(run.reading.frame) + 1), left_out)
        test = _test_numbers(run)
        test = test - np.searchsorted(left_out, test)
        settings |= {
            "source": replace(run.reading, frame=run.reading.frame[(kept - 1).tolist()]),
            "test": test.tolist(),
        }
    return settings


def _test_numbers(run: Run) -> np.ndarray:
    """The rows that judge, by number: as the run tells them or, of more than it tells, all that did not train."""
    told = np.asarray(run.facts["test_rows"]["row"])
    if len(told) == run.facts["split"]["test"] or run.reading is None or run.trainer is None:
        return told
    target = run.reading.frame[run.facts["target"]]
    there = np.flatnonzero(~np.asarray(target.is_null().to_numpy(), dtype=bool)) + 1
    return np.setdiff1d(there, run.trainer.row_numbers)


def _for_arrays(run: Run, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What ``fit`` is to be called with instead: the rows of the run's trainer, so that the same ones judge."""
    trainer = run.trainer
    if trainer is None:
        return {}
    rows, aside, numbers = trainer.rows, trainer.validation, trainer.row_numbers
    if "drop_rows" in changes:
        kept = np.flatnonzero(~np.isin(numbers, changes["drop_rows"]))
        rows, numbers = select(rows, kept), numbers[kept]
    inputs, unseen = dict(rows.inputs), {} if aside is None else dict(aside.inputs)
    if changes.get("scale_inputs"):
        for name, values in inputs.items():
            if isinstance(values, np.ndarray) and values.dtype.kind == "f":
                over = tuple(range(values.ndim - 1))
                mean, scale = values.mean(axis=over), values.std(axis=over)
                scale = np.where(scale == 0, 1, scale)
                inputs[name] = (values - mean) / scale
                unseen = unseen if aside is None else unseen | {name: (unseen[name] - mean) / scale}
    if "drop" in changes:
        (name,) = inputs
        left_out = [place for place in range(inputs[name].shape[1]) if f"{name}[{place}]" in changes["drop"]]
        inputs = {name: np.delete(inputs[name], left_out, axis=1)}
        unseen = unseen if aside is None else {name: np.delete(unseen[name], left_out, axis=1)}
    settings: dict[str, Any] = {
        "network": _changed(trainer.plan.network, changes, {name: value.shape[1:] for name, value in inputs.items()}),
        "X": inputs,
        "y": rows.target,
        "sample_weight": rows.weight,
        "validation": None if aside is None else (unseen, aside.target, aside.weight),
        "row_numbers": numbers,
    }
    return settings if "class_weight" in changes else settings | {"class_weight": None}


def _changed(network: Network, changes: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Network:
    """The network, untrained, with other activations, first weights or units; what was set by hand stays if it fits."""
    activations, weights = changes.get("activation", {}), changes.get("weights", {})
    units, added = changes.get("units", {}), changes.get("hidden_layers", ())
    nodes: list[Node] = []
    for node in network.nodes:
        if node.name in activations:
            other = get_activation(activations[node.name])
            if isinstance(node.layer, ActivationLayer):
                node = replace(node, layer=ActivationLayer(other))
            else:
                node = replace(node, activation=other)
        layer: Any = node.layer
        if node.name in weights and hasattr(layer, "weights"):
            layer = replace(layer, weights=weights[node.name])
        if node.name in units:
            layer = replace(layer, units=units[node.name])
        nodes.append(replace(node, layer=layer))
    if added:
        nodes = _deeper(nodes, added)
    first = Network(nodes, loss=network.loss, input_shape=dict(shapes)).freeze(*network.frozen)
    if units or added or shapes != dict(network.input_shapes or {}):
        return first
    return first.set({name: value for name, value in network.values.items() if name.rpartition(".")[0] not in weights})


def _deeper(nodes: list[Node], units: Sequence[int]) -> list[Node]:
    """The nodes with hidden layers before the last."""
    *before, last = nodes
    for place, count in enumerate(units, 1):
        hidden = Dense(count, "relu", name=f"hidden{place}", inputs=last.inputs)
        before.append(hidden)
        last = replace(last, inputs=(hidden.name,))
    return [*before, last]
