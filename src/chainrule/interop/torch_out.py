"""Networks to PyTorch: a chain of layers becomes ``nn.Sequential``, any other graph a small module of its own."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.interop.masks import mask_name, masks_at
from chainrule.interop.packages import need
from chainrule.network.inputs import float_type
from chainrule.network.network import Network

if TYPE_CHECKING:
    from torch import nn


def to_torch(network: Network, *, dtype: str = "float32", masked: Collection[str] = ()) -> "nn.Module":
    """Return a PyTorch module that computes what a network computes; see :meth:`Network.to_torch`.

    >>> from chainrule.network import Dense
    >>> net = Network([Dense(1, "tanh")], input_shape=1).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    >>> to_torch(net)
    Sequential(
      (0): Linear(in_features=1, out_features=1, bias=True)
      (1): Tanh()
    )
    """
    torch = need("torch")
    kind = float_type(dtype)
    from chainrule.interop.torch_layers import MASKED, activation_module, layer_pieces
    from chainrule.interop.torch_modules import Graph

    if network.input_shapes is None:
        raise InputError("The network's input shape is not known yet: pass input_shape= to Network, or train it.")
    params, stats = network.arrays(np.float64)
    shapes = network.shapes(network.input_shapes)
    reaching = masks_at(network, masked)
    masks = {
        node.name: tuple(map(mask_name, reaching[node.name])) if node.layer.kind in MASKED else ()
        for node in network.nodes
    }
    made: dict[str, list[Any]] = {}
    for node in network.nodes:
        own: dict[str, Any] = {
            name: torch.tensor(array)
            for tree in (params[node.name], stats.get(node.name, ()))
            for name, array in zip(getattr(tree, "_fields", ()), tree, strict=True)
        }
        made[node.name] = []
        for piece in layer_pieces(node, own, shapes[node.inputs[0]], masked=bool(masks[node.name])):
            module = piece.module.double()
            module.load_state_dict(piece.weights, strict=False)
            made[node.name].append(module)
        if node.activation is not None:
            made[node.name].append(activation_module(node.activation, node.name, len(shapes[node.name])))
    names = list(network.input_names)
    before = [*names, *(node.name for node in network.nodes)]
    chain = (
        len(names) == 1
        and not masked
        and all(
            node.inputs == (before[place],) and not node.layer.several_inputs
            for place, node in enumerate(network.nodes)
        )
    )
    if chain:
        module = torch.nn.Sequential(*(each for modules in made.values() for each in modules))
    else:
        steps = {name: torch.nn.Sequential(*modules) for name, modules in made.items()}
        sources = {node.name: (*node.inputs, *masks[node.name]) for node in network.nodes}
        module = Graph(steps, sources, [*names, *(mask_name(name) for name in names if name in masked)])
    return module.to(getattr(torch, kind.name)).eval()
