"""A network's graph as ONNX's operators, in single precision."""

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.interop.onnx_out.activations import write_activation
from chainrule.interop.onnx_out.draft import Draft
from chainrule.interop.onnx_out.layers import Part, write_layer
from chainrule.layers.base import Shape
from chainrule.network.graph import input_shape
from chainrule.network.network import Network


def write_network(
    draft: Draft,
    network: Network,
    inputs: Mapping[str, str],
    shapes: Mapping[str, Shape],
    last: str | None = None,
    *,
    masks: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Add the nodes of a network; returns the name of its output.

    >>> from chainrule.network import Dense
    >>> net = Network([Dense(1)]).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    >>> write_network(Draft(), net, {"input": "x"}, {"input": (1,)})
    'dense1.Gemm'

    Args:
        draft: the file so far.
        network: the network, all of whose parameters are set.
        inputs: for each of the network's inputs the name of the value in the file.
        shapes: the shape of one row of each input.
        last: the node whose activations are the output; by default the last.
        masks: for each node the names in the file of the masks that reach it.

    Raises:
        InputError: a parameter is not set.
    """
    codes = code_inputs(network)
    rows = {name: np.zeros((0, *shape), dtype=np.int64 if name in codes else None) for name, shape in shapes.items()}
    params, stats, _ = network.ready(rows)
    known, every = dict(inputs), network.shapes(shapes)
    for node in network.nodes:
        draft.scope = node.name
        sources = [known[source] for source in node.inputs]
        shape = input_shape(node, every)
        z = write_layer(
            draft,
            Part(node.layer, params[node.name], stats.get(node.name), sources, shape, (masks or {}).get(node.name, ())),
        )
        known[node.name] = z if node.activation is None else write_activation(draft, node.activation, z)
        if node.name == last:
            break
    draft.scope = ""
    return known[last or network.nodes[-1].name]


def code_inputs(network: Network) -> frozenset[str]:
    """Names of the inputs that take whole numbers.

    >>> from chainrule.network import Embedding
    >>> sorted(code_inputs(Network([Embedding(10, 2)])))
    ['input']
    """
    return frozenset(source for node in network.nodes if node.layer.takes_codes for source in node.inputs) & frozenset(
        network.input_names
    )
