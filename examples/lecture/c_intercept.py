"""Case C: the intercept of a line whose slope is known."""

import numpy as np

import chainrule as cr

network = (
    cr.Network([cr.Dense(1, name="line")], loss="ssr", input_shape=1)
    .set({"line.weight": [[0.64]], "line.bias": [0.0]})
    .freeze("line.weight")
)
x = np.array([[0.5], [2.3], [2.9]])
y = np.array([1.4, 1.9, 3.2])


def main(engine: str = "auto") -> tuple[list[float], list[float]]:
    """Print intercept and loss step by step; returns both."""
    trainer = cr.Trainer(network, x, y, optimizer=cr.SGD(0.1), dtype="float64", engine=engine)
    intercepts = [0.0]
    for _ in range(60):
        trainer.step()
        intercepts.append(float(trainer.params["line.bias[0]"]))
    losses = trainer.history.step_losses.tolist()
    for step in range(5):
        print(f"step {step}  intercept {intercepts[step]:.4f}  SSR {losses[step]:.4f}")
    print(f"→ intercept {intercepts[-1]:.4f}")
    return intercepts, losses


if __name__ == "__main__":
    main()
