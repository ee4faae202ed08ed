"""Who is timed: the same training, each as its own users would write it for speed.

Each contender is a function from a case and its data to ``(run, predict)``: ``run(epochs)`` trains that many epochs
more and returns when they are done; ``predict(X)`` gives outputs or classes. All compute in float32, draw a new order
of the rows every epoch (but for full batches) and train on the smaller last batch too.
"""

import os
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from cases import Case

Trained = tuple[Callable[[int], None], Callable[[np.ndarray], np.ndarray]]


def chainrule(case: Case, X: np.ndarray, y: np.ndarray, engine: str = "auto") -> Trained:
    """Ours, through the public trainer."""
    import chainrule as cr

    trainer = cr.Trainer(
        _network(cr, case),
        X,
        y,
        optimizer=_optimizer(cr, case),
        batch_size=case.batch,
        epochs=case.epochs,
        seed=0,
        engine=engine,
    )
    return (lambda epochs: trainer.run(epochs=epochs)), lambda rows: _decide(case, trainer.network.predict(rows))


def chainrule_fit(case: Case, X: np.ndarray, y: np.ndarray, engine: str = "auto") -> Callable[..., np.ndarray]:
    """Ours, through ``fit``: trains the case's epochs and returns ``predict``."""
    import chainrule as cr

    run = cr.fit(
        _network(cr, case),
        X,
        y,
        optimizer=_optimizer(cr, case),
        batch_size=case.batch,
        epochs=case.epochs,
        seed=0,
        engine=engine,
        progress=False,
    )
    return lambda rows: _decide(case, run.predict(rows))


def _network(cr: Any, case: Case) -> Any:
    layers = [cr.Dense(units, case.activation) for units in case.hidden]
    if case.classes:
        return cr.Network([*layers, cr.Dense(case.outputs, "softmax")], loss="cross_entropy")
    return cr.Network([*layers, cr.Dense(1)], loss="ssr" if case.optimizer == "sgd" else "mse")


def _optimizer(cr: Any, case: Case) -> Any:
    return (cr.SGD if case.optimizer == "sgd" else cr.Adam)(case.rate)


def _decide(case: Case, output: Any) -> np.ndarray:
    output = np.asarray(output)
    return output.argmax(axis=-1) if case.classes else output.reshape(-1)


