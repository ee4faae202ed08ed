"""What tests of sweeps share: rows, and the lecture's square at several learning rates."""

import numpy as np

import chainrule as cr

SQUARE = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[1.99]], "dense1.bias": [0.0]})
RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y = X[:, 0] * X[:, 1]


def square(rates, **options):
    """Gradient descent on x² from 1.99, at several learning rates."""
    settings = {"optimizer": cr.SGD(), "epochs": 50, "dtype": "float64", **options}
    return cr.sweep(SQUARE.freeze("dense1.bias"), [[1.0]], [0.0], vary={"learning_rate": rates}, **settings)
