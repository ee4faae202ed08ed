"""Directions in which a landscape is looked at: along a parameter, at random, along where a training went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.network.parameters import ParameterName, flatten
from chainrule.ops import Rng
from chainrule.training.step import State
from chainrule.training.trainer import Trainer

_BYTES = 128 * 2**20
"""What the states along a path may take; of large networks fewer are looked at."""
_STATES = 121
_COLUMNS = 1 << 16


@dataclass(frozen=True)
class Direction:
    """One axis of a landscape."""

    label: str
    arrays: Mapping[str, np.ndarray]
    """The direction, by parameter name; what it leaves out stays."""
    end: float
    """Where the end of training lies on the axis: a parameter's value, or 0."""
    share: float | None = None
    """Of a principal direction: how much of the path's variance it holds."""


@dataclass(frozen=True)
class Track:
    """Where a training went: the state after each of some numbers of steps."""

    steps: np.ndarray
    """Steps that had been made, shape (t,); the last is the end."""
    states: Sequence[State]
    offsets: np.ndarray
    """Trained parameters less those at the end, one after the other as one row a state, shape (t, parameters)."""
    names: Sequence[str]
    """The trained arrays, in the order in which they stand in a row."""

    @property
    def end(self) -> State:
        """The state at the end."""
        return self.states[-1]

    def take_apart(self, row: np.ndarray) -> dict[str, np.ndarray]:
        """A row of numbers as arrays by name."""
        arrays = flatten(self.end.params)
        sizes = [arrays[name].size for name in self.names]
        parts = np.split(row, np.cumsum(sizes)[:-1])
        return {name: part.reshape(arrays[name].shape) for name, part in zip(self.names, parts, strict=True)}

    def put_together(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """Arrays by name as a row of numbers; 0 for what is left out."""
        like = flatten(self.end.params)
        parts = [np.ravel(arrays.get(name, np.zeros(like[name].shape))) for name in self.names]
        return np.concatenate(parts).astype(np.float64)


def track_of(trainer: Trainer) -> Track:
    """Where a training went, by exact replay: every step of short trainings, evenly spaced ones of long ones."""
    frozen = trainer.plan.network.frozen_names()
    arrays = flatten(trainer.state.params)
    names = [name for name in arrays if name not in frozen]
    if not names:
        raise InputError("Every parameter of the network is frozen: there is nothing for a landscape to go along.")
    size = sum(array.nbytes for array in arrays.values())
    most = int(np.clip(_BYTES // size, 2, _STATES))
    steps = np.unique(np.linspace(0, trainer.steps_done, most).round().astype(int))
    states = list(trainer.states(steps.tolist()))

    def row(state: State) -> np.ndarray:
        flat = flatten(state.params)
        return np.concatenate([np.ravel(flat[name]) for name in names])

    end = row(states[-1])
    return Track(steps, states, np.stack([row(state) - end for state in states]), names)


def along_parameter(track: Track, name: ParameterName) -> Direction:
    """The direction in which one parameter grows and nothing else changes."""
    end, index = flatten(track.end.params)[name.array], name.index or ()
    one = np.zeros(end.shape, dtype=end.dtype)
    one[index] = 1
    return Direction(f"{name.array}{list(index)}", {name.array: one}, float(end[index]))


def at_random(track: Track, seed: int, count: int) -> list[Direction]:
    """Random directions in which every unit moves by as much as it is large (Li et al. 2018, section 4).

    Of an array with several axes, units stand on the last one: the numbers of each (the weights into a unit, a filter)
    are drawn from a normal distribution and scaled to the norm of the unit's own weights. Vectors (biases, scales) are
    scaled as a whole. So what is 0 at the end does not move.
    """
    rng = Rng(seed, dtype=np.float64).child("landscape")
    ends = {name: array for name, array in flatten(track.end.params).items() if name in track.names}
    found: list[Direction] = []
    for place in range(count):
        arrays: dict[str, np.ndarray] = {}
        for name, end in ends.items():
            drawn: Any = np.asarray(rng.child(place).child(name).normal(end.shape))
            axes = tuple(range(end.ndim - 1)) if end.ndim > 1 else (0,)
            size = np.sqrt((np.asarray(end, dtype=np.float64) ** 2).sum(axis=axes, keepdims=True))
            own = np.sqrt((drawn**2).sum(axis=axes, keepdims=True))
            arrays[name] = (drawn * size / np.where(own == 0, 1, own)).astype(end.dtype)
        found.append(Direction(f"random direction {place + 1}", arrays, 0.0))
    return found


def principal(track: Track, count: int) -> list[Direction]:
    """The directions in which the path varies most, of length 1, with the share of its variance that each holds.

    They are the first principal components of the states on the path, each of which counts as much as any other; of a
    path that varies in fewer directions there are fewer. Each points to where training started.

    Raises:
        InputError: the path has no direction, since nothing changed.
    """
    centred = track.offsets - track.offsets.mean(axis=0, dtype=np.float64).astype(track.offsets.dtype)
    gram = np.zeros((len(centred), len(centred)))
    for begin in range(0, centred.shape[1], _COLUMNS):
        part = centred[:, begin : begin + _COLUMNS].astype(np.float64)
        gram += part @ part.T
    values, vectors = np.linalg.eigh(gram)
    total = float(values.clip(0).sum())
    if not total > 0:
        raise InputError(
            "The run's path has no direction: no step changed its parameters. Name parameters to look along, or pass "
            "directions='random'."
        )
    found: list[Direction] = []
    for place in range(count):
        value = float(values[-1 - place])
        if value <= 1e-9 * total:
            break
        row = vectors[:, -1 - place] @ centred / np.sqrt(value)
        row = row if row @ track.offsets[0] >= 0 else -row
        arrays = track.take_apart(row.astype(track.offsets.dtype))
        found.append(Direction(f"principal direction {place + 1}", arrays, 0.0, value / total))
    return found


def project(track: Track, directions: Sequence[Direction]) -> tuple[np.ndarray, float]:
    """The path on the plane of some directions, shape (t, directions), and the share of its way to the end in it.

    Coordinates are those of the nearest points of the plane; they count along the directions, from the end. The share
    is that of the squared distances from the end.
    """
    rows = np.stack([track.put_together(direction.arrays) for direction in directions])
    offsets = track.offsets.astype(np.float64)
    places = np.linalg.lstsq(rows @ rows.T, rows @ offsets.T, rcond=None)[0].T
    whole = float((offsets**2).sum())
    inside = float(((places @ rows) ** 2).sum())
    return places, 1.0 if whole == 0 else inside / whole
