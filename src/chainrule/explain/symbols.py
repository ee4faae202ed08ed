"""Formulas kept in LaTeX, as SymPy expressions: so that SymPy can differentiate them, and anybody can put numbers in.

The little of LaTeX that :mod:`chainrule.explain.formula` knows is known here, too. Sums over rows and outputs in a
loss stand for one of their terms, with the factor before them, since rows and outputs do not meet in it; a sum inside
of something (softmax's) is its own term and a rest that stays as it is. Where it is said how many terms sums have,
all of them are written out.
"""

import re
from collections.abc import Mapping
from typing import Any

from chainrule.errors import InputError
from chainrule.explain.formula import LETTERS

_TOKEN = re.compile(r"\\text\{[^}]*\}|\\mathrm\{[^}]*\}|\\hat\{[^}]*\}|\\[A-Za-z]+|\\,|\d+(?:\.\d+)?|\S")
_FUNCTIONS = ("log", "exp", "tanh", "sinh", "cosh", "max", "min")
_COMPARED = {"<": "Lt", ">": "Gt", r"\le": "Le", r"\ge": "Ge"}
REST = "rest"
"""What is left of a sum inside of a formula when its own term is taken out."""


def expression(latex: str, definitions: str = "", terms: int | None = None) -> Any:
    r"""A formula as a SymPy expression; what is defined behind it (``…, u = …``) is put in.

    >>> expression(r"\log(1 + e^z)")
    log(exp(z) + 1)
    >>> expression(r"z\, \sigma(z), \sigma(z) = \frac{1}{1 + e^{-z}}")
    z/(1 + exp(-z))
    >>> expression(r"\sum_t x_t g_t", terms=2)
    g_1*x_1 + g_2*x_2

    Args:
        latex: the formula.
        definitions: another formula, whose definitions count, too.
        terms: how many terms its sums have.

    Raises:
        InputError: there is something in it that is not known.
    """
    main, own = _split(latex)
    defined = _split(definitions)[1] if definitions else []
    named = [*own, *(each for each in defined if each[0] not in [name for name, _ in own])]
    called = frozenset(name.partition("(")[0].strip("\\") for name, _ in named if "(" in name)
    result = _Reader(main, called, terms).whole()
    for _ in range(2):  # a definition may use another
        for name, body in named:
            (left,) = _Reader(name, called).whole().free_symbols
            result = result.subs(left, _Reader(body, called, terms).whole())
    return result


def slope(formula: str, by: str = "z") -> Any:
    r"""SymPy's derivative of a formula by one of its symbols.

    >>> evaluate(slope(r"\frac{z}{1 + |z|}"), {"z": 1.0})
    0.25
    """
    import sympy

    found = expression(formula)
    return found.rewrite(sympy.Piecewise).diff(_letter(by)).doit()


def evaluate(formula: Any, values: Mapping[str, float]) -> float:
    r"""A formula with numbers for its symbols.

    >>> evaluate(expression(r"\alpha z"), {"α": 0.5, "z": 3.0})
    1.5
    """
    return float(formula.subs({_letter(name): value for name, value in values.items()}))


def _split(latex: str) -> tuple[str, list[tuple[str, str]]]:
    """A formula and the definitions behind its commas."""
    parts = re.split(r", (?=[^,=]+? = )", latex)
    named = [part.split(" = ", 1) for part in parts[1:]]
    return parts[0], [(name.strip(), body) for name, body in named]


def _letter(name: str) -> Any:
    import sympy

    return sympy.Symbol(name, real=True)


