"""A training on disk, to go on from: one file, written whole or not at all.

safetensors holds the arrays; its header holds the rest as JSON.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from chainrule.errors import FileError, InputError
from chainrule.optimizers import Schedule
from chainrule.plain import to_plain
from chainrule.training.engine import map_arrays
from chainrule.training.plan import Plan
from chainrule.training.step import Rows, State

NAME = "latest.safetensors"


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: under a temporary name beside it, synced, renamed.

    Raises:
        FileError: it cannot be written there.
    """
    temporary = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """A hidden name beside a path that nobody else uses."""
    return path.with_name(f".{path.name}.{token_hex(4)}")


def fingerprint(plan: Plan, rows: Rows, validation: Rows | None, first: State, epochs: int | None) -> str:
    """What a training depends on, as a SHA-256.

    Args:
        plan: network, optimizer, batches, seed and type.
        rows: what is learned from.
        validation: what is watched, or None.
        first: the state before the first step.
        epochs: how many are planned; a schedule may look at it.
    """
    planned = epochs if isinstance(plan.optimizer.learning_rate, Schedule) else None
    parts: dict[str, Any] = {
        "nodes": [to_plain(node) for node in plan.network.nodes],
        "loss": to_plain(plan.network.loss),
        "frozen": plan.network.frozen,
        "optimizer": to_plain(plan.optimizer),
        "plan": [plan.rows, plan.batch_size, plan.shuffle, plan.seed, str(plan.dtype), plan.steps_before, planned],
    }
    digest = sha256(json.dumps(parts, sort_keys=True, default=str).encode())
    for part in (first, rows, validation):
        digest.update(_digest(named_arrays(part)).encode())
    return digest.hexdigest()


def write_checkpoint(path: Path, state: State, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write a state, more arrays by name, and facts that JSON can hold."""
    named, written = {**named_arrays(state), **arrays}, json.dumps(facts)
    write_file(path, save(named, metadata={"chainrule": written, "sha256": _digest(named, written)}))


def read_checkpoint(path: Path, like: State) -> tuple[State, dict[str, np.ndarray], dict[str, Any]]:
    """Read what :func:`write_checkpoint` wrote; ``like`` is a state of the same form.

    Raises:
        FileError: the file is damaged, or holds another network's state.
    """
    try:
        with safe_open(path, framework="np") as file:
            written, digest = file.metadata()["chainrule"], file.metadata()["sha256"]
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
        if _digest(arrays, written) != digest:
            raise ValueError("its checksum is another")
        facts = json.loads(written)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise FileError(f"{path} is no whole checkpoint ({error}); delete it to start anew.", path=path) from None
    names = list(named_arrays(like))
    try:
        found = iter([arrays.pop(name) for name in names])
    except KeyError as error:
        raise FileError(f"{path} belongs to another network: it has no {error}.", path=path) from None
    return map_arrays(lambda _: next(found), like), arrays, facts


def check_same(path: Path, expected: str, found: str) -> None:
    """Raise unless a checkpoint was made by the same training."""
    if expected != found:
        raise InputError(
            f"{path} was made by another training (network, data, optimizer, batch size, seed, or what it began with "
            "differ). "
            "Pass another checkpoint folder, or delete this one to start anew."
        )


def _digest(arrays: Mapping[str, np.ndarray], more: str = "") -> str:
    """SHA-256 of arrays, their names and types, and a text."""
    digest = sha256(more.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].shape} {arrays[name].dtype.str}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def named_arrays(state: Any) -> dict[str, np.ndarray]:
    """Every array of a state, or of rows, by where it stands in it, in the order of ``map_arrays``."""
    named: dict[str, np.ndarray] = {}

    def walk(prefix: str, tree: Any) -> None:
        if isinstance(tree, dict):
            for name, value in tree.items():
                walk(f"{prefix}/{name}", value)
        elif isinstance(tree, tuple):
            for name, value in zip(getattr(tree, "_fields", map(str, range(len(tree)))), tree, strict=True):
                walk(f"{prefix}/{name}", value)
        elif tree is not None:
            named[prefix] = np.ascontiguousarray(tree)

    walk("state", state)
    return named
