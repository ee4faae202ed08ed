"""Losses: how far predictions are from targets, and the derivative of that."""

from chainrule.losses.base import Loss, real_steps
from chainrule.losses.binary import BinaryCrossEntropy, BinaryCrossEntropyFromLogits
from chainrule.losses.classes import CrossEntropy, CrossEntropyFromLogits
from chainrule.losses.count import Poisson, PoissonFromLog
from chainrule.losses.registry import get_loss, loss_names
from chainrule.losses.residual import MAE, MSE, SSR, Huber, LogCosh, Quantile
from chainrule.losses.weights import class_weights

__all__ = [
    "MAE",
    "MSE",
    "SSR",
    "BinaryCrossEntropy",
    "BinaryCrossEntropyFromLogits",
    "CrossEntropy",
    "CrossEntropyFromLogits",
    "Huber",
    "LogCosh",
    "Loss",
    "Poisson",
    "PoissonFromLog",
    "Quantile",
    "class_weights",
    "get_loss",
    "loss_names",
    "real_steps",
]
