"""ONNX out: a network, or a run with all that turns raw columns into its inputs, as one file that others compute."""

from chainrule.interop.onnx_out.pipelines import register_skl2onnx
from chainrule.interop.onnx_out.write import network_to_onnx, run_to_onnx

__all__ = ["network_to_onnx", "register_skl2onnx", "run_to_onnx"]
