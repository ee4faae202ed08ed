"""The table of gradient descent holds what the training did."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.steps import steps_of

X = np.array([[0.5], [2.3], [2.9]])
Y = np.array([1.4, 1.9, 3.2])


def line(optimizer, **settings):
    network = cr.Network([cr.Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    return cr.Trainer(network.freeze("dense1.weight"), X, Y, optimizer=optimizer, dtype="float64", **settings)


def test_the_lecture_s_line():
    """Slope −5.7 at intercept 0, learning rate 0.1, step −0.57, then −2.3 and −0.23 (to two digits)."""
    trainer = line(cr.SGD(0.1))
    trainer.step(2)
    found = steps_of(trainer, "dense1.bias[0]")
    np.testing.assert_allclose(found["slope"], [-5.704, -2.2816], atol=5e-5)
    np.testing.assert_allclose(found["step_size"], [-0.5704, -0.22816], atol=5e-6)
    np.testing.assert_allclose(found["new"], [0.5704, 0.79856], atol=5e-6)
    np.testing.assert_array_equal(found["old"], [0.0, found["new"][0]])
    assert list(found) == ["step", "old", "slope", "learning_rate", "gradient", "direction", "step_size", "new"]


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_every_number_of_adam(engine):
    trainer = line(cr.Adam(0.1), engine=engine)
    trainer.step(30)
    found = steps_of(trainer, "dense1.bias[0]", 20, 30)
    assert found["step"].tolist() == list(range(21, 31))
    np.testing.assert_allclose(found["m_hat"], found["m"] / (1 - 0.9 ** found["step"]), rtol=1e-12)
    np.testing.assert_allclose(found["step_size"], found["scale"] * found["m_hat"], rtol=1e-12)
    np.testing.assert_allclose(found["new"], found["old"] - found["step_size"], rtol=1e-12)
    assert found["new"][-1] == trainer.params["dense1.bias[0]"]


def test_clipping_stands_between_slope_and_gradient():
    trainer = line(cr.SGD(0.1, clip_value=1))
    trainer.step()
    found = steps_of(trainer, "dense1.bias[0]")
    assert found["slope"][0] == pytest.approx(-5.704)
    assert found["gradient"][0] == -1


def test_a_long_table_is_folded():
    trainer = line(cr.SGD(0.01))
    trainer.step(100)
    found = steps_of(trainer, "dense1.bias[0]")
    lines = str(found).splitlines()
    assert lines[0] == "Steps  dense1.bias[0]"
    assert sum(line.split()[0].isdigit() for line in lines if line) == 20
    assert len(found.to_text(most=100).splitlines()) - len(lines) == 79
    assert "  … 80 more rows (most=100 or --most 100 shows all) …" in lines
    rows = found.to_dict()["sections"][0]["lines"][0]["rows"]
    assert [row[-1] for row in rows] == found["new"].tolist()


def test_from_a_run():
    run = cr.fit(cr.Network([cr.Dense(1)], loss="mse"), X, Y, epochs=5, progress=False)
    assert len(run.steps("dense1.bias[0]")["step"]) == 5
    assert run.ledger("dense1.bias[0]").final == run.params["dense1.bias[0]"]


def test_backwards_is_forwards_turned_round():
    trainer = line(cr.Adam(0.1))
    trainer.step(30)
    there, back = steps_of(trainer, "dense1.bias[0]", 20, 26), steps_of(trainer, "dense1.bias[0]", 26, 20)
    assert back["step"].tolist() == [26, 25, 24, 23, 22, 21]
    assert list(back) == list(there)
    for name, column in there.items():
        np.testing.assert_array_equal(back[name], column[::-1])


OPTIMIZERS = {
    "sgd": cr.SGD(0.05),
    "momentum": cr.SGD(0.05, 0.9),
    "nesterov": cr.SGD(0.05, 0.9, nesterov=True),
    "adam": cr.Adam(0.01),
    "adamw": cr.AdamW(0.01, weight_decay=0.3),
    "adagrad": cr.Adagrad(0.05),
    "rmsprop": cr.RMSProp(0.01),
    "lion": cr.Lion(0.003),
    "lion with decay": cr.Lion(0.003, weight_decay=0.1),
}
AS_PYTHON = {"·": "*", "−": "-", "²": "**2", "^": "**", "√(new squares)": "sqrt(new_squares)", "√v_hat": "sqrt(v_hat)"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_the_formula_of_each_column_gives_its_numbers(optimizer):
    """Each formula is worked out for each step from the other columns, and the memory of the step before."""
    trainer = line(optimizer)
    trainer.step(6)
    found = steps_of(trainer, "dense1.bias[0]")
    own = set(found) - {"step", "old", "slope", "learning_rate", "gradient", "new"}
    assert own == set(optimizer.formulas())
    assert set(found.formulas) == own | {"slope", "gradient", "new"}
    for name in own:
        formula = found.formulas[name]
        for symbol, python in AS_PYTHON.items():
            formula = formula.replace(symbol, python)
        for word in ("m", "v", "velocity"):
            formula = formula.replace(f"new {word}", f"new_{word}")
        for step in range(1, 6):
            names = {column: values[step] for column, values in found.items()}
            names |= {f"new_{column}": values[step] for column, values in found.items()}
            names |= {c: found[c][step - 1] for c in ("m", "v", "velocity", "squares") if c in found}
            names |= optimizer.numbers() | {"sqrt": np.sqrt, "sign": np.sign}
            np.testing.assert_allclose(eval(formula, names), found[name][step], rtol=1e-12, err_msg=name)


def test_what_a_person_reads_says_how_each_column_comes():
    trainer = line(cr.AdamW(0.1))
    trainer.step(3)
    columns = steps_of(trainer, "dense1.bias[0]").document().sections[0].lines[0].columns
    assert {column.name: column.note for column in columns}["m_hat"] == "(new m) / (1 − beta1^step)"
