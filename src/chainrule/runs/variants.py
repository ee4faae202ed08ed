"""What a sweep varies: numbers of the optimizer, the batch size, settings of the network, in every combination."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from inspect import Parameter, signature
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from chainrule.activations import get_activation
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.format import is_number
from chainrule.network.graph import Node
from chainrule.network.network import Network
from chainrule.optimizers import Optimizer, get_optimizer
from chainrule.optimizers.schedules import Schedule

Networks: TypeAlias = "Network | Callable[..., Network]"
"""A network, or a function that builds one from some of the settings."""
BATCH_SIZE = "batch_size"
_OF_NODE = ("activation", "l1", "l2")
"""Settings that belong to a node rather than to its layer."""


@dataclass(frozen=True)
class Variant:
    """One combination of settings."""

    settings: Mapping[str, Any]
    network: Network
    optimizer: Optimizer
    batch_size: int


def variants(network: Networks, vary: Mapping[str, Any], optimizer: str | Optimizer, batch_size: int) -> list[Variant]:
    """Every combination of the values given, the last name's running fastest.

    Args:
        network: a network, or a function that builds one; its arguments are names that can be varied.
        vary: lists of values by name: an argument of that function, a number of the optimizer (``"learning_rate"``),
            ``"batch_size"``, or a setting of a node (``"dense1.units"``, ``"dropout1.rate"``, ``"dense1.l2"``).
        optimizer: the optimizer or its name.
        batch_size: rows a step, where they are not varied.

    Raises:
        InputError: a name stands for nothing, or a value cannot be what it is to be.
    """
    _check_vary(vary)
    chosen = get_optimizer(optimizer)
    arguments = () if isinstance(network, Network) else _arguments(network, vary)
    numbers = _numbers_of(chosen)
    for name in vary:
        _check_name(name, network, arguments, chosen, numbers)
    values = [_values(name, given, None if name in arguments else numbers.get(name)) for name, given in vary.items()]
    fixed = network if isinstance(network, Network) else None
    found: list[Variant] = []
    for combination in product(*values):
        settings = dict(zip(vary, combination, strict=True))
        own = {name: value for name, value in settings.items() if name in arguments}
        built = _built(network, own) if fixed is None else fixed
        rest = {name: value for name, value in settings.items() if name not in arguments}
        rows = rest.pop(BATCH_SIZE, batch_size)
        of_optimizer = {name: value for name, value in rest.items() if name in numbers}
        of_nodes = {name: value for name, value in rest.items() if name not in numbers}
        changed = built.with_nodes(_changed(built.nodes, of_nodes)) if of_nodes else built
        found.append(Variant(settings, changed, replace(chosen, **of_optimizer), rows))
    return found


def _check_vary(vary: Any) -> None:
    example = "{'learning_rate': [0.01, 0.1]}"
    if not isinstance(vary, Mapping):
        raise InputError(f"vary must be a mapping from names to lists of values, such as {example}; got {vary!r}.")
    if not vary:
        raise InputError(f"vary takes at least one name with its values, such as {example}.")


def _arguments(build: Callable[..., Network], vary: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the arguments of a function that builds networks.

    Raises:
        InputError: one that it cannot do without is not varied.
    """
    if not callable(build):
        raise InputError(f"network must be a Network, or a function that builds one; got {build!r}.")
    parameters = signature(build).parameters
    missing = [name for name, each in parameters.items() if each.default is Parameter.empty and name not in vary]
    if missing:
        raise InputError(
            f"The function that builds the network takes {list_some(missing)}, which vary does not list: add values, "
            "or give the argument a default."
        )
    return tuple(parameters)


def _built(build: Any, settings: Mapping[str, Any]) -> Network:
    """What the function makes of some settings."""
    network = build(**settings)
    if not isinstance(network, Network):
        given = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        raise InputError(
            f"The function that builds the network must return a Network; build({given}) gave {network!r}."
        )
    return network


def _numbers_of(optimizer: Optimizer) -> dict[str, str]:
    """What an optimizer's numbers may be, by their names; those that are off, or can be, may be None."""
    found: dict[str, str] = {}
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if field.default is None or value is None:
            found[field.name] = "finite numbers or None"
        elif isinstance(value, float | Schedule):
            found[field.name] = "finite numbers"
    return found


def _check_name(
    name: str, network: Networks, arguments: Sequence[str], optimizer: Optimizer, numbers: Mapping[str, str]
) -> None:
    if name in arguments or name == BATCH_SIZE:
        return
    if name in numbers:
        if isinstance(value := getattr(optimizer, name), Schedule):
            raise InputError(
                f"The learning rate of the optimizer follows a schedule ({type(value).__name__}); give it a plain one "
                f"to vary it: {type(optimizer).__name__}()."
            )
        return
    of_nodes = [] if not isinstance(network, Network) else [path for node in network.nodes for path in _paths(node)]
    if name in of_nodes:
        return
    known = [*arguments, *numbers, BATCH_SIZE, *of_nodes]
    more = "" if isinstance(network, Network) else " Settings of layers are varied as arguments of the function."
    raise InputError(f"There is no '{name}' to vary; there are {list_some(known)}.{did_you_mean(name, known)}{more}")


def _paths(node: Node) -> list[str]:
    """What can be set of a node: ``dense1.units``, ``dense1.activation``, ``dense1.l2``."""
    own = [field.name for field in fields(node.layer)] if is_dataclass(node.layer) else []
    return [f"{node.name}.{name}" for name in (*own, *(each for each in _OF_NODE if each not in own))]


def _changed(nodes: Sequence[Node], settings: Mapping[str, Any]) -> list[Node]:
    """Nodes with other settings."""
    found: list[Node] = []
    for node in nodes:
        own = {path.partition(".")[2]: value for path, value in settings.items() if path.partition(".")[0] == node.name}
        if "activation" in own and own["activation"] is not None:
            own["activation"] = get_activation(own["activation"])
        of_layer = {name: value for name, value in own.items() if hasattr(node.layer, name)}
        of_node = {name: value for name, value in own.items() if name not in of_layer}
        layer = replace(node.layer, **of_layer) if of_layer else node.layer
        found.append(replace(node, layer=layer, **of_node) if own else node)
    return found


def _values(name: str, given: Any, numbers: str | None) -> list[Any]:
    """The values of one name, as plain Python values; of the optimizer, what its numbers may be."""
    listed = given.tolist() if isinstance(given, np.ndarray) else given
    if isinstance(listed, str | Mapping) or not hasattr(listed, "__iter__"):
        raise InputError(f"vary needs a list of values for '{name}'; got {given!r}.")
    values = [each.item() if isinstance(each, np.generic) else each for each in listed]
    if not values:
        raise InputError(f"vary needs at least one value for '{name}'; got {given!r}.")
    if numbers is None:
        return values
    if not all((is_number(value) and np.isfinite(value)) or (value is None and "None" in numbers) for value in values):
        raise InputError(f"vary needs a list of {numbers} for '{name}'; got {given!r}.")
    return [None if value is None else float(value) for value in values]
