import json
import re
from dataclasses import replace

import numpy as np
import pytest

from chainrule.activations import activation_names
from chainrule.errors import InputError, InputTypeError
from chainrule.explain import Check, trace_state
from chainrule.losses import loss_names
from chainrule.network import (
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    Masked,
    Network,
    Parallel,
    Residual,
)
from explain.arithmetic import BOUGHT, PRICES, bags, evaluate, purchases, ready

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
TABLE = {"features": X[:4, :2], "city": np.array([1, 0, 2, 2])}
PICTURES = RNG.normal(size=(3, 5, 4, 2))
STEPS = Masked(RNG.normal(size=(2, 4, 3)), np.array([[True, True, False, False], [True] * 4]))
CODES = np.array([0, 2, 1, 1, 0])

CASES = {
    "lecture": (bags(), PRICES, BOUGHT),
    "line": (Network([Dense(1)], loss="mse"), X, X[:, 0]),
    "deep": (Network([Dense(4, "relu"), Dense(3, "tanh"), Dense(2)], loss="mse"), X, X[:, :2]),
    "penalties": (Network([Dense(4, "tanh", l1=0.1, l2=0.01), Dense(1, l2=0.1)], loss="mse"), X, X[:, 0]),
    "classes": (Network([Dense(4, "silu"), Dense(3, "softmax")], loss="cross_entropy"), X, CODES),
    "logits": (Network([Dense(3)], loss="cross_entropy_from_logits"), X, CODES),
    "unfused": (Network([Dense(3, "softmax")], loss="mse"), X, np.eye(3)[CODES]),
    "log softmax": (Network([Dense(3, "log_softmax")], loss="mse"), X, np.eye(3)[CODES]),
    "yes or no": (Network([Dense(4, "gelu"), Dense(1, "sigmoid")], loss="binary_cross_entropy"), X, CODES > 0),
    "residual": (
        Network([Dense(3, "tanh"), Residual([LayerNorm(), Dense(3, "elu")]), Dense(1)], loss="mse"),
        X,
        X[:, 0],
    ),
    "parallel": (
        Network([Parallel([[Dense(2, "tanh")], []]), Activation("softsign"), Dense(1)], loss="mse"),
        X,
        X[:, 0],
    ),
    "normalised": (Network([Dense(4), BatchNorm(), Dropout(0.5), Dense(1)], loss="mse"), X, X[:, 0]),
    "table": (
        Network(
            [Embedding(3, 2, inputs=["city"]), Concatenate(inputs=["features", "embedding1"]), Dense(1)],
            inputs=["features", "city"],
            loss="mse",
        ),
        TABLE,
        X[:4, 2],
    ),
    "picture": (Network([Conv2D(2, 3, "tanh", padding="same"), Flatten(), Dense(1)], loss="mse"), PICTURES, X[:3, 0]),
    "strides": (Network([Conv2D(2, 2, strides=2), Flatten(), Dense(1)], loss="mse"), PICTURES, X[:3, 0]),
    "steps": (Network([LayerNorm(), Activation("tanh"), Flatten(), Dense(1)], loss="mse"), STEPS, X[:2, 0]),
}


@pytest.fixture(params=CASES)
def trace(request):
    network, inputs, target = CASES[request.param]
    return ready(network, inputs).trace(inputs, target)


def gradient_names(trace):
    for name, array in trace.gradients.items():
        for index in np.ndindex(array.shape):
            yield f"{name}[{', '.join(map(str, index))}]"


def test_every_gradient_is_shown_and_is_the_sum_of_its_terms(trace):
    worksheet = trace.worksheet(open="all")
    for name in gradient_names(trace):
        line = worksheet.line(name)
        assert line.result == trace.gradient(name)
        size = sum(abs(term.value) for term in line.terms)
        assert sum(term.value for term in line.terms) == pytest.approx(line.result, rel=0, abs=1e-15 * (1 + size))
        rows = [term.value for term in line.terms if term.label.startswith("row")]
        assert rows == trace.terms(name).tolist()


