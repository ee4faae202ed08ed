"""Arrays of other libraries, where scikit-learn's ``array_api_dispatch`` is on: in as NumPy's, out as they came."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

import numpy as np
from sklearn.utils import _array_api

from chainrule.errors import InputError


@dataclass(frozen=True)
class Namespace:
    """The library and device that an array came from; NumPy for everything that is no array."""

    xp: Any
    device: Any

    @classmethod
    def of(cls, X: Any) -> Self:
        """That of an array."""
        xp, dispatched = _array_api.get_namespace(X)
        foreign = bool(dispatched) and not isinstance(X, np.ndarray)
        return cls(xp, _array_api.device(X)) if foreign else cls(np, None)

    def to_numpy(self, array: Any) -> Any:
        """An array of this library as NumPy's; with NumPy things stay as they are."""
        return array if self.xp is np else _array_api._convert_to_numpy(array, self.xp)  # pyright: ignore[reportPrivateUsage]

    def back(self, array: np.ndarray) -> Any:
        """A NumPy array as one of this library; texts, which only NumPy holds, stay."""
        if self.xp is np or array.dtype.kind in "OUST":
            return array
        return self.xp.asarray(array, device=self.device)

    def check(self, before: "Namespace", method: str) -> None:
        """Refuse arrays of another library or device than that of ``fit``, as scikit-learn's estimators do.

        Raises:
            InputError: names both.
        """
        if (self.xp.__name__, self.device) != (before.xp.__name__, before.device):
            raise InputError(
                f"Inputs passed to {method}() must use the same namespace and device as those passed to fit(): "
                f"{_said(before)}; got {_said(self)}."
            )

    def __getstate__(self) -> dict[str, Any]:
        """Modules are not pickled, their names are."""
        return {"xp": self.xp.__name__, "device": self.device}

    def __setstate__(self, state: dict[str, Any]) -> None:
        object.__setattr__(self, "xp", import_module(state["xp"]))
        object.__setattr__(self, "device", state["device"])


def as_numpy(array: Any) -> Any:
    """An array of any library as NumPy's, where dispatch is on; other things as they are."""
    return Namespace.of(array).to_numpy(array)


def _said(namespace: Namespace) -> str:
    name = namespace.xp.__name__.rpartition("array_api_compat.")[2]
    return name if namespace.device is None else f"{name} on {namespace.device}"
