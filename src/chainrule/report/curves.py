"""The arithmetic of ROC curves, calibration and intervals; plain NumPy over the rows that are shown."""

import math
from typing import NamedTuple

import numpy as np


class Roc(NamedTuple):
    """A ROC curve: at each threshold, the share of others and of its own that a class is given."""

    false: np.ndarray
    true: np.ndarray
    area: float


def roc(positive: np.ndarray, score: np.ndarray) -> Roc:
    """The ROC curve of a score, equal scores taken together, and the area under it by trapezoids.

    >>> roc(np.array([False, True, True]), np.array([0.1, 0.4, 0.8])).area
    1.0

    Args:
        positive: which rows are of the class, shape (n,); some must be, and some not.
        score: larger where a row seems to be, shape (n,).
    """
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(positive[order])
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    true = np.concatenate([[0.0], hits[ends] / hits[-1]])
    false = np.concatenate([[0.0], (ends + 1 - hits[ends]) / (len(score) - hits[-1])])
    area = float(np.sum((false[1:] - false[:-1]) * (true[1:] + true[:-1])) / 2)
    bends = np.ones(len(true), dtype=bool)
    bends[1:-1] = (np.diff(true)[1:] * np.diff(false)[:-1]) != (np.diff(true)[:-1] * np.diff(false)[1:])
    return Roc(false[bends], true[bends], area)


class Bin(NamedTuple):
    """Rows that were given about the same probability."""

    rows: int
    said: float
    """Mean probability given."""
    happened: float
    """Share of the rows where it was so."""
    low: float
    high: float
    """95 % interval of that share."""


def calibration(probability: np.ndarray, happened: np.ndarray, bins: int = 10) -> list[Bin]:
    """Rows by the probability they were given, in bins of equal width; empty ones are left out.

    >>> calibration(np.array([0.9375, 0.96875]), np.array([True, True]))[0].said
    0.953125
    """
    place = np.clip((probability * bins).astype(int), 0, bins - 1)
    found: list[Bin] = []
    for each in range(bins):
        here = place == each
        n = int(here.sum())
        if n:
            hits = int(happened[here].sum())
            found.append(Bin(n, float(probability[here].mean()), hits / n, *wilson(hits, n)))
    return found


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927).

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    z = 1.959964
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)
