"""Numbers are written with few digits, and never say more or less than they are."""

import pytest

from chainrule.report.figures import better, clip, count, listed, metric_text, percent, short, spoken


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.5869213, "−0.5869"),
        (34.4, "34.4"),
        (1234567.8, "1,234,568"),
        (0.00012345, "0.0001234"),
        (1.5e-7, "1.5e−07"),
        (3e20, "3e20"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (None, "–"),
    ],
)
def test_short(value, text):
    assert short(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (1, "100"), (0.9999, "99.99"), (0.00001, "0.001"), (0.985507, "98.6"), (0.25, "25")]
)
def test_percent_is_whole_only_where_the_share_is(share, text):
    assert percent(share) == f"{text}\u202f%"


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
    assert (count(1, "class", "classes"), count(2, "class", "classes")) == ("1 class", "2 classes")
    assert (listed([]), listed(["a", "b"])) == ("", "a and b")
    assert (clip("abcdef", 6), clip("abcdefg", 6)) == ("abcdef", "abcde…")
