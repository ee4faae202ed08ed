"""How two trainings are set up: whether they are of one form, and what they were set to differently."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import zip_longest
from typing import Any

import numpy as np

from chainrule.activations import Activation
from chainrule.errors import InputError, list_some
from chainrule.network.graph import Node
from chainrule.training.trainer import Trainer


def check_same_form(a: Trainer, b: Trainer, names: tuple[str, str]) -> None:
    """Check that the networks of two trainings have one architecture.

    Raises:
        InputError: they do not; says where, and calls the trainings by their ``names``.
    """
    forms = [_form(trainer) for trainer in (a, b)]
    for one, other in zip_longest(*forms):
        if one != other:
            raise InputError(
                f"diff needs two trainings of one architecture. Here {one or 'nothing'} in {names[0]} stands where "
                f"{names[1]} has {other or 'nothing'}."
            )


def _form(trainer: Trainer) -> list[str]:
    """Inputs and nodes with their shapes, in words."""
    network = trainer.plan.network
    shapes = network.shapes(network.input_shapes or {})
    found = [f"the input '{name}' of shape {shapes[name]}" for name in network.input_names]
    for node in network.nodes:
        kind = type(node.layer).__name__.removesuffix("Layer")
        found.append(f"node '{node.name}' ({kind} of {list_some(node.inputs)}, output {shapes[node.name]})")
    return found


def set_differently(a: Trainer, b: Trainer) -> dict[str, tuple[Any, Any]]:
    """What two trainings were set to differently, by name; what one of them does not have is a dash.

    >>> from chainrule.network import Dense, Network
    >>> trainings = [Trainer(Network([Dense(1)]), [[1.0]], [1.0], seed=seed, engine="numpy") for seed in (0, 1)]
    >>> set_differently(*trainings)
    {'seed': (0, 1)}
    """
    one, other = _set(a), _set(b)
    return {
        name: (one.get(name, "–"), other.get(name, "–"))
        for name in dict.fromkeys((*one, *other))
        if one.get(name) != other.get(name)
    }


def _set(trainer: Trainer) -> dict[str, Any]:
    plan = trainer.plan
    optimizer = {field.name: getattr(plan.optimizer, field.name) for field in fields(plan.optimizer)}
    return {
        "optimizer": type(plan.optimizer).__name__,
        **optimizer,
        "loss": plan.network.loss.name,
        "rows": plan.rows,
        "validation rows": 0 if trainer.validation is None else len(trainer.validation.target),
        "weights of rows (class_weight, sample_weight)": _range(trainer.rows.weight),
        "batch_size": plan.batch_size,
        "shuffle": plan.shuffle,
        "seed": plan.seed,
        "dtype": str(plan.dtype),
        "engine": trainer.engine.name,
        "frozen": ", ".join(plan.network.frozen) or "nothing",
        **{name: value for node in plan.network.nodes for name, value in _built(node)},
        **plan.network.numbers(),
    }


def _range(weight: np.ndarray | None) -> str:
    return "1 each" if weight is None else f"{weight.min():.4g} to {weight.max():.4g}"


def _built(node: Node) -> Iterator[tuple[str, Any]]:
    """What a node is made of, but its numbers and its wiring."""
    yield f"{node.name}.activation", node.activation.name if node.activation else "none"
    for field in fields(node.layer):
        value = getattr(node.layer, field.name)
        if isinstance(value, Activation):
            yield f"{node.name}.{field.name}", value.name
        elif not isinstance(value, float):
            yield f"{node.name}.{field.name}", value
