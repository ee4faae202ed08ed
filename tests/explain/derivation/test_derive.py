"""Derivations of every kind of network: the paths add up to the gradient that trained, and to what others say."""

import numpy as np
import pytest

from chainrule.explain.derivation.check import checks_of
from chainrule.explain.symbols import evaluate
from explain.derivation.networks import NETWORKS, in_table, lecture_b

MOST = 10_000


def parameters(trace, most=4):
    """The first few numbers of every parameter, by name."""
    for array, gradient in trace.gradients.items():
        for index in list(np.ndindex(gradient.shape))[:most]:
            yield f"{array}[{', '.join(map(str, index))}]"


def agree(found) -> None:
    checks = checks_of(found.trace, found.of, found.wrt, found.rows, found.value)
    assert [check.by for check in checks if check.value is not None][:1] == ["central differences"]
    assert all(check.agrees for check in checks), checks


@pytest.mark.parametrize(("b3", "slope"), [(0, -15.6551), (1, -9.6551), (2, -3.6551), (3, 2.3449)])
def test_the_lectures_bias(b3, slope):
    """The lecture's own numbers, given to four decimals; each row's term is 2·(observed − predicted)·(−1)."""
    trace = lecture_b(b3)
    found = trace.derivation("dense2.bias[0]")
    assert found.value == pytest.approx(slope, abs=5e-5)
    expected = 2 * (np.array([0.0, 1.0, 0.0]) - trace.prediction[:, 0]) * -1
    np.testing.assert_allclose([path.value for path in found.paths], expected, rtol=1e-15)
    agree(found)


@pytest.mark.parametrize("name", NETWORKS)
def test_paths_add_up_to_the_gradient(name):
    """Sums of a few dozen products in double precision."""
    trace = NETWORKS[name]()
    for wrt in parameters(trace):
        found = trace.derivation(wrt, most=MOST)
        assert found.value == pytest.approx(float(trace.gradient(wrt)), rel=1e-12, abs=1e-15)
        assert found.terms.sum() + found.penalty == pytest.approx(found.value, rel=1e-12, abs=1e-15)
        for row, term, paths in found.by_row():
            assert sum(path.value for path in paths) == pytest.approx(term, rel=1e-10, abs=1e-14), (wrt, row)
        assert found.count == len(found.paths)
        agree(found)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_formula_gives_the_number_that_backward_gave(name):
    trace = NETWORKS[name]()
    seen = 0
    for wrt in parameters(trace, most=2):
        for path in trace.derivation(wrt, most=MOST).paths:
            for factor in path.factors:
                if factor.formula is not None:
                    assert evaluate(factor.formula, factor.values) == pytest.approx(factor.value, rel=1e-9), factor
                    seen += 1
    assert seen


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "codes"])
def test_the_prediction_by_an_input(name):
    trace = NETWORKS[name]()
    for index in list(np.ndindex(trace.value("input").shape[1:]))[:3]:
        found = trace.derivation(f"input[{', '.join(map(str, index))}]", "prediction[0]", row=1, most=MOST)
        assert sum(path.value for path in found.paths) == pytest.approx(found.value, rel=1e-10, abs=1e-14)
        agree(found)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_loss_and_an_activation_by_an_activation(name):
    trace = NETWORKS[name]()
    names = list(trace.forward.nodes)
    for node in names[:-1]:
        place = ", ".join("0" * (trace.value(f"{node}.z").ndim - 1))
        for kind in "za":
            for of in ("loss", "prediction[" + ", ".join("0" * (trace.prediction.ndim - 1)) + "]"):
                found = trace.derivation(f"{node}.{kind}[{place}]", of, row=1, most=MOST)
                assert sum(path.value for path in found.paths) == pytest.approx(found.value, rel=1e-10, abs=1e-14)
                agree(found)


@pytest.mark.parametrize("name", ["residual", "sequence"])
def test_the_loss_by_the_output_is_unfused(name):
    """The loss by the probability itself, times the activation's slopes, is what training took as one."""
    trace = NETWORKS[name]()
    output = trace.nodes[-1].name
    size = trace.prediction.shape[1]
    by_z = [trace.derivation(f"{output}.z[{k}]", row=0).value for k in range(size)]
    by_a = np.array([trace.derivation(f"{output}.a[{k}]", row=0).value for k in range(size)])
    slopes = trace.derivation(f"{output}.z", f"{output}.a", row=0).value
    np.testing.assert_allclose(by_a @ slopes, by_z, rtol=1e-12)
    agree(trace.derivation(f"{output}.a[0]", row=0))


@pytest.mark.parametrize("column", ["size", "age", "garden", "sold", "district = Hill"])
def test_an_answer_by_a_raw_column(column):
    """In the target's own units, by the column's: the first factor is the encoder's slope, the last the decoder's."""
    trace = in_table()
    found = trace.derivation(column, "prediction", row=3, most=MOST)
    assert sum(path.value for path in found.paths) == pytest.approx(found.value, rel=1e-12)
    scale = trace.table.encoder.target.scale
    assert {path.factors[0].value for path in found.paths} == {scale}
    agree(found)
    of_loss = trace.derivation(column, row=3, most=MOST)
    assert sum(path.value for path in of_loss.paths) == pytest.approx(of_loss.value, rel=1e-12)
    agree(of_loss)


def test_the_encoders_slope_is_the_last_factor():
    trace = in_table()
    encoder = trace.table.encoder.column("size")
    paths = trace.derivation("size", "price", row=3).paths
    assert {(path.factors[-1].of, path.factors[-1].value) for path in paths} == {("features[0]", 1 / encoder.scale)}
    assert (trace.derivation("size", "prediction", row=3).of, paths[0].factors[0].of) == ("price", "price")
    assert paths[0].factors[-1].rule == "size = (x − mean)/scale"


def test_an_empty_cell_has_no_slope():
    found = in_table().derivation("age", "prediction", row=7)
    assert (found.value, found.paths, found.count) == (0.0, (), 0)
    mean = in_table().table.encoder.column("age").mean
    said = f"The cell of 'age' is empty: the encoder put in the training rows' mean {mean:.6f}, which moves with "
    assert said + "nothing, so the derivative by it is 0 by construction." in " ".join(str(found).split())


def test_derived_by_itself():
    found = lecture_b(0).derivation("dense1.a[0]", "dense1.a[0]", row=2)
    assert (found.value, found.count, found.paths[0].factors) == (1.0, 1, ())
