"""The report: one HTML file about a run, which opens offline by double-click."""

from chainrule.report.network_picture import network_svg
from chainrule.report.page import render_report, write_report

__all__ = ["network_svg", "render_report", "write_report"]