class _Reader:
    """Reads from left to right, as precedence says: cases, sums, products, powers."""

    def __init__(self, latex: str, called: frozenset[str] = frozenset(), terms: int | None = None) -> None:
        self.tokens: list[str] = _TOKEN.findall(latex)
        self.place = 0
        self.called = called
        self.terms = terms
        self.latex = latex
        self.depth = 0

    def whole(self) -> Any:
        found = self.cases()
        if self.next:
            raise InputError(f"The formula {self.latex} has something unknown at '{self.next}'.")
        return found

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        mark = self.next
        if not mark or (expected and mark != expected):
            raise InputError(f"The formula {self.latex} has '{mark}' where '{expected or 'more'}' is expected.")
        self.place += 1
        return mark

    def cases(self) -> Any:
        import sympy

        value = self.sum()
        if self.word() != "if":
            return value
        self.take()
        condition = self.condition()
        if self.word() != "else":
            raise InputError(f"The formula {self.latex} has no 'else'.")
        self.take()
        return sympy.Piecewise((value, condition), (self.cases(), True))

    def word(self) -> str:
        return self.next[6:-1].strip() if self.next.startswith(r"\text{") else ""

    def condition(self) -> Any:
        import sympy

        left, found = self.sum(), []
        while self.next in _COMPARED:
            compare = getattr(sympy, _COMPARED[self.take()])
            right = self.sum()
            found.append(compare(left, right))
            left = right
        return sympy.And(*found)

    def sum(self) -> Any:
        sign = -1 if self.next == "-" else 1
        if sign < 0:
            self.take()
        value = sign * self.product()
        while self.next in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.factor()
        while True:
            if self.next in (r"\cdot", r"\,"):
                self.take()
                value = value * self.factor()
            elif self.next == "/":
                self.take()
                value = value / self.factor()
            elif self.begins:
                value = value * self.factor()
            else:
                return value

    @property
    def begins(self) -> bool:
        mark = self.next
        if not mark or mark in (")", "}", "|", ",", "=", "+", "-", *_COMPARED) or mark.startswith(r"\text{"):
            return mark == "|" and not self.depth
        return True

    def factor(self) -> Any:
        if self.next == r"\sum":
            return self.over()
        value = self.atom()
        if self.next == "^":
            self.take()
            power = self.group()
            value = value**power
        return value

    def over(self) -> Any:
        """A sum: all of its terms; else at the head of a formula one of them, inside of another its own and a rest."""
        self.take()
        self.take("_")
        index = self.group_text()
        if self.terms is not None:
            body = self.product()
            each = [(letter, str(letter)) for letter in body.free_symbols]
            counted = [(letter, name[: -len(index)]) for letter, name in each if re.search(rf"_\w*{index}$", name)]
            return sum(
                body.subs({letter: _letter(f"{name}{place}") for letter, name in counted})
                for place in range(1, self.terms + 1)
            )
        if not self.depth:
            return self.sum()
        body = self.product()
        other = [each for each in body.free_symbols if str(each).endswith(f"_{index}")]
        own = [body.subs(each, _letter(str(each)[: -len(index)] + "k")) for each in other if index != "k"]
        return body + sum(own) + _letter(REST)

    def group(self) -> Any:
        if self.next != "{":
            return self.atom()
        self.take("{")
        return self.inside("}")

    def inside(self, end: str) -> Any:
        self.depth += 1
        value = self.cases()
        self.depth -= 1
        self.take(end)
        return value

    def group_text(self) -> str:
        if self.next != "{":
            return self.take()
        self.take("{")
        found = ""
        while (mark := self.take()) != "}":
            found += mark
        return found

    def atom(self) -> Any:
        import sympy

        mark = self.take()
        name = mark.removeprefix("\\")
        if mark == "(":
            return self.inside(")")
        if mark == "|":
            return sympy.Abs(self.inside("|"))
        if mark[0].isdigit():
            return sympy.Float(mark) if "." in mark else sympy.Integer(mark)
        if mark == r"\frac":
            self.depth += 1
            top, bottom = self.group(), self.group()
            self.depth -= 1
            return top / bottom
        if mark == r"\sqrt":
            return sympy.sqrt(self.group())
        if mark == r"\pi":
            return sympy.pi
        if mark == "e" and self.next == "^":
            self.take()
            return sympy.exp(self.group())
        if mark.startswith((r"\mathrm{", r"\hat{")):
            name = mark[mark.index("{") + 1 : -1].replace("\\", "")
            if name in ("erf", "sign"):
                return getattr(sympy, name)(self.argument())
            return _letter(self.subscripted("ŷ" if mark.startswith(r"\hat") else name, mark))
        if mark.startswith("\\") and name in _FUNCTIONS:
            return self.function(name)
        if name in self.called and self.next == "(":
            self.take()
            self.inside(")")
            return _letter(f"{name}()")
        if mark.startswith("\\") or mark.isalpha():
            stroke = self.take() if self.next == "'" else ""
            return _letter(self.subscripted(LETTERS.get(name, name) + stroke, mark))
        raise InputError(f"The formula {self.latex} has something unknown at '{mark}'.")

    def subscripted(self, name: str, mark: str) -> str:
        """Indices stay where they tell symbols apart (a_k, a_j); rows and outputs of a loss (_{nk}) do not."""
        if self.next != "_":
            return name
        self.take()
        index = self.group_text()
        if mark.startswith(r"\mathrm"):
            return f"{name}[{index.replace(',', ', ')}]"
        return name if name in ("y", "ŷ", "d") else f"{name}_{index}"

    def function(self, name: str) -> Any:
        import sympy

        power = None
        if self.next == "^":
            self.take()
            power = self.group()
        if name in ("max", "min"):
            self.take("(")
            self.depth += 1
            first = self.cases()
            self.take(",")
            second = self.cases()
            self.depth -= 1
            self.take(")")
            return (sympy.Max if name == "max" else sympy.Min)(first, second)
        value = getattr(sympy, name)(self.argument())
        return value if power is None else value**power

    def argument(self) -> Any:
        """What a function is of: what stands in parentheses, or the product behind it."""
        if self.next == "(":
            self.take()
            return self.inside(")")
        self.depth += 1
        value = self.over() if self.next == r"\sum" else self.factor()
        self.depth -= 1
        return value
