"""Case B: gradient descent on one bias by backpropagation; every other weight is known."""

import numpy as np

import chainrule as cr

network = (
    cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr", input_shape=1)
    .set(
        {
            "dense1.weight": [[3.34, -3.53]],
            "dense1.bias": [-1.43, 0.57],
            "dense2.weight": [[-1.22], [-2.30]],
            "dense2.bias": [0.0],
        }
    )
    .freeze("dense1", "dense2.weight")
)
price = np.array([[0.0], [0.5], [1.0]])
bought = np.array([0.0, 1.0, 0.0])


def main(engine: str = "auto") -> list[float]:
    """Print loss and slope for four values of the bias, then descend from 0; returns the values passed."""
    for bias in (0.0, 1.0, 2.0, 3.0):
        trace = network.set({"dense2.bias": [bias]}).trace(price, bought)
        print(f"b3 {bias:g}  SSR {trace.loss:.4f}  dSSR/db3 {trace.gradient('dense2.bias[0]'):.4f}")
    trainer = cr.Trainer(network, price, bought, optimizer=cr.SGD(0.1), dtype="float64", engine=engine)
    passed = [float(trainer.params["dense2.bias[0]"])]
    for _ in range(60):
        trainer.step()
        passed.append(float(trainer.params["dense2.bias[0]"]))
    print("b3 by step: " + ", ".join(f"{value:.4f}" for value in passed[:8]) + f", … → {passed[-1]:.4f}")
    return passed


if __name__ == "__main__":
    main()
