"""The counts in docs/onnx.md are those of ONNX's own tests, and none of them fails."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

BENCH = Path(__file__).parents[3] / "bench" / "onnx_nodes.py"


def test_the_page_says_what_the_tests_find():
    spec = spec_from_file_location("onnx_nodes", BENCH)
    nodes = module_from_spec(spec)
    spec.loader.exec_module(nodes)
    found = nodes.results()
    assert [each for tests in found.values() for each in tests if each[1] == "failed"] == []
    assert sum(each[1] == "passed" for tests in found.values() for each in tests) > 60
    page = nodes.PAGE.read_text(encoding="utf-8")
    assert page.split(nodes.BEGIN)[1].split(nodes.END)[0] == nodes.table(found)
