"""What became of a training, from its losses."""

import numpy as np
import pytest

from chainrule.runs.outcomes import outcome


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
