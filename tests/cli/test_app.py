"""The program as a whole: exit codes, colours, completion, what it imports, and mistakes of ours."""

import os
import re
import subprocess
import sys

import pytest

from chainrule.cli import main
from cli.commands import QUICK


def python(*arguments, **options):
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_no_command_shows_the_help(shell):
    done = shell()
    assert done.code == 2
    assert done.err == ""
    for command in ("fit", "sweep", "predict", "explain", "doctor"):
        assert re.search(rf"^│ {command} ", done.out, re.MULTILINE)


@pytest.mark.parametrize("argv", [("--help",), ("-h",), ("fit", "--help"), ("doctor", "-h")])
def test_help(shell, argv):
    done = shell(*argv)
    assert (done.code, done.err) == (0, "")
    assert "Usage: chainrule" in done.out


def test_the_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom chainrule.cli import main\nmain(['--help'])\n"
        "print({'numpy', 'jax', 'sklearn', 'polars', 'narwhals', 'pydantic'} & set(sys.modules), file=sys.stderr)"
    )
    assert python("-c", code).stderr == "set()\n"


def test_a_mistake_of_ours_is_owned(shell, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("the roof is on fire.")

    monkeypatch.setattr("chainrule.tasks.fit_table", fail)
    before = shell.holds()
    message = (
        "Sorry, this is our mistake, not yours. RuntimeError: the roof is on fire. "
        "Please report it with what --traceback shows."
    )
    assert shell("fit", "data.csv", "--target", "price") == (1, "", f"Error: {message}\n")
    answer = shell("fit", "data.csv", "--target", "price", "--json").answer
    assert answer == {"error": {"type": "RuntimeError", "message": message}}
    assert shell.holds() == before
    for argv in (
        ("--traceback", "fit", "data.csv", "--target", "price"),
        ("fit", "data.csv", "--target", "price", "--traceback"),
    ):
        done = shell(*argv)
        assert done.code == 1
        assert done.err.startswith("Traceback (most recent call last):")
    monkeypatch.setenv("CHAINRULE_DEBUG", "1")
    assert "Traceback" in shell("fit", "data.csv", "--target", "price").err


def test_colours_only_in_a_terminal_that_wants_them(runs, monkeypatch):
    assert "\x1b" not in runs("fit", "data.csv", "--target", "price", *QUICK).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    colour = re.compile(r"\x1b\[[\d;]*3[0-7]m")
    assert colour.search(runs("explain", "price").out)
    assert colour.search(runs("fit", "nowhere.csv", "--target", "price").err)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(runs("explain", "price").out)
    assert not colour.search(runs("fit", "nowhere.csv", "--target", "price").err)


def test_output_that_cannot_be_encoded_is_replaced(runs):
    done = python("-m", "chainrule", "explain", "price", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="a pipe on Windows breaks in other ways")
def test_a_reader_that_has_enough(runs):
    command = f"{sys.executable} -m chainrule predict price data.csv; echo $? >&2"
    done = subprocess.run(["bash", "-c", f"({command}) | true"], capture_output=True, text=True, check=False)
    assert done.stderr == "0\n"


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_scripts(shell_name):
    env = {**os.environ, "_CHAINRULE_COMPLETE": f"source_{shell_name}"}
    done = python("-m", "chainrule", env=env)
    assert done.returncode == 0
    assert "_CHAINRULE_COMPLETE" in done.stdout


def complete(words):
    env = {**os.environ, "_CHAINRULE_COMPLETE": "complete_bash", "COMP_WORDS": words}
    env["COMP_CWORD"] = str(len(words.split(" ")) - 1)
    return python("-m", "chainrule", env=env).stdout.split()


def test_completion_knows_columns_and_runs(runs):
    assert complete("chainrule fit data.csv --target ") == ["size", "shop", "price", "bought"]
    assert complete("chainrule fit data.csv --target s") == ["size", "shop"]
    (runs.folder / "runs").mkdir()
    (runs.folder / "price").rename(runs.folder / "runs" / "price")
    assert complete("chainrule explain ") == ["runs/price"]


def test_what_stands_behind_two_dashes_is_no_option(shell):
    done = shell("fit", "--target", "price", "--", "--traceback")
    assert (done.code, done.err) == (2, "Error: There is no file --traceback. Check the path.\n")


def test_main_takes_the_arguments_of_the_process(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["chainrule", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("chainrule ")
