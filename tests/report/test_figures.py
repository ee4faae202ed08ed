"""Metrics are compared as they are written."""

from chainrule.report.figures import metric_text, spoken


def test_words():
    assert metric_text("accuracy", None, 3) == "–"
    assert metric_text("accuracy", 0.99987, 4) == "99.99\u202f%"
    assert (spoken("log_loss"), spoken("ssr"), spoken("r2")) == ("log loss", "SSR", "R²")
