import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.diagnosis.models import forest_skill, linear_skill
from explain.diagnosis.illnesses import fit, friedman


def test_the_linear_model_is_least_squares():
    X, y = friedman(100)
    look = fit([cr.Dense(1)], (X, y), epochs=1, validation=None).look()
    wide = np.column_stack([X, np.ones(100)])
    left = y - wide @ np.linalg.lstsq(wide, y)[0]
    assert linear_skill(look) == pytest.approx(1 - left.var() / y.var(), abs=1e-6)  # rows in float32


def test_the_forest_is_judged_by_rows_that_it_has_not_seen():
    rng = np.random.default_rng(0)
    look = fit([cr.Dense(1)], (rng.normal(size=(200, 4)), rng.normal(size=200)), epochs=1).look()
    assert forest_skill(look) < 0.1
    assert look.models == {"forest": forest_skill(look)}


def test_pictures_are_no_table():
    parts = [cr.Flatten(), cr.Dense(1)]
    look = fit(parts, (np.random.default_rng(0).normal(size=(20, 3, 3)), np.ones(20)), epochs=1).look()
    assert forest_skill(look) is None
    assert linear_skill(look) is None