def test_every_sum_adds_up(trace):
    for row in range(trace.rows):
        worksheet = trace.worksheet(row)
        assert worksheet.agrees, worksheet.verdict
        assert worksheet.checks


def test_every_product_is_that_of_its_factors(trace):
    for section in trace.worksheet(1, open="all").sections:
        for line in section.lines:
            for term in line.terms:
                assert np.prod(term.factors) == pytest.approx(term.value, rel=1e-15, abs=0)


def test_the_arithmetic_on_show_gives_the_result_on_show(trace):
    for lines in (1, 100):
        worksheet = trace.worksheet(1, decimals=17, lines=lines, terms=2 * lines)
        written = [(line, line.numbers(17)) for section in worksheet.sections for line in section.lines]
        assert sum(bool(text) for _, text in written) > 5
        for line, text in written:
            if text:
                size = sum(abs(term.value) for term in line.terms) + 1
                assert evaluate(text) == pytest.approx(line.result, rel=1e-12, abs=1e-14 * size), line


def test_values_are_those_of_the_trace(trace):
    worksheet = trace.worksheet(1, open="all")
    for node in trace.nodes:
        shown = 0
        for kind in ("z", "a", "da", "dz"):
            if f"{node.name}.{kind}" not in trace.values or (kind in ("a", "da") and node.activation is None):
                continue
            for index, value in np.ndenumerate(trace.value(f"{node.name}.{kind}")[1]):
                name = f"{node.name}.{kind}[{', '.join(map(str, index))}]"
                if kind == "z" and type(node.layer).__name__ in ("FlattenLayer",):
                    continue
                assert worksheet.line(name).result == value
                shown += 1
        assert shown


@pytest.mark.parametrize("activation", activation_names())
def test_activations_are_written_as_they_are_computed(activation):
    network = ready(Network([Dense(4, activation), Dense(1)], loss="mse"), X)
    trace = network.trace(X, X[:, 0])
    for row in range(3):
        worksheet = trace.worksheet(row, decimals=17)
        assert worksheet.agrees
        for unit in range(4):
            line = worksheet.line(f"dense1.a[{unit}]")
            text = line.numbers(17)
            if activation == "gelu_tanh":  # written with u, which is said beside it
                z = line.values["z"]
                text = text.replace("tanh u", f"tanh({(2 / np.pi) ** 0.5 * (z + 0.044715 * z**3)})".replace("-", "−"))
            if text:
                assert evaluate(text) == pytest.approx(line.result, rel=1e-12)
            else:
                assert activation == "linear"


@pytest.mark.parametrize("weight", [None, np.array([1.0, 0.0, 2.0, 0.5, 1.0])])
@pytest.mark.parametrize("loss", loss_names())
def test_losses_are_written_as_they_are_computed(loss, weight):
    classes, positive = loss.startswith("cross"), loss in ("binary_cross_entropy", "cross_entropy", "poisson")
    output = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid", "poisson": "softplus"}.get(loss)
    network = ready(Network([Dense(3 if classes else 2, output)], loss=loss), X)
    target = CODES if classes else np.abs(np.sin(X[:, :2])) if positive or "entropy" in loss else np.abs(X[:, :2])
    params, stats, inputs = network.ready(X)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, target, weight)
    for row in range(len(X)):
        worksheet = trace.worksheet(row, decimals=17)
        assert worksheet.agrees
        names = [f"loss.rows[{row}]", "dense1.dz[0]", "dense1.dz[1]"]
        names += ["dense1.da[0]", "dense1.da[1]"] if output else []
        for name in names:
            line = worksheet.line(name)
            assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-11, abs=1e-15), name
        assert worksheet.line("loss").result == trace.loss


def test_a_target_of_probabilities_is_written_out():
    network = ready(Network([Dense(3, "softmax")], loss="cross_entropy"), X)
    target = np.array([[0.2, 0.3, 0.5]] * 5)
    params, stats, inputs = network.ready(X)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, target)
    line = trace.worksheet(decimals=17).line("loss.rows[0]")
    assert line.formula == "share·((−y[0]·log(ŷ[0])) + (−y[1]·log(ŷ[1])) + (−y[2]·log(ŷ[2])))"
    assert evaluate(line.numbers(17)) == pytest.approx(line.result, rel=1e-12)


