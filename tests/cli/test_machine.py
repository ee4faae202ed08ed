"""Facts about a machine, found without knowing it beforehand."""

import os
from pathlib import Path

import numpy as np

from chainrule.cli import machine


def test_packages_and_their_versions():
    assert machine.installed("numpy") == np.__version__
    assert machine.installed("no-such-package-at-all") is None


def test_cores_and_memory(monkeypatch):
    assert 1 <= machine.cores() <= (os.cpu_count() or 1)
    assert machine.memory() is None or machine.memory() > 2**20
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on Windows and macOS
    assert machine.cores() == os.cpu_count()
    monkeypatch.delattr(os, "sysconf", raising=False)  # as on Windows
    assert machine.memory() is None


def test_a_container_may_have_less_memory(monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "1048576\n")
    if hasattr(os, "sysconf"):
        assert machine.memory() == 2**20
        monkeypatch.setattr(Path, "read_text", lambda *_, **__: "max\n")
        assert machine.memory() > 2**20


def test_the_cache_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("chainrule.ops.compiled.cache_folder", lambda: tmp_path)
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"4567")
    assert machine.cache() == {"folder": tmp_path, "files": 2, "bytes": 7}


def test_an_engine_that_fails_says_why(monkeypatch):
    monkeypatch.setattr(machine, "_SECONDS", 0.0)

    def broken(*_, **__):
        raise RuntimeError("no such instruction")

    monkeypatch.setattr("chainrule.training.Trainer", broken)
    found = machine.engines()["numpy"]
    assert found["error"] == "RuntimeError: no such instruction"
    assert found["step_microseconds"] is None
