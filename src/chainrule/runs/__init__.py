"""Runs: one training each, in memory and on disk; several in a chain; where two part; many at once."""

from chainrule.runs.chaining import Chain, Link, chain
from chainrule.runs.comparing import diff
from chainrule.runs.fitting import fit
from chainrule.runs.restarting import Restarts, restarts
from chainrule.runs.run import Run
from chainrule.runs.store import load
from chainrule.runs.sweeping import sweep
from chainrule.runs.swept import Sweep

__all__ = ["Chain", "Link", "Restarts", "Run", "Sweep", "chain", "diff", "fit", "load", "restarts", "sweep"]
