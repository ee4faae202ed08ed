"""A folder to work in, a table, and one run that all tests of prediction and explanation share."""

import os
import shutil
from pathlib import Path

import pytest

from chainrule.cli import main
from cli.commands import QUICK, Shell, table


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys) -> Shell:
    """An empty folder to run commands in, with ``data.csv``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHAINRULE_DEBUG", raising=False)
    made = Shell(tmp_path, capsys)
    made.write("data.csv", table())
    return made


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Two runs that were trained on ``data.csv``, to be copied."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "data.csv").write_text(table(), encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["fit", "data.csv", "--target", "price", "-o", "price", "--quiet", *QUICK]) == 0
        assert main(["fit", "data.csv", "--target", "bought", "-o", "bought", "--quiet", *QUICK]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def runs(shell, trained):
    """The shell with the runs ``price`` and ``bought`` in its folder."""
    for name in ("price", "bought"):
        shutil.copytree(trained / name, shell.folder / name)
    return shell
