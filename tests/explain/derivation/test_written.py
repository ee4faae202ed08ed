"""What a person reads of a derivation, in every format."""

import json
import re
import subprocess

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.explain.derivation.written import listed
from chainrule.explain.document import Term
from explain.derivation.networks import NETWORKS, bags, in_table, traced


def test_what_a_person_reads():
    """Derived by hand in the lecture: residual, weight, slope of softplus, input."""
    lines = str(bags().derivation("dense1.weight[0, 1]")).splitlines()
    assert lines[:14] == [
        "Derivation  ∂loss/∂dense1.weight[0, 1]",
        "",
        "  ∂loss/∂dense1.weight[0, 1] = 0.045082",
        "",
        "Row 1",
        "  Every path has a factor of 0.",
        "",
        "Row 2",
        "  ∂loss/∂dense2.a[0] = 2·(ŷ − y) = 2·(1.034832 − 1) = 0.069663  (ssr)",
        "  ∂dense2.a[0]/∂dense2.z[0] = 1  (no activation: a = z)",
        "  ∂dense2.z[0]/∂dense1.a[1] = dense2.weight[1, 0] = 2.28  (the weight between them)",
        "  ∂dense1.a[1]/∂dense1.z[1] = 1/(1 + e^(−z)) = 1/(1 + e^(−0.03)) = 0.507499",
        "    softplus, f(z) = log(1 + e^z), z is dense1.z[1]",
        "  ∂dense1.z[1]/∂dense1.weight[0, 1] = input[0] = 0.5  (what it is multiplied by)",
    ]
    assert lines[14] == "  product = 0.069663·1·2.28·0.507499·0.5 = 0.040304"
    assert lines[-1] == "  ∂loss/∂dense1.weight[0, 1] = 0 + 0.040304 + 0.004778 = 0.045082"


def test_a_tables_own_units():
    text = str(in_table().derivation("size", "prediction", row=3))
    assert "∂price/∂dense3.a[0] = scale = 68920.749062  (price = ŷ·scale + mean)" in text
    assert "∂features[0]/∂size = 1/scale = 1/33.235843 = 0.030088  (size = (x − mean)/scale)" in text


@pytest.mark.peers
@pytest.mark.parametrize("write", ["to_text", "to_html", "to_json", "to_markdown", "to_latex"])
def test_checks_are_shown_in_every_format(write):
    checked = bags().derivation("dense2.bias[0]").check()
    text = getattr(checked, write)().replace(",{} ", ", ")
    assert checked.document().agrees
    assert "backward 0.056927, central differences 0.056927, PyTorch 0.056927: they agree to" in text


def test_data_has_the_numbers():
    data = json.loads(bags().derivation("dense1.weight[0, 1]").to_json())
    assert data["sections"]


def test_penalties_are_a_summand():
    trace = NETWORKS["residual"]()
    found = trace.derivation("dense1.weight[0, 1]", most=10_000)
    assert found.penalty == pytest.approx(2 * 0.1 * trace.params["dense1.weight[0, 1]"], rel=1e-12)
    assert "penalty of the weights, which is no row" in str(found)


def test_too_many_paths_are_grouped_by_layers():
    found = NETWORKS["residual"]().derivation("dense1.weight[0, 1]", most=5)
    text = str(found)
    assert "By layers, row 1" in text
    assert "More than 5 paths a row, so by layers (most= or --most raises the limit)." in text
    assert "∂layernorm1.z/∂add1.z on row 1, a matrix of 3 × 3" in text
    assert "72 paths add up to ∂loss/∂dense1.weight[0, 1]; in Python .path('…', '…') opens any of them." in text
    with pytest.raises(InputError) as caught:
        _ = found.latex
    assert str(caught.value) == (
        "∂loss/∂dense1.weight[0, 1] has 72 paths, too many to write out. to_latex() writes it by layers, "
        ".path('dense1.a[0]', …) opens one, and most=5 is the limit to raise."
    )


def test_a_wide_network_is_written_at_once():
    """4,000 numbers on the way: paths are counted only when they are asked for."""
    trace = traced(
        [cr.Dense(1000, "softplus"), cr.Dense(1000, "softplus"), cr.Dense(1)], "mse", np.ones((1, 2)), np.ones(1)
    )
    found = trace.derivation("input[0]", "prediction[0]")
    assert found.paths is None
    text = str(found)
    assert "∂dense2.z/∂dense1.a on row 1, a matrix of 1,000 × 1,000" in text.replace("\n", " ")
    assert "paths add up to" not in text


def test_latex_has_every_path():
    latex = bags().derivation("input[0]", "prediction[0]", row=1).latex
    assert latex.startswith(
        "\\begin{align*}\n\\frac{\\partial \\mathrm{prediction}_{0}}{\\partial \\mathrm{input}_{0}} &= "
    )
    assert len(re.findall(r"&\\qquad = ", latex)) == 2
    assert "1 \\cdot 2.28 \\cdot 0.507499 \\cdot (-2.52) = -2.915889" in latex
    assert latex.count("{") == latex.count("}")


WHOLE = r"""\documentclass{article}
\usepackage{amsmath}
\begin{document}
%s
\end{document}
"""


def compiles(latex, folder):
    (folder / "a.tex").write_text(latex, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.latex
def test_latex_compiles(tmp_path):
    compiles(WHOLE % bags().derivation("dense1.weight[0, 1]").latex, tmp_path)
    documents = (
        bags().derivation("dense1.weight[0, 1]").check(),
        in_table().derivation("sold", "prediction", row=3, most=1).check(),
        NETWORKS["codes"]().derivation("embedding1.weight[1, 0]"),
        bags().derivation("dense1.a", "prediction", row=1),
    )
    for document in documents:
        compiles(document.to_latex(whole=True), tmp_path)


def test_of_very_many_rows_the_first_are_written():
    rng = np.random.default_rng(2)
    trace = traced([cr.Dense(2, "tanh"), cr.Dense(1)], "mse", rng.normal(size=(300, 2)), rng.normal(size=300))
    found = trace.derivation("dense1.weight[0, 1]")
    assert len(found.paths) == 300
    text = str(found)
    assert "276 more rows; in Python .by_row() has their paths." in text
    assert "288 more" in text
    assert trace.derivation("dense1.weight[0, 1]", most=1).paths is not None


def test_of_many_summands_the_largest_are_listed():
    few = [Term((f"row {n}",), (n % 5,), float(n % 5)) for n in range(12)]
    assert listed(few) == few
    many = [Term((f"row {n}",), (n % 20 - 9.5,), n % 20 - 9.5) for n in range(40)]
    *shown, rest = listed(many)
    sizes = [abs(term.value) for term in shown]
    assert sizes == sorted(sizes, reverse=True)
    assert [term.names for term in shown[:3]] == [("row 0",), ("row 19",), ("row 20",)]
    assert (rest.count, rest.value) == (
        28,
        sum(term.value for term in many) - sum(term.value for term in shown),
    )
    assert abs(rest.rest.first(1)[0].value) <= min(sizes)
