"""Runs: one training each, in memory and on disk; several in a chain, and where two of them part."""

from chainrule.runs.chaining import Chain, Link, chain
from chainrule.runs.comparing import diff
from chainrule.runs.fitting import fit
from chainrule.runs.run import Run
from chainrule.runs.store import load

__all__ = ["Chain", "Link", "Run", "chain", "diff", "fit", "load"]
