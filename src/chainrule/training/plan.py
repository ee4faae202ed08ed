"""The plan of a training: which rows make which step. Known from the start, so any step can be made again.

An epoch visits every row once: whole batches first, then what is left as a smaller batch of its own. No row is
dropped, and no padding changes a mean.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from chainrule._typing import Array, Int
from chainrule.network.network import Network
from chainrule.ops import Rng, fold_in
from chainrule.ops.eager import eager_ops
from chainrule.optimizers import Optimizer
from chainrule.training.changes import RATE


@dataclass(frozen=True)
class Batches:
    """How rows are cut into batches."""

    rows: int
    batch_size: int

    @property
    def whole_batches(self) -> int:
        """Whole batches in an epoch."""
        return self.rows // self.batch_size

    @property
    def tail(self) -> int:
        """Rows in an epoch's last, smaller batch; 0 where all batches are whole."""
        return self.rows % self.batch_size

    @property
    def steps_per_epoch(self) -> int:
        """Steps in an epoch."""
        return self.whole_batches + (self.tail > 0)

    @property
    def batch_sizes(self) -> np.ndarray:
        """Rows of each step of an epoch."""
        return np.array([self.batch_size] * self.whole_batches + [self.tail] * (self.tail > 0))


@dataclass(frozen=True)
class Plan(Batches):
    """Everything that decides a training beside the data: two trainings with equal plans are bit-identical.

    That is on one engine, version and kind of processor; on XLA also with one number of cores, by which it splits sums.
    """

    network: Network
    optimizer: Optimizer
    shuffle: bool
    seed: int
    dtype: Any
    steps_before: int = 0
    """Steps of an earlier training that this one goes on from; optimizers that count steps count these, too."""

    @property
    def shuffles(self) -> bool:
        """Whether the order of the rows matters at all."""
        return self.shuffle and self.steps_per_epoch > 1

    @cached_property
    def step_key(self) -> Array:
        """Key from which each step's key is made."""
        return Rng(self.seed).child("steps").key

    def order(self, epoch: int) -> Int[Array, " n"]:
        """The rows in the order in which an epoch (from 0) visits them."""
        return _order(self.seed, epoch, self.rows) if self.shuffles else np.arange(self.rows, dtype=np.int32)

    def orders(self, epochs: Sequence[int]) -> Int[Array, "epochs n"]:
        """The same of several epochs, a row each; made at once, they take a fraction of the time."""
        if not self.shuffles:
            return np.tile(np.arange(self.rows, dtype=np.int32), (len(epochs), 1))
        return Rng(self.seed).child("shuffle").permutations(epochs, self.rows)

    def batch_rows(self, step: int) -> Int[Array, " b"]:
        """The rows of one step (from 0)."""
        epoch, place = divmod(step, self.steps_per_epoch)
        return self.order(epoch)[place * self.batch_size : (place + 1) * self.batch_size]

    @property
    def draws(self) -> bool:
        """Whether any layer draws random numbers while training."""
        return any(node.layer.draws for node in self.network.nodes)

    def key_of(self, step: int) -> Array | None:
        """Random key of one step (from 0); None where no layer draws."""
        return fold_in(eager_ops(), self.step_key, step) if self.draws else None

    def count_of(self, step: int) -> Any:
        """What an optimizer counts one step (from 0) as, from 1, in the type of the parameters."""
        return self.dtype.type(self.steps_before + step + 1)

    @property
    def form(self) -> Hashable:
        """All of it but numbers and the seed: plans of one form can be trained as one program."""
        nodes, loss = self.network.bind(dict.fromkeys(self.network.numbers(), 0.0))
        optimizer = self.optimizer.at_rate(0.0).skeleton()
        frozen = self.network.frozen_names()
        return self.rows, self.batch_size, nodes, loss, optimizer, frozen, self.shuffle, str(self.dtype)

    def numbers(self) -> dict[str, float]:
        """Every number that training takes as an argument, the learning rate aside."""
        own = {
            f"optimizer.{path}": value
            for path, value in self.optimizer.numbers().items()
            if path.partition(".")[0] != RATE
        }
        return self.network.numbers() | own

    def check(self, numbers: Mapping[str, float]) -> None:
        """Raise :class:`InputError` where one of all numbers, or a learning rate among them, is out of its range."""
        nodes, loss = self.network.bind(numbers)
        optimizer = bound_optimizer(self.optimizer, numbers)
        if RATE in numbers:
            optimizer = optimizer.at_rate(numbers[RATE])
        for config in (*nodes, loss, optimizer):
            config.recheck()


def bound_optimizer(optimizer: Optimizer, numbers: Mapping[str, Any]) -> Optimizer:
    """The optimizer with its numbers, but the learning rate, in place."""
    own = {path.removeprefix("optimizer."): value for path, value in numbers.items() if path.startswith("optimizer.")}
    return optimizer.bind(own)


@lru_cache(maxsize=4)  # an order of ten million rows takes 40 MB
def _order(seed: int, epoch: int, rows: int) -> Int[Array, " n"]:
    order = Rng(seed).child("shuffle").child(epoch).permutation(rows)
    order.flags.writeable = False
    return order
