"""Losses, learning rates and settings are those of the run."""

import re
from dataclasses import replace

import numpy as np

import chainrule as cr
from chainrule.format import short
from chainrule.report.training_part import loss_figure, rate_figure, training_part
from chainrule.training.history import History


def test_a_point_an_epoch_for_each_loss(classes_run):
    html = loss_figure(classes_run)
    lines = [len(points.split()) for points in re.findall(r'points="([^"]+)"', html)]
    assert lines == [4, 4]
    best = min(classes_run.facts["search"]["validation_loss"])
    assert f"The dot is the lowest validation loss, {short(best)} in epoch" in html


def test_long_histories_are_thinned(bags_run):
    epochs = np.arange(1, 50_001)
    history = History(1 / epochs, np.full(50_000, 0.1), {"epoch": epochs, "loss": 1 / epochs})
    html = loss_figure(replace(bags_run, history=history))
    assert len(re.search(r'points="([^"]+)"', html)[1].split()) <= 600
    assert "The scale is logarithmic." in html


def test_untrained(bags_run):
    assert "No step was made: the weights are the first ones." in training_part(bags_run)


def test_settings_and_reason(classes_run):
    html = training_part(classes_run)
    assert classes_run.stopped[1:] in html
    assert "<dt>batch size</dt><dd>32</dd>" in html
    assert "AdamW" in html
    assert "learning rate 0.001" in html
    assert classes_run.training["engine_reason"] in html


def test_seconds(classes_run):
    facts = dict(classes_run.facts) | {"seconds": {"total": 12.3456, "training": 0.98765}}
    html = training_part(replace(classes_run, facts=facts))
    assert "<dt>time, total</dt><dd>12.3 s</dd>" in html
    assert "<dt>time, training</dt><dd>0.988 s</dd>" in html


def test_rates_are_drawn_where_they_change(classes_run):
    assert rate_figure(classes_run) == ""
    optimizer = cr.SGD(cr.Exponential(0.1, 0.5))
    run = cr.fit(cr.Network([cr.Dense(1)]), [[0.0], [1.0]], [1.0, 3.0], epochs=5, optimizer=optimizer, engine="numpy")
    html = rate_figure(run)
    assert len(re.search(r'points="([^"]+)"', html)[1].split()) == len(run.history.step_rates) == 5
    assert "Exponential" in training_part(run)
