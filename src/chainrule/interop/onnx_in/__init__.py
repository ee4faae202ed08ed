"""ONNX in: a file of other people's becomes a network that can be traced, differentiated and trained further."""

from chainrule.interop.onnx_in.read import from_onnx

__all__ = ["from_onnx"]
