"""Steps are taken apart so that rows and steps add up to what was done, whatever the optimizer."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import chainrule as cr
from chainrule.explain.ledger import ledger
from chainrule.explain.pieces import Pieces, summed
from chainrule.optimizers.base import LinearForm


@st.composite
def pieces(draw):
    """Any steps at all: the sums hold for every linear form."""
    steps, rows, batch = draw(st.integers(1, 6)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    batch = min(batch, rows)
    places = np.array([rng.permutation(rows)[:batch] for _ in range(steps)])
    places[rng.random(places.shape) < 0.2] = -1
    terms = np.where(places < 0, 0.0, rng.normal(size=places.shape))
    form = LinearForm(*rng.normal(size=(5, steps)))
    return rows, Pieces(places, terms, rng.normal(size=steps), rng.normal(size=steps + 1), form, rng.normal())


def by_row(made, rows):
    return summed(made.rows, -made.reach().terms[:, None] * made.terms, rows)


@given(pieces())
def test_reach_is_what_going_forward_gives(drawn):
    """The recurrence step by step, with a memory for each row, for penalties and for the time before."""
    rows, made = drawn
    added, memory = np.zeros(rows + 2), np.zeros(rows + 2)
    memory[rows + 1] = made.memory
    form = made.forms
    for step in range(len(made.penalty)):
        sources = np.zeros(rows + 2)
        there = made.rows[step] >= 0
        sources[made.rows[step][there]] = made.terms[step][there]
        sources[rows] = made.penalty[step]
        added -= form.of_memory[step] * memory + form.of_gradient[step] * sources
        memory = form.keep[step] * memory + form.take[step] * sources
    reach = made.reach()
    scale = 1e-12 * max(1.0, np.abs(added).max())  # a few dozen products of numbers of this size
    np.testing.assert_allclose(by_row(made, rows), added[:rows], rtol=1e-10, atol=scale)
    assert -reach.terms @ made.penalty == pytest.approx(added[rows], rel=1e-10, abs=scale)
    assert -reach.memory * made.memory == pytest.approx(added[rows + 1], rel=1e-10, abs=scale)


@given(pieces())
def test_rows_by_steps_add_up_to_rows(drawn):
    rows, made = drawn
    whole = made.by_row_and_step(np.arange(rows), rows)
    scale = 1e-12 * max(1.0, np.abs(whole).max())
    np.testing.assert_allclose(whole.sum(axis=1), by_row(made, rows), rtol=1e-10, atol=scale)
    some = np.arange(rows)[::-2]
    np.testing.assert_array_equal(made.by_row_and_step(some, rows), whole[some])


@pytest.mark.parametrize("optimizer", [cr.SGD(0.05, 0.9), cr.AdamW(0.01, weight_decay=0.3), cr.Lion(0.003)])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_rows_by_steps_add_up_to_each_step(optimizer, seed):
    """With what decays: nothing else moved it, to double precision's rounding of numbers of order 1."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(11, 2))
    network = cr.Network([cr.Dense(3, "tanh"), cr.Dense(1)], loss="mse")
    trainer = cr.Trainer(network, X, X[:, 0] - X[:, 1], optimizer=optimizer, batch_size=4, dtype="float64", seed=seed)
    trainer.run(4)
    found = ledger(trainer, "dense1.weight[1, 0]")
    values = found.pieces.values
    decayed = np.asarray(found.pieces.forms.of_parameter) * values[:-1]
    np.testing.assert_allclose(found.by_row_and_step().sum(axis=0) - decayed, found.by_step, rtol=0, atol=1e-14)
