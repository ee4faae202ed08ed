"""Metrics are compared as they are written."""

from chainrule.report.figures import better, metric_text, spoken


def test_metrics_are_compared_as_they_are_written():
    assert better("accuracy", 0.9, 0.8)
    assert not better("accuracy", 0.90001, 0.90002)
    assert not better("accuracy", 0.90002, 0.90001)
    assert better("log_loss", 0.1, 0.2)
    assert not better("log_loss", 0.2, 0.1)
    assert not better("something else", 0.2, 0.1)
    assert not better("mae", None, 0.1)


def test_words():
    assert metric_text("accuracy", None) == "–"
    assert (spoken("log_loss"), spoken("ssr"), spoken("r2")) == ("log loss", "SSR", "R²")
