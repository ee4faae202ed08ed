"""What ``--vary learning_rate=1e-4..1`` means: which settings can be varied, and how their values are written."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from chainrule.errors import InputError, did_you_mean, list_some

_OFF = "none"
_PER_POWER_OF_TEN = 2
"""Values that a range has for each power of ten, where it does not say how many: 0.001, 0.00316, 0.01."""


def varied(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Read the values of each setting.

    >>> varied(["learning-rate=1e-3..0.1", "hidden_layers=none,32,64-64"])
    {'learning_rate': [0.001, 0.00316, 0.01, 0.0316, 0.1], 'hidden_layers': [(), (32,), (64, 64)]}

    Raises:
        InputError: says which text, and how such a setting is written.
    """
    found: dict[str, list[Any]] = {}
    before: dict[str, str] = {}
    for text in texts:
        given, sign, values = text.partition("=")
        name = given.strip().replace("-", "_")
        if not sign or not name or not values.strip():
            raise InputError(
                f"--vary takes a setting and its values, such as learning_rate=0.001,0.01 or learning_rate=1e-4..1; "
                f"got '{text}'."
            )
        if name not in _READ:
            raise InputError(f"--vary takes {list_some(_READ)}; got '{given}'.{did_you_mean(name, _READ)}")
        if name in found:
            raise InputError(f"--vary names {name} twice; give all its values at once: {name}={before[name]},{values}.")
        before[name] = values
        found[name] = list(dict.fromkeys(_READ[name](name, values)))
    return found


def options_for(settings: Mapping[str, Any]) -> list[str]:
    """How ``chainrule fit`` is asked for some settings; what is off is left out.

    >>> options_for({"learning_rate": 0.001, "hidden_layers": (64, 64), "dropout": None})
    ['--learning-rate', '0.001', '--hidden-layers', '64,64']
    """
    words: list[str] = []
    for name, value in settings.items():
        if value is None:
            continue
        if isinstance(value, tuple):
            written = ",".join(map(str, value)) or _OFF
        else:
            written = f"{value:.12g}" if isinstance(value, float) else str(value)
        words += [option_of(name), written]
    return words


def option_of(name: str) -> str:
    """The option of a setting.

    >>> option_of("learning_rate")
    '--learning-rate'
    """
    return f"--{name.replace('_', '-')}"


def _layers(name: str, text: str) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    for part in text.split(","):
        units = [] if part.strip().lower() == _OFF else part.strip().split("-")
        if not all(each.isdecimal() and int(each) > 0 for each in units):
            raise InputError(
                f"--vary {name} takes networks, the units of each hidden layer joined by dashes, such as 32,64-64, or "
                f"{_OFF}; got '{part.strip()}'."
            )
        found.append(tuple(map(int, units)))
    return found


def _words(_name: str, text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _counts(name: str, text: str) -> list[int]:
    found = _numbers(name, text)
    if ".." in text:
        return [round(each or 0) for each in found]
    wrong = next((each for each in found if each is None or each != int(each) or each < 1), None)
    if wrong is not None:
        raise InputError(f"--vary {name} takes whole numbers above 0, such as 16,32; got '{wrong:g}'.")
    return [int(each or 0) for each in found]


def _numbers(name: str, text: str, *, off: bool = False, even: bool = False) -> list[float | None]:
    """Numbers, or a range of them; ``off`` lets ``none`` be among them, ``even`` makes ranges of equal steps."""
    if ".." in text:
        return list(_range(name, text, even=even))
    found: list[float | None] = []
    for part in (each.strip() for each in text.split(",")):
        number = _number(part)
        if number is None and not (off and part.lower() == _OFF):
            example = ("0.1,0.2" if even else "0.001,0.01") + f" or {_OFF}" * off
            raise InputError(f"--vary {name} takes numbers, such as {example}, or a range, 0.1..0.5; got '{part}'.")
        found.append(number)
    return found


def _range(name: str, text: str, *, even: bool) -> Sequence[float]:
    """``0.001..1`` or ``0.001..1:7``: by equal ratios, to three digits, or ``even``, by equal steps."""
    ends, sign, asked = text.partition(":")
    first, _, last = ends.partition("..")
    low, high = _number(first), _number(last)
    count = int(asked) if asked.strip().isdecimal() else None
    if low is None or high is None or not low < high or (low <= 0 and not even) or (sign and (count or 0) < 2):
        above = "" if even else " above 0"
        raise InputError(
            f"--vary {name} takes a range from a number{above} to a higher one, and how many values if you like: "
            f"{'0..0.5 or 0..0.5:3' if even else '1e-4..1 or 1e-4..1:20'}; got '{text}'."
        )
    if even:
        steps = (count or 6) - 1
        values = [low + (high - low) * place / steps for place in range(steps + 1)]
    else:
        steps = (count or max(2, round(_PER_POWER_OF_TEN * math.log10(high / low)) + 1)) - 1
        values = [low * (high / low) ** (place / steps) for place in range(steps + 1)]
    return [low, *(float(f"{value:.3g}") for value in values[1:-1]), high]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


_READ: dict[str, Callable[[str, str], Sequence[Any]]] = {
    "hidden_layers": _layers,
    "activation": _words,
    "dropout": partial(_numbers, off=True, even=True),
    "learning_rate": _numbers,
    "weight_decay": _numbers,
    "clip_norm": partial(_numbers, off=True),
    "batch_size": _counts,
}
"""What can be varied, all of it options of ``chainrule fit``, and how its values are read."""