def sklearn(case: Case, X: np.ndarray, y: np.ndarray) -> Trained:
    """scikit-learn's MLP. It has no softplus (logistic stands in), and ``run`` starts afresh every time."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    model = (MLPClassifier if case.classes else MLPRegressor)(
        hidden_layer_sizes=case.hidden,
        activation="logistic" if case.activation == "softplus" else case.activation,
        solver=case.optimizer,
        alpha=0.0,
        batch_size=case.batch,
        learning_rate_init=case.rate,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=case.batch < case.rows,
        tol=0.0,
        n_iter_no_change=10**9,
        random_state=0,
    )
    return (lambda epochs: model.set_params(max_iter=epochs).fit(X, y)), lambda rows: model.predict(rows)


def torch(case: Case, X: np.ndarray, y: np.ndarray) -> Trained:
    """PyTorch, eager: fused optimizer, tensors in memory, batches by one index each, no data loader."""
    import torch
    from torch import nn

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    sizes, layers = (case.columns, *case.hidden), []
    for inputs, units in pairwise(sizes):
        layers += [nn.Linear(inputs, units), nn.Softplus() if case.activation == "softplus" else nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(sizes[-1], case.outputs))
    rule = torch.optim.SGD if case.optimizer == "sgd" else torch.optim.Adam
    optimizer = rule(model.parameters(), lr=case.rate, fused=True)
    loss = nn.CrossEntropyLoss() if case.classes else nn.MSELoss(reduction="sum" if case.optimizer == "sgd" else "mean")
    rows, target = torch.from_numpy(X), torch.from_numpy(y if case.classes else y[:, None])

    def step(batch: Any, wanted: Any) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss(model(batch), wanted).backward()
        optimizer.step()

    def run(epochs: int) -> None:
        for _ in range(epochs):
            if case.batch >= case.rows:
                step(rows, target)
                continue
            for picked in torch.randperm(case.rows).split(case.batch):
                step(rows[picked], target[picked])

    def predict(given: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return _decide(case, model(torch.from_numpy(given)).numpy())

    return run, predict


def jax(case: Case, X: np.ndarray, y: np.ndarray) -> Trained:
    """JAX and optax by hand: one jitted step, donated parameters and state, data and order on the device."""
    from functools import partial

    import jax
    import jax.numpy as jnp
    import optax

    sizes = (case.columns, *case.hidden, case.outputs)
    rng = np.random.default_rng(0)
    params = [
        (jnp.asarray(rng.normal(size=pair) * (2 / pair[0]) ** 0.5, jnp.float32), jnp.zeros(pair[1], jnp.float32))
        for pair in pairwise(sizes)
    ]
    rule = optax.sgd(case.rate) if case.optimizer == "sgd" else optax.adam(case.rate)
    activation = jax.nn.softplus if case.activation == "softplus" else jax.nn.relu
    rows, target = jnp.asarray(X), jnp.asarray(y, jnp.int32 if case.classes else jnp.float32)

    def forward(params: Any, x: Any) -> Any:
        for weight, bias in params[:-1]:
            x = activation(x @ weight + bias)
        return x @ params[-1][0] + params[-1][1]

    def loss(params: Any, x: Any, wanted: Any) -> Any:
        output = forward(params, x)
        if case.classes:
            return optax.softmax_cross_entropy_with_integer_labels(output, wanted).mean()
        squares = (output[:, 0] - wanted) ** 2
        return squares.sum() if case.optimizer == "sgd" else squares.mean()

    def descend(params: Any, state: Any, x: Any, wanted: Any) -> Any:
        change, state = rule.update(jax.grad(loss)(params, x, wanted), state, params)
        return optax.apply_updates(params, change), state

    whole = partial(jax.jit, donate_argnums=(0, 1))(descend)

    @partial(jax.jit, donate_argnums=(0, 1), static_argnums=6)
    def step(params: Any, state: Any, rows: Any, target: Any, order: Any, start: Any, size: int) -> Any:
        picked = jax.lax.dynamic_slice(order, (start,), (size,))
        return descend(params, state, rows[picked], target[picked])

    kept = {"params": params, "state": rule.init(params)}

    def run(epochs: int) -> None:
        params, state = kept["params"], kept["state"]
        for _ in range(epochs):
            if case.batch >= case.rows:
                params, state = whole(params, state, rows, target)
                continue
            order = jnp.asarray(rng.permutation(case.rows).astype(np.int32))
            for start in range(0, case.rows, case.batch):
                size = min(case.batch, case.rows - start)
                params, state = step(params, state, rows, target, order, np.int32(start), size)
        kept["params"], kept["state"] = jax.block_until_ready((params, state))

    return run, lambda given: _decide(case, forward(kept["params"], jnp.asarray(given)))


CONTENDERS: dict[str, Callable[..., Trained]] = {
    "chainrule": chainrule,
    "chainrule-xla": lambda case, X, y: chainrule(case, X, y, engine="xla"),
    "scikit-learn": sklearn,
    "pytorch": torch,
    "jax+optax": jax,
}
"""By the name printed. ``chainrule`` takes the engine that ``engine="auto"`` takes for the case's epochs."""


def fit(name: str, case: Case, X: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Train the case's epochs from nothing, the way a user would, and return ``predict``."""
    if name.startswith("chainrule"):
        return chainrule_fit(case, X, y, "xla" if name == "chainrule-xla" else "auto")
    run, predict = CONTENDERS[name](case, X, y)
    run(case.epochs)
    return predict
