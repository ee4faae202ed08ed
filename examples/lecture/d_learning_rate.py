"""Case D: gradient descent on x², and what the learning rate does to it.

x is the only weight of a network without bias to speak of: input 1, target 0, loss (0 − x)² = x².
"""

import numpy as np

import chainrule as cr

network = (
    cr.Network([cr.Dense(1, name="square")], loss="ssr", input_shape=1)
    .set({"square.weight": [[1.99]], "square.bias": [0.0]})
    .freeze("square.bias")
)


def main(engine: str = "auto", learning_rate: float = 0.1, steps: int = 9) -> list[float]:
    """Print x step by step; returns it."""
    trainer = cr.Trainer(
        network, np.ones((1, 1)), np.zeros(1), optimizer=cr.SGD(learning_rate), dtype="float64", engine=engine
    )
    passed = [float(trainer.params["square.weight[0, 0]"])]
    for _ in range(steps):
        trainer.step()
        passed.append(float(trainer.params["square.weight[0, 0]"]))
    print(f"learning rate {learning_rate:g}: " + ", ".join(f"{value:.4f}" for value in passed))
    return passed


if __name__ == "__main__":
    for rate in (0.01, 0.1, 0.5, 0.9, 1.1):
        main(learning_rate=rate)
