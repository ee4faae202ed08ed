r"""Arithmetic as explanations write it, in LaTeX: ``1/(1 + e^(−z))`` as ``\frac{1}{1 + e^{-z}}``.

What does not read as arithmetic, such as ``1 if city is Bonn, else 0``, is set as words.
"""

import re
from collections.abc import Callable, Collection
from typing import NamedTuple, TypeAlias

from chainrule.explain.tex_text import GREEK

Letters: TypeAlias = Callable[[str], str]
"""How words that may hold any letter stand between the braces of ``\\text``."""


class Piece(NamedTuple):
    """A summand with its sign, and how many characters it is wide as plain text."""

    latex: str
    width: int


_SIGNS = {"·": r"\cdot ", "×": r"\times ", "mod": r" \bmod ", "≤": r"\le ", "≥": r"\ge ", ">": ">", "<": "<", "=": "="}
_KNOWN = {name: "\\" + name for name in ("log", "exp", "tanh", "cosh", "sinh", "max", "min", "sin", "cos", "ln")}
_CALLED = {*_KNOWN, "σ", "Φ", "φ", "f", "erf", "sign", "softmax", "P"}
_SPECIAL = {"\\": r"\backslash ", "{": r"\{", "}": r"\}", "~": r"\sim ", "^": r"\wedge ", "`": r"\text{'}"}
_MARK = re.compile(
    r"(?:(?P<number>\d+(?:[.,]\d+)?(?:e−?\d+)?)|(?P<sum>Σ(?:_\w+)?)|(?P<name>[^\W\d](?:[^\W²³]|\.(?=\w))*(?:\[[^\]]*\])?)"
    r"|(?P<sign>[-+·×/()|^²³′√∂,;<>=≤≥−∞]))"
)
_INDEX = re.compile(r"\[[\w,.\s+·]*\]")
_REST = re.compile(r"\(([\d.,]+) more: (−?[^()−]*(?:e−\d+)?)\)")


def math(text: str, names: Collection[str] = (), letters: Letters = str) -> str:
    r"""The text in LaTeX's mathematics.

    Args:
        text: arithmetic, as lines have it.
        names: what is a name as a whole, whatever it looks like: ``(island = Biscoe)``.
        letters: how words stand in ``\text``.

    >>> math("0.5·(−34.4) + 2.14"), math("z[0]")
    ('0.5\\cdot (-34.4) + 2.14', 'z_{0}')
    >>> math("log(1 + e^z)"), math("1/(1 + e^(−z))")
    ('\\log(1 + e^{z})', '\\frac{1}{1 + e^{-z}}')
    """
    return "".join(piece.latex for piece in pieces(text, names, letters))


def pieces(text: str, names: Collection[str] = (), letters: Letters = str) -> list[Piece]:
    """The same, summand by summand, so that it can be broken between them."""
    try:
        return _Reader(text, names, letters).whole()
    except (_Unread, RecursionError):
        return [Piece(words(text, letters), len(text))]


def words(text: str, letters: Letters = str) -> str:
    r"""Words in the middle of mathematics, whatever letters they have.

    >>> words("a_b & 50 %")
    '\\text{a}\\_\\text{b }\\&\\text{ 50 }\\%'
    """
    found: list[str] = []
    for match in re.finditer(r"[^\\{}~^_%&#$`]+|[\\{}~^_%&#$`]", text):
        mark = match[0]
        special = mark in "\\{}~^_%&#$`"
        found.append(_SPECIAL.get(mark, "\\" + mark) if special else rf"\text{{{letters(mark)}}}")
    return "".join(found)


class _Unread(Exception):  # noqa: N818 (it never leaves this file)
    """The text is no arithmetic."""


