"""A run on disk: a folder that is written whole or not at all, checked on reading, and runs nothing when loaded.

``SHA256SUMS`` lists every file, so that a folder cut short or a changed byte is noticed (``sha256sum -c`` reads it).
"""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors, save as save_tensors

from chainrule.data.encode import TableEncoder
from chainrule.errors import FileError, InputError, did_you_mean
from chainrule.losses import Loss
from chainrule.network.graph import Node
from chainrule.network.network import Network
from chainrule.network.parameters import flatten, unflatten
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain, to_plain
from chainrule.runs.again import Again
from chainrule.runs.recorded import NAME as RECORDING, Recorded, read_recorded
from chainrule.runs.run import Run
from chainrule.training.checkpoint import beside, write_file
from chainrule.training.history import History
from chainrule.training.step import first_state

SUMS = "SHA256SUMS"
CHECKPOINTS = "checkpoints"
"""A folder in a run's, with the state of a training that can be gone on with."""
FILES = frozenset({"run.json", "model.safetensors", "history.parquet"})
"""What every run has; a recording, a report and checkpoints may stand beside."""
_PACKAGES = ("chainrule", "numpy", "jax", "scikit-learn", "polars")


class NetworkFile(BaseModel):
    """A network without its numbers."""

    model_config = ConfigDict(extra="forbid")
    nodes: list[dict[str, Any]]
    loss: dict[str, Any]
    inputs: dict[str, list[int]]
    frozen: list[str]


class AgainFile(BaseModel):
    """The call that made a run, without rows."""

    model_config = ConfigDict(extra="forbid")
    function: Literal["fit", "fit_table"]
    settings: dict[str, Any]


