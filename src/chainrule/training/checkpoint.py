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


def fingerprint(plan: Plan, rows: Rows) -> str:
    """What a training depends on, as a SHA-256: network, optimizer, data, batches, seed and type."""
    network = plan.network
    parts: dict[str, Any] = {
        "nodes": [to_plain(node) for node in network.nodes],
        "loss": to_plain(network.loss),
        "frozen": network.frozen,
        "optimizer": to_plain(plan.optimizer),
        "plan": [plan.rows, plan.batch_size, plan.shuffle, plan.seed, str(plan.dtype)],
    }
    digest = sha256(json.dumps(parts, sort_keys=True, default=str).encode())
    for name in sorted(network.values):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(network.values[name]).tobytes())
    map_arrays(lambda array: digest.update(np.ascontiguousarray(array).tobytes()), tuple(rows))
    return digest.hexdigest()


def write_checkpoint(path: Path, state: State, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write a state, more arrays by name, and facts that JSON can hold."""
    content = save({**named_arrays(state), **arrays}, metadata={"chainrule": json.dumps(facts)})
    write_file(path, content)


def read_checkpoint(path: Path, like: State) -> tuple[State, dict[str, np.ndarray], dict[str, Any]]:
    """Read what :func:`write_checkpoint` wrote; ``like`` is a state of the same form.

    Raises:
        FileError: the file is damaged, or holds another network's state.
    """
    try:
        with safe_open(path, framework="np") as file:
            facts = json.loads(file.metadata()["chainrule"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
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
            f"{path} was made by another training (network, data, optimizer, batch size or seed differ). "
            "Pass another checkpoint folder, or delete this one to start anew."
        )


def named_arrays(state: State) -> dict[str, np.ndarray]:
    """Every array of a state by where it stands in it, in the order of ``map_arrays``."""
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