class _Reader:
    """Reads a formula from left to right, and writes it."""

    def __init__(self, text: str, names: Collection[str], letters: Letters) -> None:
        self.text = text
        odd = {name for name in names if name and not re.fullmatch(r"[^\W\d][\w.]*′*(?:\[[^\]]*\])?", name)}
        self.names = sorted(odd, key=len, reverse=True)
        self.letters = letters
        self.place = 0
        self.bars = 0

    def whole(self) -> list[Piece]:
        """Everything, as summands where it is a sum."""
        found: list[Piece] = []
        start = self.place
        latex = self.sign_first() + self.product()
        while (sign := self.next()) in ("+", "−"):
            found.append(Piece(latex, self.place - start))
            start = self.place
            self.take()
            latex = f" {sign.replace('−', '-')} {self.product()}"
        if self.next():
            self.place, self.bars = 0, 0
            found, start, latex = [], 0, self.expression()
        if self.next():
            raise _Unread
        return [*found, Piece(latex, self.place - start)]

    # -- marks

    def known(self) -> str:
        """The name of no common form that stands here as a whole."""
        return next((name for name in self.names if self.text.startswith(name, self.place)), "")

    def match(self) -> re.Match[str]:
        match = _MARK.match(self.text, self.place)
        if match is None:
            raise _Unread
        return match

    def next(self) -> str:
        """The mark that comes; empty at the end."""
        while self.text[self.place : self.place + 1].isspace():
            self.place += 1
        return "" if self.place == len(self.text) else self.known() or self.match()[0]

    def take(self, expected: str = "") -> str:
        mark = self.next()
        if not mark or expected not in ("", mark):
            raise _Unread
        self.place += len(mark)
        return mark

    # -- grammar

    def expression(self) -> str:
        """A sum, or one of two by a condition."""
        latex = self.relation()
        if self.next() == "if":
            self.take()
            condition = self.relation()
            self.take("else")
            latex = rf"{latex} \text{{ if }} {condition} \text{{ else }} {self.expression()}"
        return latex

    def relation(self) -> str:
        latex = self.sum()
        while self.next() in ("<", ">", "=", "≤", "≥"):
            latex = f"{latex} {_SIGNS[self.take()].strip()} {self.sum()}"
        return latex

    def sum(self) -> str:
        latex = self.sign_first() + self.product()
        while self.next() in ("+", "−"):
            latex += f" {self.take().replace('−', '-')} {self.product()}"
        return latex

    def sign_first(self) -> str:
        if self.next() in ("−", "+"):
            return self.take().replace("−", "-")
        return ""

    def product(self) -> str:
        """Factors, of which one before a slash and one behind it make a fraction."""
        factors = [self.factor()]
        latex: list[str] = []
        while (sign := self.next()) in ("·", "/", "×", "mod", "π"):
            if sign == "π":
                factors[-1] += self.factor()
                continue
            self.take()
            if sign == "/":
                factors[-1] = rf"\frac{{{_bare(factors[-1])}}}{{{_bare(self.factor())}}}"
            else:
                latex += [factors.pop(), _SIGNS[sign]]
                factors.append(self.factor())
        return "".join([*latex, *factors])

    def factor(self) -> str:
        latex = self.atom()
        while (sign := self.next()) in ("^", "²", "³"):
            self.take()
            power = _bare(self.factor_below()) if sign == "^" else {"²": "2", "³": "3"}[sign]
            latex = f"{latex}^{{{power}}}"
        return latex

    def factor_below(self) -> str:
        """A power, which holds only what stands at its sign."""
        latex = self.atom()
        if self.next() in ("²", "³"):
            latex = f"{latex}^{{{'2' if self.take() == '²' else '3'}}}"
        return latex

    def atom(self) -> str:
        self.next()
        if self.known():
            return self.name(self.take())
        if rest := _REST.match(self.text, self.place):
            self.place = rest.end()
            return rf"(\text{{{rest[1]} more: }} {number(rest[2])})"
        match = self.match()
        mark = self.take()
        if match["number"]:
            return number(mark)
        if match["sum"]:
            below = mark[2:]
            sign = rf"\sum_{{{below if len(below) < 4 else words(below, self.letters)}}} " if below else r"\sum "
            return sign + (self.product() if self.next() not in ("", "+", "−", ")") else "")
        if match["name"]:
            return self.called(mark)
        if mark == "(":
            latex = _parenthesised(self.expression())
            self.take(")")
            return latex
        if mark == "|":
            latex = rf"\left|{self.expression()}\right|"
            self.take("|")
            return latex
        if mark == "√":
            self.take("(")
            latex = rf"\sqrt{{{self.expression()}}}"
            self.take(")")
            return latex
        if mark == "∂":
            return rf"\partial {self.atom()}"
        if mark == "∞":
            return r"\infty"
        raise _Unread

    def called(self, mark: str) -> str:
        """A name, or a function with what it is of."""
        if mark in ("if", "else"):
            raise _Unread
        primes = ""
        while self.text[self.place : self.place + 1] == "′":
            self.place += 1
            primes += "'"
        index = _INDEX.match(self.text, self.place) if primes else None
        if index is not None:
            self.place = index.end()
        latex = self.name(mark + (index[0] if index else ""), primes)
        if mark in _CALLED and self.text[self.place : self.place + 1] == "(":
            self.take()
            inside = [self.expression()]
            while self.next() in (",", ";"):
                inside.append(f"{self.take()} {self.expression()}")
            self.take(")")
            return latex + _parenthesised("".join(inside))
        if mark in _KNOWN:
            return f"{latex} {self.factor()}"
        return latex

    def name(self, mark: str, primes: str = "") -> str:
        r"""``dense1.a[0]`` as ``\text{dense1}.a_{0}``, with its strokes before the index."""
        bare, _, inside = mark.partition("[")
        if not re.fullmatch(r"[^\W\d][\w.]*", bare):
            bare, inside = mark, ""
        index = f"_{{{inside.removesuffix(']').replace(' ', '').replace('·', _SIGNS['·'])}}}" if inside else ""
        if not re.fullmatch(r"[\w,.\s+·]*", inside.removesuffix("]")):
            return words(mark, self.letters) + primes
        if not inside and re.fullmatch(r"\w_\w{1,3}|ŷ_\w+", bare):
            bare, _, below = bare.partition("_")
            index = f"_{{{below}}}"
        parts = [self.part(part) for part in bare.split(".")] if re.fullmatch(r"[^\W\d][\w.]*", bare) else []
        return (".".join(parts) or words(bare, self.letters)) + primes + index

    def part(self, text: str) -> str:
        if text in GREEK or text in _KNOWN:
            return GREEK.get(text) or _KNOWN[text]
        if text == "ŷ":
            return r"\hat{y}"
        if text in ("dz", "da", "dx"):
            return rf"\mathrm{{d}}{text[1]}"
        return text if re.fullmatch(r"[A-Za-z]", text) else words(text, self.letters)


def number(text: str) -> str:
    r"""A number as it is written, in LaTeX.

    >>> number("2.881e−07"), number("−0,5"), number("∞")
    ('2.881\\cdot 10^{-7}', '-0{,}5', '\\infty')
    """
    mantissa, _, power = text.replace("−", "-").replace(",", "{,}").replace("∞", r"\infty").partition("e")
    if text == "NaN" or not power:
        return r"\text{NaN}" if text == "NaN" else mantissa
    return rf"{mantissa}\cdot 10^{{{int(power)}}}"


def _parenthesised(latex: str) -> str:
    return rf"\left({latex}\right)" if r"\frac" in latex else f"({latex})"


def _bare(latex: str) -> str:
    """Without the parentheses around all of it, which a fraction or a power stands for."""
    if latex.startswith(r"\left(") and latex.endswith(r"\right)") and latex.count(r"\left(") == 1:
        return latex.removeprefix(r"\left(").removesuffix(r"\right)")
    if not (latex.startswith("(") and latex.endswith(")")):
        return latex
    depth = 0
    for place, letter in enumerate(latex):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(latex) - 1:
            return latex
    return latex[1:-1]
