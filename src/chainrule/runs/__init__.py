"""Runs: one training each, in memory and on disk."""

from chainrule.runs.fitting import fit
from chainrule.runs.run import Run
from chainrule.runs.store import load

__all__ = ["Run", "fit", "load"]