def test_loss_and_activation_taken_as_one_agree_with_the_chain_that_is_taught():
    for case in ("classes", "yes or no"):
        network, inputs, target = CASES[case]
        trace = ready(network, inputs).trace(inputs, target)
        last = trace.nodes[-1].name
        for row in range(trace.rows):
            sections = [s for s in trace.worksheet(row, open="all").sections if s.title == f"{last}: backward"]
            lines = [line for line in sections[0].lines if line.name.startswith(f"{last}.dz")]
            for by_steps, joint in zip(lines[::2], lines[1::2], strict=True):
                assert by_steps.name == joint.name
                assert joint.result == trace.deltas[last].dz[row][int(re.findall(r"\[(\d+)\]", joint.name)[0])]
                assert by_steps.result == pytest.approx(joint.result, rel=1e-13, abs=1e-16)
                assert joint.note.endswith("taken as one: this number was used")


def test_digits_lost_by_the_chain_that_is_taught_are_said():
    network = Network([Dense(1, "sigmoid")], loss="binary_cross_entropy")
    network = network.set({"dense1.weight": [[1.0]], "dense1.bias": [0.0]})
    line = network.trace([[60.0]], [0.0]).worksheet().line("dense1.dz[0]")
    assert line.result == 1.0
    assert line.note == (
        "the same, binary_cross_entropy and sigmoid taken as one: this number was used; 1 apart, because sigmoid is so "
        "close to its limit that digits are lost"
    )


def test_dropout_in_training_is_written_out():
    network = ready(Network([Dropout(0.5), Dense(1)], loss="mse"), X)
    params, stats, inputs = network.ready(X)
    key = np.asarray([0, 1], dtype=np.uint32)
    trace = trace_state(network.nodes, network.loss, params, stats, inputs, X[:, :1], training=True, key=key)
    kept = trace.value("dropout1.kept")
    assert kept.any()
    assert not kept.all()
    for row, unit in np.ndindex(kept.shape):
        line = trace.worksheet(row).line(f"dropout1.z[{unit}]")
        if kept[row, unit]:
            assert line.numbers(17).endswith("/(1 − 0.5)")
            assert evaluate(line.numbers(17)) == line.result
        else:
            assert line.result == 0
            assert line.note == f"input[{unit}] was dropped"


# -- folding


def wide(rows=40, units=50):
    inputs = RNG.normal(size=(rows, 30))
    network = ready(Network([Dense(units, "relu"), Dense(1)], loss="mse"), inputs)
    return network.trace(inputs, inputs[:, 0])


def test_long_sums_show_the_largest_terms_and_the_rest_as_one():
    trace = wide()
    line = trace.worksheet(2, terms=3).line("dense2.z[0]")
    products = trace.value("dense2.x")[2] * trace.params["dense2.weight"][:, 0]
    order = np.argsort(-np.abs(products))
    assert [term.value for term in line.terms[:3]] == products[order[:3]].tolist()
    assert [term.names[0] for term in line.terms[:3]] == [f"dense1.a[{i}]" for i in order[:3]]
    assert line.terms[3].count == 47
    assert line.terms[3].value == pytest.approx(products[order[3:]].sum(), rel=1e-13)
    assert line.terms[4].names == ("bias[0]",)
    assert line.formula == "Σ_i dense1.a[i]·weight[i, 0] + bias[0]"


def test_a_rest_of_one_is_shown_instead():
    trace = purchases(0).trace(PRICES, BOUGHT)
    assert not trace.worksheet(terms=2).line("dense2.bias[0]").folded
    assert trace.worksheet(terms=1).line("dense2.bias[0]").folded


