"""Which masks reach which nodes, for files and modules in which a mask is an input of its own."""

from collections.abc import Collection, Mapping
from typing import Any

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.network.network import Network


class _Names(frozenset[str]):
    """Names of masks that are taken together: a step is real where it is in each of them."""

    def __and__(self, other: Any) -> "_Names":
        return _Names(self | other)


def mask_name(name: str) -> str:
    """What the mask of an input is called.

    >>> mask_name("words")
    'words.mask'
    """
    return f"{name}.mask"


def masks_at(network: Network, masked: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """For every node the inputs whose masks reach it, in the network's order.

    >>> from chainrule.network import LSTM, Dense
    >>> net = Network([LSTM(2, return_sequences=True), LSTM(2), Dense(1)], input_shape=(4, 1))
    >>> masks_at(net, ["input"])
    {'lstm1': ('input',), 'lstm2': ('input',), 'dense1': ()}

    Args:
        network: the network, whose input shapes are known.
        masked: names of the inputs that come with a mask.

    Raises:
        InputError: there is no such input, or its rows have no steps.
    """
    shapes = network.input_shapes or {}
    for name in masked:
        if name not in shapes:
            raise InputError(
                f"masked has '{name}', which is no input; there are {list_some(shapes)}.{did_you_mean(name, shapes)}"
            )
        if not shapes[name]:
            raise InputError(f"masked has '{name}', whose rows are single numbers and have no steps to mask.")
    names: dict[str, Any] = {name: _Names([name]) if name in masked else None for name in shapes}
    found: dict[str, tuple[str, ...]] = {}
    for node in network.nodes:
        coming = tuple(names[source] for source in node.inputs)
        mask = coming if node.layer.several_inputs else coming[0]
        names[node.name] = node.layer.output_mask(mask)
        here = frozenset[str]().union(*(each for each in coming if each is not None))
        found[node.name] = tuple(name for name in shapes if name in here)
    return found
