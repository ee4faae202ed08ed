"""What XLA compiles: steps ``start`` to ``stop`` of a block of epochs, forwards as in training, or backwards to look.

Rows, orders, learning rates and numbers are arguments. Forwards is what trains, with a probe beside it where one looks;
backwards goes over states that are there already, the last step first.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from chainrule.losses import Loss
from chainrule.network.graph import Node, bind_numbers
from chainrule.ops import fold_in
from chainrule.ops.compiled import compiled_ops
from chainrule.optimizers import Optimizer
from chainrule.training.plan import Batches, bound_optimizer
from chainrule.training.step import Made, Probe, Rows, State, loss_of, training_step


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


class Call(NamedTuple):
    """Which steps a call makes, and with what."""

    orders: Any
    """The rows in the order of each epoch; None where they stay as they are."""
    rates: Any
    """Learning rate of each step of the block."""
    numbers: dict[str, Any]
    key: Any
    before: Any
    """Steps of an earlier training."""
    first: Any
    """The first step of the block."""
    start: Any
    """The first step that is made, counted in the block, and the one after the last."""
    stop: Any


class Look(NamedTuple):
    """A probe, and how many steps of a call it sees at most."""

    probe: Probe
    argument: Any
    most: int

    def room(self, sizes: Any) -> Any:
        """Where what is seen of each step is written, given the sizes of what is seen of one."""
        return jax.tree.map(lambda like: jnp.zeros((self.most, *like.shape), like.dtype), sizes)


class _Steps:
    """Makes single steps of a block."""

    def __init__(self, program: Program, rows: Rows, call: Call) -> None:
        self.program, self.rows, self.call = program, rows, call
        self.ops = compiled_ops()
        self.nodes, self.loss = bind_numbers(program.nodes, program.loss, call.numbers)

    def make(self, state: State, step: Any, batch: Rows) -> Made:
        """Make one step."""
        program, call, ops = self.program, self.call, self.ops
        optimizer = bound_optimizer(program.optimizer, call.numbers).at_rate(call.rates[step])
        count = (call.before + call.first + step + 1).astype(program.dtype)
        key = fold_in(ops, call.key, call.first + step)
        after, record = training_step(ops, self.nodes, self.loss, optimizer, program.frozen, state, batch, key, count)
        return Made(ops, self.nodes, optimizer, count, state, record, after)

    def batch(self, epoch: Any, place: Any, size: int) -> Rows:
        """The rows of a batch."""
        if size == self.program.rows:
            return self.rows
        begin = jnp.asarray(place, dtype=jnp.int32) * self.program.batch_size
        if not self.program.shuffles:
            return jax.tree.map(lambda array: lax.dynamic_slice_in_dim(array, begin, size), self.rows)
        chosen = lax.dynamic_slice(self.call.orders, (jnp.asarray(epoch, dtype=jnp.int32), begin), (1, size))[0]
        return jax.tree.map(lambda array: jnp.take(array, chosen, axis=0, mode="clip"), self.rows)

    def whole(self) -> Rows:
        """A whole batch, for its sizes."""
        return self.batch(0, 0, self.program.batch_size)


def advance(
    program: Program,
    validates: bool,
    state: State,
    rows: Rows,
    validation: Rows | None,
    *call: Any,
    look: Look | None = None,
) -> tuple[State, Any, Any, Any]:
    """Make the steps of a call (a :class:`Call`, one by one).

    Returns:
        The state after them, losses, validation losses, and what was seen of each step.
    """
    given = Call(*call)
    steps = _Steps(program, rows, given)
    spe, whole, start, stop = program.steps_per_epoch, program.whole_batches, given.start, given.stop

    def make_step(carry: Any, step: Any, batch: Rows) -> Any:
        state, losses, validated, seen = carry
        made = steps.make(state, step, batch)
        if look is not None:
            again = steps.make(*lax.optimization_barrier((state, step, batch)))
            found = look.probe(again._replace(after=made.after), look.argument)
            seen = _write(seen, step - start, found)
        return made.after, losses.at[step].set(made.record.loss.loss), validated, seen

    def make_epoch(epoch: Any, carry: Any) -> Any:
        at = epoch * spe
        if spe == 1:
            carry = make_step(carry, at, rows)
        else:
            low, high = jnp.clip(start - at, 0, whole), jnp.clip(stop - at, 0, whole)
            carry = lax.fori_loop(
                low,
                high,
                lambda place, carry: make_step(carry, at + place, steps.batch(epoch, place, program.batch_size)),
                carry,
            )
            if program.tail:
                last = at + whole
                carry = lax.cond(
                    (start <= last) & (last < stop),
                    lambda carry: make_step(carry, last, steps.batch(epoch, whole, program.tail)),
                    lambda carry: carry,
                    carry,
                )
        if validates and validation is not None:
            state, losses, validated, seen = carry
            watched = validation
            value = lax.cond(
                at + spe <= stop,
                lambda state: loss_of(steps.ops, steps.nodes, steps.loss, state, watched),
                lambda _: validated[epoch],
                state,
            )
            carry = state, losses, validated.at[epoch].set(value), seen
        return carry

    losses = jnp.zeros((program.epochs * spe,), dtype=program.dtype)
    validated = jnp.zeros((program.epochs if validates else 0,), dtype=program.dtype)
    seen = ()
    if look is not None:
        sizes = jax.eval_shape(lambda state: look.probe(steps.make(state, start, steps.whole()), look.argument), state)
        seen = look.room(sizes)
    return lax.fori_loop(start // spe, (stop + spe - 1) // spe, make_epoch, (state, losses, validated, seen))


def fold(
    program: Program, states: State, after: State, carry: Any, rows: Rows, *call: Any, look: Look
) -> tuple[Any, Any]:
    """Go over the steps of a call, the last one first; what the probe carries along it is given, and gives back.

    Args:
        program: what it is compiled for.
        states: the state before each step, with the steps first.
        after: the state after the last.
        carry: what the probe starts from.
        rows: the rows.
        call: a :class:`Call`, one by one.
        look: the probe; its argument and what it gives are pairs, of which the first is carried along.

    Returns:
        What was carried along at the end, and what was seen of each step.
    """
    given = Call(*call)
    steps = _Steps(program, rows, given)
    spe, whole, start, stop = program.steps_per_epoch, program.whole_batches, given.start, given.stop

    def take(state: State, after: State, carry: Any, step: Any, batch: Rows) -> Any:
        return look.probe(steps.make(state, step, batch)._replace(after=after), (carry, look.argument))

    def take_step(held: Any, step: Any, batch: Rows) -> Any:
        carry, after, seen = held
        state = jax.tree.map(lambda array: lax.dynamic_index_in_dim(array, step - start, keepdims=False), states)
        carry, found = take(state, after, carry, step, batch)
        return carry, state, _write(seen, step - start, found)

    def take_epoch(turn: Any, held: Any) -> Any:
        epoch = (stop + spe - 1) // spe - 1 - turn
        at = epoch * spe
        if spe == 1:
            return take_step(held, at, rows)
        low, high = jnp.clip(start - at, 0, whole), jnp.clip(stop - at, 0, whole)
        if program.tail:
            last = at + whole
            held = lax.cond(
                (start <= last) & (last < stop),
                lambda held: take_step(held, last, steps.batch(epoch, whole, program.tail)),
                lambda held: held,
                held,
            )

        def take_place(turn: Any, held: Any) -> Any:
            place = high - 1 - turn
            return take_step(held, at + place, steps.batch(epoch, place, program.batch_size))

        return lax.fori_loop(0, high - low, take_place, held)

    sizes = jax.eval_shape(lambda after, carry: take(after, after, carry, start, steps.whole())[1], after, carry)
    epochs = (stop + spe - 1) // spe - start // spe
    carry, _, seen = lax.fori_loop(0, epochs, take_epoch, (carry, after, look.room(sizes)))
    return carry, seen


def _write(seen: Any, place: Any, found: Any) -> Any:
    """What was seen of one step, written into what was seen of all."""

    def put(buffer: Any, value: Any) -> Any:
        value = jnp.asarray(value, dtype=buffer.dtype)
        return lax.dynamic_update_slice(buffer, value[None], (place, *(jnp.zeros_like(place),) * value.ndim))

    return jax.tree.map(put, seen, found)
