"""Array operations that NumPy and XLA do differently, and the random numbers they share."""

from chainrule.ops.base import Ops
from chainrule.ops.eager import EagerOps, eager_ops
from chainrule.ops.random import NoDraws, Rng, fold_in, random_bits, threefry, uniform

__all__ = ["EagerOps", "NoDraws", "Ops", "Rng", "eager_ops", "fold_in", "random_bits", "threefry", "uniform"]
