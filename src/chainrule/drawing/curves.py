"""Loss curves of many trainings in one picture."""

from collections.abc import Sequence

import numpy as np

from chainrule.drawing.plot import Axis, Plot, loss_axis, thinned


def loss_curves(
    title: str,
    loss: str,
    curves: np.ndarray,
    kinds: Sequence[str],
    names: Sequence[str],
    start: float,
    key: Sequence[tuple[str, str]] = (),
) -> str:
    """Draw the loss of each epoch of each training; what climbs far above where all started leaves the picture.

    Args:
        title: what the picture is.
        loss: the loss's name.
        curves: shape (trainings, epochs).
        kinds: how each is drawn: ``"faint"``, ``"c1"``, …; faint ones lie below the others.
        names: what to call each.
        start: a loss that must be in sight, such as that before training.
        key: what each kind is, below the picture: names and kinds.
    """
    epochs = np.arange(1, curves.shape[1] + 1)
    seen = curves[np.isfinite(curves) & (curves <= 3 * abs(start))]
    seen = np.append(seen, start) if np.isfinite(start) else seen
    plot = Plot(title, Axis("epoch", 1, max(2, curves.shape[1]), whole=True), loss_axis(loss, seen), crop=True, key=key)
    order = sorted(range(len(curves)), key=lambda place: kinds[place] != "faint")
    for place in order:
        x, y = thinned(epochs[np.isfinite(curves[place])], curves[place][np.isfinite(curves[place])])
        if len(x):
            plot.line(x, y, kinds[place], names[place])
    return plot.svg()
