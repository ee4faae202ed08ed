import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from chainrule.explain import Check, Column, Document, Line, Picture, Section, Table
from chainrule.explain.render_text import layout, to_text
from chainrule.network import Dense, Network
from explain.arithmetic import BOUGHT, PRICES, bags, ready

LECTURE = """\
Worksheet  row 2 of 3

The row
  input[0] = 0.5

Forward

  dense1: Dense softplus, (1) → (2)
    z[0] = input[0]·weight[0, 0] + bias[0] = 0.5·(−34.4) + 2.14 = −15.06
    a[0] = log(1 + e^z) = log(1 + e^(−15.06)) = 2.881e−07
    z[1] = input[0]·weight[0, 1] + bias[1] = 0.5·(−2.52) + 1.29 = 0.03
    a[1] = log(1 + e^z) = log(1 + e^0.03) = 0.7083

  dense2: Dense, (2) → (1)
    z[0] = dense1.a[0]·weight[0, 0] + dense1.a[1]·weight[1, 0] + bias[0]
         = 2.881e−07·(−1.3) + 0.7083·2.28 − 0.58
         = 1.0348

The prediction
  ŷ = dense2.z[0] = 1.0348

Loss: ssr
  L = Σ_n Σ_k (y_nk − ŷ_nk)²
  y = 1
  loss of row 2 = (y − ŷ)² = (1 − 1.0348)² = 1.213e−03
  L = Σ_rows = 1.21e−04 + 1.213e−03 + 2.146e−05 = 1.356e−03

Backward
  da, dz and dx are the derivatives of L by a, z and x, here those of row 2;
  gradients add up all 3 rows.

  dense2: backward
    dz[0] = 2·(ŷ − y) = 2·(1.0348 − 1) = 0.0697
    ∂L/∂weight[0, 0] = Σ_rows dense1.a[0]·dz[0]
                     =   2.2512·(−0.022)       row 1
                       + 2.881e−07·0.0697      row 2
                       + 9.765e−15·9.265e−03   row 3
                     = −0.0495
    ∂L/∂weight[1, 0] = Σ_rows dense1.a[1]·dz[0]
                     = 1.5332·(−0.022) + 0.7083·0.0697 + 0.2564·9.265e−03
                     = 0.018
    ∂L/∂bias[0] = Σ_rows dz[0] = −0.022 + 0.0697 + 9.265e−03 = 0.0569
"""


def test_the_lecture_as_a_stranger_reads_it():
    text = bags().trace(PRICES, BOUGHT).worksheet(1, decimals=4).to_text(78)
    assert text[: len(LECTURE)] == LECTURE
    last = text.splitlines()[-1]
    assert last.startswith("re-added: 15 sums, agreeing with predict and the gradients to ")


@pytest.fixture
def wide():
    x = np.random.default_rng(0).normal(size=(30, 12))
    network = ready(Network([Dense(9, "gelu_tanh"), Dense(3, "softmax")], loss="cross_entropy"), x)
    return network.trace(x, np.arange(30) % 3).worksheet()


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_longer_than_the_page(wide, width):
    assert max(map(len, wide.to_text(width).splitlines())) <= width


def test_indices_are_never_broken(wide):
    line = Line("z", "z", " + ".join(["x[0, 1]·weight[2, 3, 4]"] * 9), 1.0)
    sheet = replace(wide, sections=(Section("row", "Row", (line,)),))
    for width in range(40, 100):
        text = sheet.to_text(width)
        assert len(text.splitlines()) > 6
        assert all(line.count("[") == line.count("]") for line in text.splitlines())


def test_no_line_ends_in_a_space_and_none_holds_a_space_that_cannot_break(wide):
    text = wide.to_text(80)
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "\u00a0" not in text


def test_print_is_the_text(wide):
    assert str(wide) == repr(wide) == wide.to_text(100)


def test_a_terminal_shows_the_same_text_at_its_width(wide):
    console = Console(width=90, record=True, force_terminal=True, file=io.StringIO())
    console.print(wide)
    written = console.export_text(styles=False)
    assert [line.rstrip() for line in written.splitlines()] == wide.to_text(90).splitlines()


def test_a_sum_that_does_not_add_up_is_shown_in_red():
    worksheet = bags().trace(PRICES).worksheet()
    assert list(layout(worksheet.document(), 80))[-1][-1][1] == "good"
    assert list(layout(replace(worksheet, checks=(Check("z", 1, 2, 0),)).document(), 80))[-1][-1][1] == "bad"


STEPS = Table(
    (
        Column("step", "whole"),
        Column("slope", note="the loss's derivative"),
        Column("step size"),
        Column("where", "text"),
    ),
    ((1, -5.704, -0.5704, "at the start"), (2, -2.2816, -0.25, "a step further"), (3, None, 0.0, "at the end")),
    "Gradient descent",
    "Twice.",
)


def shown(*items, **settings):
    return Document("Steps", "dense1.bias[0]", (Section("steps", "", items),), **settings)


def test_a_table_stands_in_columns():
    assert to_text(shown(STEPS), 80) == (
        "Steps  dense1.bias[0]\n"
        "\n"
        "  Gradient descent\n"
        "  step    slope  step size  where\n"
        "     1  −5.7040    −0.5704  at the start\n"
        "     2  −2.2816    −0.2500  a step further\n"
        "     3                   0  at the end\n"
        "  slope: the loss's derivative\n"
        "  Twice."
    )


def test_of_many_rows_the_first_and_the_last_are_shown():
    text = to_text(shown(replace(STEPS, most=2)), 80)
    assert "     1  −5.704    −0.5704  at the start\n  … 1 more row (most=3 or --most 3 shows all) …\n     3" in text


def test_a_table_that_is_too_wide_comes_in_blocks_that_repeat_its_first_column():
    table = Table(tuple(Column(f"number {place}") for place in range(8)), (tuple(range(8)),))
    text = to_text(shown(table), 40)
    assert [line.split("  ")[1] for line in text.splitlines() if "number" in line] == ["number 0"] * 3
    assert max(map(len, text.splitlines())) <= 40


def test_long_texts_are_broken_before_columns_are():
    table = Table((Column("what", "text"), Column("n", "whole")), (("many words " * 9, 7), ("few", 8)))
    lines = to_text(shown(table), 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[3].endswith("  7")
    assert lines[-1] == "  few" + " " * 54 + "8"


def test_a_terminal_says_what_a_picture_shows():
    assert to_text(shown(Picture("<svg/>", "The loss falls.", "Loss")), 80).endswith("\n\n  Loss\n  The loss falls.")


def test_a_decimal_comma_reaches_every_number(wide):
    document = shown(STEPS, Line("z", "z", "max(0, z)", 0.5, values={"z": 0.25}), verdict=("off by ", 0.125))
    text = to_text(replace(document, digits=document.digits._replace(comma=True)), 80)
    assert "−5,7040" in text
    assert "z = max(0, z) = max(0; 0,25) = 0,5" in text
    assert text.endswith("off by 0,125")


def test_a_drawing_in_characters_stands_as_it_is():
    drawing = "┌──┐\n│ ·│\n└──┘"
    text = to_text(shown(Picture("<svg/>", "A dot.", "Dot", drawing)), 80)
    assert text.endswith("\n\n  Dot\n  A dot.\n  ┌──┐\n  │ ·│\n  └──┘")
