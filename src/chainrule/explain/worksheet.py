"""A worksheet: a trace written out as arithmetic, from the row that went in to every gradient that came back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from chainrule.errors import InputError, InputTypeError, did_you_mean, list_some
from chainrule.explain.backward_lines import backward_sections
from chainrule.explain.digits import Digits
from chainrule.explain.document import Check, Document, Line, Section
from chainrule.explain.forward_lines import forward_sections
from chainrule.explain.loss_lines import loss_section
from chainrule.explain.rounding import rounded_trace
from chainrule.explain.rounding_table import openable, rounding_section
from chainrule.explain.row_lines import feature_names, prediction_section, row_section
from chainrule.explain.scope import Scope, brackets, fits, taken_apart
from chainrule.explain.shown import Shown
from chainrule.explain.trace import Trace
from chainrule.format import number
from chainrule.network.parameters import parse_name


@dataclass(frozen=True, repr=False)
class Worksheet(Shown):
    """A trace as arithmetic: plain data, written out in whichever format is asked for.

    >>> from chainrule.network import Dense, Network
    >>> line = Network([Dense(1)], loss="ssr").set({"dense1.weight": [[0.64]], "dense1.bias": [0.0]})
    >>> worksheet = line.trace([[0.5], [2.3], [2.9]], [1.4, 1.9, 3.2]).worksheet()
    >>> worksheet.line("dense1.bias[0]").numbers()
    '−2.16 − 0.856 − 2.688'
    >>> worksheet.agrees
    True
    """

    label: str
    sections: tuple[Section, ...]
    checks: tuple[Check, ...]
    digits: Digits
    """How its numbers are written; ``fixed`` where the pass itself rounded every number."""

    @property
    def agrees(self) -> bool:
        """Whether every sum that is shown adds up to the number of the pass, as far as its type can hold it."""
        return all(check.agrees for check in self.checks)

    @property
    def verdict(self) -> str:
        """The checks in one line."""
        comma = self.digits.comma
        wrong = [check for check in self.checks if not check.agrees]
        if wrong:
            added, value = (number(each, 15, comma) for each in (wrong[0].added, wrong[0].value))
            return (
                f"re-added: {len(wrong)} of {len(self.checks)} sums do not agree with the pass; "
                f"{wrong[0].name} adds up to {added}, the pass has {value}"
            )
        finite = [check.difference for check in self.checks if check.difference == check.difference]
        most = max(finite, default=0.0)
        what = "predict and the gradients" if any(s.part == "backward" for s in self.sections) else "predict"
        if self.digits.fixed:
            what = "the pass as it was rounded"
        sums = f"{len(self.checks)} sum" + "s" * (len(self.checks) != 1)
        exactly = "exactly" if most == 0 else f"to {number(most, 1, comma)}"
        return f"re-added: {sums}, agreeing with {what} {exactly}"

    def document(self) -> Document:
        """The sections, how to open what they fold, and the verdict on their sums."""
        lines = [line for section in self.sections for line in section.lines if isinstance(line, Line)]
        folded = any(line.folded or line.rest is not None for line in lines)
        sections = (*self.sections, Section("folded", "", (), _OPENS)) if folded else self.sections
        return Document("Worksheet", self.label, sections, self.verdict, self.agrees, self.digits)

    def line(self, name: str) -> Line:
        """One line by its name, such as ``"dense1.z[0]"`` or, for a gradient, ``"dense1.weight[0, 1]"``.

        Raises:
            InputError: the worksheet shows no such line.
        """
        lines = {
            line.name: line
            for section in self.sections
            for line in section.lines
            if isinstance(line, Line) and line.symbol
        }
        if name not in lines:
            raise InputError(
                f"The worksheet has no line '{name}'; it has {list_some(lines, most=12)}."
                f"{did_you_mean(name, lines) or ' Open what is folded to see more lines.'}"
            )
        return lines[name]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, with the arithmetic also written out, for JSON."""
        return super().to_dict() | {"checks": [asdict(check) | {"agrees": check.agrees} for check in self.checks]}