class RunFile(BaseModel):
    """``run.json``."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["chainrule run"] = "chainrule run"
    schema_version: Literal[1] = 1
    created: str
    versions: dict[str, str]
    network: NetworkFile
    training: dict[str, Any]
    stopped: str
    table: TableEncoder | None
    facts: dict[str, Any]
    again: AgainFile | None = None
    """Earlier versions wrote none."""


def save(run: Run, path: Path, *, overwrite: bool = False) -> Path:
    """Write a run as a folder; what stands there is only replaced when asked, and then only by a whole run."""
    if path.exists() and not overwrite:
        raise FileError(f"{path} is there already; choose another name, or pass overwrite=True.", path=path)
    if path.exists() and not (path / "run.json").exists() and any(path.iterdir() if path.is_dir() else [path]):
        raise FileError(f"{path} is there already and is no run; it is left as it is. Choose another name.", path=path)
    temporary = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        for name, content in _files(run).items():
            write_file(temporary / name, content)
        write_sums(temporary)
        if path.exists():
            replace_folder(temporary, path)
        else:
            temporary.rename(path)
    except OSError as error:
        raise FileError(f"The run could not be written to {path}: {error}", path=path) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return path


def replace_folder(new: Path, path: Path) -> None:
    """Put a folder in the place of another one, which comes back where that fails."""
    old = beside(path)
    path.rename(old)
    try:
        new.rename(path)
    except OSError:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def load(path: str | Path) -> Run:
    """Read a run from its folder.

    Raises:
        FileError: there is no run, a file of it is missing or was changed, or a newer version wrote it.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise _no_run(folder)
    if not (folder / "run.json").is_file():
        raise FileError(f"{folder} is no run: it has no run.json.", path=folder)
    check_sums(folder)
    try:
        file = RunFile.model_validate_json((folder / "run.json").read_bytes())
        network = _network(file, load_tensors((folder / "model.safetensors").read_bytes()))
        again = None if file.again is None else Again.from_plain(file.again.model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise FileError(
            f"{folder / 'run.json'} cannot be read by this version: {place}: {first['msg']}.", path=folder
        ) from None
    except InputError as error:
        raise FileError(f"{folder / 'run.json'} cannot be read by this version: {error}", path=folder) from None
    except (TypeError, AttributeError) as error:
        raise FileError(f"{folder / 'run.json'} describes no network: {error}.", path=folder) from error
    except (SafetensorError, KeyError) as error:
        raise FileError(
            f"{folder / 'model.safetensors'} does not hold the run's network: {error}.", path=folder
        ) from error
    if file.table is not None and file.table.input_shapes != network.input_shapes:
        raise FileError(
            f"{folder / 'run.json'}: the table's encoder makes inputs of shapes {file.table.input_shapes}, the network "
            f"takes {dict(network.input_shapes or {})}. Restore the file, or train again.",
            path=folder,
        )
    run = Run(
        network, _read_history(folder / "history.parquet"), file.training, file.stopped, None, file.table, file.facts
    )
    return replace(run, recorded=_read_recording(run, folder / RECORDING), asked=again)


def _no_run(folder: Path) -> FileError:
    if folder.exists():
        return FileError(f"{folder} is a file; a run is a folder, such as runs/{folder.stem}.", path=folder)
    near = ""
    if folder.parent.is_dir():
        runs = [other for other in folder.parent.iterdir() if (other / "run.json").is_file()]
        near = did_you_mean(folder.name, sorted(run.name for run in runs))
    return FileError(f"There is no run at {folder}: no such folder.{near}", path=folder)


def _read_recording(run: Run, path: Path) -> Recorded | None:
    if not path.exists():
        return None
    frozen = run.network.frozen_names()
    params, stats = run.network.init(0, run.dtype)
    like = first_state(from_plain(run.training["optimizer"], Optimizer), params, stats, frozen)
    return read_recorded(path, like, run.training["rows"], len(run.history.step_losses))


def write_sums(folder: Path) -> None:
    """Write the checksum of every file of a run's folder but checkpoints, which a training goes on writing."""
    names = sorted(str(file.relative_to(folder).as_posix()) for file in folder.rglob("*") if file.is_file())
    fixed = [name for name in names if name != SUMS and not name.startswith(f"{CHECKPOINTS}/")]
    lines = [f"{_digest(folder / name)}  {name}\n" for name in fixed]
    write_file(folder / SUMS, "".join(lines).encode())


def check_sums(folder: Path) -> None:
    """Raise ``FileError`` where a file of a run is missing or not as it was written."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FileError(f"{folder} is not whole: {SUMS} is missing or damaged. Train again.", path=folder) from None
    whole = [line.split("  ", 1) for line in lines if re.fullmatch(r"[0-9a-f]{64}  .+", line)]
    listed = {name: digest for digest, name in whole}
    if len(listed) < len(lines) or not set(listed) >= FILES:
        raise FileError(f"{folder} is not whole: {SUMS} is missing or damaged. Train again.", path=folder)
    for name, digest in listed.items():
        file = folder / name
        if not file.is_file():
            raise FileError(f"{folder} is not whole: {name} is missing. Restore it, or train again.", path=file)
        if _digest(file) != digest:
            raise FileError(
                f"{file} was changed or damaged since the run was saved (its checksum differs). "
                "Restore it, or train again.",
                path=file,
            )


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def _files(run: Run) -> dict[str, bytes]:
    network = run.network
    document = RunFile(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={package: _version(package) for package in _PACKAGES},
        network=NetworkFile(
            nodes=[to_plain(node) for node in network.nodes],
            loss=to_plain(network.loss),
            inputs={name: list(shape) for name, shape in (network.input_shapes or {}).items()},
            frozen=list(network.frozen),
        ),
        training=dict(run.training),
        stopped=run.stopped,
        table=run.table,
        facts=dict(run.facts),
        again=None if run.asked is None else AgainFile(**run.asked.to_plain()),
    )
    tensors = {f"params/{name}": np.ascontiguousarray(array) for name, array in network.values.items()}
    tensors |= {f"stats/{name}": np.ascontiguousarray(array) for name, array in flatten(network.stats).items()}
    files = {
        "run.json": document.model_dump_json(indent=2).encode(),
        "model.safetensors": save_tensors(tensors),
        "history.parquet": _write_history(run.history),
    }
    recorded = run.recorded
    if run.trainer is not None:
        recorded = Recorded.of(run.trainer, run.training, len(run.history.step_losses))
    return files if recorded is None else {**files, RECORDING: recorded.to_bytes()}


def _network(file: RunFile, tensors: dict[str, np.ndarray]) -> Network:
    nodes = [from_plain(node, Node) for node in file.network.nodes]
    shapes = {name: tuple(shape) for name, shape in file.network.inputs.items()}
    network = Network(nodes, loss=from_plain(file.network.loss, Loss), input_shape=shapes)
    params, stats = network.init(0)
    values = {name: tensors[f"params/{name}"] for name in flatten(params)}
    running = {name: tensors[f"stats/{name}"] for name in flatten(stats)}
    return network.trained(unflatten(values, params), unflatten(running, stats)).freeze(*file.network.frozen)


def _version(package: str) -> str:
    try:
        return version(package)
    except ImportError:
        return "not installed"


def _write_history(history: History) -> bytes:
    import polars as pl

    steps = len(history.step_losses)
    epochs = [pl.Series(name, column).extend_constant(None, steps - len(column)) for name, column in history.items()]
    table = pl.DataFrame(
        [*epochs, pl.Series("step_loss", history.step_losses), pl.Series("step_rate", history.step_rates)]
    )
    content = BytesIO()
    table.write_parquet(content)
    return content.getvalue()


def _read_history(file: Path) -> History:
    import polars as pl

    try:
        table = pl.read_parquet(BytesIO(file.read_bytes()))
        epochs = table["epoch"].count()
    except pl.exceptions.PolarsError as error:
        raise FileError(f"{file} is no history of a training: {error}.", path=file) from error
    columns = {name: table[name].head(epochs).to_numpy() for name in table.columns if not name.startswith("step_")}
    return History(table["step_loss"].to_numpy(), table["step_rate"].to_numpy(), columns)
