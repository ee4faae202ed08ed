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
from chainrule.explain.trace import Trace
from chainrule.layers.activation import ActivationLayer
from chainrule.network import Dense, Network, Node
from chainrule.network.parameters import flatten
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain
from chainrule.runs.metrics import regression_metrics
from chainrule.runs.run import Run
from chainrule.training.rows import select
from chainrule.training.trainer import Trainer

_SETTINGS = frozenset({"epochs", "early_stopping", "class_weight"})
"""Changes that are passed on as they are."""
_SAME = ("source", "reading")
"""What the new run says of its table: it is the same one."""
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
        return Document(
            "Remedy",
            self.finding.title,
            (Section("remedy", "", (remedy, Table(columns, rows, note=epochs))),),
            self.verdict,
            self.gone,
            Digits(4),
        )

    @property
    def verdict(self) -> str:
        """What became of the illness, and what else is found with the remedy."""
        said = "The illness is gone." if self.gone else "The illness is still there."
        others = [name for name in self.diagnosis.names if name != self.finding.name]
        return f"{said} Found with the remedy: {', '.join(others)}." if others else said


def treat(run: Run, finding: Finding, progress: bool | None = None) -> Treatment:
    """Train again with a finding's remedy and look again.

    Args:
        run: the run.
        finding: what was found of it.
        progress: show progress bars; by default where standard error is a terminal.

    Raises:
        InputError: the remedy cannot be applied to this run.
    """
    try:
        after = retrained(run, finding.remedy.changes, progress)
    except NonFiniteError as error:
        if not isinstance(error.run, Run):
            raise
        after = error.run
    return Treatment(finding, run, after, after.diagnose(always=finding.name, progress=progress))


def scores_of(run: Run) -> dict[str, float]:
    """Losses and metrics of a run, on training rows and on unseen ones, where every row counts the same."""
    found: dict[str, float] = {}
    look = run.look()
    sides = [("training rows", look.rows, look.trace)]
    if look.held is not None and look.held_rows is not None and look.held_trace is not None:
        sides.append((look.held.what, look.held_rows, look.held_trace))
    for what, rows, trace in sides:
        with np.errstate(all="ignore"):
            scores = run.evaluate(rows.inputs, rows.target) | _in_units(run, rows.target, trace)
        found |= {f"{what}: {name}": value for name, value in scores.items() if name != "log_loss"}
        classes = shares_found(look, rows, trace)
        if len(classes) <= _MOST_CLASSES:
            found |= {f"{what}: share of '{look.label(code)}' found": share for code, share in classes.items()}
    return found


def _in_units(run: Run, target: Any, trace: Trace) -> dict[str, float]:
    """Errors in the target's own units, where a table has them: runs may have scaled it otherwise."""
    if run.table is None or run.table.target.kind != "number":
        return {}
    decode = run.table.target.decode
    return regression_metrics(decode(np.asarray(target).reshape(-1)), decode(trace.prediction[:, 0]))


def retrained(run: Run, changes: Mapping[str, Any], progress: bool | None = False) -> Run:
    """Train again with some things changed: see :class:`~chainrule.explain.diagnosis.finding.Remedy`.

    Raises:
        InputError: the run does not know how it was trained, or its rows are not at hand.
        FileError: the table it was trained on is not there any more, or has changed.
    """
    settings: dict[str, Any] = {name: value for name, value in changes.items() if name in _SETTINGS}
    if "optimizer" in changes:
        settings["optimizer"] = from_plain(changes["optimizer"], Optimizer)
    settings |= {"checkpoint": None, "progress": progress}
    trainer = run.replayed("apply")
    if run.table is None:
        return run.again(**settings, **_for_arrays(run, trainer, changes))
    after = run.again(**settings, **_for_table(run, changes), diagnose=False)
    return replace(after, facts={**after.facts, **{name: run.facts[name] for name in _SAME if name in run.facts}})


def _for_table(run: Run, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What ``fit_table`` is to be called with instead; it splits the rows as it did."""
    given = {} if run.asked is None else run.asked.settings
    settings: dict[str, Any] = {"source": run.reading}
    for name in ("drop", "drop_rows"):
        if name in changes:
            dropped = given.get(name, ())
            settings[name] = [*([dropped] if isinstance(dropped, str) else dropped), *changes[name]]
    if "activation" in changes:
        settings["activation"] = next(iter(changes["activation"].values()))
    if "units" in changes:
        settings["hidden_layers"] = list(changes["units"].values())
    if "hidden_layers" in changes:
        settings["hidden_layers"] = changes["hidden_layers"]
    return settings


def _for_arrays(run: Run, trainer: Trainer, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What ``fit`` is to be called with instead: the rows of the run's trainer, so that the same ones judge."""
    watched = run.training["validation_rows"]
    if watched and trainer.validation is None:
        raise InputError(
            f"The run was judged by {watched:,} validation rows that were passed beside its own. Pass them, too: "
            "run.with_data(X, y, validation=(X, y))."
        )
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
        "network": _changed(trainer, changes, {name: value.shape[1:] for name, value in inputs.items()}),
        "X": inputs,
        "y": rows.target,
        "sample_weight": rows.weight,
        "validation": None if aside is None else (unseen, aside.target, aside.weight),
        "row_numbers": numbers,
        "after": None,
        "log": None,
    }
    return settings if "class_weight" in changes else settings | {"class_weight": None}


def _changed(trainer: Trainer, changes: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Network:
    """The network, untrained, with other activations, first weights or units; what was set by hand stays if it fits."""
    network = trainer.plan.network
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
    return first.set({name: value for name, value in _by_hand(trainer).items() if _node(name) not in weights})


def _by_hand(trainer: Trainer) -> dict[str, np.ndarray]:
    """First parameters that are not those the seed draws."""
    plan = trainer.plan
    drawn = flatten(Network(plan.network.nodes, input_shape=plan.network.input_shapes).init(plan.seed, plan.dtype)[0])
    first = flatten(trainer.state_at(0).params)
    return {name: array for name, array in first.items() if not np.array_equal(array, drawn[name])}


def _node(name: str) -> str:
    return name.rpartition(".")[0]


def _deeper(nodes: list[Node], units: Sequence[int]) -> list[Node]:
    """The nodes with hidden layers before the last."""
    *before, last = nodes
    for place, count in enumerate(units, 1):
        hidden = Dense(count, "relu", name=f"hidden{place}", inputs=last.inputs)
        before.append(hidden)
        last = replace(last, inputs=(hidden.name,))
    return [*before, last]
