"""The XLA engine: steps a to b are one compiled program, whatever a and b are.

The program holds no data and no number: rows, orders, learning rates and hyperparameters are its arguments, and the
state is donated. So it is compiled once for a graph and a set of shapes, here or in an earlier process, and stepping,
running, going back and replaying are calls of the same program.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from chainrule.losses import Loss
from chainrule.network.graph import Node, bind_numbers
from chainrule.ops import fold_in
from chainrule.ops.compiled import compiled_ops, double_precision
from chainrule.optimizers import Optimizer
from chainrule.training.engine import Advanced, Stretch, Watched, map_arrays
from chainrule.training.plan import Batches, Plan, bound_optimizer
from chainrule.training.probe import Made, Probe
from chainrule.training.step import Rows, State, loss_of, training_step

_STEPS_PER_CALL = 16_384
_ORDERS_PER_CALL = 1 << 17
_WATCHED_PER_CALL = 4_096
_TERMS_PER_CALL = 1 << 22
"""Numbers that a probe may see in one call, if it sees one a row."""


@dataclass(frozen=True)
class Program(Batches):
    """What a program is compiled for; everything else is an argument of it."""

    nodes: tuple[Node, ...]
    loss: Loss
    optimizer: Optimizer
    frozen: frozenset[str]
    shuffles: bool
    epochs: int
    """Epochs that one call can reach over."""
    dtype: str


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
        self._block = -1
        self._made: set[int] = set()
        self._table = np.zeros((0, 0), dtype=np.int32)
        self._orders: Any = None

    def load(self, state: State) -> State:
        """See :class:`Engine`."""
        with double_precision(self.plan.dtype):
            return map_arrays(lambda array: jnp.array(array, copy=True), state)

    def fetch(self, state: State) -> State:
        """See :class:`Engine`."""
        return map_arrays(lambda array: np.array(array, copy=True), state)

    def longest(self, start: int) -> int:
        """The end of the block of epochs that ``start`` is in."""
        block = self.program.epochs * self.plan.steps_per_epoch
        return (start // block + 1) * block

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

    def watches(self, start: int) -> int:
        """See :class:`Engine`."""
        return min(self.longest(start), start + self._watched)

    @property
    def _watched(self) -> int:
        """Steps that one call looks at."""
        return max(1, min(_WATCHED_PER_CALL, _TERMS_PER_CALL // self.plan.batch_size))

    def watch(self, state: State, stretch: Stretch, probe: Probe, argument: Any) -> Watched:
        """See :class:`Engine`."""
        call = self._call(stretch)
        with double_precision(self.plan.dtype):
            compiled = _compiled_watching(self.program, probe, self._watched)
            made = compiled(state, self.rows, None, *call, argument)
            state, losses, seen = self.fetch(made[0]), np.asarray(made[1])[call.start : call.stop], made[3]
            seen = map_arrays(lambda array: np.array(array[: call.stop - call.start]), seen)
        return Watched(state, losses, seen)

    def _call(self, stretch: Stretch) -> "_Call":
        steps = self.program.epochs * self.plan.steps_per_epoch
        block, start = divmod(stretch.start, steps)
        first, stop = stretch.start - start, start + stretch.stop - stretch.start
        rates = np.zeros(steps, dtype=self.plan.dtype)
        rates[start:stop] = stretch.rates
        numbers = {path: self.plan.dtype.type(value) for path, value in stretch.numbers.items()}
        orders, before = self._block_orders(block, start, stop), np.int32(self.plan.steps_before)
        return _Call(orders, rates, numbers, self.key, before, *map(np.int32, (first, start, stop)))

    def _block_orders(self, block: int, start: int, stop: int) -> Any:
        """The orders of a block's epochs on the device, made for the steps (of the block) that need them."""
        if not self.program.shuffles:
            return None
        if block != self._block:
            self._block, self._made = block, set()
            self._table = np.zeros((self.program.epochs, self.plan.rows), dtype=np.int32)
        spe = self.plan.steps_per_epoch
        missing = set(range(start // spe, -(-stop // spe))) - self._made
        if missing:
            for epoch in missing:
                self._table[epoch] = self.plan.order(block * self.program.epochs + epoch)
            self._made |= missing
            self._orders = jax.device_put(self._table.copy())
        return self._orders


class _Call(NamedTuple):
    """Arguments of the program beside the state and the rows."""

    orders: Any
    rates: np.ndarray
    numbers: dict[str, Any]
    key: Any
    before: Any
    """Steps of an earlier training."""
    first: Any
    """The first step of the block of epochs."""
    start: Any
    """The first step, counted in the block, and the one after the last."""
    stop: Any


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
        state: Any = jax.tree.map(lambda *arrays: jnp.stack(arrays), *states)
        keys: Any = jnp.stack([each.step_key for each in ordered])
        for first_epoch in range(0, -(-steps // spe), program.epochs):
            first = first_epoch * spe
            stop = min(steps - first, program.epochs * spe)
            rates = np.zeros((len(plans), program.epochs * spe), dtype=plan.dtype)
            orders = None
            for place, stretch in enumerate(stretches):
                rates[place, :stop] = stretch.rates[first : first + stop]
            if program.shuffles:
                orders = np.zeros((len(ordered), program.epochs, plan.rows), dtype=np.int32)
                for place, each in enumerate(ordered):
                    for epoch in range(-(-stop // spe)):
                        orders[place, epoch] = each.order(first_epoch + epoch)
            if alike:
                orders, key = None if orders is None else orders[0], keys[0]
            else:
                key = keys
            state, made, *_ = _compiled_together(program, alike)(
                state, shared, None, orders, rates, numbers, key, *map(np.int32, (plan.steps_before, first, 0, stop))
            )
            losses.append(np.asarray(made)[:, :stop])
        apart = [jax.tree.map(lambda array, place=place: np.array(array[place]), state) for place in range(len(plans))]
    return apart, np.concatenate(losses, axis=1)


@lru_cache(maxsize=16)
def _compiled_together(program: Program, alike: bool) -> Any:
    """The program for many networks at once; those that are ``alike`` take their rows in the same order."""
    ordered = None if alike else 0
    axes = (0, None, None, ordered if program.shuffles else None, 0, 0, ordered, None, None, None, None)
    return jax.jit(jax.vmap(partial(_advance, program, False), in_axes=axes), donate_argnums=0)


@lru_cache(maxsize=32)
def _compiled(program: Program, validates: bool) -> Any:
    """The program, compiled when it is first called (or read from disk)."""
    return jax.jit(partial(_advance, program, validates), donate_argnums=0)


@lru_cache(maxsize=32)
def _compiled_watching(program: Program, probe: Probe, most: int) -> Any:
    """The program with a probe that sees so many steps of a call at most."""

    def watching(*arguments: Any) -> Any:
        *given, argument = arguments
        return _advance(program, False, *given, look=_Look(probe, argument, most))

    return jax.jit(watching, donate_argnums=0)


class _Look(NamedTuple):
    """What looks at the steps of a call."""

    probe: Probe
    argument: Any
    most: int

    def write(self, seen: Any, place: Any, made: Made) -> Any:
        """What is seen of one step, written into what was seen of all."""

        def put(buffer: Any, value: Any) -> Any:
            value = jnp.asarray(value, dtype=buffer.dtype)
            return lax.dynamic_update_slice(buffer, value[None], (place, *(jnp.zeros_like(place),) * value.ndim))

        return jax.tree.map(put, seen, self.probe(made, self.argument))


def _advance(
    program: Program,
    validates: bool,
    state: State,
    rows: Rows,
    validation: Rows | None,
    orders: Any,
    rates: Any,
    numbers: dict[str, Any],
    key: Any,
    before: Any,
    first: Any,
    start: Any,
    stop: Any,
    look: _Look | None = None,
) -> tuple[State, Any, Any, Any]:
    """Steps ``start`` to ``stop`` of a block of epochs whose first step is ``first``, after ``before`` earlier ones.

    Returns:
        The state after them, losses, validation losses, and what was seen of each step.
    """
    ops = compiled_ops()
    spe, whole = program.steps_per_epoch, program.whole_batches
    nodes, loss = bind_numbers(program.nodes, program.loss, numbers)

    def made(state: State, step: Any, batch: Rows) -> Made:
        optimizer = bound_optimizer(program.optimizer, numbers).at_rate(rates[step])
        count = (before + first + step + 1).astype(program.dtype)
        after, record = training_step(
            ops, nodes, loss, optimizer, program.frozen, state, batch, fold_in(ops, key, first + step), count
        )
        return Made(ops, nodes, optimizer, count, state, record, after)

    def make_step(carry: Any, step: Any, batch: Rows) -> Any:
        state, losses, validated, seen = carry
        one = made(state, step, batch)
        if look is not None:
            again = made(*lax.optimization_barrier((state, step, batch)))
            seen = look.write(seen, step - start, again._replace(after=one.after))
        return one.after, losses.at[step].set(one.record.loss.loss), validated, seen

    def take_rows(epoch: Any, place: Any, size: int) -> Rows:
        if size == program.rows:
            return rows
        begin = jnp.asarray(place, dtype=jnp.int32) * program.batch_size
        if not program.shuffles:
            return jax.tree.map(lambda array: lax.dynamic_slice_in_dim(array, begin, size), rows)
        chosen = lax.dynamic_slice(orders, (jnp.asarray(epoch, dtype=jnp.int32), begin), (1, size))[0]
        return jax.tree.map(lambda array: jnp.take(array, chosen, axis=0, mode="clip"), rows)

    def make_epoch(epoch: Any, carry: Any) -> Any:
        at = epoch * spe
        if spe == 1:
            carry = make_step(carry, at, rows)
        else:
            low, high = jnp.clip(start - at, 0, whole), jnp.clip(stop - at, 0, whole)
            carry = lax.fori_loop(
                low,
                high,
                lambda place, carry: make_step(carry, at + place, take_rows(epoch, place, program.batch_size)),
                carry,
            )
            if program.tail:
                last = at + whole
                carry = lax.cond(
                    (start <= last) & (last < stop),
                    lambda carry: make_step(carry, last, take_rows(epoch, whole, program.tail)),
                    lambda carry: carry,
                    carry,
                )
        if validates and validation is not None:
            state, losses, validated, seen = carry
            watched = validation
            value = lax.cond(
                at + spe <= stop,
                lambda state: loss_of(ops, nodes, loss, state, watched),
                lambda _: validated[epoch],
                state,
            )
            carry = state, losses, validated.at[epoch].set(value), seen
        return carry

    losses = jnp.zeros((program.epochs * spe,), dtype=program.dtype)
    validated = jnp.zeros((program.epochs if validates else 0,), dtype=program.dtype)
    seen = ()
    if look is not None:
        sizes = jax.eval_shape(
            lambda state: look.probe(made(state, start, take_rows(0, 0, program.batch_size)), look.argument), state
        )
        seen = jax.tree.map(lambda like: jnp.zeros((look.most, *like.shape), like.dtype), sizes)
    return lax.fori_loop(start // spe, (stop + spe - 1) // spe, make_epoch, (state, losses, validated, seen))
