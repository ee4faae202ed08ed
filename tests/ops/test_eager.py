import subprocess
import sys

import array_api_strict
import numpy as np

from chainrule.ops import EagerOps, eager_ops


def test_there_is_one_of_them():
    assert eager_ops() is eager_ops()
    assert eager_ops().name == "numpy"
    assert eager_ops().namespace is np


def test_another_namespace_keeps_its_arrays():
    ops = EagerOps(array_api_strict)
    table, indices = array_api_strict.ones((2, 2)), array_api_strict.asarray([1, 1])
    for found in (
        ops.take(table, indices),
        ops.scatter_add(table, indices, table),
        ops.write(table, (0, slice(None)), table[1, :]),
        ops.erfc(table),
        ops.scan(lambda carry, row: (carry, row), 0, table)[1],
    ):
        assert isinstance(found, type(table))


def test_neither_jax_nor_scipy_is_imported_until_it_is_needed():
    code = (
        "import sys, chainrule.ops, chainrule.activations, chainrule.losses\n"
        "print('jax' in sys.modules, 'scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
