"""Runs on disk: whole or not at all, checked on reading, equal after a round trip."""

import json
import subprocess

import numpy as np
import pytest

from chainrule import BatchNorm, Dense, Dropout, Embedding, Network, Run, fit, load
from chainrule.errors import FileError
from chainrule.runs.store import SUMS
from training.problems import same, small_network, table


@pytest.fixture(scope="module")
def run() -> Run:
    X, y = table()
    return fit(small_network(), X, y, epochs=3, seed=2, progress=False)


def test_a_round_trip_keeps_everything(run, tmp_path):
    X, _ = table()
    folder = run.save(tmp_path / "bags")
    again = load(folder)
    assert same(run.params, again.params)
    assert np.array_equal(run.predict(X), again.predict(X))
    assert repr(run.network) == repr(again.network)
    assert run.training == again.training
    assert run.stopped == again.stopped
    for name, column in run.history.items():
        assert np.array_equal(column, again.history[name])
    assert np.array_equal(run.history.step_losses, again.history.step_losses)


def test_running_statistics_frozen_names_and_numbers_come_back(tmp_path):
    X, y = table()
    network = Network([BatchNorm(momentum=0.3), Dense(3, "leaky_relu", l2=0.01), Dropout(0.2), Dense(1)], input_shape=3)
    run = fit(network.freeze("dense2.bias"), X, y, epochs=2, progress=False)
    again = load(run.save(tmp_path / "x"))
    assert again.network.nodes == run.network.nodes
    assert again.network.frozen == ("dense2.bias",)
    assert np.array_equal(run.predict(X), again.predict(X))


def test_several_inputs_come_back(tmp_path):
    network = Network([Embedding(5, 2, inputs=["code"]), Dense(1)], input_shape={"code": ()})
    codes = {"code": np.array([0, 1, 2, 3, 4])}
    run = fit(network, codes, np.arange(5.0), epochs=2, progress=False)
    assert np.array_equal(run.predict(codes), load(run.save(tmp_path / "x")).predict(codes))


def test_the_checksums_are_those_that_everybody_reads(run, tmp_path):
    folder = run.save(tmp_path / "bags")
    done = subprocess.run(["sha256sum", "-c", SUMS], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == 4


def test_nothing_is_overwritten_unless_asked(run, tmp_path):
    folder = run.save(tmp_path / "bags")
    with pytest.raises(FileError) as caught:
        run.save(folder)
    assert str(caught.value) == f"{folder} is there already; choose another name, or pass overwrite=True."
    run.save(folder, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["bags"]


def test_a_folder_that_is_no_run_is_never_replaced(run, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(FileError) as caught:
        run.save(tmp_path / "thesis", overwrite=True)
    assert str(caught.value) == (
        f"{tmp_path / 'thesis'} is there already and is no run; it is left as it is. Choose another name."
    )
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_a_failure_while_writing_leaves_the_old_run(run, tmp_path, monkeypatch):
    folder = run.save(tmp_path / "bags")
    before = (folder / "run.json").read_bytes()

    def full(*_arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr("chainrule.runs.store.write_file", full)
    with pytest.raises(FileError) as caught:
        run.save(folder, overwrite=True)
    assert str(caught.value) == f"The run could not be written to {folder}: No space left on device"
    assert (folder / "run.json").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["bags"]


@pytest.mark.parametrize("name", ["run.json", "model.safetensors", "history.parquet", "recording.safetensors"])
def test_a_changed_byte_is_noticed(run, tmp_path, name):
    folder = run.save(tmp_path / "bags")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(FileError) as caught:
        load(folder)
    assert str(caught.value) == (
        f"{folder / name} was changed or damaged since the run was saved (its checksum differs). "
        "Restore it, or train again."
    )


def test_a_folder_cut_short_is_noticed(run, tmp_path):
    folder = run.save(tmp_path / "bags")
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileError) as caught:
        load(folder)
    assert str(caught.value) == f"{folder} is not whole: model.safetensors is missing. Restore it, or train again."
    (folder / SUMS).unlink()
    with pytest.raises(FileError) as caught:
        load(folder)
    assert str(caught.value) == f"{folder} is not whole: {SUMS} is missing or damaged. Train again."


@pytest.mark.parametrize("kept", [40, 100, 150])
def test_checksums_cut_short_are_noticed(run, tmp_path, kept):
    folder = run.save(tmp_path / "bags")
    (folder / SUMS).write_bytes((folder / SUMS).read_bytes()[:kept])
    with pytest.raises(FileError) as caught:
        load(folder)
    assert str(caught.value) == f"{folder} is not whole: {SUMS} is missing or damaged. Train again."


def test_what_is_no_run_is_named(tmp_path):
    with pytest.raises(FileError) as caught:
        load(tmp_path / "nowhere")
    assert str(caught.value) == f"There is no run at {tmp_path / 'nowhere'}: no such folder."
    with pytest.raises(FileError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"{tmp_path} is no run: it has no run.json."
    (tmp_path / "bags.csv").touch()
    with pytest.raises(FileError) as caught:
        load(tmp_path / "bags.csv")
    assert str(caught.value) == f"{tmp_path / 'bags.csv'} is a file; a run is a folder, such as runs/bags."
    (tmp_path / "bags").mkdir()
    (tmp_path / "bags" / "run.json").touch()
    with pytest.raises(FileError) as caught:
        load(tmp_path / "bag")
    assert str(caught.value) == f"There is no run at {tmp_path / 'bag'}: no such folder. Did you mean 'bags'?"


def test_a_run_of_a_later_version_is_refused_politely(run, tmp_path):
    from chainrule.runs.store import write_sums

    folder = run.save(tmp_path / "bags")
    document = json.loads((folder / "run.json").read_text())
    document["network"]["nodes"][0]["layer"]["type"] = "QuantumLayer"
    (folder / "run.json").write_text(json.dumps(document))
    write_sums(folder)
    with pytest.raises(FileError) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder / 'run.json'} cannot be read by this version: 'QuantumLayer' is no ")


def test_no_class_but_chainrules_own_is_made(run, tmp_path):
    from chainrule.runs.store import write_sums

    folder = run.save(tmp_path / "bags")
    document = json.loads((folder / "run.json").read_text())
    document["network"]["nodes"][0]["layer"] = {"type": "Popen", "args": ["touch", str(tmp_path / "owned")]}
    (folder / "run.json").write_text(json.dumps(document))
    write_sums(folder)
    with pytest.raises(FileError):
        load(folder)
    assert not (tmp_path / "owned").exists()
