"""Packages that only some formats need, imported when they are asked for."""

from importlib import import_module
from typing import Any

from chainrule.errors import MissingPackageError

_FOR = {
    "onnx": ("ONNX files", "onnx"),
    "skl2onnx": ("Pipelines as ONNX files", "onnx"),
    "tensorboard": ("TensorBoard event files", "tensorboard"),
    "torch": ("PyTorch's modules", "torch"),
}
"""For each package what needs it, and the extra that brings it."""


def need(module: str) -> Any:
    """A module of an optional package.

    >>> need("onnx.helper").__name__
    'onnx.helper'

    Raises:
        MissingPackageError: the package is not installed.
    """
    package = module.partition(".")[0]
    what, extra = _FOR[package]
    try:
        return import_module(module)
    except ImportError:
        raise MissingPackageError(
            f"{what} need the package {package}: pip install 'chainrule[{extra}]'.", package=package
        ) from None
