"""Runs: one training each, in memory and on disk, and where two of them part."""

from chainrule.runs.comparing import diff
from chainrule.runs.fitting import fit
from chainrule.runs.run import Run
from chainrule.runs.store import load

__all__ = ["Run", "diff", "fit", "load"]
