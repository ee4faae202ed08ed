"""The difference of two trainings: the first step and the first number at which they part, and its terms."""

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.explain.digits import Words
from chainrule.explain.document import Cell, Column, Document, Line, Rest, Section, Table
from chainrule.explain.lockstep import (
    BATCH,
    INITIAL,
    LOSS,
    MEMORY,
    OPTIMIZER,
    PARAMETER,
    PER_ROW,
    SETTING,
    Found,
    Side,
    Value,
    first_difference,
    update_of,
)
from chainrule.explain.scope import brackets
from chainrule.explain.setup import check_same_form, set_differently
from chainrule.explain.shown import Shown
from chainrule.format import count
from chainrule.network.parameters import flatten
from chainrule.training.course import Replayed
from chainrule.training.trainer import Trainer

Trajectory = Iterable[Mapping[str, Any]]
"""Parameters by name after each step, as another library has them."""
MOST = 12
"""Terms that are shown one by one: those that differ most."""
_OF_LARGEST = " of the largest in their array."


@dataclass(frozen=True)
class Parting:
    """The first number at which two trainings part."""

    step: int
    """In which step, from 1; 0 is before training."""
    stage: str
    """What kind of number it is: ``"gradient"``, ``"forward pass"``, …"""
    name: str
    """``dense1.bias[3]``; for a number of the optimizer ``dense1.bias[3] m``."""
    a: float
    b: float
    row: int | None = None
    """Which row it belongs to, as rows are called; None for numbers of no single row."""


@dataclass(frozen=True)
class Parts:
    """What a number is made of, on both sides."""

    title: str
    formula: str
    names: tuple[str, ...]
    a: tuple[float | None, ...]
    b: tuple[float | None, ...]
    adds_up: bool = False
    """Whether the last is the sum of the others."""
    are_rows: bool = False
    """Whether they are what rows are called, which have no difference."""


@dataclass(frozen=True, repr=False)
class Diff(Shown):
    """Where two trainings part; ``parting`` is None where they do not."""

    steps: int
    """Steps that were compared."""
    tolerance: float
    """Numbers part where they differ by more than this share of the largest number in their array."""
    parting: Parting | None
    parts: Parts | None
    """The terms of the number at which they part."""
    largest: float
    """The largest share by which numbers before that differ."""
    settings: Mapping[str, tuple[Any, Any]]
    """What the two were set to differently."""
    made: tuple[int, int]
    """Steps that each of them made."""
    names: tuple[str, str]

    @property
    def equal(self) -> bool:
        """Whether they agree over all steps that both made."""
        return self.parting is None

    def document(self) -> Document:
        """Where they part, the terms side by side, and what was set differently."""
        a, b = self.names
        sections: list[Section] = []
        if self.parting is not None:
            sections.append(Section("parting", "", (Line("parting", "", note=self._parted()),)))
        if self.parts is not None:
            sections.append(Section("terms", self.parts.title, (_table(a, b, self.parts),), self.parts.formula))
        if self.settings:
            heads = (Column("setting", "text"), Column(a, "text"), Column(b, "text"))
            differs = tuple((name, str(one), str(other)) for name, (one, other) in self.settings.items())
            sections.append(Section("settings", "Set differently", (Table(heads, differs),)))
        return Document("Diff", f"{a} and {b}", tuple(sections), self._verdict(), self.equal)

    def _parted(self) -> Words:
        parting = self.parting
        assert parting is not None, "only where they part"
        where = "before the first step" if parting.step == 0 else f"in step {parting.step:,}"
        of_row = "" if parting.row is None else f" of row {parting.row}"
        first = f"They part {where}, at {_said(parting)}{of_row}: "
        a, b, (one, other) = parting.a, parting.b, self.names
        return (first, a, f" in {one}, ", b, f" in {other}, which is ", abs(b - a), " apart.")

    def _verdict(self) -> Words:
        if self.parting is not None:
            if self.parting.step == 0:
                return "Nothing before that was compared."
            if self.largest == 0:
                return "All numbers that were computed before that are equal, bit by bit."
            return ("Numbers that were computed before that differ by at most ", self.largest, _OF_LARGEST)
        steps = "in the weights they start from" if self.steps == 0 else f"over {count(self.steps, 'step')}"
        said: tuple[str | float, ...] = (f"Equal {steps}, bit by bit.",)
        if self.largest > 0:
            said = (f"Equal {steps}: numbers differ by at most ", self.largest, _OF_LARGEST)
        if self.made[0] != self.made[1]:
            said += (f" {self.names[0]} made {count(self.made[0], 'step')}, {self.names[1]} {self.made[1]:,}.",)
        return said


def _said(parting: Parting) -> str:
    match parting.stage:
        case "gradient":
            return f"the gradient of {parting.name}"
        case "optimizer" | "memory":
            parameter, _, kind = parting.name.rpartition(" ")
            return f"the optimizer's {kind} of {parameter}{' after the step' * (parting.stage == 'memory')}"
        case "batch":
            return f"the batch: {parting.name}"
        case "new parameter":
            return f"the new value of {parting.name}"
        case "initial parameter":
            return f"the first value of {parting.name}"
        case _:
            return parting.name


