"""The functions that people write: what each makes of its arguments, and that the layers work together."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.network.graph import Node
from chainrule.network.passes import Masked, backward, forward, measure
from oracles import ENGINES, differences, eager

BUILT = {
    "dense": lambda **at: cr.Dense(2, **at),
    "activation": lambda **at: cr.Activation("relu", **at),
    "dropout": lambda **at: cr.Dropout(0.5, **at),
    "embedding": lambda **at: cr.Embedding(5, 2, **at),
    "flatten": lambda **at: cr.Flatten(**at),
    "reshape": lambda **at: cr.Reshape((2, 2), **at),
    "add": lambda inputs=("a", "b"), **at: cr.Add(inputs=inputs, **at),
    "concatenate": lambda inputs=("a", "b"), **at: cr.Concatenate(inputs=inputs, **at),
    "layernorm": lambda **at: cr.LayerNorm(**at),
    "batchnorm": lambda **at: cr.BatchNorm(**at),
    "conv": lambda **at: cr.Conv2D(2, 3, **at),
    "maxpool": lambda **at: cr.MaxPool2D(**at),
    "average": lambda **at: cr.GlobalAveragePool2D(**at),
    "lstm": lambda **at: cr.LSTM(2, **at),
}


@pytest.mark.parametrize("kind", BUILT)
def test_every_function_makes_a_node_and_takes_name_and_inputs(kind):
    node = BUILT[kind](name="here", inputs=["x"])
    assert isinstance(node, Node)
    assert (node.layer.kind, node.name, node.inputs) == (kind, "here", ("x",))
    assert BUILT[kind]().name == ""


def test_activations_penalties_and_pairs():
    node = cr.Conv2D(4, 3, "relu", strides=(2, 1), padding="same", l1=0.1, l2=0.2)
    assert (node.layer.kernel_size, node.layer.strides, node.layer.padding) == ((3, 3), (2, 1), "same")
    assert (node.activation.name, node.l1, node.l2) == ("relu", 0.1, 0.2)
    assert cr.Dense(2, cr.Tanh()).activation.name == "tanh"
    assert cr.Dense(2, l2=1).l2 == 1.0
    assert cr.LSTM(2, l2=0.5).l2 == 0.5
    assert (cr.Embedding(3, 2, l1=0.5).l1, cr.Embedding(3, 2, l2=0.5).l2) == (0.5, 0.5)
    assert (cr.MaxPool2D(3).layer.size, cr.MaxPool2D(3).layer.strides) == ((3, 3), (3, 3))
    assert cr.MaxPool2D((3, 2), strides=1).layer.strides == (1, 1)
    assert cr.Reshape([2, 3]).layer.shape == (2, 3)


def test_a_penalty_below_zero_is_named():
    with pytest.raises(InputError) as caught:
        cr.Dense(2, l2=-1)
    assert str(caught.value) == "dense: l2 must be 0 or more; got -1.0."


PICTURES = [
    cr.Conv2D(3, 3, "tanh", padding="same"),
    cr.BatchNorm(),
    cr.MaxPool2D(),
    cr.Conv2D(2, 2, strides=2),
    cr.Parallel([[cr.Flatten()], [cr.GlobalAveragePool2D()]]),
    cr.LayerNorm(),
    cr.Dense(1),
]
WORDS = [cr.Embedding(6, 3), cr.LSTM(3, return_sequences=True), cr.BatchNorm(), cr.LSTM(2), cr.Dense(1)]


def network_pass(ops: Any, network: Any, params: Any, stats: Any, x: Any, target: Any) -> Any:
    """Loss, gradients by node, and new statistics of one pass in training."""
    done = forward(ops, network.nodes, params, stats, {"input": x}, training=True)
    measured = measure(ops, network.nodes, network.loss, params, done, target, None)
    gradients = backward(ops, network.nodes, network.loss, params, done, measured).gradients
    return measured.loss, tuple(gradients.values()), tuple(done.stats.values())


def ready(parts: Any, shape: tuple[int, ...]) -> Any:
    network = cr.Network(parts, loss="mse", input_shape=shape)
    return network, *network.init(3, np.float64)


def pictures() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return *ready(PICTURES, (5, 6, 2)), rng.normal(size=(3, 5, 6, 2)), rng.normal(size=(3, 1))


def words(padding: int = 0, side: str = "right") -> tuple[Any, ...]:
    """Sequences of 4, 2 and 3 codes with more or less padding, which is full of codes like any other."""
    rng = np.random.default_rng(0)
    steps = 4 + padding
    codes = np.full((3, steps), 5, dtype=np.int32)
    mask = np.zeros((3, steps), dtype=bool)
    for row, length in enumerate((4, 2, 3)):
        place = slice(0, length) if side == "right" else slice(steps - length, steps)
        codes[row, place], mask[row, place] = rng.integers(0, 5, length), True
    return *ready(WORDS, (steps,)), Masked(codes, mask), rng.normal(size=(3, 1))


def leaves(tree: Any) -> list[np.ndarray]:
    return [leaf for branch in tree for leaf in leaves(branch)] if isinstance(tree, tuple) else [np.asarray(tree)]


@pytest.mark.parametrize("case", [pictures, words])
def test_the_gradients_of_whole_networks_agree_with_central_differences(case):
    """The small embeddings make the normalised network bend sharply, so the differences take a step of 1e-6."""
    network, params, stats, x, target = case()
    _, gradients, _ = network_pass(eager(), network, params, stats, x, target)
    for node, gradient in zip(params, reversed(gradients), strict=True):
        for name, found in zip(getattr(gradient, "_fields", ()), gradient, strict=True):

            def loss(value: Any, node: str = node, name: str = name) -> Any:
                changed = params | {node: params[node]._replace(**{name: value})}
                return network_pass(eager(), network, changed, stats, x, target)[0]

            exact = differences(loss, getattr(params[node], name), step=1e-6)
            np.testing.assert_allclose(found, exact, rtol=1e-6, atol=1e-8)


@ENGINES
@pytest.mark.parametrize("case", [pictures, words])
def test_whole_networks_agree_on_all_engines(engine, case):
    network, params, stats, x, target = case()

    def run(ops: Any, params: Any, stats: Any, x: Any, target: Any) -> Any:
        named = dict(zip(network_params, params, strict=True)), dict(zip(network_stats, stats, strict=True))
        return network_pass(ops, network, *named, x, target)

    network_params, network_stats = tuple(params), tuple(stats)
    arguments = (tuple(params.values()), tuple(stats.values()), x, target)
    expected = run(eager(), *arguments)
    for ours, theirs in zip(leaves(engine.run(run, *arguments)), leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("padding", [1, 3])
def test_padding_changes_no_loss_no_gradient_and_no_statistics(side, padding):
    expected = network_pass(eager(), *words())
    for ours, theirs in zip(leaves(network_pass(eager(), *words(padding, side))), leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", [pictures, words])
def test_engines_train_whole_networks_alike(case):
    """Ten Adam steps in float64; 1e-9 is what the engines promise after a hundred."""
    network, _, _, x, target = case()
    ours, theirs = (
        cr.Trainer(network, x, target, batch_size=2, seed=1, engine=engine, dtype="float64")
        for engine in ("numpy", "xla")
    )
    for trainer in (ours, theirs):
        trainer.run(epochs=5)
    assert set(ours.params) == set(theirs.params)
    for name in ours.params:
        np.testing.assert_allclose(ours.params[name], theirs.params[name], rtol=1e-9, atol=1e-9)
