"""A sweep tells which values diverge, which get anywhere, and which is best."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import chainrule as cr
from chainrule.runs.sweeping import outcome

SQUARE = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[1.99]], "dense1.bias": [0.0]})
RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y = X[:, 0] * X[:, 1]


def _square(rates, **options):
    settings = {"optimizer": cr.SGD(), "epochs": 50, "dtype": "float64", **options}
    return cr.sweep(SQUARE.freeze("dense1.bias"), [[1.0]], [0.0], vary={"learning_rate": rates}, **settings)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_the_lecture_square(engine):
    """Gradient descent on x² multiplies x by 1 − 2·rate."""
    rates = [0.1, 0.9, 0.001, 1.0, 1.2]
    found = _square(rates, engine=engine)
    for place, rate in enumerate(rates):
        expected = (1.99 * (1 - 2 * rate) ** np.arange(50)) ** 2
        assert found.losses[place] == pytest.approx(expected, rel=1e-10)
        assert found.final[place] == pytest.approx((1.99 * (1 - 2 * rate) ** 50) ** 2, rel=1e-10)
    x = np.sqrt(found.losses[0][:10])
    assert x.round(4).tolist() == [1.99, 1.592, 1.2736, 1.0189, 0.8151, 0.6521, 0.5217, 0.4173, 0.3339, 0.2671]
    assert found.outcomes == ("settled", "settled", "still falling", "no progress", "diverged")
    assert (found.best, found.best_value) in ((0, 0.1), (1, 0.9))
    assert found.trained(0).params["dense1.weight"][0, 0] == pytest.approx(1.99 * 0.8**50, rel=1e-10)


@pytest.mark.parametrize(
    ("first", "losses", "final", "expected"),
    [
        (1.0, [0.9, np.nan, np.nan], np.nan, "diverged"),
        (1.0, [0.9, np.inf, 0.5], 0.4, "diverged"),
        (1.0, [0.9, 0.8], 1.01, "diverged"),
        (1.0, [1.0, 1.0], 0.9995, "no progress"),
        (1.0, [0.9, 0.8], 0.7, "still falling"),
        (1.0, [0.5, 0.1, 0.1], 0.099, "settled"),
        (-1.0, [-2.0, -3.0, -3.0], -3.0, "settled"),
    ],
)
def test_outcomes(first, losses, final, expected):
    assert outcome(first, np.array(losses), final) == expected


def test_other_numbers_of_the_optimizer():
    network = cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)])
    found = cr.sweep(
        network, X, Y, vary={"momentum": [0.5, 0.9]}, optimizer=cr.SGD(0.01), epochs=3, dtype="float64", engine="numpy"
    )
    run = cr.fit(network, X, Y, optimizer=cr.SGD(0.01, 0.9), epochs=3, dtype="float64", engine="numpy", progress=False)
    assert found.losses[1] == pytest.approx(run.history["loss"], rel=1e-12)
    assert found.name == "momentum"


def test_what_is_shown():
    found = _square([0.01, 0.1, 1.5])
    text = found.to_text()
    assert "settled: 1 (0.1); still falling: 1 (0.01); diverged: 1 (1.5)" in text
    assert text.endswith(f"Best: learning_rate = 0.1, loss {found.to_dict()['verdict'].split('loss ')[1]}")
    (curves, ends) = found.document().sections[0].lines
    titles = [title.text for title in ET.fromstring(curves.svg).iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == "learning_rate 0.01: still falling"
    assert set(titles[1:]) == {"learning_rate 0.1: settled", "learning_rate 1.5: diverged"}
    assert "learning_rate 1.5: diverged" in ends.svg


def test_where_all_diverge_there_is_no_best():
    found = _square([2.0, 3.0])
    assert (found.best, found.best_value, found.document().agrees) == (None, None, False)
    assert found.to_text().endswith("Every training diverged: the lowest learning_rate was 2.")


def _message(**options):
    settings = {"vary": {"learning_rate": [0.1]}, "optimizer": cr.SGD(), **options}
    with pytest.raises(cr.ChainruleError) as caught:
        cr.sweep(SQUARE, [[1.0]], [0.0], **settings)
    return str(caught.value)


def test_mistakes_are_named():
    assert _message(vary={}) == "vary takes one number, such as {'learning_rate': [0.01, 0.1]}; got 0."
    assert _message(vary={"learnin_rate": [0.1]}) == (
        "SGD has no number 'learnin_rate' to vary; there are 'learning_rate', 'clip_norm', 'clip_value', 'momentum'. "
        "Did you mean 'learning_rate'?"
    )
    assert _message(vary={"learning_rate": ["fast"]}) == (
        "vary needs a list of finite numbers for 'learning_rate'; got ['fast']."
    )
    assert _message(vary={"learning_rate": []}) == "vary needs a list of finite numbers for 'learning_rate'; got []."
    assert _message(optimizer=cr.SGD(cr.Cosine(0.1))) == (
        "The learning rate of the optimizer follows a schedule (Cosine); give it a plain one to vary it: SGD()."
    )
    assert _message(vary={"learning_rate": [-1.0]}) == "SGD: learning_rate must be 0 or more; got -1.0."
