"""Traces that tests of derivations share: every kind of layer, in inference and in training."""

from dataclasses import replace

import numpy as np

import chainrule as cr
from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_state
from chainrule.ops import eager_ops
from chainrule.training.rows import make_rows


def bags() -> Trace:
    net = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[-34.4, -2.52]],
            "dense1.bias": [2.14, 1.29],
            "dense2.weight": [[-1.30], [2.28]],
            "dense2.bias": [-0.58],
        }
    )
    return net.trace([[0.0], [0.5], [1.0]], [0.0, 1.0, 0.0])


def lecture_b(b3: float) -> Trace:
    """The lecture's backpropagation of one bias."""
    net = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[3.34, -3.53]],
            "dense1.bias": [-1.43, 0.57],
            "dense2.weight": [[-1.22], [-2.30]],
            "dense2.bias": [b3],
        }
    )
    return net.trace([[0.0], [0.5], [1.0]], [0.0, 1.0, 0.0])


def traced(parts, loss, X, y, *, training=False, weight=None, inputs=None) -> Trace:
    """Two to six rows of a network as it is first drawn, in double precision; in training with a key."""
    net = cr.Network(parts, loss=loss, **({} if inputs is None else {"inputs": inputs}))
    net, rows = make_rows(net, X, y, weight, np.dtype("float64"))
    params, stats = net.init(3, np.float64)
    key = eager_ops().namespace.asarray([1, 2], dtype=np.uint32) if training else None
    args = (net.nodes, net.loss, params, stats, rows.inputs, rows.target, rows.weight)
    return trace_state(*args, training=training, key=key)


def _normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=shape)


BITS = np.array([0, 1, 0])
NETWORKS = {
    "residual": lambda: traced(
        [cr.Dense(3, "tanh", l2=0.1), cr.Residual([cr.Dense(3, "gelu")]), cr.LayerNorm(), cr.Dense(2, "softmax")],
        "cross_entropy",
        _normal(3, 3),
        BITS,
    ),
    "parallel": lambda: traced(
        [cr.Parallel([[cr.Dense(2, "sigmoid")], []]), cr.BatchNorm(), cr.Dense(2, l1=0.02)],
        "mse",
        _normal(3, 2),
        _normal(3, 2),
    ),
    "weighted": lambda: traced(
        [cr.Dense(2, "silu"), cr.Dense(2)],
        "huber",
        _normal(3, 2),
        _normal(3, 2),
        weight=np.array([1.0, 0.5, 3.0]),
    ),
    "picture": lambda: traced(
        [cr.Conv2D(2, 2, "tanh", padding="same"), cr.MaxPool2D(2), cr.Flatten(), cr.Dense(1)],
        "mse",
        _normal(2, 4, 4, 1),
        _normal(2),
    ),
    "averaged picture": lambda: traced(
        [cr.Conv2D(2, 2), cr.Activation("elu"), cr.GlobalAveragePool2D(), cr.Dense(1, "softplus")],
        "poisson",
        _normal(2, 3, 3, 1),
        np.array([1.0, 3.0]),
    ),
    "sequence": lambda: traced(
        [cr.LSTM(2), cr.Dense(1, "sigmoid")],
        "binary_cross_entropy",
        _normal(3, 3, 2),
        BITS,
    ),
    "codes": lambda: traced(
        [cr.Embedding(4, 2), cr.LSTM(3, return_sequences=True), cr.Activation("softmax")],
        "cross_entropy",
        np.array([[0, 3], [1, 1]]),
        np.array([[0, 1], [2, 1]]),
    ),
    "dropping": lambda: traced(
        [cr.Dense(4, "tanh"), cr.Dropout(0.5), cr.Dense(1)],
        "mse",
        _normal(3, 2),
        _normal(3),
        training=True,
    ),
    "normalising": lambda: traced(
        [cr.Dense(2, "tanh"), cr.BatchNorm(), cr.Dense(1)],
        "mse",
        _normal(3, 2),
        _normal(3),
        training=True,
    ),
}


def in_table() -> Trace:
    from explain.tables import house_run, houses

    return house_run().trace(houses(10))


def forward_only(trace: Trace) -> Trace:
    return replace(trace, measured=None, backward=None, target=None)
