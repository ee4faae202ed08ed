"""Networks of every kind with data for them, whose traces the tests of worksheets write out."""

import numpy as np

from chainrule.explain import Trace
from chainrule.network import (
    LSTM,
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool2D,
    LayerNorm,
    Masked,
    MaxPool2D,
    Network,
    Parallel,
    Residual,
)
from explain.arithmetic import BOUGHT, PRICES, bags, ready

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
TABLE = {"features": X[:4, :2], "city": np.array([1, 0, 2, 2])}
PICTURES = RNG.normal(size=(3, 5, 4, 2))
STEPS = Masked(RNG.normal(size=(2, 4, 3)), np.array([[True, True, False, False], [True] * 4]))
CODES = np.array([0, 2, 1, 1, 0])

CASES = {
    "lecture": (bags(), PRICES, BOUGHT),
    "line": (Network([Dense(1)], loss="mse"), X, X[:, 0]),
    "deep": (Network([Dense(4, "relu"), Dense(3, "tanh"), Dense(2)], loss="mse"), X, X[:, :2]),
    "penalties": (Network([Dense(4, "tanh", l1=0.1, l2=0.01), Dense(1, l2=0.1)], loss="mse"), X, X[:, 0]),
    "classes": (Network([Dense(4, "silu"), Dense(3, "softmax")], loss="cross_entropy"), X, CODES),
    "logits": (Network([Dense(3)], loss="cross_entropy_from_logits"), X, CODES),
    "unfused": (Network([Dense(3, "softmax")], loss="mse"), X, np.eye(3)[CODES]),
    "log softmax": (Network([Dense(3, "log_softmax")], loss="mse"), X, np.eye(3)[CODES]),
    "yes or no": (Network([Dense(4, "gelu"), Dense(1, "sigmoid")], loss="binary_cross_entropy"), X, CODES > 0),
    "residual": (
        Network([Dense(3, "tanh"), Residual([LayerNorm(), Dense(3, "elu")]), Dense(1)], loss="mse"),
        X,
        X[:, 0],
    ),
    "parallel": (
        Network([Parallel([[Dense(2, "tanh")], []]), Activation("softsign"), Dense(1)], loss="mse"),
        X,
        X[:, 0],
    ),
    "normalised": (Network([Dense(4), BatchNorm(), Dropout(0.5), Dense(1)], loss="mse"), X, X[:, 0]),
    "table": (
        Network(
            [Embedding(3, 2, inputs=["city"]), Concatenate(inputs=["features", "embedding1"]), Dense(1)],
            inputs=["features", "city"],
            loss="mse",
        ),
        TABLE,
        X[:4, 2],
    ),
    "picture": (Network([Conv2D(2, 3, "tanh", padding="same"), Flatten(), Dense(1)], loss="mse"), PICTURES, X[:3, 0]),
    "strides": (Network([Conv2D(2, 2, strides=2), Flatten(), Dense(1)], loss="mse"), PICTURES, X[:3, 0]),
    "pooled": (
        Network(
            [Conv2D(2, 2, "relu"), MaxPool2D(2, strides=1), Conv2D(3, 1), GlobalAveragePool2D(), Dense(1)], loss="mse"
        ),
        PICTURES,
        X[:3, 0],
    ),
    "steps": (Network([LayerNorm(), Activation("tanh"), Flatten(), Dense(1)], loss="mse"), STEPS, X[:2, 0]),
    "lstm": (Network([LayerNorm(), LSTM(2), Dense(1)], loss="mse"), STEPS, X[:2, 0]),
    "lstms": (Network([LSTM(3, return_sequences=True), LSTM(2), Dense(1)], loss="mse"), STEPS.values, X[:2, 0]),
}


def traced(case: str) -> Trace:
    """The trace of one of the cases."""
    network, inputs, target = CASES[case]
    return ready(network, inputs).trace(inputs, target)


def wide(rows=40, units=50):
    """A trace in which sums and layers are so long that they are folded."""
    inputs = np.random.default_rng(1).normal(size=(rows, 30))
    network = ready(Network([Dense(units, "relu"), Dense(1)], loss="mse"), inputs)
    return network.trace(inputs, inputs[:, 0])
