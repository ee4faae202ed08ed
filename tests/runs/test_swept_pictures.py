"""The pictures of a sweep: what stands where."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.runs.swept_pictures import curves, scores

X = np.linspace(-1, 1, 12)[:, None]
Y = X[:, 0] ** 2


@pytest.fixture(scope="module")
def sweep():
    def build(units):
        return cr.Network([cr.Dense(units, "tanh"), cr.Dense(1)])

    vary = {"units": [2, 3], "learning_rate": [0.01, 0.1, 1e30]}
    return cr.sweep(build, X, Y, vary=vary, folds=2, metric="r2", optimizer=cr.SGD(), epochs=3, engine="numpy")


def test_one_curve_each_with_the_best_in_colour(sweep):
    drawn = re.findall(r'<polyline class="line (\w+)"[^>]*><title>([^<]*)', curves(sweep))
    best = f"{sweep.called(sweep.best)}: {sweep.outcomes[sweep.best]}"
    assert [title for kind, title in drawn if kind == "c1"] == [best]
    assert [title for kind, title in drawn if kind == "c2"] == [
        f"units {units}, learning_rate 1e30: diverged" for units in (2, 3)
    ]
    assert len(drawn) == 6


def test_one_line_for_each_of_the_other_setting(sweep):
    drawn = scores(sweep)
    assert re.findall(r'<polyline class="line (\w+)"[^>]*><title>([^<]*)', drawn) == [
        ("c1", "units 2"),
        ("c3", "units 3"),
    ]
    assert re.findall(r'class="label" x="[^"]*" y="[^"]*">([^<]*)', drawn) == ["units 2", "units 3"]
    assert drawn.count('class="whisker"') == 4
    assert "R² of the rows held out" in drawn


def test_what_diverged_stands_at_the_bad_end(sweep):
    """R² is better the higher, so that is the bottom; a loss is better the lower."""
    place = r'class="point start" cx="[\d.]+" cy="([\d.]+)"'
    [low] = {float(y) for y in re.findall(place, scores(sweep))}
    rates = {"learning_rate": [0.01, 1e30]}
    by_loss = cr.sweep(cr.Network([cr.Dense(1)]), X, Y, vary=rates, optimizer=cr.SGD(), epochs=3, engine="numpy")
    [high] = {float(y) for y in re.findall(place, scores(by_loss))}
    assert low > high
