"""Gradients that vanish or explode on their way back through the layers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.explain.diagnosis.finding import Finding, Remedy, short
from chainrule.explain.diagnosis.look import Look, Sampled
from chainrule.explain.diagnosis.settings import optimizer_with

VANISHED = 1e-2
"""What the first hidden layer gets of the last one's gradient below which it learns next to nothing. In healthy
networks the two are of one size (0.6 to 5 were seen), as first weights are drawn to have it (Glorot and Bengio 2010,
section 4.2; He et al. 2015, section 2.2)."""
EXPLODED = 1e2
"""The same the other way: a step that suits one end is far too large or small for the other (Pascanu et al. 2013)."""


def sizes(look: Look, made: Sampled) -> dict[str, float]:
    """Size of the loss's slope by each hidden layer's z: the root of its mean square over rows, summed over units."""
    found: dict[str, float] = {}
    for node in look.learning[:-1]:
        dz = np.asarray(made.record.backward.deltas[node.name].dz, dtype=np.float64)
        found[node.name] = float(np.sqrt(np.square(dz).sum() / len(dz)))
    return found


def gradients(look: Look) -> Iterator[Finding]:
    """Compare the gradient of the first hidden layer with that of the last, over steps of the whole training."""
    if len(look.learning) < 3 or not look.sampled:
        return
    by_step = [sizes(look, made) for made in look.sampled]
    first, last = look.learning[0].name, look.learning[-2].name
    ratios = [size[first] / size[last] for size in by_step if size[last] > 0 and np.isfinite(size[first])]
    if not ratios:
        return
    middle = float(np.median(ratios))
    medians = {name: float(np.median([size[name] for size in by_step])) for name in by_step[0]}
    evidence: dict[str, Any] = {
        f"{first} / {last}, middle of the steps": middle,
        "size of the gradient": medians,
        "ratio by step": {f"step {made.step}": ratio for made, ratio in zip(look.sampled, ratios, strict=False)},
    }
    said = f"(the middle of {len(ratios)} steps from the first to the last)"
    if middle <= VANISHED:
        yield Finding(
            "vanishing gradients",
            "serious" if middle <= VANISHED**2 else "mild",
            first,
            (
                f"The gradient at {first} is only ",
                short(middle),
                f" times that at {last} {said}: it shrinks from layer to layer on its way back, so that the weights of "
                f"{first} hardly learn.",
            ),
            evidence,
            _open(look),
        )
    if middle >= EXPLODED:
        yield Finding(
            "exploding gradients",
            "serious",
            first,
            (
                f"The gradient at {first} is ",
                short(middle),
                f" times that at {last} {said}: it grows from layer to layer on its way back, so that no learning "
                "rate suits both.",
            ),
            evidence,
            Remedy(
                "draw first weights that keep the size from layer to layer (He et al. 2015), and clip the gradient's "
                "norm at 1 (Pascanu et al. 2013).",
                {"weights": _redrawn(look), "optimizer": optimizer_with(look, clip_norm=1.0)},
            ),
        )


def _open(look: Look) -> Remedy:
    """What lets gradients through."""
    closing = {
        node.name: "relu"
        for node in look.hidden
        if node.activation is not None and node.activation.saturates != "never" and node.activation.name != "relu"
    }
    if any(node.activation is not None and node.activation.name in ("sigmoid", "hard_sigmoid") for node in look.hidden):
        return Remedy(
            "give the hidden layers relu with He's first weights: the slope of the sigmoid is at most a quarter, and "
            "every layer multiplies by it.",
            {"activation": closing, "weights": dict.fromkeys(closing, "he")},
        )
    return Remedy(
        "draw first weights that keep the size from layer to layer (Glorot and Bengio 2010; He et al. 2015 for ReLU).",
        {"weights": _redrawn(look)},
    )


def _redrawn(look: Look) -> dict[str, str]:
    """The usual first weights of each hidden layer."""
    squashing = {
        node.name for node in look.hidden if node.activation is not None and node.activation.saturates == "both"
    }
    return {node.name: "glorot" if node.name in squashing else "he" for node in look.learning[:-1]}
