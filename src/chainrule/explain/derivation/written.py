"""A derivation as a document, and as LaTeX."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainrule.errors import InputError
from chainrule.explain.derivation.matrices import layer_sections
from chainrule.explain.derivation.record import Factor, Path
from chainrule.explain.derivation.rule import symbol
from chainrule.explain.document import Column, Document, Line, Rest, Section, Table, Term
from chainrule.format import count, number

if TYPE_CHECKING:
    from chainrule.explain.derivation.check import Checked
    from chainrule.explain.derivation.derivation import Derivation

SHOWN = 24
"""Paths that people see factor by factor, and most rows of them; the row's further ones are one line each."""

LISTED = 12
"""Rows, or a factor's own summands, that are added up one by one; of more the largest."""


def fraction(of: str, wrt: str) -> str:
    """``∂loss/∂dense1.bias[0]``."""
    return f"∂{of}/∂{wrt}"


def document_of(derivation: "Derivation") -> Document:
    """The whole derivation as sections: rows with their paths (or layers), the sum, the checks."""
    whole = fraction(derivation.of, derivation.wrt)
    sections = [Section("result", "", (Line(whole, whole, "", derivation.value),), derivation.note)]
    if derivation.paths is None:
        sections += layer_sections(derivation)
    else:
        sections += _path_sections(derivation)
    if len(derivation.rows) > 1 or derivation.penalty:
        sections.append(_sum_section(derivation, whole))
    if derivation.checks:
        sections.append(_check_section(derivation, whole))
    agrees = all(each.agrees for each in derivation.checks)
    return Document("Derivation", whole, tuple(sections), _verdict(derivation), agrees)


def _path_sections(derivation: "Derivation") -> list[Section]:
    found: list[Section] = []
    factors_left = SHOWN
    for place, (row, term, paths) in enumerate(derivation.by_row()):
        if factors_left <= 0 or place >= SHOWN:
            found.append(Section("paths", "", (_further_rows(derivation, place),)))
            break
        named = f"Row {derivation.trace.row_number(row):,}"
        if not paths:
            found.append(Section("paths", named, (), "Every path has a factor of 0."))
            continue
        for at, path in enumerate(paths, 1):
            lines = [_factor_line(each) for each in path.factors] if factors_left > 0 else []
            factors_left -= 1
            title = f"{named}, path {at} of {len(paths)}" if len(paths) > 1 else named
            found.append(Section("paths", title, (*lines, _product(path))))
        if len(paths) > 1:
            terms = tuple(Term((f"path {at}",), (path.value,), path.value) for at, path in enumerate(paths, 1))
            found.append(Section("paths", "", (Line(named.lower(), named.lower(), "", term, terms),)))
    return found


def _factor_line(factor: Factor) -> Line:
    name, formula = fraction(factor.of, factor.wrt), factor.origin.formula
    if factor.origin.terms:
        return Line(name, name, formula, factor.value, tuple(listed(factor.origin.terms)), note=factor.rule)
    values = {} if formula in factor.values else factor.values
    return Line(name, name, formula, factor.value, values=values, note=factor.rule)


def listed(terms: Sequence[Term]) -> list[Term]:
    """All summands where they are few; else the largest, and the others as one that can be opened, largest first."""
    if len(terms) <= LISTED:
        return list(terms)
    ranked = sorted(terms, key=lambda term: -abs(term.value))
    left = ranked[LISTED:]
    rest = Rest(len(left), range, lambda at: left[at])
    return [*ranked[:LISTED], Term((), (), sum(term.value for term in left), "", len(left), rest)]


def _product(path: Path) -> Line:
    name = "product"
    factors = tuple(each.value for each in path.factors)
    names = tuple(fraction(each.of, each.wrt) for each in path.factors)
    return Line(name, name, "", path.value, (Term(names, factors, path.value),) if factors else ())


def _sum_section(derivation: "Derivation", whole: str) -> Section:
    terms = listed([Term((name,), (term,), term) for name, term in _added(derivation)])
    note = ""
    if derivation.penalty:
        terms.append(Term(("penalty",), (derivation.penalty,), derivation.penalty))
        note = "The last is the penalty of the weights, which is no row's."
    return Section("sum", "Sum over rows", (Line(whole, whole, "", derivation.value, tuple(terms)),), note)


def _further_rows(derivation: "Derivation", shown: int) -> Line:
    """The remark about rows whose paths are not shown, with what they add to open."""
    left = sorted(_added(derivation)[shown:], key=lambda row: -abs(row[1]))
    note = f"{count(len(left), 'more row')}; in Python .by_row() has their paths."
    lines = [(Line(name, name, "", term),) for name, term in left]
    return Line("", "", note=note, rest=Rest(len(left), range, lambda at: lines[at]))


def _added(derivation: "Derivation") -> list[tuple[str, float]]:
    """What each row adds, by what it is called."""
    names = (f"row {derivation.trace.row_number(row):,}" for row in derivation.rows)
    return list(zip(names, derivation.terms.tolist(), strict=True))


def _check_section(derivation: "Derivation", whole: str) -> Section:
    rows: list[tuple[str | float | None, ...]] = [("backward", derivation.value, None, "the function that trained")]
    for each in derivation.checks:
        off = None if each.value is None else abs(each.value - derivation.value)
        rows.append((each.by, each.value, off, each.note))
    columns = (Column("by", "text"), Column(whole), Column("difference"), Column("note", "text"))
    return Section("check", "Checked", (Table(columns, tuple(rows)),))


def _verdict(derivation: "Derivation") -> tuple[str | float, ...]:
    """``backward −2.16, central differences −2.16, PyTorch −2.16: agree to 1e−9``."""
    compared = [each for each in derivation.checks if each.value is not None]
    if not compared:
        return ()
    said: list[str | float] = ["backward ", derivation.value]
    for each in compared:
        said += [f", {each.by} ", each.value or 0.0]
    off = max(abs((each.value or 0.0) - derivation.value) for each in compared)
    wrong: list[Checked] = [each for each in compared if not each.agrees]
    return (*said, ": they differ by as much as " if wrong else ": they agree to ", off)


def latex_of(derivation: "Derivation") -> str:
    """An ``align*`` environment; see :attr:`Derivation.latex`."""
    if derivation.paths is None:
        raise InputError(
            f"{fraction(derivation.of, derivation.wrt)} has {derivation.count:,} paths, too many to write out. "
            f"to_latex() writes it by layers, .path('dense1.a[0]', …) opens one, and most={derivation.most:,} is the "
            "limit to raise."
        )
    whole = _fraction(derivation.of, derivation.wrt)
    lines: list[str] = []
    for place, path in enumerate(derivation.paths):
        symbols = r" \cdot ".join(_fraction(each.of, each.wrt) for each in path.factors)
        numbers = r" \cdot ".join(_number(each.value, bool(at)) for at, each in enumerate(path.factors))
        start = f"{whole} &= " if place == 0 else r"&\quad + "
        lines += [f"{start}{symbols or '1'}", rf"&\qquad = {numbers or '1'} = {_number(path.value)}"]
    lines.append(f"{whole} &= {_number(derivation.value)}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _fraction(of: str, wrt: str) -> str:
    return rf"\frac{{\partial {symbol(of)}}}{{\partial {symbol(wrt)}}}"


def _number(value: float, behind: bool = False) -> str:
    text = number(value).replace("−", "-")
    mantissa, _, power = text.partition("e")
    text = rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else text
    return f"({text})" if behind and text.startswith("-") else text
