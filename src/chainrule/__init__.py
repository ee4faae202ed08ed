"""chainrule: deep learning that shows its work.

Public names are imported when they are first used, so that ``import chainrule`` loads neither JAX nor scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from chainrule.activations import (
        Elu as Elu,
        Gelu as Gelu,
        GeluTanh as GeluTanh,
        HardSigmoid as HardSigmoid,
        HardTanh as HardTanh,
        LeakyRelu as LeakyRelu,
        Linear as Linear,
        LogSoftmax as LogSoftmax,
        Relu as Relu,
        Selu as Selu,
        Sigmoid as Sigmoid,
        Silu as Silu,
        Softmax as Softmax,
        Softplus as Softplus,
        Softsign as Softsign,
        Tanh as Tanh,
        register_activation as register_activation,
    )
    from chainrule.errors import ChainruleError as ChainruleError, NonFiniteError as NonFiniteError
    from chainrule.estimators import (
        NetworkClassifier as NetworkClassifier,
        NetworkRegressor as NetworkRegressor,
        NetworkTransformer as NetworkTransformer,
    )
    from chainrule.explain import Trace as Trace
    from chainrule.interop.keras_in import from_keras as from_keras
    from chainrule.interop.onnx_in import from_onnx as from_onnx
    from chainrule.interop.onnx_out import register_skl2onnx as register_skl2onnx
    from chainrule.interop.sklearn_in import from_sklearn as from_sklearn
    from chainrule.interop.tensorboard import TensorBoard as TensorBoard
    from chainrule.interop.tensors import load_safetensors as load_safetensors
    from chainrule.interop.torch_in import from_torch as from_torch
    from chainrule.losses import (
        MAE as MAE,
        MSE as MSE,
        SSR as SSR,
        BinaryCrossEntropy as BinaryCrossEntropy,
        BinaryCrossEntropyFromLogits as BinaryCrossEntropyFromLogits,
        CrossEntropy as CrossEntropy,
        CrossEntropyFromLogits as CrossEntropyFromLogits,
        Huber as Huber,
        LogCosh as LogCosh,
        Poisson as Poisson,
        Quantile as Quantile,
    )
    from chainrule.network import (
        LSTM as LSTM,
        Activation as Activation,
        Add as Add,
        BatchNorm as BatchNorm,
        Concatenate as Concatenate,
        Conv2D as Conv2D,
        Dense as Dense,
        Dropout as Dropout,
        Embedding as Embedding,
        Flatten as Flatten,
        GlobalAveragePool2D as GlobalAveragePool2D,
        LayerNorm as LayerNorm,
        Masked as Masked,
        MaxPool2D as MaxPool2D,
        Network as Network,
        Parallel as Parallel,
        Reshape as Reshape,
        Residual as Residual,
    )
    from chainrule.optimizers import (
        SGD as SGD,
        Adagrad as Adagrad,
        Adam as Adam,
        AdamW as AdamW,
        Constant as Constant,
        Cosine as Cosine,
        Exponential as Exponential,
        Lion as Lion,
        OneCycle as OneCycle,
        RMSProp as RMSProp,
        StepDecay as StepDecay,
        WarmUp as WarmUp,
    )
    from chainrule.report import write_report as write_report
    from chainrule.runs import (
        Chain as Chain,
        Link as Link,
        Run as Run,
        chain as chain,
        diff as diff,
        fit as fit,
        load as load,
        restarts as restarts,
        sweep as sweep,
    )
    from chainrule.tasks import fit_table as fit_table, predict_table as predict_table, sweep_table as sweep_table
    from chainrule.training import Trainer as Trainer

_WHERE = {
    "chainrule.activations": (
        "Elu Gelu GeluTanh HardSigmoid HardTanh LeakyRelu Linear LogSoftmax Relu Selu Sigmoid Silu Softmax Softplus "
        "Softsign Tanh register_activation"
    ),
    "chainrule.errors": "ChainruleError NonFiniteError",
    "chainrule.estimators": "NetworkClassifier NetworkRegressor NetworkTransformer",
    "chainrule.explain": "Trace",
    "chainrule.interop.keras_in": "from_keras",
    "chainrule.interop.onnx_in": "from_onnx",
    "chainrule.interop.onnx_out": "register_skl2onnx",
    "chainrule.interop.sklearn_in": "from_sklearn",
    "chainrule.interop.tensorboard": "TensorBoard",
    "chainrule.interop.tensors": "load_safetensors",
    "chainrule.interop.torch_in": "from_torch",
    "chainrule.losses": (
        "MAE MSE SSR BinaryCrossEntropy BinaryCrossEntropyFromLogits CrossEntropy CrossEntropyFromLogits Huber LogCosh "
        "Poisson Quantile"
    ),
    "chainrule.network": (
        "LSTM Activation Add BatchNorm Concatenate Conv2D Dense Dropout Embedding Flatten GlobalAveragePool2D "
        "LayerNorm Masked MaxPool2D Network Parallel Reshape Residual"
    ),
    "chainrule.optimizers": (
        "SGD Adagrad Adam AdamW Constant Cosine Exponential Lion OneCycle RMSProp StepDecay WarmUp"
    ),
    "chainrule.report": "write_report",
    "chainrule.runs": "Chain Link Run chain diff fit load restarts sweep",
    "chainrule.tasks": "fit_table predict_table sweep_table",
    "chainrule.training": "Trainer",
}
_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'chainrule' has no attribute '{name}'")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULE_OF])


__all__ = ["__version__", *_MODULE_OF]  # pyright: ignore[reportUnsupportedDunderAll]
