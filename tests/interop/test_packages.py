"""Optional packages: the module asked for, or the extra that brings it."""

import sys

import pytest

from chainrule.errors import MissingPackageError
from chainrule.interop.packages import need


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("onnx.helper", "ONNX files need the package onnx: pip install 'chainrule[onnx]'."),
        ("skl2onnx.common", "Pipelines as ONNX files need the package skl2onnx: pip install 'chainrule[onnx]'."),
        (
            "tensorboard.compat",
            "TensorBoard event files need the package tensorboard: pip install 'chainrule[tensorboard]'.",
        ),
        ("torch", "PyTorch's modules need the package torch: pip install 'chainrule[torch]'."),
    ],
)
def test_what_is_missing_is_named_with_its_extra(module, message, monkeypatch):
    package = module.partition(".")[0]
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, module, raising=False) if module != package else None
    with pytest.raises(MissingPackageError) as caught:
        need(module)
    assert (str(caught.value), caught.value.package) == (message, package)
