"""chainrule: deep learning that shows its work.

Public names are imported when they are first used, so that ``import chainrule`` loads neither JAX nor scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from chainrule.activations import (
        Elu as Elu,
    )
    from chainrule.activations import (
        Gelu as Gelu,
    )
    from chainrule.activations import (
        GeluTanh as GeluTanh,
    )
    from chainrule.activations import (
        HardSigmoid as HardSigmoid,
    )
    from chainrule.activations import (
        HardTanh as HardTanh,
    )
    from chainrule.activations import (
        LeakyRelu as LeakyRelu,
    )
    from chainrule.activations import (
        Linear as Linear,
    )
    from chainrule.activations import (
        LogSoftmax as LogSoftmax,
    )
    from chainrule.activations import (
        Relu as Relu,
    )
    from chainrule.activations import (
        Selu as Selu,
    )
    from chainrule.activations import (
        Sigmoid as Sigmoid,
    )
    from chainrule.activations import (
        Silu as Silu,
    )
    from chainrule.activations import (
        Softmax as Softmax,
    )
    from chainrule.activations import (
        Softplus as Softplus,
    )
    from chainrule.activations import (
        Softsign as Softsign,
    )
    from chainrule.activations import (
        Tanh as Tanh,
    )
    from chainrule.activations import (
        register_activation as register_activation,
    )
    from chainrule.errors import ChainruleError as ChainruleError
    from chainrule.errors import NonFiniteError as NonFiniteError
    from chainrule.explain import Trace as Trace
    from chainrule.losses import (
        MAE as MAE,
    )
    from chainrule.losses import (
        MSE as MSE,
    )
    from chainrule.losses import (
        SSR as SSR,
    )
    from chainrule.losses import (
        BinaryCrossEntropy as BinaryCrossEntropy,
    )
    from chainrule.losses import (
        BinaryCrossEntropyFromLogits as BinaryCrossEntropyFromLogits,
    )
    from chainrule.losses import (
        CrossEntropy as CrossEntropy,
    )
    from chainrule.losses import (
        CrossEntropyFromLogits as CrossEntropyFromLogits,
    )
    from chainrule.losses import (
        Huber as Huber,
    )
    from chainrule.losses import (
        LogCosh as LogCosh,
    )
    from chainrule.losses import (
        Poisson as Poisson,
    )
    from chainrule.losses import (
        Quantile as Quantile,
    )
    from chainrule.network import (
        LSTM as LSTM,
    )
    from chainrule.network import (
        Activation as Activation,
    )
    from chainrule.network import (
        Add as Add,
    )
    from chainrule.network import (
        BatchNorm as BatchNorm,
    )
    from chainrule.network import (
        Concatenate as Concatenate,
    )
    from chainrule.network import (
        Conv2D as Conv2D,
    )
    from chainrule.network import (
        Dense as Dense,
    )
    from chainrule.network import (
        Dropout as Dropout,
    )
    from chainrule.network import (
        Embedding as Embedding,
    )
    from chainrule.network import (
        Flatten as Flatten,
    )
    from chainrule.network import (
        GlobalAveragePool2D as GlobalAveragePool2D,
    )
    from chainrule.network import (
        LayerNorm as LayerNorm,
    )
    from chainrule.network import (
        Masked as Masked,
    )
    from chainrule.network import (
        MaxPool2D as MaxPool2D,
    )
    from chainrule.network import (
        Network as Network,
    )
    from chainrule.network import (
        Parallel as Parallel,
    )
    from chainrule.network import (
        Reshape as Reshape,
    )
    from chainrule.network import (
        Residual as Residual,
    )
    from chainrule.optimizers import (
        SGD as SGD,
    )
    from chainrule.optimizers import (
        Adagrad as Adagrad,
    )
    from chainrule.optimizers import (
        Adam as Adam,
    )
    from chainrule.optimizers import (
        AdamW as AdamW,
    )
    from chainrule.optimizers import (
        Constant as Constant,
    )
    from chainrule.optimizers import (
        Cosine as Cosine,
    )
    from chainrule.optimizers import (
        Exponential as Exponential,
    )
    from chainrule.optimizers import (
        Lion as Lion,
    )
    from chainrule.optimizers import (
        OneCycle as OneCycle,
    )
    from chainrule.optimizers import (
        RMSProp as RMSProp,
    )
    from chainrule.optimizers import (
        StepDecay as StepDecay,
    )
    from chainrule.optimizers import (
        WarmUp as WarmUp,
    )
    from chainrule.report import write_report as write_report
    from chainrule.runs import Run as Run
    from chainrule.runs import fit as fit
    from chainrule.runs import load as load
    from chainrule.tasks import fit_table as fit_table
    from chainrule.tasks import predict_table as predict_table
    from chainrule.training import Trainer as Trainer

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
        "LSTM Activation Add BatchNorm Concatenate Conv2D Dense Dropout Embedding Flatten GlobalAveragePool2D "
        "LayerNorm Masked MaxPool2D Network Parallel Reshape Residual"
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


__all__ = ["__version__", *_MODULE_OF]  # pyright: ignore[reportUnsupportedDunderAll]
