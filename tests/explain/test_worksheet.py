import json
from dataclasses import replace

import numpy as np
import pytest

from chainrule.errors import InputError, InputTypeError
from chainrule.explain import Check
from chainrule.explain.digits import said
from chainrule.network import Dense, Network
from explain.arithmetic import BOUGHT, PRICES, bags, evaluate, purchases, ready
from explain.networks import CASES, X, traced, wide


@pytest.fixture(params=CASES)
def trace(request):
    return traced(request.param)


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
    assert said(section.lines[-1].note) == (
        f"47 more pairs of z and a, at most {largest[3]:.6f} in size; open 'dense1' to see them."
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
    assert bags().trace(PRICES).worksheet(2).label == "row 3 of 3"
    assert bags().trace(PRICES).worksheet(2, label="Tuesday").label == "Tuesday"


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"row": 3}, InputError, "The trace has no row=3: it has row=0 to row=2."),
        ({"row": -1}, InputError, "The trace has no row=-1: it has row=0 to row=2."),
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
    assert str(caught.value) == "The trace has no row=0: it has no rows. Trace at least one."


def test_a_line_that_there_is_not():
    worksheet = bags().trace(PRICES[:1]).worksheet()
    with pytest.raises(InputError) as caught:
        worksheet.line("dense1.z[00]")
    assert str(caught.value) == (
        "The worksheet has no line 'dense1.z[00]'; it has 'input[0]', 'dense1.z[0]', 'dense1.a[0]', 'dense1.z[1]', "
        "'dense1.a[1]', 'dense2.z[0]', 'prediction[0]'. Did you mean 'dense1.z[0]'?"
    )
    with pytest.raises(InputError, match=r" Open what is folded to see more lines\.$"):
        worksheet.line("qqqq")


def test_with_one_row_there_are_no_sums_over_rows():
    worksheet = bags().trace(PRICES[:1], BOUGHT[:1]).worksheet()
    assert "Σ_rows" not in str(worksheet)
    assert worksheet.line("loss").formula == "loss of the row"
    assert worksheet.line("dense1.weight[0, 1]").formula == "input[0]·dz[1]"
    assert worksheet.line("dense2.bias[0]").formula == "dz[0]"
    assert worksheet.sections[-3].note == (
        "da, dz and dx are the derivatives of L by a, z and x, here those of this row; gradients are those of this row "
        "alone."
    )


def test_with_many_rows_the_deltas_are_those_of_the_row_shown():
    assert bags().trace(PRICES, BOUGHT).worksheet(1).sections[-3].note == (
        "da, dz and dx are the derivatives of L by a, z and x, here those of row 2; gradients add up all 3 rows."
    )
