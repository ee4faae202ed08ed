"""Numbers that were changed while training: by step, so that a replay changes them again."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import InputError, did_you_mean, list_some

RATE = "learning_rate"


class Changes:
    """First values, and every change by the step it was made before."""

    def __init__(self, first: Mapping[str, float]) -> None:
        self.first = dict(first)
        self.made: dict[int, dict[str, float]] = {}

    def named(self, numbers: Mapping[str, Any]) -> dict[str, float]:
        """Numbers as a user gives them, by their full names.

        >>> Changes({"optimizer.beta1": 0.9}).named({"beta1": 0.8})
        {'optimizer.beta1': 0.8}

        Raises:
            InputError: there is no number of that name, or the value is no finite number.
        """
        names = (
            {RATE: RATE} | {name.removeprefix("optimizer."): name for name in self.first} | {n: n for n in self.first}
        )
        changed: dict[str, float] = {}
        for name, value in numbers.items():
            if name not in names:
                raise InputError(
                    f"There is no number '{name}' to set; there are {list_some(sorted(set(names)), most=20)}."
                    f"{did_you_mean(name, names)}"
                )
            number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            if not number or not np.isfinite(value):
                raise InputError(f"'{name}' must be set to a finite number; got {value!r}.")
            changed[names[name]] = float(value)
        return changed

    def add(self, step: int, numbers: Mapping[str, float]) -> None:
        """Change numbers, by their full names, from a step on."""
        self.made[step] = self.made.get(step, {}) | dict(numbers)

    def at(self, step: int) -> dict[str, float]:
        """Every number but the learning rate, as it is in a step."""
        numbers = dict(self.first)
        for changed in self._until(step):
            numbers |= changed
        return {name: value for name, value in numbers.items() if name != RATE}

    def rates(self, planned: np.ndarray, start: int) -> np.ndarray:
        """The learning rates of the steps from ``start`` on: as planned, until one was set by hand."""
        rates = np.array(planned, dtype=np.float64)
        for step in sorted(self.made):
            if RATE in self.made[step]:
                rates[max(0, step - start) :] = self.made[step][RATE]
        return rates

    def next_after(self, step: int) -> int:
        """The next step before which something was changed; a very large number where there is none."""
        return min((at for at in self.made if at > step), default=2**62)

    def forget_after(self, step: int) -> None:
        """Forget changes made beyond a step."""
        self.made = {at: changed for at, changed in self.made.items() if at <= step}

    def _until(self, step: int) -> list[dict[str, float]]:
        return [self.made[at] for at in sorted(self.made) if at <= step]
