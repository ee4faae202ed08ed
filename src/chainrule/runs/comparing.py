"""Comparing runs: where two trainings part."""

from typing import Any

from chainrule.errors import InputTypeError
from chainrule.explain.diff import Diff, Trajectory, diff as diff_trainers
from chainrule.runs.run import Run
from chainrule.training.trainer import Trainer


def diff(
    a: Run | Trainer, b: Run | Trainer | Trajectory, *, tolerance: float = 1e-6, names: tuple[str, str] = ("a", "b")
) -> Diff:
    """Find the first step and the first number at which two trainings part, and show its terms side by side.

    Both are made again step by step, and every number is compared in the order in which it is computed: first weights,
    the batch, each node's ``z`` and ``a``, the loss, deltas and gradients back to the first node, learning rate,
    every number of the optimizer, new parameters. So what is named is where they part, not what follows from it.

    >>> import chainrule as cr
    >>> line = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    >>> x, y = [[0.5], [2.3], [2.9]], [1.4, 1.9, 3.2]
    >>> settings = {"epochs": 5, "dtype": "float64", "progress": False}
    >>> slow = cr.fit(line, x, y, optimizer=cr.SGD(0.01), **settings)
    >>> fast = cr.fit(line, x, y, optimizer=cr.SGD(0.02), **settings)
    >>> cr.diff(slow, fast).parting
    Parting(step=1, stage='setting', name='learning_rate', a=0.01, b=0.02, row=None)
    >>> cr.diff(slow, slow)
    Diff  a and b
    <BLANKLINE>
    Equal over 5 steps, bit by bit.

    To compare with another library, start it from the same weights (``run.trainer.state_at(0)``), feed it the same
    rows, and keep a copy of its parameters after each step.

    Args:
        a: a run or a trainer.
        b: another one of the same architecture, or for another library its parameters after each step: an iterable of
            ``{"dense1.weight": array, ...}``, shaped as here.
        tolerance: numbers part where they differ by more than this share of the largest in their array; 0 asks for
            equal bits.
        names: what to call the two.

    Raises:
        InputError: the architectures differ (at which node), a name or shape of ``b`` is wrong, or a loaded run's rows
            are not at hand (see :meth:`Run.replayed`).
    """
    return diff_trainers(_trainer(a), _trainer(b) if isinstance(b, Run) else b, tolerance=tolerance, names=names)


def _trainer(run: Any) -> Trainer:
    if isinstance(run, Trainer):
        return run
    if not isinstance(run, Run):
        raise InputTypeError(f"diff compares runs and trainers; got {type(run).__name__} first.")
    return run.replayed("diff")
