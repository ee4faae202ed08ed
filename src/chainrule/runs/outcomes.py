"""What became of a training, from its losses."""

import numpy as np

DIVERGED, IDLE, FALLING, SETTLED = "diverged", "no progress", "still falling", "settled"
_LEAST_FALL = 0.001
"""Share of the first loss that has to go, or there was no progress."""
_LAST_PART = 0.1
"""The last tenth of the epochs: where more than a hundredth of the whole fall is there, the loss is still falling."""


def outcome(first: float, losses: np.ndarray, final: float) -> str:
    """What became of a training.

    - diverged: a loss was not finite, or the last one is above the first by more than a thousandth;
    - no progress: less than a thousandth of the first loss went;
    - still falling: more than a hundredth of the whole fall came in the last tenth of the epochs;
    - settled: none of these.

    >>> outcome(1.0, np.array([0.5, 0.25, 0.2, 0.2]), 0.2), outcome(1.0, np.array([2.0, 8.0]), 32.0)
    ('settled', 'diverged')

    Args:
        first: loss of all rows before training.
        losses: loss of each epoch, shape (epochs,).
        final: loss of all rows at the end.
    """
    least = _LEAST_FALL * abs(first)
    if not (np.isfinite(losses).all() and np.isfinite(final)) or final > first + least:
        return DIVERGED
    if first - final < least:
        return IDLE
    before = float(losses[-max(1, round(_LAST_PART * len(losses)))])
    return FALLING if before - final > 0.01 * (first - final) else SETTLED
