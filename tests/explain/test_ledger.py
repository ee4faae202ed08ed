"""The ledger adds up, for every optimizer, and knows the rows apart."""

from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.ledger import ledger

RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 3))
Y = X[:, 0] * 2 + np.sin(X[:, 1])
OPTIMIZERS = {
    "sgd": cr.SGD(0.05),
    "momentum": cr.SGD(0.05, 0.9),
    "nesterov": cr.SGD(0.05, 0.9, nesterov=True),
    "adam": cr.Adam(0.01),
    "adamw": cr.AdamW(0.01, weight_decay=0.3),
    "adagrad": cr.Adagrad(0.05),
    "rmsprop": cr.RMSProp(0.01),
    "lion": cr.Lion(0.003, weight_decay=0.1),
    "clipped": cr.Adam(0.01, clip_norm=0.5, clip_value=0.1),
}


def trained(optimizer, engine="numpy", dtype="float64", **layer):
    network = cr.Network([cr.Dense(4, "tanh", **layer), cr.Dropout(0.2), cr.Dense(1)], loss="mse")
    trainer = cr.Trainer(network, X, Y, optimizer=optimizer, batch_size=5, seed=1, engine=engine, dtype=dtype, epochs=8)
    trainer.run(8)
    return trainer


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize(("start", "stop"), [(0, None), (7, 33)])
def test_it_adds_up(optimizer, start, stop):
    """What is left over is rounding of a few dozen sums of numbers of order 1 in double precision."""
    trainer = trained(optimizer, l2=0.01)
    found = ledger(trainer, "dense1.weight[1, 2]", start, stop)
    assert abs(found.others["rounding"]) < 1e-14
    assert found.initial + found.by_row.sum() + sum(found.others.values()) == pytest.approx(found.final, abs=1e-14)
    assert found.initial + found.by_step.sum() == pytest.approx(found.final, abs=1e-14)
    trainer.seek(start)
    assert found.initial == trainer.params["dense1.weight[1, 2]"]
    trainer.seek(found.stop)
    assert found.final == trainer.params["dense1.weight[1, 2]"]


def test_without_penalty_or_decay_rows_are_all_there_is():
    found = ledger(trained(cr.Adam(0.01)), "dense2.bias[0]")
    assert found.initial + found.by_row.sum() == pytest.approx(found.final, abs=1e-14)
    assert found.others == {
        "penalty": 0,
        "weight decay": 0,
        "earlier steps": 0,
        "rounding": pytest.approx(0, abs=1e-14),
    }


def test_on_xla_it_is_the_training_that_was_made_there():
    """Float32 rounds at 6e-8; sixty steps of numbers of order 1."""
    trainer = trained(cr.Adam(0.01), "xla", "float32")
    found = ledger(trainer, "dense1.weight[1, 2]")
    assert found.final == trainer.params["dense1.weight[1, 2]"]
    assert abs(found.others["rounding"]) < 1e-6


def test_a_row_by_hand():
    """Two rows, one step of plain descent on a line: each row takes off rate * 2/n * residual * x."""
    line = cr.Network([cr.Dense(1)], loss="mse").set({"dense1.weight": [[0.5]], "dense1.bias": [0.0]})
    trainer = cr.Trainer(line, [[1.0], [3.0]], [2.0, 1.0], optimizer=cr.SGD(0.1), dtype="float64")
    trainer.step()
    found = ledger(trainer, "dense1.weight[0, 0]")
    np.testing.assert_allclose(found.by_row, [-0.1 * (0.5 - 2) * 1, -0.1 * (1.5 - 1) * 3], rtol=1e-14)
    up, down = found.top()
    assert [row for row, _ in up] == [1]
    assert [row for row, _ in down] == [2]


def test_a_row_that_does_not_matter_adds_nothing():
    """Its weight is 0, so that momentum has nothing of it to carry along either."""
    network = cr.Network([cr.Dense(4, "tanh"), cr.Dense(1)], loss="mse")
    weight = np.ones(23)
    weight[4] = 0
    trainer = cr.Trainer(network, X, Y, optimizer=cr.Adam(0.01), batch_size=5, sample_weight=weight, dtype="float64")
    trainer.run(3)
    found = ledger(trainer, "dense1.weight[0, 0]")
    assert found.by_row[4] == 0
    assert np.count_nonzero(found.by_row) == 22


def test_looking_does_not_move_the_trainer():
    trainer = trained(cr.Adam(0.01))
    before, at = trainer.params["dense1.weight"].copy(), trainer.steps_done
    ledger(trainer, "dense1.weight[0, 0]", 3, 9)
    assert trainer.steps_done == at
    np.testing.assert_array_equal(trainer.params["dense1.weight"], before)


def test_changes_made_on_the_way_are_made_again():
    trainer = trained(cr.SGD(0.05))
    trainer.set(learning_rate=0.001)
    trainer.run(2)
    found = ledger(trainer, "dense2.bias[0]")
    assert abs(found.others["rounding"]) < 1e-14
    assert np.abs(found.by_step[40:]).max() < np.abs(found.by_step[:40]).max() / 5


@pytest.mark.parametrize(
    ("name", "steps", "message"),
    [
        (
            "dense1.weight",
            (0, 5),
            "'dense1.weight' is a whole array; name one number of it, such as 'dense1.weight[0, 0]'.",
        ),
        ("dense2.bias[0]", (0, 99), "There are no steps 1 to 99 to make again: steps 1 to 40 were made."),
        ("dense2.bias[0]", (5, 5), "No step lies between start (5) and stop (5): steps 1 to 40 were made."),
    ],
)
def test_bad_input(name, steps, message):
    with pytest.raises(InputError) as caught:
        ledger(trained(cr.SGD(0.05)), name, *steps)
    assert str(caught.value) == message


