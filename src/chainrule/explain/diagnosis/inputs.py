"""Inputs on scales that do not suit one learning rate."""

from collections.abc import Iterator

import numpy as np

from chainrule.explain.diagnosis.finding import Finding, Remedy, short, some
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.sample import name_of

LARGEST = 10.0
"""Size (root of the mean square) of an input above which it counts as unscaled; scaled ones have 1. The curvature of
the loss grows with its square (LeCun et al. 1998, section 4.3), and the learning rates that can be used fall with it:
at 10 to a hundredth."""


def unscaled_columns(look: Look) -> list[tuple[str, float, float, float]]:
    """Name, size, mean and standard deviation of every input column that is unscaled, the largest first.

    A column is what stands at one place of the last axis: a feature, or a picture's channel.
    """
    found: list[tuple[str, float, float, float]] = []
    for source, values in look.rows.inputs.items():
        if not isinstance(values, np.ndarray) or values.dtype.kind != "f" or values.ndim < 2:
            continue
        flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
        size, mean, spread = np.sqrt(np.square(flat).mean(axis=0)), flat.mean(axis=0), flat.std(axis=0)
        for place in np.flatnonzero(size > LARGEST).tolist():
            found.append(
                (name_of(look.table, source, place), float(size[place]), float(mean[place]), float(spread[place]))
            )
    return sorted(found, key=lambda column: -column[1])


def unscaled_input(look: Look) -> Iterator[Finding]:
    """Columns whose numbers are far from mean 0 and standard deviation 1."""
    columns = unscaled_columns(look)
    if not columns:
        return
    name, size, mean, spread = columns[0]
    many = f"{len(columns):,} input columns are not scaled: the largest, {name}," if len(columns) > 1 else f"{name}"
    alone = "" if len(columns) > 1 else " and is not scaled"
    yield Finding(
        "unscaled input",
        "serious",
        some([column[0] for column in columns]),
        (
            f"{many} has mean ",
            short(mean),
            " and standard deviation ",
            short(spread),
            f"{alone}, so that the gradient of its weights is about ",
            short(size),
            " times that of a scaled column.",
        ),
        {
            "columns": [column[0] for column in columns],
            "size": {column[0]: column[1] for column in columns},
            "mean": {column[0]: column[2] for column in columns},
            "standard deviation": {column[0]: column[3] for column in columns},
            "rows": look.row_words,
        },
        Remedy(
            "subtract from each column its mean over the training rows and divide by its standard deviation, in new "
            "rows by the same numbers (LeCun et al. 1998, section 4.3).",
            {"scale_inputs": True},
        ),
    )
