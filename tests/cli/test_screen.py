"""Results go to standard output, words about them to standard error, and JSON stands alone."""

import json

import numpy as np

from chainrule.cli.screen import Screen, to_json


def test_results_and_remarks(capsys):
    screen = Screen()
    screen.say("a result", "another")
    screen.remark("a remark")
    screen.error("an error")
    screen.answer({"a": 1})
    assert capsys.readouterr() == ("a result\nanother\n", "a remark\nError: an error\n")


def test_quiet_says_only_errors(capsys):
    screen = Screen(quiet=True)
    screen.say("a result")
    screen.remark("a remark")
    screen.error("an error")
    assert capsys.readouterr() == ("", "Error: an error\n")


def test_json_is_the_only_thing_on_standard_output(capsys):
    screen = Screen(json=True)
    screen.say("a result")
    screen.remark("a remark")
    screen.answer({"a": 1})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"a": 1}
    assert err == ""


def test_long_lines_stay_whole_where_a_program_reads_them(capsys):
    Screen().say("word " * 100 + "[not markup] :smile:")
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.endswith("[not markup] :smile:\n")


def test_numbers_that_json_cannot_hold():
    facts = {"a": np.float32(0.5), "b": [np.nan, np.inf], "c": np.array([1, 2]), 3: (True, None)}
    assert json.loads(to_json(facts)) == {"a": 0.5, "b": [None, None], "c": [1, 2], "3": [True, None]}


def test_nothing_is_said_of_work_where_nobody_looks(capsys):
    with Screen().busy("measuring"):
        pass
    assert capsys.readouterr() == ("", "")
