"""Where a run goes, and that nothing that stands there is lost."""

import json
import os

import pytest

from chainrule.cli.folders import checkpoints, choose_folder, is_stopped
from chainrule.errors import FileError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stopped_run(path, interrupted=True, with_run=True):
    checkpoints(path).mkdir(parents=True)
    if with_run:
        (path / "run.json").write_text(json.dumps({"training": {"interrupted": interrupted}}), encoding="utf-8")
    return path


def test_runs_are_called_after_their_tables_and_numbered(folder):
    assert choose_folder(None, "a/prices.csv").as_posix() == "runs/prices"
    (folder / "runs" / "prices").mkdir(parents=True)
    (folder / "runs" / "prices-2").mkdir()
    assert choose_folder(None, "a/prices.csv").as_posix() == "runs/prices-3"


def test_a_stopped_training_is_gone_on_with_where_that_is_asked_for(folder):
    stopped_run(folder / "runs" / "prices")
    assert choose_folder(None, "prices.csv", goes_on=True).as_posix() == "runs/prices"
    assert choose_folder(None, "prices.csv").as_posix() == "runs/prices-2"
    assert choose_folder(folder / "runs" / "prices", "x.csv", goes_on=True) == folder / "runs" / "prices"
    with pytest.raises(FileError, match=r"prices is there already and is left as it is\. Choose another folder"):
        choose_folder(folder / "runs" / "prices", "x.csv")


def test_what_a_stopped_training_is(folder):
    assert is_stopped(stopped_run(folder / "interrupted"))
    assert is_stopped(stopped_run(folder / "killed", with_run=False))
    assert not is_stopped(stopped_run(folder / "done", interrupted=False))
    assert not is_stopped(folder / "nothing")
    mine = stopped_run(folder / "mine", with_run=False)
    (mine / "thesis.txt").touch()
    assert not is_stopped(mine)
    broken = stopped_run(folder / "broken")
    (broken / "run.json").write_text("{", encoding="utf-8")
    assert not is_stopped(broken)


def test_a_file_in_the_way(folder):
    (folder / "runs").touch()
    with pytest.raises(FileError) as caught:
        choose_folder(None, "prices.csv")
    assert str(caught.value) == "runs is a file, so no run can be written into it. Choose another: --output."


def test_a_folder_that_cannot_be_written_to(folder, monkeypatch):
    monkeypatch.setattr("chainrule.cli.folders.os.access", lambda place, mode: mode != os.W_OK)
    with pytest.raises(FileError) as caught:
        choose_folder(folder / "run", "prices.csv")
    assert str(caught.value) == f"Nothing can be written to {folder}. Choose another: --output."
