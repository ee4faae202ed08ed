"""The XLA engine: steps a to b are one compiled program, whatever a and b are.

The program holds no data and no number: rows, orders, learning rates and hyperparameters are its arguments, and the
state is donated. So it is compiled once for a graph and a set of shapes, here or in an earlier process, and stepping,
running, going back and replaying are calls of the same program.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import numpy as np

from chainrule.ops.compiled import compiled_ops, double_precision
from chainrule.training.engine import Advanced, Stretch, Watched, map_arrays
from chainrule.training.plan import Plan
from chainrule.training.program import Call, Look, Program, advance, fold
from chainrule.training.step import Probe, Rows, State

_STEPS_PER_CALL = 16_384
_ORDERS_PER_CALL = 1 << 17
_WATCHED_PER_CALL = 4_096
_TERMS_PER_CALL = 1 << 22
"""Numbers that a probe may see in one call, if it sees one a row."""


class CompiledEngine:
    """Makes steps by calling the program."""

    name = "xla"

    def __init__(self, plan: Plan, rows: Rows, validation: Rows | None) -> None:
        compiled_ops()
        self.plan = plan
        self.program = program_of(plan)
        with double_precision(plan.dtype):
            self.rows: Any = jax.device_put(rows)
            self.validation: Any = jax.device_put(validation)
            self.key = jax.device_put(plan.step_key)
        self._block_steps = self.program.epochs * plan.steps_per_epoch
        self._block = -1
        self._made: set[int] = set()
        self._table = np.zeros((0, 0), dtype=np.int32)
        self._orders: Any = None

    def load(self, state: State) -> State:
        """See :class:`Engine`."""
        return self.fetch(state)  # the program takes NumPy arrays in a tenth of the time that bringing each over takes

    def fetch(self, state: State) -> State:
        """See :class:`Engine`."""
        return map_arrays(lambda array: np.array(array, copy=True), state)

    def longest(self, start: int) -> int:
        """The end of the block of epochs that ``start`` is in."""
        return (start // self._block_steps + 1) * self._block_steps

    def prepare(self, start: int, stop: int) -> None:
        """See :class:`Engine`: the orders of the epochs, to the end of the block at most."""
        block, first = divmod(start, self._block_steps)
        self._block_orders(block, first, min(first + stop - start, self._block_steps))

    def advance(self, state: State, stretch: Stretch) -> Advanced:
        """See :class:`Engine`."""
        call = self._call(stretch)
        with double_precision(self.plan.dtype):
            compiled = _compiled(self.program, self.validation is not None)
            state, losses, validation, _ = compiled(state, self.rows, self.validation, *call)
            losses = np.asarray(losses)[call.start : call.stop]
        if self.validation is None:
            return Advanced(state, losses, {})
        spe = self.plan.steps_per_epoch
        found, ended = np.asarray(validation), range(call.start // spe, call.stop // spe)
        return Advanced(state, losses, {call.first // spe + epoch: float(found[epoch]) for epoch in ended})

    def watches(self, start: int, most: int | None = None) -> int:
        """See :class:`Engine`."""
        return min(self.longest(start), start + self._at_once(most))

    def _at_once(self, most: int | None) -> int:
        """Steps that one call looks at."""
        return max(1, min(most or _WATCHED_PER_CALL, _TERMS_PER_CALL // self.plan.batch_size))

    def watch(self, state: State, stretch: Stretch, probe: Probe, argument: Any, most: int | None = None) -> Watched:
        """See :class:`Engine`."""
        call = self._call(stretch)
        with double_precision(self.plan.dtype):
            compiled = _compiled_watching(self.program, probe, self._at_once(most))
            made = compiled(argument, state, self.rows, None, *call)
            state, losses, seen = self.fetch(made[0]), np.asarray(made[1])[call.start : call.stop], made[3]
            return Watched(state, losses, _cut(seen, stretch))

    def fold(
        self, states: State, after: State, stretch: Stretch, probe: Probe, argument: Any, carry: Any, most: int
    ) -> tuple[Any, Any]:
        """Go over steps backwards, with what a probe carries along, in double precision.

        Args:
            states: the state before each step, with the steps first.
            after: the state after the last.
            stretch: the steps.
            probe: it is given pairs and gives pairs: what it carries along, and its argument or what it sees.
            argument: numbers that it takes.
            carry: what it carries along, as it is after the last step.
            most: steps that the program is compiled for.

        Returns:
            What it carries along before the first step, and what it saw of each.
        """
        call = self._call(stretch)
        states = map_arrays(partial(_fill, most=most), states)
        with double_precision(np.dtype(np.float64)):
            compiled = _compiled_folding(self.program, probe, most)
            carry, seen = compiled(argument, states, after, carry, self.rows, *call)
            return map_arrays(np.asarray, carry), _cut(seen, stretch)

    def _call(self, stretch: Stretch) -> Call:
        steps = self._block_steps
        block, start = divmod(stretch.start, steps)
        first, stop = stretch.start - start, start + stretch.stop - stretch.start
        rates = np.zeros(steps, dtype=self.plan.dtype)
        rates[start:stop] = stretch.rates
        numbers = {path: self.plan.dtype.type(value) for path, value in stretch.numbers.items()}
        orders, before = self._block_orders(block, start, stop), np.int32(self.plan.steps_before)
        return Call(orders, rates, numbers, self.key, before, *map(np.int32, (first, start, stop)))

    def _block_orders(self, block: int, start: int, stop: int) -> Any:
        """The orders of a block's epochs on the device, made for the steps (of the block) that need them."""
        if not self.program.shuffles:
            return None
        if block != self._block:
            self._block, self._made = block, set()
            self._table = np.zeros((self.program.epochs, self.plan.rows), dtype=np.int32)
        spe = self.plan.steps_per_epoch
        missing = [epoch for epoch in range(start // spe, -(-stop // spe)) if epoch not in self._made]
        if missing:
            self._table[missing] = self.plan.orders([block * self.program.epochs + epoch for epoch in missing])
            self._made.update(missing)
            self._orders = jax.device_put(self._table.copy())
        return self._orders


def _cut(seen: Any, stretch: Stretch) -> Any:
    """What was seen of the steps that were made."""
    return map_arrays(lambda array: np.array(array[: stretch.stop - stretch.start]), seen)


def _fill(array: np.ndarray, most: int) -> np.ndarray:
    """Zeros behind the last of some steps, so that one program does for any number of them."""
    return np.concatenate([array, np.zeros((most - len(array), *array.shape[1:]), dtype=array.dtype)])


def program_of(plan: Plan, networks: int = 1) -> Program:
    """What the program of a plan is compiled for, where so many networks are trained at once."""
    epochs = max(1, _STEPS_PER_CALL // plan.steps_per_epoch)
    if plan.shuffles:
        epochs = max(1, min(epochs, _ORDERS_PER_CALL // (plan.rows * networks)))
    nodes, loss = plan.network.bind(dict.fromkeys(plan.network.numbers(), 0.0))
    return Program(
        plan.rows,
        plan.batch_size,
        nodes,
        loss,
        plan.optimizer.at_rate(0.0).skeleton(),
        plan.network.frozen_names(),
        plan.shuffles,
        epochs,
        str(plan.dtype),
    )


def advance_together(
    plans: Sequence[Plan], rows: Rows, states: Sequence[State], stretches: Sequence[Stretch]
) -> tuple[list[State], np.ndarray]:
    """Make the same steps of many networks at once: the program mapped over states, orders, rates, numbers and keys.

    Args:
        plans: a plan for each network; all have one program.
        rows: the rows that all of them learn from.
        states: where each starts.
        stretches: for each the same steps, from the first on, with its own rates and numbers.

    Returns:
        The states after the steps, and the losses, shape (networks, steps).
    """
    compiled_ops()
    plan, steps = plans[0], stretches[0].stop
    program, spe = program_of(plan, len(plans)), plan.steps_per_epoch
    alike = len({each.seed for each in plans}) == 1  # then orders and keys are, and batches are gathered once
    ordered = plans[:1] if alike else plans
    numbers = {
        path: np.array([stretch.numbers[path] for stretch in stretches], dtype=plan.dtype)
        for path in stretches[0].numbers
    }
    losses: list[np.ndarray] = []
    with double_precision(plan.dtype):
        shared: Any = jax.device_put(rows)
        state: Any = jax.tree.map(lambda *arrays: np.stack(arrays), *states)  # JAX takes a millisecond an array
        keys: Any = np.stack([each.step_key for each in ordered])
        for first_epoch in range(0, -(-steps // spe), program.epochs):
            first = first_epoch * spe
            stop = min(steps - first, program.epochs * spe)
            rates = np.zeros((len(plans), program.epochs * spe), dtype=plan.dtype)
            orders = None
            for place, stretch in enumerate(stretches):
                rates[place, :stop] = stretch.rates[first : first + stop]
            if program.shuffles:
                orders = np.zeros((len(ordered), program.epochs, plan.rows), dtype=np.int32)
                epochs = -(-stop // spe)
                for place, each in enumerate(ordered):
                    orders[place, :epochs] = each.orders(range(first_epoch, first_epoch + epochs))
            if alike:
                orders, key = None if orders is None else orders[0], keys[0]
            else:
                key = keys
            state, made, *_ = _compiled_together(program, alike)(
                state, shared, None, orders, rates, numbers, key, *map(np.int32, (plan.steps_before, first, 0, stop))
            )
            losses.append(np.asarray(made)[:, :stop])
        ends = jax.tree.map(np.asarray, state)
        apart = [map_arrays(lambda array, place=place: array[place].copy(), ends) for place in range(len(plans))]
    return apart, np.concatenate(losses, axis=1)


@lru_cache(maxsize=16)
def _compiled_together(program: Program, alike: bool) -> Any:
    """The program for many networks at once; those that are ``alike`` take their rows in the same order."""
    ordered = None if alike else 0
    axes = (0, None, None, ordered if program.shuffles else None, 0, 0, ordered, None, None, None, None)
    return jax.jit(jax.vmap(partial(advance, program, False), in_axes=axes), donate_argnums=0)


@lru_cache(maxsize=32)
def _compiled(program: Program, validates: bool) -> Any:
    """The program, compiled when it is first called (or read from disk)."""
    return jax.jit(partial(advance, program, validates), donate_argnums=0)


@lru_cache(maxsize=32)
def _compiled_watching(program: Program, probe: Probe, most: int) -> Any:
    """The program with a probe that sees so many steps of a call at most."""

    def watching(argument: Any, *given: Any) -> Any:
        return advance(program, False, *given, look=Look(probe, argument, most))

    return jax.jit(watching, donate_argnums=1)


@lru_cache(maxsize=32)
def _compiled_folding(program: Program, probe: Probe, most: int) -> Any:
    """The program that goes over so many steps at most, backwards."""

    def folding(argument: Any, *given: Any) -> Any:
        return fold(program, *given, look=Look(probe, argument, most))

    return jax.jit(folding)
