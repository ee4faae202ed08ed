"""Other people's formats and libraries: networks in and out, and numbers out."""

from chainrule.interop.sklearn_in import from_sklearn
from chainrule.interop.tensorboard import TensorBoard
from chainrule.interop.torch_in import from_torch

__all__ = ["TensorBoard", "from_sklearn", "from_torch"]
