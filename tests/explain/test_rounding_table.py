import pytest

from chainrule.errors import InputError, InputTypeError
from chainrule.explain.digits import said
from chainrule.explain.rounding_table import openable
from explain.arithmetic import BOUGHT, PRICES, bags
from explain.networks import CASES, traced


@pytest.fixture
def worksheet():
    return bags().trace(PRICES, BOUGHT).worksheet(1, rounding=3)


def test_both_ways_side_by_side(worksheet):
    table = worksheet.sections[-1].lines[0]
    assert [column.name for column in table.columns] == ["number", "as you go", "at the end", "apart"]
    rows = {name: numbers for name, *numbers in table.rows}
    assert rows["dense1.a[1]"] == [0.708, 0.708, 0.0]
    assert rows["dense2.z[0]"] == [1.034, 1.035, -0.001]
    assert rows["dense2.bias[0]"] == [0.054, 0.057, -0.003]


def test_where_they_part(worksheet):
    assert said(worksheet.sections[-1].note, *worksheet.digits) == (
        "They part first at dense2.z[0]: 1.034 as you go, 1.035 at the end."
    )
    third = bags().trace(PRICES, BOUGHT).worksheet(2, rounding=3).sections[-1]
    assert said(third.note, 3) == "They part first at dense2.z[0]: 4e−03 as you go, 5e−03 at the end."


def test_they_may_agree():
    assert bags().trace(PRICES[:1]).worksheet(rounding=9).sections[-1].note == "The two ways agree everywhere."


def test_the_arithmetic_on_show_is_that_of_the_blackboard(worksheet):
    assert worksheet.line("dense2.z[0]").numbers(*worksheet.digits) == "0·(−1.3) + 0.708·2.28 − 0.58"
    assert worksheet.line("dense2.z[0]").answer(*worksheet.digits) == "1.034"
    assert [term.value for term in worksheet.line("dense2.z[0]").terms] == [0.0, 1.614, -0.58]
    assert worksheet.verdict.startswith("re-added: 15 sums, agreeing with the pass as it was rounded ")


@pytest.mark.parametrize("case", CASES)
def test_every_sum_of_the_blackboard_adds_up(case):
    for decimals in (1, 3):
        worksheet = traced(case).worksheet(1, rounding=decimals)
        assert worksheet.agrees, worksheet.verdict


def test_what_is_folded_is_compared_too():
    worksheet = traced("picture").worksheet(1, rounding=2, lines=2)
    names = {line.name for section in worksheet.sections[:-1] for line in section.lines if line.symbol and line.formula}
    assert {row[0] for row in worksheet.sections[-1].lines[0].rows} == names
    assert "conv1" in str(openable(worksheet.sections[:-1]))


def test_a_decimal_comma_reaches_every_number():
    text = bags().trace(PRICES, BOUGHT).worksheet(1, rounding=3, comma=True).to_text()
    assert "z[1] = input[0]·weight[0, 1] + bias[1] = 0,5·(−2,52) + 1,29 = 0,03" in text
    assert "dense2.z[0]: 1,034 as you go, 1,035 at the end." in text


@pytest.mark.parametrize(
    ("rounding", "kind", "message"),
    [
        (-1, InputError, "worksheet: rounding must be 0 or more; got -1."),
        (2.5, InputTypeError, "worksheet: rounding must be a whole number; got 2.5."),
    ],
)
def test_mistakes(rounding, kind, message):
    with pytest.raises(kind) as caught:
        bags().trace(PRICES).worksheet(rounding=rounding)
    assert str(caught.value) == message
