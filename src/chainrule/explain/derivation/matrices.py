"""Derivations by layers as sections of a document: Jacobians, their largest numbers, and what their products are."""

from typing import TYPE_CHECKING

import numpy as np

from chainrule.explain.derivation.record import Jacobian, Stage
from chainrule.explain.derivation.units import name_of
from chainrule.explain.document import Column, Document, Line, Section, Table
from chainrule.format import count

if TYPE_CHECKING:
    from chainrule.explain.derivation.derivation import Derivation
    from chainrule.explain.derivation.whole import WholeDerivation

SMALL = 8
"""Rows and columns up to which a matrix is written in full."""
LOOKED_AT = 512
"""Rows of a Jacobian up to which its largest numbers are looked for: each is one backward pass of a layer."""
LARGEST = 4


def layer_sections(derivation: "Derivation") -> list[Section]:
    """What each stage is a product of; each layer's Jacobian; the paths that weigh most."""
    whole = f"∂{derivation.of}/∂{derivation.wrt}"
    rows = derivation.rows[0]
    stages = [stage for stage in derivation.stages if stage.row in (None, rows)]
    most = derivation.most
    said = f"More than {count(most, 'path')} a row, so by layers (most= or --most raises the limit)."
    columns = (
        Column("step", "text"),
        Column("is", "text"),
        Column("numbers", "whole"),
        Column("largest"),
        Column("at", "text"),
    )
    table = Table(columns, tuple(_stage_row(derivation.of, stage) for stage in stages))
    alone = f"row {derivation.trace.row_number(rows):,}"
    shown = "all rows together" if stages[0].row is None else alone
    sections = [Section("layers", f"By layers, {shown}", (table,), said)]
    jacobians = [step for stage in stages for _, step in stage.made_of]
    sections += [jacobian_section(each) for each in jacobians]
    if derivation.small:
        sections.append(_largest_section(derivation, whole))
    return sections


def _stage_row(of: str, stage: Stage) -> tuple[str, str, int, float, str]:
    made = " + ".join(f"∂{of}/∂{name} · ∂{name}/∂{stage.name}" for name, _ in stage.made_of)
    return f"∂{of}/∂{stage.name}", made or "from the start", stage.values.size, *_largest(stage.values)


def _largest(values: np.ndarray) -> tuple[float, str]:
    place = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    return float(values[place]), name_of("", place)


def jacobian_section(jacobian: Jacobian) -> Section:
    """One layer's matrix: in full where it is small, else its largest numbers."""
    high, wide = jacobian.shape
    which = jacobian.row_names[0] if len(jacobian.rows) == 1 else "all rows together"
    title = f"∂{jacobian.of}/∂{jacobian.wrt} on {which}, a matrix of {high:,} × {wide:,}"
    if high > LOOKED_AT:
        return Section(
            "layers", title, (), "Its numbers are not looked at one by one; in Python .stages has it to work with."
        )
    matrix = jacobian.matrix
    if high <= SMALL and wide <= SMALL:
        return Section("layers", title, (_matrix(jacobian, matrix),))
    return Section("layers", title, (_entries(jacobian, matrix),), f"{_not_zero(int(np.count_nonzero(matrix)))} not 0.")


def _not_zero(numbers: int) -> str:
    return "1 is" if numbers == 1 else f"{numbers:,} are"


def _names(array: str, shape: tuple[int, ...], rows: tuple[str, ...]) -> list[str]:
    several = len(rows) > 1
    return [name_of(array, index) + (f", {row}" if several else "") for row in rows for index in np.ndindex(shape)]


def _matrix(jacobian: Jacobian, matrix: np.ndarray) -> Table:
    wrt = _names(jacobian.wrt, jacobian.wrt_shape, jacobian.row_names)
    of = _names(jacobian.of, jacobian.of_shape, jacobian.row_names)
    columns = (Column("of, by", "text"), *(Column(name) for name in wrt))
    return Table(columns, tuple((name, *row) for name, row in zip(of, matrix.tolist(), strict=True)))


def _entries(jacobian: Jacobian, matrix: np.ndarray) -> Table:
    wrt = _names(jacobian.wrt, jacobian.wrt_shape, jacobian.row_names)
    of = _names(jacobian.of, jacobian.of_shape, jacobian.row_names)
    order = np.argsort(-np.abs(matrix).ravel(), kind="stable")[:LARGEST]
    places = [divmod(int(each), matrix.shape[1]) for each in order]
    columns = (Column("of", "text"), Column("by", "text"), Column("value"))
    return Table(columns, tuple((of[i], wrt[j], float(matrix[i, j])) for i, j in places), "The largest")


def _largest_section(derivation: "Derivation", whole: str) -> Section:
    paths = derivation.largest()
    rows = tuple((derivation.trace.row_number(path.row), " ← ".join(path.through), path.value) for path in paths)
    columns = (Column("row", "whole"), Column("through, from the outside in", "text"), Column("product"))
    text = f"{derivation.count:,} paths add up to {whole}; in Python .path('…', '…') opens any of them."
    return Section("largest", "The paths that weigh most", (Table(columns, rows),), text)


def whole_document(derivation: "WholeDerivation") -> Document:
    """A derivative of or by whole arrays."""
    whole = f"∂{derivation.of}/∂{derivation.wrt}"
    values = derivation.value
    size = f"{values.size:,} numbers of shape {values.shape}"
    order = np.argsort(-np.abs(values).ravel(), kind="stable")[: SMALL * SMALL if values.size <= SMALL * SMALL else 12]
    places = [
        np.unravel_index(int(each), values.shape) for each in (sorted(order) if values.size <= SMALL**2 else order)
    ]
    rows = tuple((name_of("", place) if len(place) else "", float(values[place])) for place in places)
    table = Table((Column("place", "text"), Column(whole)), rows, "" if len(rows) == values.size else "The largest")
    note = "One number of it is shown with its paths where it is named with its index."
    sections = [Section("result", whole, (Line(whole, whole, "", size), table), note)]
    sections += [jacobian_section(each) for each in derivation.jacobians]
    return Document("Derivation", whole, tuple(sections))
