"""The landscape: the loss along a line or over a plane of parameter space, with the path that training took on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal, TypeAlias

import numpy as np

from chainrule.errors import InputError, did_you_mean
from chainrule.explain.digits import Words
from chainrule.explain.directions import Direction, Track, along_parameter, at_random, principal, project, track_of
from chainrule.explain.document import Column, Document, Picture, Section, Table
from chainrule.explain.landscape_picture import characters, picture
from chainrule.explain.ledger import single_number
from chainrule.explain.shown import Shown
from chainrule.format import count, percent, short
from chainrule.ops import Rng, eager_ops
from chainrule.training.points import Place, losses_at
from chainrule.training.rows import select
from chainrule.training.step import Rows, loss_of
from chainrule.training.trainer import Trainer

Directions: TypeAlias = Literal["principal", "random"]
"""Where a landscape without named parameters is looked at."""
ON_A_LINE, ON_AN_AXIS = 201, 41
"""Points, where nobody says how many: on a line, and on each axis of a plane."""


@dataclass(frozen=True)
class Path:
    """Where training went, seen on the landscape."""

    steps: np.ndarray
    """Steps that had been made, shape (t,)."""
    places: np.ndarray
    """The nearest points on the landscape, shape (t, axes), in the units of the axes."""
    losses: np.ndarray
    """The loss where training really was, shape (t,): off the landscape it is another than at the nearest point."""
    share: float
    """How much of its way to the end lies on the landscape: of the squared distances, 0 to 1."""


@dataclass(frozen=True, repr=False)
class Landscape(Shown):
    """The loss along one direction, or over two, through the end of a training."""

    axes: tuple[Direction, ...]
    """One or two directions."""
    places: tuple[np.ndarray, ...]
    """Where the points are on each axis: a parameter's values; else 0 is the end of training."""
    losses: np.ndarray
    """Loss at each point, shape (points,) or (points on the first axis, points on the second)."""
    path: Path
    loss_name: str
    rows: int
    """Rows whose loss it is."""
    rows_trained: int
    """Rows there were in training."""
    engine: str
    """The engine that computed the losses: ``"numpy"``, or ``"xla"``, which does so as one program."""
    seconds: float
    """How long that took."""

    @property
    def lowest(self) -> tuple[tuple[float, ...], float]:
        """The lowest of the points and the loss there."""
        at = np.unravel_index(int(np.nanargmin(self.losses)), self.losses.shape)
        return tuple(float(places[i]) for places, i in zip(self.places, at, strict=True)), float(self.losses[at])

    def document(self) -> Document:
        """A picture, where training started, ended and passed, and the losses."""
        drawing = Picture(picture(self), self._range(), characters=characters(self))
        sections = [
            Section("landscape", "", (drawing,), self._about()),
            Section("path", "The path of training", (self._path_table(),), self._about_path()),
            Section("losses", "The losses", (self._losses_table(),)),
        ]
        return Document("Landscape", self._what(), tuple(sections), self._verdict())

    def _what(self) -> str:
        return f"{self.loss_name} along {' and '.join(axis.label for axis in self.axes)}"

    def _range(self) -> str:
        known = self.losses[np.isfinite(self.losses)]
        if not len(known):
            return "The loss is finite nowhere."
        start, end = (short(float(self.path.losses[at])) for at in (0, -1))
        return (
            f"The loss is from {short(float(known.min()))} to {short(float(known.max()))} here; training went from "
            f"{start} to {end}."
        )

    def _about(self) -> str:
        rows = f"all {count(self.rows, 'training row')}"
        if self.rows < self.rows_trained:
            rows = f"{self.rows:,} of {count(self.rows_trained, 'training row')}, drawn at random,"
        said = [f"The loss of {rows} at {count(self.losses.size, 'point')}; all else is as at the end of training."]
        held = [axis for axis in self.axes if axis.share is not None]
        if held:
            shares = " and ".join(percent(axis.share) for axis in held if axis.share is not None)
            said.append(f"The directions are those in which the path varies most; they hold {shares} of its variance.")
        if any(axis.label.startswith("random") for axis in self.axes):
            said.append("In each direction every unit's weights move by as much as they are large.")
        broken = int((~np.isfinite(self.losses)).sum())
        if broken:
            said.append(f"At {count(broken, 'point')} it is not finite.")
        said.append(f"Computed by {'XLA' if self.engine == 'xla' else 'NumPy'} in {short(self.seconds, 2)} s.")
        return " ".join(said)

    def _about_path(self) -> str:
        if len(self.path.steps) < 2:
            return "No step was made."
        if self.path.share > 1 - 1e-9:
            return "The path lies on the landscape."
        what = "line" if len(self.axes) == 1 else "plane"
        return (
            f"Training moved in all parameters at once, and is drawn where it came nearest to the {what}: "
            f"{percent(self.path.share)} of its squared distance from its end lies on it. So the loss of a step, which "
            f"is told here, is not that of the point of the {what} where the step is drawn."
        )

    def _verdict(self) -> Words:
        places, loss = self.lowest
        where: list[str | float] = []
        for axis, place in zip(self.axes, places, strict=True):
            where += [", " if where else "", f"{axis.label} = ", place]
        return ("Lowest of the points: ", loss, " at ", *where, ". At the end: ", float(self.path.losses[-1]), ".")

    def _path_table(self) -> Table:
        columns = (Column("step", "whole"), *(Column(axis.label) for axis in self.axes), Column("loss"))
        rows = tuple(
            (int(step), *map(float, place), float(loss))
            for step, place, loss in zip(self.path.steps, self.path.places, self.path.losses, strict=True)
        )
        return Table(columns, rows, most=12)

    def _losses_table(self) -> Table:
        columns = (*(Column(axis.label) for axis in self.axes), Column("loss"))
        grid = np.stack([each.ravel() for each in np.meshgrid(*self.places, indexing="ij")], axis=1)
        rows = tuple((*map(float, place), float(loss)) for place, loss in zip(grid, self.losses.ravel(), strict=True))
        return Table(columns, rows, most=6)


