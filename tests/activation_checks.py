"""What every activation is compared with: JAX's and PyTorch's own functions, and exact values to 60 digits.

EXACT was computed with mpmath at 60 digits from the textbook formulas, at PLACES (exact in binary), and rounded.
"""

from typing import Any

import numpy as np

from chainrule.activations import Elu, LeakyRelu, activation_names, get_activation

BUILT_IN = [get_activation(name) for name in activation_names()]
ALL = [*BUILT_IN, LeakyRelu(0.3), Elu(0.7)]
ELEMENTWISE = [activation for activation in ALL if activation.elementwise]

KINKS = {"relu": (0,), "leaky_relu": (0,), "elu": (0,), "selu": (0,), "hard_sigmoid": (-3, 3), "hard_tanh": (-1, 1)}

PLACES = (-100, -32.25, -8, -0.5, 0.0009765625, 0.5, 8, 32.25, 100)
EXACT = {
    "sigmoid": (
        (
            3.720075976020836e-44,
            9.862862046580355e-15,
            0.0003353501304664781,
            0.37754066879814546,
            0.5002441406055974,
            0.6224593312018546,
            0.9996646498695335,
            0.9999999999999901,
            1.0,
        ),
        (
            3.720075976020836e-44,
            9.862862046580257e-15,
            0.00033523767075647424,
            0.2350037122015945,
            0.2499999403953647,
            0.2350037122015945,
            0.00033523767075647424,
            9.862862046580257e-15,
            3.720075976020836e-44,
        ),
    ),
    "tanh": (
        (
            -1.0,
            -1.0,
            -0.9999997749296758,
            -0.46211715726000974,
            0.0009765621895592603,
            0.46211715726000974,
            0.9999997749296758,
            1.0,
            1.0,
        ),
        (
            5.53558610694695e-87,
            3.8910419099950856e-28,
            4.5014059756372915e-07,
            0.7864477329659274,
            0.9999990463262899,
            0.7864477329659274,
            4.5014059756372915e-07,
            3.8910419099950856e-28,
            5.53558610694695e-87,
        ),
    ),
    "softsign": (
        (
            -0.9900990099009901,
            -0.9699248120300752,
            -0.8888888888888888,
            -0.3333333333333333,
            0.000975609756097561,
            0.3333333333333333,
            0.8888888888888888,
            0.9699248120300752,
            0.9900990099009901,
        ),
        (
            9.802960494069208e-05,
            0.0009045169314263102,
            0.012345679012345678,
            0.4444444444444444,
            0.9980497323022011,
            0.4444444444444444,
            0.012345679012345678,
            0.0009045169314263102,
            9.802960494069208e-05,
        ),
    ),
    "softplus": (
        (
            3.720075976020836e-44,
            9.862862046580404e-15,
            0.00033540637289576885,
            0.4740769841801067,
            0.6936355810192302,
            0.9740769841801067,
            8.000335406372896,
            32.25000000000001,
            100.0,
        ),
        (
            3.720075976020836e-44,
            9.862862046580355e-15,
            0.0003353501304664781,
            0.37754066879814546,
            0.5002441406055974,
            0.6224593312018546,
            0.9996646498695335,
            0.9999999999999901,
            1.0,
        ),
    ),
    "elu": (
        (-1.0, -0.9999999999999901, -0.9996645373720975, -0.3934693402873666, 0.0009765625, 0.5, 8.0, 32.25, 100.0),
        (
            3.720075976020836e-44,
            9.862862046580453e-15,
            0.00033546262790251185,
            0.6065306597126334,
            1.0,
            1.0,
            1.0,
            1.0,
            1.0,
        ),
    ),
    "selu": (
        (
            -1.7580993408473768,
            -1.7580993408473595,
            -1.7575095642223826,
            -0.6917581878028713,
            0.0010260751829643364,
            0.5253504936777402,
            8.405607898843844,
            33.88510684221425,
            105.07009873554804,
        ),
        (
            6.540263121344394e-44,
            1.7339891262961702e-14,
            0.0005897766249943349,
            1.0663411530445055,
            1.0507009873554805,
            1.0507009873554805,
            1.0507009873554805,
            1.0507009873554805,
            1.0507009873554805,
        ),
    ),
    "silu": (
        (
            -3.720075976020836e-42,
            -3.1807730100221645e-13,
            -0.002682801043731825,
            -0.18877033439907273,
            0.0004885196685601537,
            0.3112296656009273,
            7.997317198956268,
            32.24999999999968,
            100.0,
        ),
        (
            -3.682875216260628e-42,
            -3.0821443895563294e-13,
            -0.0023465512355853157,
            0.2600388126973482,
            0.5004882811723897,
            0.7399611873026518,
            1.0023465512355854,
            1.0000000000003082,
            1.0,
        ),
    ),
    "gelu": (
        (
            -0.0,
            -5.672718158996918e-227,
            -4.976768459417427e-15,
            -0.15426876936299344,
            0.0004886617109460747,
            0.34573123063700656,
            7.999999999999995,
            32.25,
            100.0,
        ),
        (
            -0.0,
            -1.8294482399675463e-225,
            -3.979607261086796e-14,
            0.13250487534383715,
            0.5007791838937131,
            0.8674951246561629,
            1.0000000000000397,
            1.0,
            1.0,
        ),
    ),
    "gelu_tanh": (
        (
            -0.0,
            -0.0,
            -3.1077829375011112e-21,
            -0.15428599017485609,
            0.0004886617109457754,
            0.34571400982514394,
            8.0,
            32.25,
            100.0,
        ),
        (
            -0.0,
            -0.0,
            -4.7147845041068414e-20,
            0.1326300964653577,
            0.5007791838924871,
            0.8673699035346423,
            1.0,
            1.0,
            1.0,
        ),
    ),
}
"""Name: values, slopes."""

