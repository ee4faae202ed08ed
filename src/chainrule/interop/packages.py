"""Packages that only some formats need, imported when they are asked for."""

from importlib import import_module
from typing import Any

from chainrule.errors import MissingPackageError


def need_onnx() -> Any:
    """The package onnx.

    >>> need_onnx().__name__
    'onnx'

    Raises:
        MissingPackageError: it is not installed.
    """
    try:
        return import_module("onnx")
    except ImportError:
        raise MissingPackageError(
            "ONNX files need the package onnx: pip install 'chainrule[onnx]'.", package="onnx"
        ) from None
