"""Numbers as they are written in a worksheet: a true minus sign, no digits that say nothing, tiny ones with a power."""

import math
import re
from collections.abc import Mapping

DECIMALS = 6
"""Digits after the point, where nothing else is asked for."""


def number(value: float, decimals: int = DECIMALS) -> str:
    """Write a number with at most ``decimals`` digits after the point, and without zeros at the end.

    Numbers that this would leave with less than half of the digits, and those of 1e15 and more, are written with a
    power of ten. Only 0 itself is ever written as 0.

    >>> number(-15.06), number(2.8809e-07), number(-0.0), number(1234567.0)
    ('−15.06', '2.8809e−07', '0', '1234567')
    """
    value = float(value)
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if 10.0 ** -((decimals + 1) // 2) <= size < 1e15:
        text = f"{size:.{decimals}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        mantissa, _, power = f"{size:.{max(decimals - 1, 0)}e}".partition("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        text = f"{mantissa}e{power.replace('-', '−').replace('+', '')}"
    return f"−{text}" if value < 0 else text


def factor(value: float, decimals: int = DECIMALS) -> str:
    """Write a number that stands behind a sign or another factor: negative ones in parentheses.

    >>> factor(-34.4), factor(0.5)
    ('(−34.4)', '0.5')
    """
    text = number(value, decimals)
    return f"({text})" if text.startswith("−") else text


_SYMBOL = re.compile(r"(?<![^\W\d])[^\W\d][\w′]*(?:\[[^\]]*\])?")


def substitute(formula: str, values: Mapping[str, float], decimals: int = DECIMALS) -> str:
    """Put numbers in the place of a formula's symbols; what is not among the values stays.

    >>> substitute("log(1 + e^z)", {"z": -15.06})
    'log(1 + e^(−15.06))'
    >>> substitute("max(0, z)", {"z": -15.06})
    'max(0, −15.06)'
    """

    def put(match: re.Match[str]) -> str:
        symbol = match[0].rstrip("²³")
        if symbol not in values:
            return match[0]
        text = number(values[symbol], decimals)
        before, after = formula[: match.start()].rstrip(), formula[match.end() :].lstrip()
        first = before[-1:] in ("(", ",", "|", "") and not after.startswith("^") and symbol == match[0]
        signed = text.startswith("−") or ("e" in text and (before[-1:] == "^" or symbol != match[0]))
        return (f"({text})" if signed and not first else text) + match[0][len(symbol) :]

    return _SYMBOL.sub(put, formula)
