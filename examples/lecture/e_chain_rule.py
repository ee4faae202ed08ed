"""Case E: chicken price → fried-chicken price → sales, the chain rule through two fitted networks.

The lecture gives no numbers here. The rows are simulated from two formulas, with a fixed seed:

    fried price = 2 + 1.8 · chicken price, and noise of 0.3       (sellers pass costs on)
    sales = 4,000 · fried price ^ −1.3, times noise of 5 %        (consumers are price-sensitive: elasticity −1.3)
"""

import numpy as np

import chainrule as cr

rng = np.random.default_rng(0)
chicken = rng.uniform(2, 5, 300)
fried = 2 + 1.8 * chicken + rng.normal(0, 0.3, 300)
sales = 4000 * fried**-1.3 * np.exp(rng.normal(0, 0.05, 300))


def train(table: dict[str, np.ndarray], target: str) -> cr.Run:
    """Fit a small network to a table."""
    return cr.fit_table(
        table,
        target,
        hidden_layers=(8,),
        activation="tanh",
        optimizer=cr.Adam(0.01),
        epochs=200,
        early_stopping=None,
        baselines=False,
        dtype="float64",
        progress=False,
    )


def main() -> cr.Chain:
    """Print both responses and their product, at a chicken price and over a range; returns the chain."""
    supply = train({"chicken": chicken, "fried": fried}, "fried")
    demand = train({"fried": fried, "sales": sales}, "sales")
    chain = cr.chain(
        cr.Link(supply, label="supply side: are sellers margin-sensitive?"),
        cr.Link(demand, label="demand side: are consumers price-sensitive?"),
    )
    print(chain.derivative(at={"chicken": 3.0}))
    print()
    print(chain.over(2.5, 4.5, points=5))
    return chain


if __name__ == "__main__":
    main()
