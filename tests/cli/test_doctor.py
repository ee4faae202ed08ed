"""``chainrule doctor``: what it measures and what it finds missing."""

import tomllib
from pathlib import Path

import pytest

from chainrule.cli import machine
from chainrule.cli.doctor import missing, size


def test_the_packages_are_those_of_the_project():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    everywhere = [text.split(">=")[0] for text in project["project"]["dependencies"] if "sys_platform" not in text]
    assert everywhere == list(machine.PACKAGES)


def test_the_whole_machine(shell, monkeypatch):
    monkeypatch.setattr(machine, "_SECONDS", 0.01)
    facts = shell("doctor", "--json").answer
    assert facts["missing"] == []
    assert facts["cores"] >= 1
    assert set(facts["engines"]) == {"numpy", "xla"}
    for engine in facts["engines"].values():
        assert engine["error"] is None
        assert engine["step_microseconds"] > 0
    done = shell("doctor")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("Nothing is missing.\n")
    assert shell("doctor", "-q") == (0, "", "")


def test_a_package_that_is_missing_and_an_engine_that_does_not_run(shell, monkeypatch):
    monkeypatch.setattr(machine, "_SECONDS", 0.01)
    monkeypatch.setattr(machine, "find_spec", lambda _: None)
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "jax-that-is-not-there"))
    lines = [
        "jax-that-is-not-there is not installed: pip install jax-that-is-not-there",
        "engine xla does not run: jax is not installed",
    ]
    assert shell("doctor", "--json").answer["missing"] == lines
    done = shell("doctor")
    assert done.code == 0
    assert done.out.endswith("\n".join(lines) + "\n")
    assert "(not installed)" in done.out


def test_missing_is_empty_where_all_is_well():
    assert missing({"packages": {"numpy": "2.0"}, "engines": {"numpy": {"error": None}}}) == []


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (2**50, "1024.0 TiB")]
)
def test_sizes(count, text):
    assert size(count) == text
