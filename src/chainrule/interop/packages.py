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
    return _need("onnx", "ONNX files need")


def need_skl2onnx() -> Any:
    """The package skl2onnx.

    >>> need_skl2onnx().__name__
    'skl2onnx'

    Raises:
        MissingPackageError: it is not installed.
    """
    return _need("skl2onnx", "Pipelines as ONNX files need")


def _need(package: str, what: str) -> Any:
    try:
        return import_module(package)
    except ImportError:
        raise MissingPackageError(
            f"{what} the package {package}: pip install 'chainrule[onnx]'.", package=package
        ) from None
