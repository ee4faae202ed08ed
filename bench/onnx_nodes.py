"""ONNX's own tests of its operators, through ``chainrule.from_onnx``: ``python bench/onnx_nodes.py``.

Counts what passes, fails and is refused, and writes the table in docs/onnx.md. The test of every operator that can be
read counts; inputs other than the rows are fixed in the file, as weights are. A refused one names why.
"""

import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

from chainrule.errors import ChainruleError
from chainrule.interop.onnx_in.read import SUPPORTED, read_model

PAGE = Path(__file__).parents[1] / "docs" / "onnx.md"
BEGIN, END = "<!-- counts: python bench/onnx_nodes.py -->\n", "<!-- end of counts -->\n"
_ROWS = {"Add": 2, "Concat": 99, "Mul": 2}
"""How many of an operator's inputs are rows; of all others the first is."""


def outcome(case: Any) -> tuple[str, str]:
    """``passed``, ``failed`` or ``refused`` for one of ONNX's tests, and why."""
    model = case.model.__class__.FromString(case.model.SerializeToString())
    operator = model.graph.node[0]
    rows = [1] if operator.op_type == "Gather" else range(_ROWS.get(operator.op_type, 1))
    names = [name for place, name in enumerate(operator.input) if place in rows]
    inputs, outputs = case.data_sets[0]
    try:
        given = {each.name: np.asarray(array) for each, array in zip(model.graph.input, inputs, strict=True)}
        for name, array in given.items():
            if name not in names:
                model.graph.initializer.append(numpy_helper.from_array(array, name))
        del model.graph.output[1:]
        network, values = read_model(model)
        X = {}
        for name in names:
            array = np.moveaxis(given[name], values[name].at, 0)
            flat = np.empty((len(array), values[name].places.size))
            flat[:, values[name].places.reshape(-1)] = array.reshape(len(flat), -1)
            X[name] = flat.reshape(len(flat), *values[name].shape)
        found = network.predict(X)
    except ChainruleError as error:
        return "refused", str(error)
    output = values[model.graph.output[0].name]
    answer = np.moveaxis(found.reshape(len(found), -1)[:, output.places], 0, output.at)
    wanted = np.asarray(outputs[0])
    if answer.shape != wanted.shape:
        return "failed", f"shape {answer.shape}, not {wanted.shape}"
    same = np.allclose(answer, wanted, rtol=case.rtol, atol=case.atol)
    return ("passed", "") if same else ("failed", f"off by up to {np.abs(answer - wanted).max():.3g}")


def results() -> dict[str, list[tuple[str, str, str]]]:
    """For each operator that can be read: its tests, what came of each, and why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # making the cases of other operators overflows
        cases = [case for case in load_model_tests(kind="node") if len(case.model.graph.node) == 1]
    found: dict[str, list[tuple[str, str, str]]] = {name: [] for name in SUPPORTED}
    for case in cases:
        operator = case.model.graph.node[0]
        if operator.op_type in found and operator.domain in ("", "ai.onnx"):
            found[operator.op_type].append((case.name, *outcome(case)))
    return found


def table(found: dict[str, list[tuple[str, str, str]]]) -> str:
    """The counts as a table in Markdown, and every test that fails."""
    lines = [
        f"Counted with onnx {onnx.__version__}.",
        "",
        "| Operator | Tests | Passed | Failed | Refused |",
        "|---|--:|--:|--:|--:|",
    ]
    total: Counter[str] = Counter()
    for name, tests in found.items():
        counts = Counter(result for _, result, _ in tests)
        total += counts
        lines.append(f"| {name} | {len(tests)} | {counts['passed']} | {counts['failed']} | {counts['refused']} |")
    lines.append(
        f"| **all** | **{sum(total.values())}** | **{total['passed']}** | **{total['failed']}** "
        f"| **{total['refused']}** |"
    )
    failed = [f"{case}: {why}" for tests in found.values() for case, result, why in tests if result == "failed"]
    return "\n".join([*lines, *(["", "Failed:", ""] if failed else []), *(f"- {each}" for each in failed)]) + "\n"


def main() -> None:
    """Write the table into the page; with ``--why`` print what came of each test."""
    found = results()
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(before + BEGIN + table(found) + END + after, encoding="utf-8")
    if "--why" in sys.argv:
        for tests in found.values():
            for test in tests:
                print(*test, sep="  ")


if __name__ == "__main__":
    main()
