"""Explaining: every number of a pass, by name and as arithmetic."""

from chainrule.explain.document import Check, Line, Section, Term
from chainrule.explain.trace import Trace, trace_network, trace_state

__all__ = ["Check", "Line", "Section", "Term", "Trace", "trace_network", "trace_state"]