_OPENS = (
    "To open what is folded: open='dense1', a node's, parameter's or line's name, or 'all' (on the command line --open "
    "dense1); lines= and terms= (--most) show more of each."
)


def write(
    trace: Trace,
    row: int,
    *,
    decimals: int,
    rounding: int | None,
    comma: bool,
    lines: int,
    terms: int,
    open: Sequence[str],  # noqa: A002 (it reads well where it is used)
    label: str | None,
) -> Worksheet:
    """Write a trace out; :meth:`Trace.worksheet` says what the arguments are."""
    _check_whole(row=row, decimals=decimals, lines=lines, terms=terms)
    if not 0 <= row < trace.rows:
        which = f"it has row=0 to row={trace.rows - 1}." if trace.rows else "it has no rows. Trace at least one."
        raise InputError(f"The trace has no row={row}: {which}")
    for name in open:
        _check_open(trace, name)
    number = trace.row_number(row)
    named = label if label is not None else f"row {number:,}" + f" of {trace.rows:,}" * (number == row + 1)
    work = () if trace.table is None else tuple(trace.table.work(row))
    exact = Scope(trace, row, max(lines, 1), max(terms, 1), frozenset(open), feature_names(trace, work), work)
    if rounding is None:
        return Worksheet(named, _sections(exact), tuple(exact.checks), Digits(decimals, comma))
    _check_whole(rounding=rounding)
    taught = replace(exact, trace=rounded_trace(trace, rounding), rounding=rounding, checks=[], recurrences={})
    sections = _sections(taught)
    exact.open |= openable(sections)
    compared = rounding_section(sections, _sections(exact), rounding)
    return Worksheet(named, (*sections, compared), tuple(taught.checks), Digits(rounding, comma, fixed=True))


def _sections(scope: Scope) -> tuple[Section, ...]:
    """The whole way, from the row to the last gradient."""
    target = None if scope.trace.table is None else scope.trace.table.encoder.target
    sections = [row_section(scope), *forward_sections(scope), prediction_section(scope, target)]
    if scope.trace.backward is not None:
        sections += [loss_section(scope), _legend(scope.trace, scope.row), *backward_sections(scope)]
    return tuple(sections)


def _legend(trace: Trace, row: int) -> Section:
    """What the letters of the backward pass stand for, and which rows they are about."""
    which, rows = f"row {trace.row_number(row):,}", f"gradients add up all {trace.rows:,} rows"
    if trace.rows == 1:
        which, rows = "this row", "gradients are those of this row alone"
    note = f"da, dz and dx are the derivatives of L by a, z and x, here those of {which}; {rows}."
    return Section("backward", "", (), note)


def _check_whole(**numbers: object) -> None:
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise InputTypeError(f"worksheet: {name} must be a whole number; got {value!r}.")
        if value < 0 and name != "row":
            raise InputError(f"worksheet: {name} must be 0 or more; got {value}.")


def _check_open(trace: Trace, name: str) -> None:
    """Raise where ``open`` names nothing that there is."""
    nodes = [node.name for node in trace.nodes]
    if name == "all" or name in nodes or name in trace.params:
        return
    kind, index = taken_apart(name)
    if kind in trace.params:
        parse_name(name, dict(trace.params))
        return
    node, _, value = kind.rpartition(".")
    if node in nodes and value in ("z", "a", "dz", "da"):
        shape = np.shape(trace.forward.nodes[node].z)[1:]
        if index is None or fits(index, shape):
            return
        last = brackets(tuple(n - 1 for n in shape))
        raise InputError(
            f"There is no '{name}' to open: a row of '{kind}' has shape {shape}, its last is {kind}{last}."
        )
    names = [*nodes, *trace.params, *(f"{node}.{kind}" for node in nodes for kind in ("z", "a", "dz", "da"))]
    raise InputError(
        f"There is no '{name}' to open; nodes are {list_some(nodes)}, parameters {list_some(trace.params)}, and 'all' "
        f"opens everything.{did_you_mean(name, names)}"
    )
