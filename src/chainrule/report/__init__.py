"""The report: one HTML file about a run, which opens offline by double-click."""

from chainrule.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
