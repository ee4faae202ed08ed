"""``chainrule diagnose``: what ails a training, and a remedy tried."""

import shutil

import numpy as np
import pytest

import chainrule
from chainrule.cli.diagnose import chosen
from chainrule.cli.folders import choose_beside
from chainrule.errors import FileError, InputError
from chainrule.explain.diagnosis import Diagnosis
from cli.commands import QUICK, table


def test_a_diagnosis_is_that_of_the_run(runs):
    done = runs("diagnose", "price")
    assert (done.code, done.err) == (0, "")
    assert done.out == chainrule.load("price").diagnose().to_text(decimals=4) + "\n"
    assert runs("diagnose", "price", "--json").answer["run"] == "price"


def test_a_table_that_has_moved_is_given(runs):
    (runs.folder / "data.csv").rename(runs.folder / "moved.csv")
    done = runs("diagnose", "price", "--data", "moved.csv")
    assert (done.code, done.err) == (0, "")
    assert done.out == chainrule.load("price").with_data("moved.csv").diagnose().to_text(decimals=4) + "\n"


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    """A run on a table with a column that is the answer."""
    folder = tmp_path_factory.mktemp("leaky")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=60).round(3), rng.normal(size=60).round(3)
    lines = [f"{a},{b},{2 * b + 1:.3f}" for a, b in zip(x, y, strict=True)]
    (folder / "data.csv").write_text(table(lines, "size,price,paid"), encoding="utf-8")
    run = chainrule.fit_table(str(folder / "data.csv"), "price", epochs=40, engine="numpy", baselines=False)
    run.save(folder / "run")
    return folder / "run"


@pytest.mark.parametrize("which", ["1", "leaking column"])
def test_a_remedy_is_tried_and_kept_beside_the_run(shell, leaky, which):
    shutil.copytree(leaky, shell.folder / "run")
    before = {name: digest for name, digest in shell.holds().items() if name.startswith(str(shell.folder / "run"))}
    done = shell("diagnose", "run", "--apply", which)
    assert (done.code, done.err) == (0, "")
    treatment = chainrule.load("run").diagnose()["leaking column"].apply()
    assert done.out.startswith(treatment.to_text(decimals=4))
    assert "run     run-remedy\n" in done.out
    after = chainrule.load("run-remedy")
    assert [column.name for column in after.table.columns] == ["size"]
    assert np.array_equal(after.params["dense1.weight"], treatment.after.params["dense1.weight"])
    assert "What ails it" in (shell.folder / "run-remedy" / "report.html").read_text(encoding="utf-8")
    assert before.items() <= shell.holds().items()


def test_nothing_is_written_over_and_json_says_where_the_new_run_is(shell, leaky):
    shutil.copytree(leaky, shell.folder / "run")
    (shell.folder / "run-remedy").mkdir()
    answer = shell("diagnose", "run", "--apply", "1", "--json").answer
    assert answer["with_remedy"] == "run-remedy-2"
    assert answer["report"] == "run-remedy-2/report.html"
    assert answer["label"] == "leaking column: 'paid'"
    assert list((shell.folder / "run-remedy").iterdir()) == []


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("2", "Error: There is no finding 2. There are: 1 (leaking column: 'paid').\n"),
        (
            "leaking",
            "Error: There is no finding 'leaking'. Found were 'leaking column'. Did you mean 'leaking column'?\n",
        ),
    ],
)
def test_a_finding_that_is_not_there(shell, leaky, which, said):
    shutil.copytree(leaky, shell.folder / "run")
    done = shell("diagnose", "run", "--apply", which)
    assert (done.code, done.err) == (2, said)
    assert not (shell.folder / "run-remedy").exists()


def test_where_nothing_was_found_there_is_nothing_to_apply():
    with pytest.raises(InputError) as caught:
        chosen(Diagnosis((), ("divergence",)), "1")
    assert str(caught.value) == "There is no finding 1. Nothing was found. Looked for: divergence."


def test_a_place_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr("chainrule.cli.folders.os.access", lambda place, mode: False)
    with pytest.raises(FileError) as caught:
        choose_beside(tmp_path / "run")
    assert str(caught.value) == (
        f"Nothing can be written to {tmp_path}. Copy the run to where something can be, and diagnose it there."
    )


def test_what_was_found_is_told_after_fitting(shell):
    done = shell("fit", "data.csv", "--target", "price", "--drop", "bought", *QUICK)
    assert done.code == 0
    run = chainrule.load("runs/data")
    kept = run.facts["diagnosis"]
    assert kept == run.diagnose().to_plain()
    assert [finding["name"] for finding in kept["findings"]] == ["learning rate too low", "leaking column"]
    assert "found   2 findings: learning rate too low, leaking column.\n" in done.out
    assert done.out.endswith("next    chainrule explain runs/data\n        chainrule diagnose runs/data\n")
    answer = shell("fit", "data.csv", "--target", "price", "--drop", "bought", *QUICK, "--json").answer
    assert answer["findings"] == kept["findings"]


def test_where_nothing_was_found_nothing_is_said_after_fitting(shell):
    done = shell("fit", "data.csv", "--target", "bought", "--drop", "price", *QUICK)
    assert chainrule.load("runs/data").facts["diagnosis"]["findings"] == []
    assert "found" not in done.out
    assert done.out.endswith("next    chainrule explain runs/data\n")


@pytest.mark.parametrize(("which", "index"), [("2", "1"), ("unscaled input", "'unscaled input'")])
def test_a_remedy_for_a_run_on_arrays_is_tried_in_python(shell, which, index):
    """Its rows are nowhere on disk."""
    network = chainrule.Network([chainrule.Dense(1)], loss="mse")
    chainrule.fit(network, [[1.0], [2000.0]], [1.0, 2.0], epochs=1, progress=False, engine="numpy").save("arrays")
    done = shell("diagnose", "arrays", "--apply", which)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "Error: arrays was trained on arrays: a remedy is tried in Python, where its rows are. "
        f"chainrule.load('arrays').with_data(X, y).diagnose()[{index}].apply()\n"
    )