def test_long_groups_show_the_largest_and_say_how_many_are_left():
    trace = wide()
    worksheet = trace.worksheet(lines=3)
    section = worksheet.sections[1]
    largest = np.sort(trace.value("dense1.a")[0])[::-1]
    assert [line.result for line in section.lines[1:-1:2]] == largest[:3].tolist()
    assert len(section.lines) == 7
    assert section.lines[-1].note == (
        f"47 more pairs of z and a, at most {largest[3]:.6f} in size: open='dense1' shows them."
    )


@pytest.mark.parametrize(
    ("open_", "shown", "lines"),
    [
        ("dense1", "dense1.a[49]", 100),
        ("all", "dense1.weight[29, 49]", 100),
        ("dense1.weight", "dense1.weight[29, 49]", 9),
        (("dense1.weight[29, 49]",), "dense1.weight[29, 49]", 9),
        (("dense1.z[7]", "dense1.a[3]"), "dense1.a[3]", 13),
        ("dense1.dz[11]", "dense1.dz[11]", 9),
    ],
)
def test_what_is_folded_can_be_opened(open_, shown, lines):
    worksheet = wide().worksheet(open=open_)
    assert not worksheet.line(shown).folded or open_ != "all"
    assert len(worksheet.sections[1].lines) == lines
    assert worksheet.agrees


def test_opening_a_line_opens_its_sum():
    trace = wide()
    assert trace.worksheet().line("dense2.z[0]").folded
    assert not trace.worksheet(open="dense2.z[0]").line("dense2.z[0]").folded
    assert not trace.worksheet(open="dense2.bias[0]").line("dense2.bias[0]").folded


def test_padding_is_left_out_and_said():
    network, inputs, target = CASES["steps"]
    section = ready(network, inputs).trace(inputs, target).worksheet(0, open="all").sections[1]
    assert {line.symbol for line in section.lines if line.symbol} == {f"z[{t}, {f}]" for t in (0, 1) for f in range(3)}
    assert section.lines[-1].note == "2 of 4 steps of this row are padding."


# -- the document


def test_sections_stand_in_the_order_of_the_work():
    parts = [section.part for section in bags().trace(PRICES, BOUGHT).worksheet().sections]
    assert parts == ["row", "forward", "forward", "prediction", "loss", "backward", "backward", "backward"]


def test_without_targets_the_worksheet_ends_with_the_prediction():
    worksheet = bags().trace(PRICES).worksheet(1)
    assert [section.part for section in worksheet.sections] == ["row", "forward", "forward", "prediction"]
    assert worksheet.verdict.startswith("re-added: 3 sums, agreeing with predict to ")


def test_sums_without_rounding_agree_exactly():
    network = Network([Dense(1)]).set({"dense1.weight": [[2.0]], "dense1.bias": [0.5]})
    assert network.trace([[1.0]]).worksheet().verdict == "re-added: 1 sum, agreeing with predict exactly"


def test_what_nothing_uses_has_no_gradient_and_that_is_said():
    network = ready(Network([Dense(2, name="left"), Dense(1, name="out", inputs=["input"])], loss="mse"), X)
    sections = network.trace(X, X[:, 0]).worksheet().sections
    left = next(section for section in sections if section.title == "left: backward")
    assert left.note == "Nothing after it uses it, so the loss does not change with it."
    assert all(line.result == 0 for line in left.lines if line.symbol)


def test_a_sum_that_does_not_add_up_is_told():
    worksheet = replace(
        bags().trace(PRICES).worksheet(), checks=(Check("a", 1, 1, 0), Check("dense1.z[0]", 2.5, 2.0, 0.1))
    )
    assert not worksheet.agrees
    assert worksheet.verdict == (
        "re-added: 1 of 2 sums do not agree with the pass; dense1.z[0] adds up to 2.5, the pass has 2"
    )


def test_a_wrong_backward_pass_is_caught():
    trace = purchases(0).trace(PRICES, BOUGHT)
    gradients = dict(trace.backward.gradients)
    gradients["dense2"] = gradients["dense2"]._replace(bias=gradients["dense2"].bias * (1 + 1e-12))
    wrong = replace(trace, backward=trace.backward._replace(gradients=gradients))
    assert [check.name for check in wrong.worksheet().checks if not check.agrees] == ["dense2.bias[0]"]


