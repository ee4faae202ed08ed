"""Other people's formats and libraries: networks in and out, and numbers out."""

from chainrule.interop.keras_in import from_keras
from chainrule.interop.onnx_in import from_onnx
from chainrule.interop.onnx_out import register_skl2onnx
from chainrule.interop.sklearn_in import from_sklearn
from chainrule.interop.tensorboard import TensorBoard
from chainrule.interop.tensors import load_safetensors
from chainrule.interop.torch_in import from_torch

__all__ = [
    "TensorBoard",
    "from_keras",
    "from_onnx",
    "from_sklearn",
    "from_torch",
    "load_safetensors",
    "register_skl2onnx",
]
