"""Explaining: every number of a pass, by name and as arithmetic."""

from chainrule.explain.document import Check, Column, Document, Line, Picture, Section, Table, Term
from chainrule.explain.shown import Shown
from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_network, trace_state

__all__ = [
    "Check",
    "Column",
    "Document",
    "Line",
    "Picture",
    "Section",
    "Shown",
    "Table",
    "Term",
    "Trace",
    "trace_network",
    "trace_state",
]
