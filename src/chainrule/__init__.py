"""chainrule: deep learning that shows its work.

Public names are imported when they are first used, so that ``import chainrule`` loads neither JAX nor scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from chainrule.activations import (
        Elu,
        Gelu,
        GeluTanh,
        HardSigmoid,
        HardTanh,
        LeakyRelu,
        Linear,
        LogSoftmax,
        Relu,
        Selu,
        Sigmoid,
        Silu,
        Softmax,
        Softplus,
        Softsign,
        Tanh,
        register_activation,
    )
    from chainrule.errors import ChainruleError, NonFiniteError
    from chainrule.explain import Trace
    from chainrule.losses import (
        MAE,
        MSE,
        SSR,
        BinaryCrossEntropy,
        BinaryCrossEntropyFromLogits,
        CrossEntropy,
        CrossEntropyFromLogits,
        Huber,
        LogCosh,
        Poisson,
        Quantile,
    )
    from chainrule.network import (
        LSTM,
        Activation,
        Add,
        BatchNorm,
        Concatenate,
        Conv2D,
        Dense,
        Dropout,
        Embedding,
        Flatten,
        LayerNorm,
        Masked,
        MaxPool2D,
        Network,
        Parallel,
        Residual,
    )
    from chainrule.optimizers import (
        SGD,
        Adagrad,
        Adam,
        AdamW,
        Constant,
        Cosine,
        Exponential,
        Lion,
        OneCycle,
        RMSProp,
        StepDecay,
        WarmUp,
    )
    from chainrule.report import write_report
    from chainrule.runs import Run, fit, load
    from chainrule.tasks import fit_table, predict_table
    from chainrule.training import Trainer

_WHERE = {
    "chainrule.activations": (
        "Elu Gelu GeluTanh HardSigmoid HardTanh LeakyRelu Linear LogSoftmax Relu Selu Sigmoid Silu Softmax Softplus "
        "Softsign Tanh register_activation"
    ),
    "chainrule.errors": "ChainruleError NonFiniteError",
    "chainrule.explain": "Trace",
    "chainrule.losses": (
        "MAE MSE SSR BinaryCrossEntropy BinaryCrossEntropyFromLogits CrossEntropy CrossEntropyFromLogits Huber LogCosh "
        "Poisson Quantile"
    ),
    "chainrule.network": (
        "LSTM Activation Add BatchNorm Concatenate Conv2D Dense Dropout Embedding Flatten LayerNorm Masked MaxPool2D "
        "Network Parallel Residual"
    ),
    "chainrule.optimizers": (
        "SGD Adagrad Adam AdamW Constant Cosine Exponential Lion OneCycle RMSProp StepDecay WarmUp"
    ),
    "chainrule.report": "write_report",
    "chainrule.runs": "Run fit load",
    "chainrule.tasks": "fit_table predict_table",
    "chainrule.training": "Trainer",
}
_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'chainrule' has no attribute '{name}'")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULE_OF])


__all__ = [  # noqa: PLE0604, RUF022
    "__version__",
    "LSTM",
    "MAE",
    "MSE",
    "SGD",
    "SSR",
    "Activation",
    "Adagrad",
    "Adam",
    "AdamW",
    "Add",
    "BatchNorm",
    "BinaryCrossEntropy",
    "BinaryCrossEntropyFromLogits",
    "ChainruleError",
    "Concatenate",
    "Constant",
    "Conv2D",
    "Cosine",
    "CrossEntropy",
    "CrossEntropyFromLogits",
    "Dense",
    "Dropout",
    "Elu",
    "Embedding",
    "Exponential",
    "Flatten",
    "Gelu",
    "GeluTanh",
    "HardSigmoid",
    "HardTanh",
    "Huber",
    "LayerNorm",
    "LeakyRelu",
    "Linear",
    "Lion",
    "LogCosh",
    "LogSoftmax",
    "Masked",
    "MaxPool2D",
    "Network",
    "NonFiniteError",
    "OneCycle",
    "Parallel",
    "Poisson",
    "Quantile",
    "RMSProp",
    "Relu",
    "Residual",
    "Run",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Softsign",
    "StepDecay",
    "Tanh",
    "Trace",
    "Trainer",
    "WarmUp",
    "fit",
    "fit_table",
    "load",
    "predict_table",
    "register_activation",
    "write_report",
]
