"""Taking steps with one parameter, on any engine, with every number an argument of the program."""

from typing import Any

import numpy as np

from chainrule.optimizers import SGD, Adagrad, Adam, AdamW, Lion, Optimizer, RMSProp
from oracles import NUMPY, Engine, eager

ALL: list[Optimizer] = [
    SGD(0.1),
    SGD(0.1, momentum=0.9),
    SGD(0.1, momentum=0.9, nesterov=True),
    Adagrad(0.1),
    RMSProp(0.1),
    Adam(0.1),
    AdamW(0.1, weight_decay=0.2),
    Lion(0.1),
    Lion(0.1, weight_decay=0.2),
]


def records(
    optimizer: Optimizer, start: Any, gradients: Any, engine: Engine = NUMPY, kind: Any = np.float64
) -> list[Any]:
    """The record of each step of one parameter."""
    names = list(optimizer.numbers())
    numbers = tuple(np.asarray(number, dtype=kind) for number in optimizer.numbers().values())

    def step(ops: Any, parameter: Any, gradient: Any, state: Any, count: Any, numbers: Any) -> Any:
        bound = optimizer.skeleton().bind(dict(zip(names, numbers, strict=True)))
        return bound.step(ops, parameter, gradient, state, count)

    parameter = np.asarray(start, dtype=kind)
    state, made = optimizer.init(eager(), parameter), []
    for place, gradient in enumerate(gradients):
        count = np.asarray(place + 1, dtype=kind)
        made.append(engine.run(step, parameter, np.asarray(gradient, dtype=kind), state, count, numbers))
        parameter, state = made[-1].new, optimizer.state_of(made[-1])
    return made


def column(made: list[Any], name: str) -> np.ndarray:
    """One intermediate of every step."""
    return np.array([float(getattr(record, name)) for record in made])
