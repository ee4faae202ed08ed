"""A run whose checksums are right, but whose contents are not those of a run."""

import json

import pytest

import chainrule as cr
from chainrule.errors import FileError
from chainrule.runs.store import write_sums


@pytest.fixture
def folder(tmp_path):
    run = cr.fit_table(
        {"x": [float(i) for i in range(30)], "y": [2.0 * i for i in range(30)]},
        "y",
        epochs=1,
        baselines=False,
        progress=False,
    )
    return run.save(tmp_path / "run")


def changed(folder, name, change):
    file = folder / name
    file.write_bytes(change(file.read_bytes()))
    write_sums(folder)
    with pytest.raises(FileError) as caught:
        cr.load(folder)
    return str(caught.value)


def in_json(change):
    def apply(content):
        document = json.loads(content)
        change(document)
        return json.dumps(document).encode()

    return apply


def test_tensors_cut_short(folder):
    said = changed(folder, "model.safetensors", lambda content: content[:-8])
    assert said.startswith(f"{folder / 'model.safetensors'} does not hold the run's network: ")


def test_a_history_cut_short(folder):
    said = changed(folder, "history.parquet", lambda content: content[:-40])
    assert said.startswith(f"{folder / 'history.parquet'} is no history of a training: ")


def test_a_node_without_units(folder):
    said = changed(folder, "run.json", in_json(lambda run: run["network"]["nodes"][0]["layer"].pop("units")))
    assert "units" in said


def test_a_node_too_many(folder):
    def twice(run):
        extra = json.loads(json.dumps(run["network"]["nodes"][0])) | {"name": "more", "inputs": ["dense3"]}
        run["network"]["nodes"].append(extra)

    assert "more.weight" in changed(folder, "run.json", in_json(twice))


def test_a_table_with_a_column_fewer(folder):
    def wider(run):
        run["table"]["columns"].append(run["table"]["columns"][0] | {"name": "z"})

    said = changed(folder, "run.json", in_json(wider))
    assert said == (
        f"{folder / 'run.json'}: the table's encoder makes inputs of shapes {{'features': (2,)}}, the network takes "
        "{'features': (1,)}. Restore the file, or train again."
    )


def test_a_place_that_cannot_be_written(folder, tmp_path):
    run = cr.load(folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="could not be written to"):
        run.save(tmp_path / "file" / "run")


def test_a_checkpoint_folder_that_is_a_file_is_refused_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"probe cannot be written: "):
        cr.fit(cr.Network([cr.Dense(1)], loss="mse"), [[1.0]], [1.0], checkpoint=tmp_path / "file", progress=False)