def test_a_frozen_parameter_has_none():
    network = cr.Network([cr.Dense(2, "tanh"), cr.Dense(1)], loss="mse").freeze("dense1")
    trainer = cr.Trainer(network, X, Y)
    trainer.step()
    with pytest.raises(InputError, match=r"^'dense1.bias\[0\]' is frozen: no step changes it\.$"):
        ledger(trainer, "dense1.bias[0]")


def test_what_a_person_reads():
    found = ledger(trained(cr.SGD(0.05), l2=0.01), "dense1.weight[1, 2]")
    lines = str(found).splitlines()
    assert lines[0] == "Ledger  dense1.weight[1, 2], steps 1 to 40"
    assert lines[4].startswith("  before step 1 ")
    assert sum(line.startswith("  row ") for line in lines) == 10
    assert any(line.startswith("  13 more rows ") for line in lines)
    assert any(line.startswith("  after step 40 ") for line in lines)
    assert "  … 30 more rows (most=40 or --most 40 shows all) …" in lines


def test_what_is_shown_adds_up():
    found = ledger(trained(cr.SGD(0.05), l2=0.01), "dense1.weight[1, 2]")
    by_row, by_step = (section.lines[0].rows for section in found.document().sections)
    *parts, (_, final) = by_row
    assert final == found.final
    assert sum(value for _, value in parts) == pytest.approx(final, rel=1e-12)
    assert by_step[-1][2] == pytest.approx(final, rel=1e-12)
    assert [step for step, *_ in by_step] == list(range(1, 41))


def test_data_has_every_row_and_step():
    found = ledger(trained(cr.SGD(0.05)), "dense1.weight[1, 2]")
    data = found.to_dict()
    assert data["by_row"] == found.by_row.tolist()
    assert data["by_step"] == found.by_step.tolist()
    assert data["initial"] + sum(data["by_row"]) + sum(data["others"].values()) == pytest.approx(data["final"])


def test_a_row_step_by_step():
    """Rows are named by their numbers; momentum goes on acting after the step a row was in."""
    trainer = trained(cr.SGD(0.05, 0.9))
    found = ledger(trainer, "dense2.bias[0]", 0, 10)
    one, other = found.by_row_and_step(rows=[7, 3])
    assert one.sum() == pytest.approx(found.by_row[6], abs=1e-15)
    assert other.sum() == pytest.approx(found.by_row[2], abs=1e-15)
    batches = found.by_row_and_batch(rows=[7])
    assert batches.sum() == pytest.approx(found.by_row[6], abs=1e-15)
    assert np.flatnonzero(batches[0]).tolist() == [s for s in range(10) if 6 in trainer.plan.batch_rows(s)]
    first = next(step for step in range(5) if 6 in trainer.plan.batch_rows(step))
    assert not one[:first].any()
    assert one[first:].all()


def test_a_row_that_was_not_learned_from_is_named_with_the_nearest():
    with pytest.raises(InputError) as caught:
        ledger(trained(cr.SGD(0.05)), "dense2.bias[0]", 0, 3).by_row_and_step(rows=[24])
    assert str(caught.value) == (
        "Row 24 is none that the training learned from: these are 23 rows from 1 to 23; the nearest are 21, 22, 23."
    )


def test_more_than_fits_is_refused(monkeypatch):
    monkeypatch.setattr("chainrule.explain.account.MOST_CELLS", 60)
    found = ledger(trained(cr.SGD(0.05)), "dense2.bias[0]", 0, 3)
    with pytest.raises(InputError) as caught:
        found.by_row_and_step()
    assert str(caught.value) == (
        "23 rows in 3 steps are more than 60 numbers. Pass some of the rows (rows=[17, 190]), or split fewer steps "
        "(start, stop)."
    )
    assert found.by_row_and_step(rows=[1, 2]).shape == (2, 3)


def test_more_terms_than_fit_are_refused(monkeypatch):
    monkeypatch.setattr("chainrule.explain.pieces.MOST_TERMS", 60)
    with pytest.raises(InputError) as caught:
        ledger(trained(cr.SGD(0.05)), "dense2.bias[0]")
    assert str(caught.value) == (
        "40 steps of 5 rows have 200 terms; at most 60 are split at once. Split fewer steps (start, stop): up to 12."
    )
    assert len(ledger(trained(cr.SGD(0.05)), "dense2.bias[0]", 0, 12).by_step) == 12


def test_rows_of_a_table_are_shown_with_what_stands_in_them(tmp_path):
    run = cr.fit_table("examples/penguins.csv", "species", epochs=2, baselines=False, progress=False)
    for each in (run, cr.load(run.save(tmp_path / "run"))):
        found = each.ledger("dense1.bias[0]")
        up, down = found.top()
        assert list(found.cells) == [row for row, _ in (*up, *reversed(down))]
        row = up[0][0]
        lines = Path("examples/penguins.csv").read_text().splitlines()
        columns = lines[0].split(",")
        raw = dict(zip(columns, lines[row].split(","), strict=True))
        assert {str(value) for value in found.cells[row].values()} <= {*raw.values(), "None"}
        assert found.cells[row]["island"] == raw["island"]
        assert f"\n  {row}  {raw['island']}" in found.to_text(300)
        assert found.to_dict()["cells"][str(row)]["island"] == raw["island"]
