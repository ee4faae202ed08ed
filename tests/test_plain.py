"""Configurations become plain data and come back; nothing else is ever made of it."""

import json

import pytest

from chainrule.config import Config
from chainrule.errors import InputError
from chainrule.layers.base import Layer
from chainrule.losses import Loss, get_loss
from chainrule.network import Conv2D, Dense, Dropout
from chainrule.network.graph import Node
from chainrule.optimizers import AdamW, Cosine, Optimizer
from chainrule.plain import from_plain, to_plain


@pytest.mark.parametrize(
    ("config", "base"),
    [
        (Dense(3, "relu", l2=0.1, name="first", inputs=("a", "b")), Node),
        (Dropout(0.25), Node),
        (Conv2D(4, (3, 2)), Node),
        (AdamW(Cosine(0.1), weight_decay=0.3, clip_norm=1.0), Optimizer),
        (get_loss("huber"), Loss),
    ],
)
def test_a_round_trip_through_json(config, base):
    data = json.loads(json.dumps(to_plain(config)))
    again = from_plain(data, base)
    assert again == config
    assert type(again) is type(config)


@pytest.mark.parametrize(
    ("data", "base", "message"),
    [
        ({"type": "Huger"}, Loss, "'Huger' is no Loss that this version knows. Did you mean 'Huber'?"),
        ({"type": "AdamW"}, Loss, "'AdamW' is no Loss that this version knows."),
        ({}, Loss, "'None' is no Loss that this version knows."),
        ({"type": "Huber", "detla": 1.0}, Loss, "Huber has no field 'detla'. Did you mean 'delta'?"),
    ],
)
def test_what_is_not_known_is_refused(data, base, message):
    with pytest.raises(InputError) as caught:
        from_plain(data, base)
    assert str(caught.value) == message


def test_only_chainrules_own_classes_are_made():
    class Evil(Layer):
        """A class of a user's, which a file must not be able to make."""

    with pytest.raises(InputError, match="'Evil' is no Config that this version knows"):
        from_plain({"type": "Evil"}, Config)
