"""Training: one step function, two engines that repeat it, and a trainer that can go to any step."""

from chainrule.training.history import History
from chainrule.training.trainer import Trainer

__all__ = ["History", "Trainer"]
