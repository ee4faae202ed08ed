"""What a sweep shows: outcomes, the best, and nothing of what diverged."""

import xml.etree.ElementTree as ET

import numpy as np

import chainrule as cr
from runs.sweeps import X, Y, square


def test_what_is_shown():
    found = square([0.01, 0.1, 1.5])
    text = found.to_text()
    assert "settled: 1 (0.1); still falling: 1 (0.01); diverged: 1 (1.5)" in text
    assert text.endswith(f"Best: learning_rate = 0.1, loss {found.to_dict()['verdict'].split('loss ')[1]}")
    (curves, ends) = found.document().sections[0].lines
    titles = [title.text for title in ET.fromstring(curves.svg).iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == "learning_rate 0.01: still falling"
    assert set(titles[1:]) == {"learning_rate 0.1: settled", "learning_rate 1.5: diverged"}
    assert "learning_rate 1.5: diverged" in ends.svg


def test_where_all_diverge_there_is_no_best():
    found = square([2.0, 3.0])
    assert (found.best, found.best_settings, found.document().agrees) == (None, None, False)
    assert found.to_text().endswith("Every training diverged: lower the learning rate.")


def test_what_diverges_has_no_metric():
    rates = {"learning_rate": [0.01, 1e30]}
    found = cr.sweep(cr.Network([cr.Dense(1)]), X, Y, vary=rates, metric="r2", folds=2, optimizer=cr.SGD(), epochs=3)
    assert np.isnan(found.score).tolist() == [False, True]
    assert found.order == (0, 1)
    assert found.differences["learning_rate"][0].told
    assert "1e30 is worse than 0.01 by more than noise" in " ".join(found.to_text().split())
    assert found.document().sections[1].lines[0].rows[1] == (1e30, *(None,) * 5, "diverged")
    assert found.document().sections[2].lines[0].rows == (("learning_rate", "1e30", None, None, "yes"),)
    assert "NaN" not in found.to_text()
