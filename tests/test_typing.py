"""Shape annotations cost nothing unless they are asked for."""

import os
import subprocess
import sys

CODE = """
import sys
from chainrule._typing import Array, Float
print("jaxtyping" in sys.modules, Float[Array, "n i"])
"""


def printed(**asked: str) -> str:
    env = {name: value for name, value in os.environ.items() if name != "CHAINRULE_CHECK_SHAPES"} | asked
    return subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=True).stdout


def test_without_being_asked_they_need_no_package():
    assert printed() == "False typing.Any\n"


def test_tests_ask_for_them():
    assert printed(CHAINRULE_CHECK_SHAPES="1").startswith("True ")
