"""Numbers and names as people read them: a true minus sign, no digits that say nothing, tiny numbers with a power."""

import math
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TypeGuard

DECIMALS = 6
"""Digits after the point, where nothing else is asked for."""


def number(value: float, decimals: int = DECIMALS, comma: bool = False, fixed: bool = False) -> str:
    """Write a number with at most ``decimals`` digits after the point, and without zeros at the end.

    Numbers that this would leave with less than half of the digits, and those of 1e15 and more, are written with a
    power of ten, unless ``fixed``. Only 0 itself is ever written as 0.

    >>> number(-15.06), number(2.8809e-07), number(-0.0), number(1234567.0)
    ('−15.06', '2.8809e−07', '0', '1234567')
    >>> number(-15.06, comma=True)
    '−15,06'
    """
    value = float(value)
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if fixed or 10.0 ** -((decimals + 1) // 2) <= size < 1e15:
        text = f"{size:.{decimals}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        mantissa, _, power = f"{size:.{max(decimals - 1, 0)}e}".partition("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        text = f"{mantissa}e{power.replace('-', '−').replace('+', '')}"
    if comma:
        text = text.replace(".", ",")
    return f"−{text}" if value < 0 and text != "0" else text


def factor(value: float, decimals: int = DECIMALS, comma: bool = False, fixed: bool = False) -> str:
    """Write a number that stands behind a sign or another factor: negative ones in parentheses.

    >>> factor(-34.4), factor(0.5)
    ('(−34.4)', '0.5')
    """
    text = number(value, decimals, comma, fixed)
    return f"({text})" if text.startswith("−") else text


_NAME = r"(?:[^\W\d]\w*(?:\[[^\]]*\])?|\d+(?:\.\d+)?)"
_CANCELS = re.compile(rf"(?<![\w·^/])({_NAME}) − ({_NAME})(?![\w·^/(\[])")
_LOGARITHM = re.compile(rf"log\(({_NAME})\)")
_NOT_NEAR = 0.05
"""Rounding by more than this share of a difference is seen in it."""


def _decimals_needed(formula: str, values: Mapping[str, float], decimals: int) -> dict[str, int]:
    """Of numbers that nearly cancel (in ``a − b``, ``log(a)``): how many decimals show three digits of what is left."""
    found: dict[str, int] = {}
    pairs = [match.groups() for match in _CANCELS.finditer(formula)]
    for one, other in [*pairs, *((match[1], "1") for match in _LOGARITHM.finditer(formula))]:
        if one not in values and other not in values:
            continue
        a, b = (
            values[name] if name in values else float(name) if name[0].isdigit() else math.nan for name in (one, other)
        )
        left = abs(a - b)
        if not 0 < left < min(10.0**-decimals / _NOT_NEAR, abs(a) / 8, abs(b) / 8):
            continue
        needed = min(2 - math.floor(math.log10(left)), 16 - math.floor(math.log10(abs(a))))
        found |= {name: max(needed, found.get(name, 0)) for name in (one, other)}
    return found


_SYMBOL = re.compile(r"(?<![^\W\d])[^\W\d][\w′]*(?:\[[^\]]*\])?")


def substitute(
    formula: str, values: Mapping[str, float], decimals: int = DECIMALS, comma: bool = False, fixed: bool = False
) -> str:
    """Put numbers in the place of a formula's symbols; what is not among the values stays.

    With decimal commas a semicolon separates the arguments of a function.

    >>> substitute("log(1 + e^z)", {"z": -15.06})
    'log(1 + e^(−15.06))'
    >>> substitute("max(0, z)", {"z": -15.06})
    'max(0, −15.06)'
    >>> substitute("max(0, z)", {"z": -15.06}, comma=True)
    'max(0; −15,06)'
    >>> substitute("−y·log(p) + (p − y)", {"y": 1.0, "p": 0.99998736})
    '−1·log(0.9999874) + (0.9999874 − 1)'
    """
    needed = {} if fixed else _decimals_needed(formula, values, decimals)

    def put(match: re.Match[str]) -> str:
        symbol = match[0].rstrip("²³")
        if symbol not in values:
            return match[0]
        text = number(values[symbol], needed.get(symbol, decimals), comma, fixed)
        before, after = formula[: match.start()].rstrip(), formula[match.end() :].lstrip()
        first = before[-1:] in ("(", ",", "|", "") and not after.startswith("^") and symbol == match[0]
        signed = text.startswith("−") or ("e" in text and (before[-1:] == "^" or symbol != match[0]))
        return (f"({text})" if signed and not first else text) + match[0][len(symbol) :]

    if not comma:
        return _SYMBOL.sub(put, formula)
    pieces: list[str] = []
    end = 0
    for match in _SYMBOL.finditer(formula):
        pieces += [_with_commas(formula[end : match.start()]), put(match)]
        end = match.end()
    return "".join([*pieces, _with_commas(formula[end:])])


def _with_commas(text: str) -> str:
    """What stands between the symbols of a formula, as it is written where commas are in numbers."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text.replace(", ", "; "))


def short(value: Any, digits: int = 4) -> str:
    """Write a number with so many significant digits; whole numbers in full, and nothing at all as a dash.

    >>> short(0.0394925), short(-1234567.8), short(344), short(None)
    ('0.03949', '−1,234,568', '344', '–')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    size = abs(float(value))
    if size == 0 or not math.isfinite(size):
        return number(value)
    if 1e-4 <= size < 1e15:
        decimals = max(0, digits - 1 - math.floor(math.log10(size)))
        text = f"{size:,.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"−{text}" if value < 0 else text
    return number(value, digits)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is written as a number: truth values and texts are not.

    >>> is_number(0.5), is_number(True), is_number("0.5")
    (True, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool)


def percent(share: float, decimals: int = 1) -> str:
    r"""Write a share as a percentage that is 0 or 100 only where the share is 0 or 1.

    >>> percent(0.98551), percent(1.0), percent(0.99996), percent(0.5), percent(0.98551, 2)
    ('98.6\u202f%', '100\u202f%', '99.996\u202f%', '50\u202f%', '98.55\u202f%')
    """
    while decimals < 6 and round(100 * share, decimals) in (0, 100) and share not in (0, 1):
        decimals += 1
    text = number(round(100 * share, decimals), 6)
    return f"{text}\u202f%"


def count(number: int, one: str, many: str = "") -> str:
    """Write how many of a thing there are.

    >>> count(1, "row"), count(5379, "parameter"), count(2, "class", "classes")
    ('1 row', '5,379 parameters', '2 classes')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def clip(text: Any, most: int = 40) -> str:
    """Cut a long text.

    >>> clip("a very long name", 8)
    'a very …'
    """
    written = str(text)
    return written if len(written) <= most else f"{written[: most - 1]}…"


def listed(names: list[str]) -> str:
    """Join names as in a sentence.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def few(names: Sequence[Any], most: int = 8) -> str:
    """Join names, and say how many were left out.

    >>> few(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def esc(text: Any) -> str:
    """Any text, made safe to stand in HTML and in SVG; characters that XML does not know are shown as �.

    >>> esc("<script>")
    '&lt;script&gt;'
    """
    return escape("".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in str(text)))
