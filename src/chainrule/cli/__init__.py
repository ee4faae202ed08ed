"""The command line: ``chainrule fit``, ``predict``, ``explain`` and ``doctor``."""

from chainrule.cli.app import main

__all__ = ["main"]
