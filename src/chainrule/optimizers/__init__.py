"""Optimizers: update rules that return every number on the way, schedules and clipping."""

from chainrule.optimizers.adaptive import Adagrad, Adam, AdamW, RMSProp
from chainrule.optimizers.base import LinearForm, Optimizer, Update, update
from chainrule.optimizers.clipping import clip, global_norm
from chainrule.optimizers.descent import SGD
from chainrule.optimizers.lion import Lion
from chainrule.optimizers.registry import get_optimizer
from chainrule.optimizers.schedules import (
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Schedule,
    StepDecay,
    WarmUp,
    rates_of,
)

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "Exponential",
    "LinearForm",
    "Lion",
    "OneCycle",
    "Optimizer",
    "RMSProp",
    "Schedule",
    "StepDecay",
    "Update",
    "WarmUp",
    "clip",
    "get_optimizer",
    "global_norm",
    "rates_of",
    "update",
]
