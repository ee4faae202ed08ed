"""The network that fits a table: wide categories through embeddings, joined with the features, through dense layers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from chainrule.activations import Activation
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.layers.base import Shape
from chainrule.layers.common import is_whole
from chainrule.losses import Loss
from chainrule.network import Concatenate, Dense, Dropout, Embedding, Network
from chainrule.network.graph import Node, Parallel, Part, Residual

Hidden: TypeAlias = "int | Part"
"""Units of a dense layer, or a layer or block as it is."""
Target: TypeAlias = Literal["number", "class", "label"]
"""What is predicted: numbers, one of several classes, or which of several labels hold."""

_LOSSES: dict[str, dict[str, str | None]] = {
    "a number": {"mse": None, "mae": None, "huber": None, "log_cosh": None, "quantile": None, "ssr": None},
    "two classes": {"binary_cross_entropy": "sigmoid"},
    "several classes": {"cross_entropy": "softmax"},
    "several labels": {"binary_cross_entropy": "sigmoid"},
}
"""Losses for each kind of target, the usual one first, and the last activation that belongs to each.

For classes the last activation makes probabilities, and the loss is taken from what it is given: see ``fuses``. Those
from logits would be the same training, with an output that is no probability.
"""


class Head(NamedTuple):
    """The end of a network: its outputs, their activation, and the loss."""

    outputs: int
    activation: str | None
    loss: str | Loss


def head_for(target: Target, count: int, loss: str | Loss | None, name: str) -> Head:
    """Outputs, last activation and loss for a target.

    >>> head_for("class", 3, None, "species")
    Head(outputs=3, activation='softmax', loss='cross_entropy')

    Args:
        target: what kind of target it is.
        count: how many numbers, classes or labels.
        loss: a loss or its name; the usual one by default. One of your own fits a target of its ``target_kind``.
        name: the target's name, for messages.

    Raises:
        InputError: the loss does not go with the target.
    """
    one = {"number": "a number", "label": "several labels"}
    kind = one.get(target, "two classes" if count == 2 else "several classes")
    allowed = _LOSSES[kind]
    chosen = next(iter(allowed)) if loss is None else loss
    known = chosen if isinstance(chosen, str) else chosen.name
    wanted = {"a number": "number", "several classes": "class"}.get(kind, "binary")
    own = isinstance(chosen, Loss) and chosen.target_kind == wanted and known not in allowed
    if known not in allowed and not own:
        raise InputError(
            f"The loss '{known}' does not go with the target '{name}', which is {kind}; there are "
            f"{list_some(allowed)}.{did_you_mean(known, allowed)}"
        )
    last = next(iter(allowed.values())) if own else allowed[known]
    return Head(1 if kind == "two classes" else count, last, chosen)


@dataclass(frozen=True)
class Design:
    """Hidden layers: what a user says about them, in one piece."""

    hidden_layers: int | Sequence[Hidden] = (64, 64)
    """Units of each dense layer; layers and blocks (``Residual([Dense(64, "relu")])``) may stand between. A number
    alone is one layer."""
    activation: str | Activation | Sequence[str | Activation | None] | None = "relu"
    """Of all the dense layers, or one for each."""
    dropout: float | Sequence[float | None] | None = None
    """After each dense layer, or one for each."""
    l1: float | None = None
    l2: float | None = None

    def parts(self) -> list[Part]:
        """The hidden layers as parts of a network.

        >>> [part.layer for part in Design((4,), dropout=0.5).parts()]
        [DenseLayer(units=4, weights='glorot'), DropoutLayer(rate=0.5)]

        Raises:
            InputError: there are more or fewer activations or dropouts than dense layers.
        """
        hidden = as_layers(self.hidden_layers)
        dense = sum(not isinstance(each, Node | Residual | Parallel) for each in hidden)
        activations = iter(_each(self.activation, dense, "activation"))
        dropouts = iter(_each(self.dropout, dense, "dropout"))
        found: list[Part] = []
        for each in hidden:
            if isinstance(each, Node | Residual | Parallel):
                found.append(each)
                continue
            found.append(
                Dense(
                    int(each) if is_whole(each) else each, next(activations), weights="glorot", l1=self.l1, l2=self.l2
                )
            )
            if rate := next(dropouts):
                found.append(Dropout(rate))
        return found


def as_layers(hidden_layers: Any) -> list[Any]:
    """Hidden layers as a list; a whole number is one layer of so many units, as in scikit-learn.

    >>> as_layers((64, 64)), as_layers(8)
    ([64, 64], [8])

    Raises:
        InputError: it is neither.
    """
    if is_whole(hidden_layers):
        return [hidden_layers]
    if isinstance(hidden_layers, str) or not isinstance(hidden_layers, Iterable):
        raise InputError(f"hidden_layers must be the units of each hidden layer, (64, 64); got {hidden_layers!r}.")
    return list(hidden_layers)


def _each(given: Any, dense: int, what: str) -> list[Any]:
    """One for each dense layer."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        return [given] * dense
    if len(given) != dense:
        raise InputError(
            f"{what} names {len(given)} for {dense} hidden layers of units; give one for each, or one for all."
        )
    return list(given)


def build_network(input_shapes: Mapping[str, Shape], wide: Mapping[str, int], design: Design, head: Head) -> Network:
    """The network for the inputs that a table's encoder makes.

    Args:
        input_shapes: shape of a row of each input: ``features``, and one for each wide category.
        wide: how many codes each wide category's input has.
        design: the hidden layers.
        head: the end.
    """
    parts: list[Part] = []
    sources = ["features"] if "features" in input_shapes else []
    for name, codes in wide.items():
        embedded = f"{name} embedding"
        parts.append(Embedding(codes, _embedding_width(codes), name=embedded, inputs=(name,)))
        sources.append(embedded)
    if len(sources) > 1:
        parts.append(Concatenate(inputs=tuple(sources)))
    last = Dense(head.outputs, head.activation, weights="glorot", l1=design.l1, l2=design.l2)
    return Network([*parts, *design.parts(), last], loss=head.loss, input_shape=input_shapes)


def _embedding_width(codes: int) -> int:
    """Width of an embedding: grows with the fourth root of the number of categories times four, from 2 to 50."""
    return int(min(50, max(2, round(4 * codes**0.25))))
