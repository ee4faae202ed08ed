"""What a run keeps beside it so that it can be made again: snapshots of the training, and which rows it learned from.

One safetensors file: under ``state/…`` the snapshots, stacked, with their steps; under ``rows/…`` what the rows are
called, where they stood among those that were passed, and what each counts for. The rows themselves are not in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from chainrule.errors import FileError
from chainrule.training.checkpoint import named_arrays
from chainrule.training.engine import map_arrays
from chainrule.training.rows import rows_digest
from chainrule.training.step import State
from chainrule.training.trainer import Trainer

NAME = "recording.safetensors"
_STEPS, _NUMBERS, _PLACES = "steps", "rows/number", "rows/place"
_WEIGHT, _ASIDE = "rows/weight", "validation/weight"


class _Facts(BaseModel):
    """The file's header."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["chainrule recording"] = "chainrule recording"
    schema_version: Literal[1] = 1
    rows: str = Field(pattern="^[0-9a-f]{64}$")
    """SHA-256 of the rows that were learned from, in the type of the training."""


@dataclass(frozen=True)
class Recorded:
    """Snapshots and rows of a training."""

    digest: str
    """SHA-256 of the rows that were learned from."""
    steps: np.ndarray
    """Steps that had been made at each snapshot, shape (k,); the first is 0."""
    arrays: Mapping[str, np.ndarray]
    """Every array of a state by name, stacked over snapshots: (k, …)."""
    numbers: np.ndarray
    """What each row is called, shape (n,)."""
    places: np.ndarray
    """Where each stood among the rows that were passed, from 0, shape (n,)."""
    weight: np.ndarray | None
    """What each row counts for, shape (n,); None where all count alike."""
    aside: np.ndarray | None
    """The same of the validation rows."""

    @classmethod
    def of(cls, trainer: Trainer, training: Mapping[str, Any], losses: int) -> "Recorded":
        """What a run has to keep of its trainer, which may have gone elsewhere since.

        Args:
            trainer: the training.
            training: how the run says it was trained.
            losses: how many steps the run knows of.
        """
        made = {str(step): numbers for step, numbers in trainer.changes.made.items()}
        said = training["changes"]
        parted = min((int(step) for step in {*made, *said} if made.get(step) != said.get(step)), default=losses)
        states = {step: state for step, state in trainer.recording.states.items() if step <= min(parted, losses)}
        steps = np.array(sorted(states), dtype=np.int64)
        named = [named_arrays(states[step]) for step in steps.tolist()]
        stacked = {name: np.stack([arrays[name] for arrays in named]) for name in named[0]}
        rows, aside = trainer.rows, trainer.validation
        weights = rows.weight, None if aside is None else aside.weight
        return cls(rows_digest(rows), steps, stacked, trainer.row_numbers, trainer.kept, *weights)

    def states(self, like: State) -> dict[int, State]:
        """Every snapshot by its step, in the form of ``like``."""
        found: dict[int, State] = {}
        for place, step in enumerate(self.steps.tolist()):
            arrays = iter([self.arrays[name][place] for name in named_arrays(like)])
            found[step] = map_arrays(lambda _, arrays=arrays: next(arrays), like)
        return found

    def to_bytes(self) -> bytes:
        """The content of the file."""
        tensors = {_STEPS: self.steps, _NUMBERS: np.asarray(self.numbers), _PLACES: np.asarray(self.places)}
        weights = {_WEIGHT: self.weight, _ASIDE: self.aside}
        tensors |= {name: weight for name, weight in weights.items() if weight is not None}
        content = {name: np.ascontiguousarray(array) for name, array in {**tensors, **self.arrays}.items()}
        return save(content, metadata={"chainrule": _Facts(rows=self.digest).model_dump_json()})


def read_recorded(path: Path, like: State, rows: int, losses: int) -> Recorded:
    """Read what :meth:`Recorded.to_bytes` wrote.

    Args:
        path: the file.
        like: a state of the form that its snapshots have.
        rows: how many rows the run learned from.
        losses: how many steps the run knows of.

    Raises:
        FileError: it is damaged, or another run's.
    """
    try:
        with safe_open(path, framework="np") as file:
            facts = _Facts.model_validate(json.loads(file.metadata()["chainrule"]))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
        steps, numbers, places = (arrays.pop(name) for name in (_STEPS, _NUMBERS, _PLACES))
    except (SafetensorError, ValidationError, KeyError, ValueError, TypeError) as error:
        raise _damaged(path, str(error).splitlines()[0]) from None
    weight, aside = arrays.pop(_WEIGHT, None), arrays.pop(_ASIDE, None)
    for name, array in {"numbers": numbers, "places": places, "weights": weight}.items():
        if array is not None and array.shape != (rows,):
            raise _damaged(path, f"it has {name} of shape {array.shape} for {rows:,} rows")
    whole = steps.dtype == np.int64 and steps.ndim == 1 and len(steps)
    if not whole or steps[0] != 0 or steps[-1] > losses or (np.diff(steps) <= 0).any():
        raise _damaged(path, f"the steps of its snapshots do not rise from 0 to at most {losses:,}")
    expected = {name: (len(steps), *array.shape) for name, array in named_arrays(like).items()}
    found = {name: array.shape for name, array in arrays.items()}
    for name in sorted({*expected, *found}):
        if expected.get(name) != found.get(name):
            raise _damaged(path, f"'{name}' has shape {found.get(name)}; {expected.get(name)} was expected")
    return Recorded(facts.rows, steps, arrays, numbers, places, weight, aside)


def _damaged(path: Path, what: str) -> FileError:
    return FileError(f"{path} does not hold the run's recording: {what}. Restore it, or train again.", path=path)
