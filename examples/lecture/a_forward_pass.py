"""Case A: the price of a bag and whether it is bought. One forward pass, every number of it."""

import numpy as np

import chainrule as cr

network = cr.Network([cr.Dense(2, "softplus"), cr.Dense(1)], loss="ssr").set(
    {
        "dense1.weight": [[-34.4, -2.52]],
        "dense1.bias": [2.14, 1.29],
        "dense2.weight": [[-1.30], [2.28]],
        "dense2.bias": [-0.58],
    }
)
price = np.array([[0.0], [0.5], [1.0]])
bought = np.array([0.0, 1.0, 0.0])


def main() -> None:
    """Print the sums, activations and outputs of the three prices, and the arithmetic of the second."""
    trace = network.trace(price, bought)
    for row in range(3):
        z, a = trace.value("dense1.z")[row], trace.value("dense1.a")[row]
        print(f"price {price[row, 0]:<4}  z {z}  f(z) {a}  output {trace.prediction[row, 0]:.4f}")
    print(trace.worksheet(row=1))


if __name__ == "__main__":
    main()
