"""The optimizer that options ask for."""

import pytest

from chainrule.cli.training_options import optimizer_of
from chainrule.errors import InputError
from chainrule.optimizers import AdamW
from chainrule.tasks.tabular import DEFAULT_OPTIMIZER

NONE = {"learning_rate": None, "weight_decay": None, "clip_norm": None}


def test_what_is_not_asked_for_stays():
    assert optimizer_of(None, **NONE) == DEFAULT_OPTIMIZER
    asked = optimizer_of(None, **{**NONE, "weight_decay": 0.0, "clip_norm": 2.0})
    assert asked == AdamW(DEFAULT_OPTIMIZER.learning_rate, weight_decay=0.0, clip_norm=2.0)
    assert optimizer_of("sgd", **{**NONE, "learning_rate": 0.5}).learning_rate == 0.5


@pytest.mark.parametrize("asked", [{**NONE, "weight_decay": 0.1}, {**NONE, "decays": True}])
def test_weight_decay_where_there_is_none(asked):
    with pytest.raises(InputError) as caught:
        optimizer_of("adam", **asked)
    assert str(caught.value) == "Weight decay goes with the optimizers adamw and lion; adam has none."
