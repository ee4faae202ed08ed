from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chainrule.ops.compiled import cache_folder, compiled_ops, double_precision


def test_there_is_one_of_them():
    assert compiled_ops() is compiled_ops()
    assert compiled_ops().name == "xla"
    assert compiled_ops().namespace is jnp


def test_a_scan_is_one_loop_in_the_program():
    ops = compiled_ops()
    program = jax.make_jaxpr(lambda x: ops.scan(lambda carry, row: (carry + row, None), 0.0, x))(
        np.ones(50, np.float32)
    )
    assert str(program).count("add") == 1


def test_compiled_programs_are_kept_on_disk():
    compiled_ops()
    assert Path(jax.config.jax_compilation_cache_dir) == cache_folder()
    jax.jit(lambda x: x * 17 + 4)(np.ones(3, np.float32)).block_until_ready()
    assert any(cache_folder().iterdir())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"CHAINRULE_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b", "LOCALAPPDATA": "/c"}, Path("/b/chainrule")),
        ({"LOCALAPPDATA": "/c"}, Path("/c/chainrule")),
        ({}, Path.home() / ".cache" / "chainrule"),
    ],
)
def test_where_programs_are_kept(monkeypatch, settings, expected):
    for name in ("CHAINRULE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == expected


def test_double_precision_holds_inside_its_context_alone():
    with double_precision(np.dtype(np.float64)):
        assert jnp.asarray(np.ones(2)).dtype == np.float64
        with double_precision(np.dtype(np.float32)):
            assert jnp.asarray(np.ones(2, np.float32)).dtype == np.float32
    assert jnp.asarray([1.0]).dtype == np.float32


@pytest.mark.parametrize("shape", [(256, 256, 1), (128, 128, 10), (300, 70, 32), (300, 70, 33), (4, 3, 1), (0, 400, 1)])
def test_a_narrow_gradient_is_the_same_product(shape):
    rows, inputs, outputs = shape
    rng = np.random.default_rng(3)
    x, dz = rng.normal(size=(rows, inputs)), rng.normal(size=(rows, outputs))
    with double_precision(np.dtype(np.float64)):
        made = jax.jit(compiled_ops().sum_over_rows)(x, dz)
    np.testing.assert_allclose(made, x.T @ dz, rtol=0, atol=1e-12)  # sums of up to 300 products of order 1


@pytest.mark.parametrize(("outputs", "turned"), [(1, True), (32, True), (33, False)])
def test_only_narrow_gradients_are_turned_round(outputs, turned):
    x, dz = np.ones((256, 256), np.float32), np.ones((256, outputs), np.float32)
    program = jax.jit(compiled_ops().sum_over_rows).lower(x, dz).as_text()
    assert ("optimization_barrier" in program) == turned
