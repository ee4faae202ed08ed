import subprocess

import pytest
from hypothesis import given, strategies as st

from chainrule.explain import Column, Document, Line, Picture, Section, Table, Term
from chainrule.explain.digits import Digits
from chainrule.explain.render_latex import to_document, to_latex
from explain.arithmetic import BOUGHT, PRICES, bags
from explain.networks import CASES, traced

TABLE = Table(
    (Column("step_size", note="a note"), Column("n", "whole"), Column("said", "text")),
    ((0.5, 1, "50 % of it"), (-2.5e-9, 2, None), (None, 3, "x" * 30 + " " + "y" * 30), (1.25, 4, "end")),
    "A table",
    "That was it.",
    most=2,
)
MIXED = Document(
    "All & sundry",
    "100 %",
    (
        Section(
            "forward",
            "One_section",
            (
                Line("y", "y", "a·b", 0.5, values={"a": 0.25, "b": 2.0}),
                TABLE,
                Picture("<svg/>", "A picture of it", "P"),
            ),
            "y = a·b; and more",
        ),
    ),
    "All is well",
)


def compiles(latex, folder):
    (folder / "a.tex").write_text(latex, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def test_the_lecture_in_real_mathematics():
    latex = bags().trace(PRICES, BOUGHT).worksheet(1, decimals=4).to_latex()
    assert "\\subsection*{Worksheet: row 2 of 3}" in latex
    assert (
        r"z_{1} & = \text{input}_{0}\cdot \text{weight}_{0,1} + \text{bias}_{1} = 0.5\cdot (-2.52) + 1.29 = 0.03 \\"
    ) in latex
    assert r"$L = \sum_{n} \sum_{k} (y_{nk} - \hat{y}_{nk})^{2}$" in latex
    assert r"\frac{\partial L}{\partial \text{weight}_{0,0}} & = \sum_{\text{rows}}" in latex
    assert "verbatim" not in latex


def test_tables_pictures_and_remarks():
    latex = to_latex(MIXED)
    assert r"\subsection*{All \& sundry: 100 \%}" in latex
    assert r"\toprule {}step\_size & n & said \\ \midrule" in latex
    assert r"$0.50$ & $1$ & 50 \% of it \\" in latex
    assert r"\dots{} 2 more rows (most=4 or -{}-{}most 4 shows all) \dots{}" in latex
    assert r"\emph{A picture of it}" in latex
    assert r"$y = a\cdot b$; \emph{and more}" in latex


def test_a_decimal_comma_is_set_without_a_space():
    assert "$0{,}50$" in to_latex(Document("T", "", (Section("t", "", (TABLE,)),), digits=Digits(6, comma=True)))


def test_a_whole_document_holds_the_fragment():
    assert to_latex(MIXED) in to_document(MIXED)
    assert to_document(MIXED).startswith(r"\documentclass")


@pytest.mark.latex
def test_everything_compiles(tmp_path):
    sections = tuple(section for case in CASES for section in traced(case).worksheet(1).sections)
    wide = Table(tuple(Column(f"number {n}") for n in range(30)), (tuple(n / 3 for n in range(30)),) * 99)
    document = Document("All", "of it", (*sections, *MIXED.sections, Section("w", "", (wide,))))
    written = compiles(to_document(document), tmp_path)
    assert "Overfull \\hbox (1" not in written


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
ODD = [
    "%&_#${}~^\\",
    "größe 売上 😀",
    "a--b`c'd\"e",
    "\x00\x1b\n",
    "[x](y)",
    "<b>|*_~`",
    "e^",
    "(" * 9,
    "Σ_",
    "1e5",
    "\u202e x",
]


def named(names):
    lines = [
        Line(n, n, f"{n}·w + b", 0.5, (Term((n, "w"), (0.25, 2.0), 0.5), Term((n,), (0.0,), 0.0)), note=n)
        for n in names
    ]
    table = Table(tuple(Column(n, "text", n) for n in names), (tuple(names),), names[0], names[0])
    return Document(names[0], names[0], (Section("row", names[0], (*lines, table), names[0]),), names[0])


@pytest.mark.latex
@given(st.lists(NAMES, min_size=1, max_size=5))
def test_any_name_compiles(tmp_path_factory, names):
    compiles(to_document(named([*names, *ODD])), tmp_path_factory.mktemp("tex"))