def landscape(
    trainer: Trainer,
    *names: str,
    directions: Directions = "principal",
    dimensions: int = 2,
    points: int | None = None,
    span: Any = None,
    rows: int | None = 10_000,
    seed: int = 0,
) -> Landscape:
    """The loss around the end of a training: see :meth:`chainrule.Run.landscape`."""
    track = track_of(trainer)
    axes = _axes(trainer, track, names, directions, dimensions, seed)
    offsets, share = project(track, axes)
    ends = np.array([axis.end for axis in axes])
    spans = _spans(span, axes, offsets + ends)
    per_axis = _points(points, len(axes))
    places = tuple(np.linspace(low, high, per_axis) for low, high in spans)
    chosen = _rows(trainer, rows, seed)
    grid = np.stack([each.ravel() for each in np.meshgrid(*places, indexing="ij")], axis=1) - ends
    numbers = trainer.changes.at(max(trainer.steps_done - 1, 0))
    own = {path: value for path, value in numbers.items() if not path.startswith("optimizer.")}
    plan = trainer.plan
    began = perf_counter()
    place = Place(track.end, [axis.arrays for axis in axes])
    losses, engine = losses_at(plan.network, own, place, grid, chosen, plan.dtype)
    seconds = perf_counter() - began
    nodes, loss = plan.network.bind({path: plan.dtype.type(value) for path, value in own.items()})
    with np.errstate(all="ignore"):
        passed = [float(loss_of(eager_ops(), nodes, loss, state, chosen)) for state in track.states]
    return Landscape(
        axes=tuple(axes),
        places=places,
        losses=losses.reshape([per_axis] * len(axes)),
        path=Path(track.steps, offsets + ends, np.array(passed), share),
        loss_name=loss.name,
        rows=len(chosen.target),
        rows_trained=plan.rows,
        engine=engine,
        seconds=seconds,
    )


def _axes(
    trainer: Trainer, track: Track, names: Sequence[str], directions: str, dimensions: int, seed: int
) -> list[Direction]:
    if len(names) > 2:
        raise InputError(f"A landscape goes along one parameter or over two; got {len(names)} names.")
    if len(set(names)) < len(names):
        raise InputError(f"A landscape over two parameters needs two different ones; got '{names[0]}' twice.")
    if names:
        parsed = [single_number(trainer, name) for name in names]
        return [along_parameter(track, each) for each in parsed]
    if dimensions not in (1, 2):
        raise InputError(f"dimensions must be 1 (a line) or 2 (a plane); got {dimensions!r}.")
    if directions == "random":
        return at_random(track, seed, dimensions)
    if directions != "principal":
        raise InputError(
            f"directions must be 'principal' or 'random'; got {directions!r}. To go along parameters, name them: "
            f"landscape('{track.names[0]}[…]').{did_you_mean(str(directions), ['principal', 'random'])}"
        )
    return principal(track, dimensions)


def _spans(span: Any, axes: Sequence[Direction], path: np.ndarray) -> list[tuple[float, float]]:
    """From where to where each axis goes: as asked, or so that the path is well inside."""
    if span is not None:
        try:
            given = np.asarray(span, dtype=np.float64)
        except (TypeError, ValueError):
            given = np.zeros(0)
        pairs = np.broadcast_to(given, (len(axes), 2)) if given.shape in ((2,), (len(axes), 2)) else np.zeros((0, 2))
        if not len(pairs) or not np.isfinite(pairs).all() or (pairs[:, 0] >= pairs[:, 1]).any():
            raise InputError(
                "span must be a pair (low, high) with low below high, or such a pair for each of the "
                f"{count(len(axes), 'axis', 'axes')}; got {span!r}."
            )
        return [(float(low), float(high)) for low, high in pairs]
    found: list[tuple[float, float]] = []
    for axis, places in zip(axes, path.T, strict=True):
        if axis.label.startswith("random"):
            found.append((-1.0, 1.0))
            continue
        low, high = float(places.min()), float(places.max())
        room = 0.35 * (high - low) or max(1.0, abs(axis.end))
        found.append((low - room, high + room))
    return found


def _points(points: Any, axes: int) -> int:
    if points is None:
        return ON_A_LINE if axes == 1 else ON_AN_AXIS
    if isinstance(points, bool) or not isinstance(points, int) or not 3 <= points <= 1001:
        raise InputError(f"points must be a whole number from 3 to 1001, on each axis; got {points!r}.")
    return points


def _rows(trainer: Trainer, rows: Any, seed: int) -> Rows:
    n = trainer.plan.rows
    if rows is None:
        return trainer.rows
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise InputError(f"rows must be a whole number of at least 1, or None for all; got {rows!r}.")
    if rows >= n:
        return trainer.rows
    drawn = np.sort(Rng(seed).child("landscape").child("rows").permutation(n)[:rows])
    return select(trainer.rows, drawn)
