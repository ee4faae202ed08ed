"""What a probe is: a function that picks out of every step what somebody wants to see, on either engine."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, Protocol

from chainrule._typing import Array
from chainrule.network.graph import Node
from chainrule.ops import Ops
from chainrule.optimizers import Optimizer
from chainrule.training.step import State, StepRecord


class Made(NamedTuple):
    """One step, for a probe to look at: NumPy arrays, or those of the program that XLA compiles."""

    ops: Ops
    nodes: Sequence[Node]
    """The graph, with the numbers that it had in the step."""
    optimizer: Optimizer
    """The optimizer, with the numbers and the learning rate that it had."""
    count: Array
    """The number of the step, from 1, as the optimizer counts."""
    before: State
    record: StepRecord
    after: State


class Probe(Hashable, Protocol):
    """Looks at a step: a frozen dataclass, since programs are compiled for it and kept."""

    def __call__(self, made: Made, argument: Any, /) -> Any:
        """What is to be seen of the step: a (named) tuple of numbers and arrays.

        An array with the rows of the batch first is shorter in a smaller last batch; where many steps are put together
        it is filled up with zeros.

        Args:
            made: the step.
            argument: numbers for which nothing is compiled anew, as a tuple.
        """
        ...
