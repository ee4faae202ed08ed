"""Contours of a function that is known on a grid, by marching squares: where it is at least so high, and the border."""

import numpy as np

_Point = tuple[float, float, bool]
"""A corner of an area in pixels, and whether the border passes there."""


def contour(values: np.ndarray, level: float, x: np.ndarray, y: np.ndarray) -> tuple[str, str]:
    """Where the function is at least ``level``, and the line where it is ``level``, as two SVG paths.

    Inside a cell the function is taken to run straight from corner to corner; four corners of which two opposite ones
    are high are told apart by their mean.

    >>> contour(np.array([[0.0, 0.0], [1.0, 1.0]]), 0.5, np.array([0.0, 10.0]), np.array([0.0, 10.0]))
    ('M5.0 0.0L10.0 0.0L10.0 10.0L5.0 10.0Z', 'M5.0 10.0L5.0 0.0')

    Args:
        values: the function, shape (points along x, points along y); finite.
        level: how high.
        x: where the grid's points are, in pixels, shape (points along x,).
        y: the same along y.
    """
    high = values >= level
    full = high[:-1, :-1] & high[1:, :-1] & high[1:, 1:] & high[:-1, 1:]
    some = high[:-1, :-1] | high[1:, :-1] | high[1:, 1:] | high[:-1, 1:]
    areas = [_stretch(i, run, x, y) for i, column in enumerate(full) for run in _runs(column)]
    lines: list[str] = []
    for i, j in np.argwhere(some & ~full):
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        points: list[_Point] = []
        for at, corner in enumerate(corners):
            after = corners[(at + 1) % 4]
            if high[corner]:
                points.append((float(x[corner[0]]), float(y[corner[1]]), False))
            if high[corner] != high[after]:
                share = (level - values[corner]) / (values[after] - values[corner])
                points.append(
                    (
                        float(x[corner[0]] + share * (x[after[0]] - x[corner[0]])),
                        float(y[corner[1]] + share * (y[after[1]] - y[corner[1]])),
                        True,
                    )
                )
        pieces = [points]
        if sum(border for *_, border in points) == 4:
            pieces = _saddle(points, float(np.mean([values[corner] for corner in corners])) >= level)
        for piece in pieces:
            areas.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b, _ in piece) + "Z")
        for piece in pieces:
            for first, second in zip(piece, [*piece[1:], piece[0]], strict=True):
                if first[2] and second[2]:
                    lines.append(f"M{first[0]:.1f} {first[1]:.1f}L{second[0]:.1f} {second[1]:.1f}")
    return "".join(areas), "".join(lines)


def _runs(column: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of cells one above the other: (first, one after the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], column, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _stretch(i: int, run: tuple[int, int], x: np.ndarray, y: np.ndarray) -> str:
    a, b, c, d = x[i], x[i + 1], y[run[0]], y[run[1]]
    return f"M{a:.1f} {c:.1f}L{b:.1f} {c:.1f}L{b:.1f} {d:.1f}L{a:.1f} {d:.1f}Z"


def _saddle(points: list[_Point], joined: bool) -> list[list[_Point]]:
    """The area of a cell with two opposite high corners: one that joins them, or two."""
    if joined:
        return [points]
    corners = [place for place, (*_, border) in enumerate(points) if not border]
    return [[points[place - 1], points[place], points[(place + 1) % len(points)]] for place in corners]
