"""What a user is told, and with which exit code."""

import json
from pathlib import Path

import pytest
import typer

from chainrule.cli.failures import fields, report, shielded, stopped
from chainrule.errors import DataError, FileError


def test_a_mistake_of_the_users_is_one_line_and_exit_code_2(capsys):
    assert report(DataError("x.csv: no rows.", file="x.csv")) == 2
    assert capsys.readouterr() == ("", "Error: x.csv: no rows.\n")


def test_a_mistake_of_ours_says_so_and_has_exit_code_1(capsys):
    assert report(KeyError("secret")) == 1
    assert capsys.readouterr().err == (
        "Error: Sorry, this is our mistake, not yours. KeyError: 'secret'. Please report it with what --traceback "
        "shows.\n"
    )


def test_json_has_the_facts(capsys):
    report(DataError("Column 'a': bad.", file="x.csv", row=3, column="a"), json=True)
    out, err = capsys.readouterr()
    expected = {"type": "DataError", "message": "Column 'a': bad.", "file": "x.csv", "row": 3, "column": "a"}
    assert json.loads(out) == {"error": expected}
    assert err == "Error: Column 'a': bad.\n"


def test_only_facts_that_json_can_hold():
    assert fields(FileError("gone", path="a/b")) == {"path": str(Path("a/b"))}
    assert fields(ValueError("no")) == {}


def test_a_traceback_only_where_it_was_asked_for(capsys):
    try:
        raise DataError("bad")
    except DataError as error:
        report(error, traceback=True)
    err = capsys.readouterr().err
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith("Error: bad\n")


def test_ctrl_c_before_there_is_a_result(capsys):
    @shielded
    def command() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as caught:
        command()
    assert caught.value.exit_code == stopped() == 130
    assert capsys.readouterr().err == "Error: Stopped; nothing was kept.\n" * 2


def test_a_shielded_command_keeps_its_name_for_the_help():
    @shielded
    def fit() -> None:
        """Train."""

    assert (fit.__name__, fit.__doc__) == ("fit", "Train.")