def test_numbers_in_float32_agree_to_its_digits():
    inputs = X.astype(np.float32)
    network = ready(Network([Dense(20, "relu"), Dense(1)], loss="mse"), inputs)
    worksheet = network.trace(inputs, X[:, 0], dtype=np.float32).worksheet()
    assert worksheet.agrees
    assert max(check.difference for check in worksheet.checks) > 1e-12


def test_values_that_are_not_finite_are_shown():
    network = Network([Dense(1)], loss="mse").set({"dense1.weight": [[1.0]], "dense1.bias": [0.0]})
    worksheet = network.trace([[np.inf]]).worksheet()
    assert worksheet.line("dense1.z[0]").answer() == "∞"
    assert worksheet.agrees


def test_as_plain_data_it_is_json():
    data = json.loads(json.dumps(bags().trace(PRICES, BOUGHT).worksheet(1).to_dict()))
    line = data["sections"][1]["lines"][0]
    assert (line["name"], line["numbers"], line["result"]) == (
        "dense1.z[0]",
        "0.5·(−34.4) + 2.14",
        pytest.approx(-15.06),
    )
    assert data["verdict"].startswith("re-added: 15 sums, agreeing with predict and the gradients to ")


def test_a_row_can_have_a_name():
    assert bags().trace(PRICES).worksheet(2).label == "row 2 of 3"
    assert bags().trace(PRICES).worksheet(2, label="Tuesday").label == "Tuesday"


# -- mistakes


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"row": 3}, InputError, "There is no row 3: the trace has 3 rows. Rows count from 0 to 2."),
        ({"row": -1}, InputError, "There is no row -1: the trace has 3 rows. Rows count from 0 to 2."),
        ({"row": 1.0}, InputTypeError, "worksheet: row must be a whole number; got 1.0."),
        ({"decimals": -1}, InputError, "worksheet: decimals must be 0 or more; got -1."),
        ({"lines": True}, InputTypeError, "worksheet: lines must be a whole number; got True."),
        (
            {"open": "dense9"},
            InputError,
            "There is no 'dense9' to open; nodes are 'dense1', 'dense2', parameters 'dense1.weight', 'dense1.bias', "
            "'dense2.weight', 'dense2.bias', and 'all' opens everything. Did you mean 'dense2'?",
        ),
        (
            {"open": "dense1.z[2]"},
            InputError,
            "There is no 'dense1.z[2]' to open: a row of 'dense1.z' has shape (2,), its last is dense1.z[1].",
        ),
        (
            {"open": "dense1.weight[1, 0]"},
            InputError,
            "'dense1.weight[1, 0]' is outside of 'dense1.weight', whose shape is (1, 2); indices count from 0, the "
            "last is [0, 1].",
        ),
    ],
)
def test_mistakes(arguments, kind, message):
    with pytest.raises(kind) as caught:
        bags().trace(PRICES).worksheet(**arguments)
    assert str(caught.value) == message


def test_a_trace_of_no_rows_has_no_worksheet():
    with pytest.raises(InputError) as caught:
        bags().trace(np.zeros((0, 1))).worksheet()
    assert str(caught.value) == "There is no row 0: the trace has 0 rows. Trace at least one."


def test_a_line_that_there_is_not():
    worksheet = bags().trace(PRICES[:1]).worksheet()
    with pytest.raises(InputError) as caught:
        worksheet.line("dense1.z[00]")
    assert str(caught.value) == (
        "The worksheet has no line 'dense1.z[00]'; it has 'input[0]', 'dense1.z[0]', 'dense1.a[0]', 'dense1.z[1]', "
        "'dense1.a[1]', 'dense2.z[0]', 'prediction[0]'. Did you mean 'dense1.z[0]'?"
    )
    with pytest.raises(InputError, match=r" Lines that were folded are shown by open=\.$"):
        worksheet.line("qqqq")
