"""Other people's formats and libraries: networks in and out, and numbers out."""

from chainrule.interop.tensorboard import TensorBoard

__all__ = ["TensorBoard"]
