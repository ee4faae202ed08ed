"""Formulas kept in LaTeX, as one line of plain text: what activations and losses say of themselves.

Only the little of LaTeX that formulas of one line use is known: fractions, roots, powers, indices, sums, Greek
letters, names of functions and words.
"""

import re
from functools import cache

LETTERS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "lambda": "λ",
    "mu": "μ",
    "phi": "φ",
    "varphi": "φ",
    "pi": "π",
    "sigma": "σ",
    "Phi": "Φ",
    "partial": "∂",
}
_FUNCTIONS = {"log", "exp", "tanh", "cosh", "sinh", "max", "min", "erf", "sin", "cos", "ln"}
_SIGNS = {"le": " ≤ ", "ge": " ≥ ", "cdot": "·", ",": "·"}
_POWERS = {"2": "²", "3": "³"}
_MARK = re.compile(r"\\[A-Za-z]+|\\,|\d+(?:\.\d+)?|\s+|.", re.DOTALL)


@cache
def plain(latex: str) -> str:
    r"""Write a formula of one line without LaTeX.

    >>> plain(r"\log(1 + e^z)"), plain(r"\frac{1}{1 + e^{-z}}")
    ('log(1 + e^z)', '1/(1 + e^(−z))')
    >>> plain(r"\lambda \alpha (e^z - 1)")
    'λ·α·(e^z − 1)'
    """
    return _Writer(_MARK.findall(latex)).expression()


def value_part(formula: str) -> str:
    """The formula without the definitions behind it: ``z·σ(z), σ(z) = …`` is ``z·σ(z)``.

    >>> value_part("z·σ(z), σ(z) = 1/(1 + e^(−z))"), value_part("max(0, z)")
    ('z·σ(z)', 'max(0, z)')
    """
    return re.split(r", (?=\S+ = )", formula, maxsplit=1)[0]


class _Writer:
    """Reads marks from left to right; ``atom`` says whether a factor has just ended, so that the next multiplies."""

    def __init__(self, marks: list[str]) -> None:
        self.marks = marks
        self.place = 0
        self.bars = 0

    def expression(self, until: str = "") -> str:
        parts: list[str] = []
        atom = False
        while self.place < len(self.marks) and self.marks[self.place] != until:
            mark = self.take()
            if mark.isspace():
                continue
            text, starts, ends = self.sign(mark, atom) if mark in "-+=<>" else self.piece(mark)
            parts.append("·" + text if atom and starts else text)
            atom = ends
        self.place += 1
        return re.sub(r" +", " ", "".join(parts)).strip()

    def take(self) -> str:
        mark = self.marks[self.place]
        self.place += 1
        return mark

    def group(self) -> str:
        """What stands in braces, or the one mark that does without them."""
        mark = self.take()
        return self.expression("}") if mark == "{" else self.piece(mark)[0]

    def raw(self) -> str:
        """What stands in braces, letter by letter."""
        mark = self.take()
        if mark != "{":
            return mark
        start = self.place
        while self.take() != "}":
            pass
        return "".join(self.marks[start : self.place - 1])

    def piece(self, mark: str) -> tuple[str, bool, bool]:
        """One piece as text; whether it multiplies what ends before it, and is multiplied by what begins after it."""
        name = mark.removeprefix("\\")
        if mark.startswith("\\"):
            return self.command(name)
        if mark == "^":
            power = self.group()
            return _POWERS.get(power) or f"^{_closed(power)}", False, True
        if mark == "_":
            return f"_{self.raw()}", False, True
        if mark == "(":
            return f"({self.expression(')')})", True, True
        if mark == "|":
            self.bars += 1
            opens = self.bars % 2 == 1
            return mark, opens, not opens
        if mark == "'":
            return "′", False, True
        if mark in ",/":
            return mark.replace(",", ", "), False, False
        return mark, True, True

    def sign(self, mark: str, atom: bool) -> tuple[str, bool, bool]:
        """A minus with nothing before it belongs to what follows; other signs stand between."""
        sign = "−" if mark == "-" else mark
        return sign if mark == "-" and not atom else f" {sign} ", False, False

    @property
    def next(self) -> str:
        return self.marks[self.place] if self.place < len(self.marks) else ""

    def command(self, name: str) -> tuple[str, bool, bool]:
        if name == "frac":
            top, bottom = _closed(self.group()), _closed(self.group())
            return f"{top}/{bottom}", True, True
        if name == "sqrt":
            return f"√({self.group()})", True, True
        if name == "text":
            return f" {self.raw().strip()} ", False, False
        if name == "mathrm":
            return self.raw(), True, False
        if name == "hat":
            return "ŷ" if (letter := self.raw()) == "y" else f"hat({letter})", True, True
        if name == "sum":
            below = self.raw() if self.take() == "_" else ""
            return f"Σ_{below} ", True, False
        if name in _FUNCTIONS:
            if self.next == "^":
                name += self.piece(self.take())[0]
            return name + ("" if self.next == "(" else " "), True, False
        if name in _SIGNS:
            return _SIGNS[name], False, False
        return LETTERS.get(name, name), True, name != "partial" and self.next != "("


def _closed(text: str) -> str:
    """In parentheses, unless it is one symbol, number or call."""
    return text if re.fullmatch(r"[\w.′]+|√?\([^()]*\)[²³]?", text) else f"({text})"