def _table(a: str, b: str, parts: Parts) -> Table:
    """A row a term; of a long sum the terms that differ most, the others together, and the sum."""
    whole, rest = list(zip(parts.names, parts.a, parts.b, strict=True)), None
    if parts.are_rows:
        return Table((Column("", "text"), Column(a, "whole"), Column(b, "whole")), tuple(whole))
    if parts.adds_up and len(whole) > MOST + 2:
        *terms, total = whole
        order = sorted(range(len(terms)), key=lambda place: -abs((terms[place][1] or 0) - (terms[place][2] or 0)))
        left = [terms[place] for place in order[MOST:]]
        rest = Rest(len(left), range, lambda place: _apart(*left[place]))
        others = (f"{len(left):,} more", sum(a or 0.0 for _, a, _ in left), sum(b or 0.0 for *_, b in left))
        whole = [*(terms[place] for place in sorted(order[:MOST])), others, total]
    heads = (Column("", "text"), Column(a), Column(b), Column("difference"))
    return Table(heads, tuple(_apart(*each) for each in whole), rest=rest)


def _apart(name: str, a: float | None, b: float | None) -> tuple[Cell, ...]:
    """A row of the table."""
    return name, a, b, None if a is None or b is None else b - a


def diff(a: Trainer, b: Trainer | Trajectory, *, tolerance: float = 1e-6, names: tuple[str, str] = ("a", "b")) -> Diff:
    """Go through two trainings in lockstep until a number differs: see :func:`chainrule.diff`."""
    if isinstance(tolerance, bool) or not 0 <= tolerance < 1:
        raise InputError(f"tolerance must be a number from 0 to below 1; got {tolerance!r}.")
    if not isinstance(b, Trainer):
        return _with_trajectory(a, b, tolerance, names)
    check_same_form(a, b, names)
    steps = min(a.steps_done, b.steps_done)
    one, other = Side(a), Side(b)
    largest = 0.0

    def result(step: int, met: tuple[Value, Found] | None, made: tuple[Replayed, Replayed] | None) -> Diff:
        parting = None if met is None else _parting(step, *met, one)
        parts = None if met is None or made is None else _parts(one, other, *made, *met)
        compared = steps if met is None else step
        return Diff(
            compared, tolerance, parting, parts, largest, set_differently(a, b), (a.steps_done, b.steps_done), names
        )

    first = zip(one.initial(a.state_at(0)), other.initial(b.state_at(0)), strict=False)
    met, largest = _first(first, tolerance, largest)
    if met is not None:
        return result(0, met, None)
    for made in zip(_replay(a, steps), _replay(b, steps), strict=True):
        theirs = {(value.stage, value.name): value for value in other.values(made[1])}
        pairs = ((value, theirs[value[:2]]) for value in one.values(made[0]) if value[:2] in theirs)
        met, largest = _first(pairs, tolerance, largest)
        if met is not None:
            return result(made[0].step + 1, met, made)
    return result(steps, None, None)


def _replay(trainer: Trainer, steps: int) -> Iterator[Replayed]:
    if steps:
        yield from trainer.replay(0, steps)


def _first(
    pairs: Iterable[tuple[Value, Value]], tolerance: float, largest: float
) -> tuple[tuple[Value, Found] | None, float]:
    """The first pair that differs, with its element; and the largest difference before it."""
    for one, other in pairs:
        found, apart = first_difference(one.array, other.array, tolerance)
        if found is not None:
            return (one, found), largest
        largest = max(largest, apart)
    return None, largest


def _parting(step: int, value: Value, found: Found, side: Side) -> Parting:
    index, row, name = found.place, None, value.name
    if value.stage in PER_ROW:
        row, index = side.row_numbers(step - 1)[index[0]], index[1:]
    array, _, kind = name.partition(" ") if value.stage in (OPTIMIZER, MEMORY) else (name, "", "")
    name = f"{array}{brackets(index)} {kind}" if kind else f"{name}{brackets(index)}"
    return Parting(step, value.stage, name, found.a, found.b, row)


def _parts(one: Side, other: Side, made: Replayed, theirs: Replayed, value: Value, found: Found) -> Parts | None:
    """The terms of the number, on both sides."""
    if value.stage in (SETTING, INITIAL):
        return None
    if value.stage == BATCH:
        mine, yours = (side.row_numbers(made.step) for side in (one, other))
        if mine == yours:
            return None
        places = tuple(f"at place {place}" for place in range(len(mine)))
        return Parts("The rows of the batch", "", places, mine, yours, are_rows=True)
    if value.stage in (OPTIMIZER, PARAMETER, MEMORY):
        array = value.name.partition(" ")[0]
        mine, yours = update_of(made, array, found.place), update_of(theirs, array, found.place)
        return _updates(f"{array}{brackets(found.place)}", mine, yours)
    row = found.place[0] if value.stage in PER_ROW else 0
    index = found.place[1:] if value.stage in PER_ROW else found.place
    lines = [_line(side, step, value, row, index) for side, step in ((one, made), (other, theirs))]
    if lines[0] is None or lines[1] is None:
        return None
    mine, yours = (_terms(line) for line in lines if line is not None)
    names = [name for name in dict.fromkeys((*mine, *yours)) if name != lines[0].symbol] + [lines[0].symbol]
    title, formula = f"What {value.name}{brackets(index)} is made of", f"{lines[0].symbol} = {lines[0].formula}"
    return _side_by_side(title, formula, names, mine, yours, adds_up=len(lines[0].terms) > 1)


