import subprocess
import sys

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.network import BatchNorm, Dense, LayerNorm, Masked, Network, Residual
from explain.arithmetic import BOUGHT, PRICES, bags, purchases, ready

LECTURE = 1e-4
"""The lecture's table is printed to this."""


def test_case_a_of_the_lecture():
    trace = bags().trace(PRICES, BOUGHT)
    z = [[2.14, 1.29], [-15.06, 0.03], [-32.26, -1.23]]
    np.testing.assert_allclose(trace.value("dense1.z"), z, rtol=0, atol=LECTURE)
    a = [[2.2512, 1.5332], [2.8809e-07, 0.70826], [9.7647e-15, 0.25642]]
    # The tiny ones too, by their digits. The table's 2.2515 for f(2.14) is a slip: log(1 + e^2.14) is 2.2512.
    np.testing.assert_allclose(trace.value("dense1.a"), a, rtol=LECTURE, atol=0)
    np.testing.assert_allclose(trace.prediction, [[-0.0110], [1.0348], [0.0046]], rtol=0, atol=LECTURE)


@pytest.mark.parametrize(
    ("b3", "predictions", "ssr", "slope"),
    [
        (0, (-2.6037, -1.6090, -2.6149), 20.4236, -15.6551),
        (1, (-1.6037, -0.6090, -1.6149), 7.7685, -9.6551),
        (2, (-0.6037, 0.3910, -0.6149), 1.1134, -3.6551),
        (3, (0.3963, 1.3910, 0.3851), 0.4583, 2.3449),
    ],
)
def test_case_b_of_the_lecture(b3, predictions, ssr, slope):
    trace = purchases(b3).trace(PRICES, BOUGHT)
    np.testing.assert_allclose(trace.prediction[:, 0], predictions, rtol=0, atol=LECTURE)
    assert trace.loss == pytest.approx(ssr, abs=LECTURE)
    assert trace.gradient("dense2.bias[0]") == pytest.approx(slope, abs=LECTURE)
    np.testing.assert_array_equal(trace.terms("dense2.bias[0]"), trace.deltas["dense2"].dz[:, 0])


def test_names_of_all_values():
    trace = purchases(0).trace(PRICES, BOUGHT)
    dense1 = ("dense1.x", "dense1.z", "dense1.a")
    dense2 = ("dense2.x", "dense2.z", "dense2.a")
    loss = ("loss.difference", "loss.rows")
    deltas = ("dense2.da", "dense2.dz", "dense2.dx", "dense1.da", "dense1.dz", "dense1.dx", "input.dx")
    found = set(trace.values)
    assert found == {"input", *dense1, *dense2, *loss, *deltas}
    assert all(len(trace.value(name)) == 3 for name in trace.values)


def test_values_of_a_node_with_several_inputs_are_numbered():
    network = ready(Network([Residual([LayerNorm()]), Dense(1)], loss="mse"), np.ones((2, 3)))
    trace = network.trace([[1.0, 2.0, 4.0], [0.0, 1.0, 0.0]], [0.0, 1.0])
    np.testing.assert_array_equal(trace.value("add1.x1"), trace.value("layernorm1.z"))
    np.testing.assert_array_equal(trace.value("add1.x2"), trace.value("input"))
    np.testing.assert_array_equal(trace.value("add1.dx1"), trace.value("add1.dz"))
    assert trace.value("layernorm1.deviation").shape == (2, 1)


def test_values_in_records_of_records_have_names_with_dots():
    network = ready(Network([BatchNorm(), Dense(1)], loss="mse"), np.ones((2, 3)))
    assert network.trace(np.ones((2, 3))).value("batchnorm1.stats.mean").shape == (3,)


def test_a_masked_input_has_its_values_and_its_mask():
    x = Masked(np.ones((2, 3, 2)), np.array([[True, True, False], [True, True, True]]))
    network = ready(Network([LayerNorm()], loss="mse"), x)
    trace = network.trace(x)
    assert trace.value("input").shape == (2, 3, 2)
    assert trace.value("input.mask").sum() == 5


def test_what_a_trace_shows_cannot_be_changed():
    trace = purchases(0).trace(PRICES, BOUGHT)
    for array in (
        trace.value("dense1.z"),
        trace.prediction,
        trace.gradients["dense1.weight"],
        trace.params["dense1.bias"],
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


WITHOUT = "it was made without targets. Pass them: trace(X, y)."


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda trace: trace.gradient("dense2.bias[0]"), "gradient of 'dense2.bias[0]'"),
        (lambda trace: trace.gradients, "gradients"),
        (lambda trace: trace.deltas, "deltas"),
        (lambda trace: trace.terms("dense2.bias[0]"), "terms of 'dense2.bias[0]'"),
        (lambda trace: trace.value("dense1.dz"), "value 'dense1.dz'"),
    ],
)
def test_asking_for_the_backward_pass_of_a_trace_without_targets(ask, what):
    with pytest.raises(InputError) as caught:
        ask(purchases(0).trace(PRICES))
    assert str(caught.value) == f"The trace has no {what}: {WITHOUT}"


def test_a_value_that_there_is_not():
    with pytest.raises(InputError) as caught:
        purchases(0).trace(PRICES).value("dens1.z")
    assert str(caught.value) == (
        "The trace has no value 'dens1.z'; it has 'input', 'dense1.x', 'dense1.z', 'dense1.a', 'dense2.x', 'dense2.z', "
        "'dense2.a'. Did you mean 'dense1.z'?"
    )


def test_a_gradient_that_there_is_not():
    with pytest.raises(InputError) as caught:
        purchases(0).trace(PRICES, BOUGHT).gradient("dense2.bas[0]")
    assert str(caught.value) == (
        "There is no parameter 'dense2.bas[0]'; there are 'dense1.weight', 'dense1.bias', 'dense2.weight', "
        "'dense2.bias'. Did you mean 'dense2.bias'?"
    )


def test_terms_are_those_of_a_single_number():
    with pytest.raises(InputError) as caught:
        purchases(0).trace(PRICES, BOUGHT).terms("dense1.weight")
    assert str(caught.value) == "terms takes a single number of 'dense1.weight', such as 'dense1.weight[0, 0]'."


def test_a_trace_in_a_few_words():
    assert repr(purchases(0).trace(PRICES[:1], BOUGHT[:1])) == (
        "Trace  1 row, 2 nodes  loss 6.77907\nprediction: [[-2.603665]]"
    )


def test_explaining_needs_neither_jax_nor_rich():
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from chainrule.network import Dense, Network\n"
        "line = Network([Dense(1)], loss='ssr').set({'dense1.weight': [[0.64]], 'dense1.bias': [0.0]})\n"
        "sheet = line.trace([[0.5]], [1.4]).worksheet()\n"
        "sheet.to_text(), sheet.to_html()\n"
        "found = {'jax', 'rich', 'sklearn', 'matplotlib', 'polars'} & set(sys.modules)\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
