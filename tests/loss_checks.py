"""What the tests of the losses share: predictions and targets that fit each loss, and its peers' own functions."""

from typing import Any

import numpy as np

from chainrule.losses import Huber, Quantile, get_loss, loss_names

ALL = [*(get_loss(name) for name in loss_names()), Huber(0.4), Quantile(0.9)]


def drawn(loss: Any, shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prediction, target and row weights for a loss, at least 0.001 from its kinks; ``shape`` is the prediction's."""
    random = np.random.default_rng(seed)
    prediction = random.normal(size=shape)
    target = random.normal(size=shape)
    if loss.name == "poisson":
        prediction = np.exp(prediction)
    elif loss.name == "binary_cross_entropy":
        prediction = random.uniform(0.05, 0.95, size=shape)
    elif loss.name == "cross_entropy":
        prediction = random.uniform(0.05, 0.95, size=shape)
        prediction /= 1.001 * prediction.sum(axis=-1, keepdims=True)  # room for a step; beyond 1 there is no loss
    if loss.target_kind == "binary":
        target = random.integers(0, 2, size=shape).astype(float)
    elif loss.target_kind == "class":
        target = random.integers(0, shape[-1], size=shape[:-1])
    elif loss.name.startswith("poisson"):
        target = random.poisson(2.0, size=shape).astype(float)
    for kink in (0.0, *([loss.delta, -loss.delta] if loss.name == "huber" else [])):
        if loss.target_kind == "number":
            target = np.where(np.abs(prediction - target - kink) < 1e-3, target + 0.01, target)
    return prediction, target, random.uniform(0.1, 2.0, size=shape[:1])


def jax_values(loss: Any, target: Any) -> Any:
    """``function(prediction)``: each value's loss in JAX's own functions, before any mean."""
    import jax
    import jax.numpy as jnp

    nn = jax.nn

    def hot(prediction: Any) -> Any:
        return nn.one_hot(target, prediction.shape[-1], dtype=prediction.dtype)

    return {
        "ssr": lambda p: jnp.square(p - target),
        "mse": lambda p: jnp.square(p - target),
        "mae": lambda p: jnp.abs(p - target),
        "huber": lambda p: jnp.where(
            jnp.abs(p - target) <= loss.delta,
            0.5 * (p - target) ** 2,
            loss.delta * (jnp.abs(p - target) - 0.5 * loss.delta),
        ),
        "log_cosh": lambda p: jnp.log(jnp.cosh(p - target)),
        "quantile": lambda p: jnp.where(target > p, loss.quantile * (target - p), (1 - loss.quantile) * (p - target)),
        "binary_cross_entropy": lambda p: -(target * jnp.log(p) + (1 - target) * jnp.log(1 - p)),
        "binary_cross_entropy_from_logits": lambda p: -(target * nn.log_sigmoid(p) + (1 - target) * nn.log_sigmoid(-p)),
        "cross_entropy": lambda p: -jnp.sum(hot(p) * jnp.log(p), axis=-1),
        "cross_entropy_from_logits": lambda p: -jnp.sum(hot(p) * nn.log_softmax(p), axis=-1),
        "poisson": lambda p: p - target * jnp.log(p),
        "poisson_from_log": lambda p: jnp.exp(p) - target * p,
    }[loss.name]


def torch_values(loss: Any, target: Any) -> Any:
    """``function(prediction)``: each value's loss in PyTorch's own functions, before any mean."""
    import torch
    from torch.nn import functional as f

    y = torch.tensor(target)

    def over_classes(function: Any) -> Any:
        return lambda p: function(p.reshape(-1, p.shape[-1]), y.reshape(-1)).reshape(p.shape[:-1])

    return {
        "ssr": lambda p: f.mse_loss(p, y, reduction="none"),
        "mse": lambda p: f.mse_loss(p, y, reduction="none"),
        "mae": lambda p: f.l1_loss(p, y, reduction="none"),
        "huber": lambda p: f.huber_loss(p, y, reduction="none", delta=loss.delta),
        "log_cosh": lambda p: torch.log(torch.cosh(p - y)),
        "quantile": lambda p: torch.maximum(loss.quantile * (y - p), (loss.quantile - 1) * (y - p)),
        "binary_cross_entropy": lambda p: f.binary_cross_entropy(p, y, reduction="none"),
        "binary_cross_entropy_from_logits": lambda p: f.binary_cross_entropy_with_logits(p, y, reduction="none"),
        "cross_entropy": over_classes(lambda p, y: f.nll_loss(torch.log(p), y, reduction="none")),
        "cross_entropy_from_logits": over_classes(lambda p, y: f.cross_entropy(p, y, reduction="none")),
        "poisson": lambda p: f.poisson_nll_loss(p, y, log_input=False, eps=0.0, reduction="none"),
        "poisson_from_log": lambda p: f.poisson_nll_loss(p, y, log_input=True, reduction="none"),
    }[loss.name]