def _line(side: Side, made: Replayed, value: Value, row: int, index: tuple[int, ...]) -> Line | None:
    """The worksheet's line of a number."""
    name = f"{value.name}{brackets(index)}"
    names = (name, "loss") if name == "data loss" else (name,)  # the same, where there is no penalty
    opened = () if value.stage == LOSS else names
    sheet = side.trace(made).worksheet(row, lines=1, terms=2**31, open=opened)
    lines = [line for section in sheet.sections for line in section.lines if isinstance(line, Line) and line.symbol]
    return next((line for line in lines if line.name in names), None)


def _terms(line: Line) -> dict[str, float]:
    """What a line's result is made of, by name, and the result itself."""
    found: dict[str, float] = {}
    for place, term in enumerate(line.terms):
        name = " ".join(filter(None, (term.label, term.formula if term.formula != term.label else "")))
        found[name if name not in found else f"{name} ({place})"] = term.value
        if len(term.factors) > 1 and len(line.terms) == 1:
            found |= dict(zip(term.names, term.factors, strict=True))
    found |= line.values
    if isinstance(line.result, float):
        found[line.symbol] = line.result
    return found


def _updates(name: str, a: Mapping[str, float], b: Mapping[str, float]) -> Parts:
    """Both steps of one parameter, with the step size and the new value at the end."""
    last = ["step_size", "new"]
    fields = [field for field in dict.fromkeys((*a, *b)) if field not in last] + last
    return _side_by_side(f"The step of {name}", "new = old − step_size", fields, a, b)


def _side_by_side(
    title: str,
    formula: str,
    names: list[str],
    a: Mapping[str, float],
    b: Mapping[str, float],
    *,
    adds_up: bool = False,
) -> Parts:
    mine, yours = (tuple(side.get(name) for name in names) for side in (a, b))
    return Parts(title, formula, tuple(names), mine, yours, adds_up)


def _with_trajectory(trainer: Trainer, trajectory: Any, tolerance: float, names: tuple[str, str]) -> Diff:
    """Compare the parameters after each step with those of another library."""
    if isinstance(trajectory, Mapping | str) or not isinstance(trajectory, Iterable):
        raise InputError(
            "diff compares with a run, a trainer, or a list of parameters after each step, a mapping "
            f"{{name: array}} for each; got {type(trajectory).__name__}."
        )
    largest, compared = 0.0, 0
    before = flatten(trainer.state_at(0).params)
    theirs: dict[str, np.ndarray] = dict(before)
    for made, given in zip(_replay(trainer, trainer.steps_done), trajectory, strict=False):
        own = flatten(made.after.params)
        new = _checked(given, own, made.step + 1)
        pairs = ((Value(PARAMETER, name, own[name]), Value(PARAMETER, name, new[name])) for name in own if name in new)
        met, largest = _first(pairs, tolerance, largest)
        compared = made.step + 1
        if met is not None:
            value, found = met
            mine = update_of(made, value.name, found.place)
            old = float(theirs[value.name][found.place])
            parts = _updates(
                f"{value.name}{brackets(found.place)}",
                mine,
                {"old": old, "step_size": old - found.b, "new": found.b},
            )
            parting = _parting(compared, value, found, Side(trainer))
            return Diff(compared, tolerance, parting, parts, largest, {}, (trainer.steps_done, compared), names)
        theirs |= new
    length = len(trajectory) if isinstance(trajectory, Sized) else compared
    return Diff(compared, tolerance, None, None, largest, {}, (trainer.steps_done, length), names)


def _checked(given: Any, own: Mapping[str, np.ndarray], step: int) -> dict[str, np.ndarray]:
    """The parameters that another library has after a step."""
    if not isinstance(given, Mapping):
        raise InputError(
            f"What the trajectory has after step {step} must be a mapping {{name: array}}; got {type(given).__name__}."
        )
    found: dict[str, np.ndarray] = {}
    for name, value in given.items():
        if name not in own:
            raise InputError(
                f"The trajectory has '{name}' after step {step}, which is no parameter of the network; there are "
                f"{list_some(own, most=12)}.{did_you_mean(str(name), own)}"
            )
        found[name] = np.asarray(value)
        if found[name].shape != own[name].shape:
            turned = " Turn it: other libraries keep (outputs, inputs)." * (found[name].T.shape == own[name].shape)
            raise InputError(
                f"'{name}' has shape {found[name].shape} in the trajectory after step {step}, and {own[name].shape} in "
                f"the network.{turned}"
            )
    return found