LIMITS = {
    "linear": (-1e4, 1, 1e4, 1),
    "sigmoid": (0, 0, 1, 0),
    "tanh": (-1, 0, 1, 0),
    "relu": (0, 0, 1e4, 1),
    "softplus": (0, 0, 1e4, 1),
    "leaky_relu": (-100, 0.01, 1e4, 1),
    "elu": (-1, 0, 1e4, 1),
    "selu": (-1.7580993408473766, 0, 10507.009873554805, 1.0507009873554805),
    "gelu": (0, 0, 1e4, 1),
    "gelu_tanh": (0, 0, 1e4, 1),
    "silu": (0, 0, 1e4, 1),
    "softsign": (-1e4 / 10001, 1 / 10001**2, 1e4 / 10001, 1 / 10001**2),
    "hard_sigmoid": (0, 0, 1, 0),
    "hard_tanh": (-1, 0, 1, 0),
}
"""Name: value and slope at −1e4, value and slope at 1e4."""


def away_from_kinks(activation: Any, z: np.ndarray) -> np.ndarray:
    """Move what is closer than 0.001 to a kink, where there is no derivative to compare with, to 0.01 from it."""
    for kink in KINKS.get(activation.name, ()):
        z = np.where(np.abs(z - kink) < 1e-3, kink + 0.01, z)
    return z


def jax_function(activation: Any) -> Any:
    """JAX's own function."""
    import jax

    return {
        "linear": lambda z: z,
        "sigmoid": jax.nn.sigmoid,
        "tanh": jax.numpy.tanh,
        "relu": jax.nn.relu,
        "softplus": jax.nn.softplus,
        "softmax": jax.nn.softmax,
        "log_softmax": jax.nn.log_softmax,
        "leaky_relu": lambda z: jax.nn.leaky_relu(z, activation.negative_slope),
        "elu": lambda z: jax.nn.elu(z, activation.alpha),
        "selu": jax.nn.selu,
        "gelu": lambda z: jax.nn.gelu(z, approximate=False),
        "gelu_tanh": lambda z: jax.nn.gelu(z, approximate=True),
        "silu": jax.nn.silu,
        "softsign": jax.nn.soft_sign,
        "hard_sigmoid": jax.nn.hard_sigmoid,
        "hard_tanh": jax.nn.hard_tanh,
    }[activation.name]


def torch_function(activation: Any) -> Any:
    """PyTorch's own function."""
    from torch.nn import functional

    return {
        "linear": lambda z: z * 1,
        "sigmoid": functional.sigmoid,
        "tanh": functional.tanh,
        "relu": functional.relu,
        "softplus": functional.softplus,
        "softmax": lambda z: functional.softmax(z, dim=-1),
        "log_softmax": lambda z: functional.log_softmax(z, dim=-1),
        "leaky_relu": lambda z: functional.leaky_relu(z, activation.negative_slope),
        "elu": lambda z: functional.elu(z, activation.alpha),
        "selu": functional.selu,
        "gelu": functional.gelu,
        "gelu_tanh": lambda z: functional.gelu(z, approximate="tanh"),
        "silu": functional.silu,
        "softsign": functional.softsign,
        "hard_sigmoid": lambda z: functional.relu6(z + 3) / 6,  # hardsigmoid's own backward rounds 1/6 to float32
        "hard_tanh": functional.hardtanh,
    }[activation.name]
