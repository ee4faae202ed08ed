"""A factor's rule: where it comes from in words, as a formula, and with the values of the formula's symbols."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainrule.explain.document import Term
from chainrule.explain.formula import plain, value_part


@dataclass(frozen=True)
class Rule:
    """The partial derivative as a formula."""

    where: str
    """In words: ``softplus, f(z) = log(1 + e^z), f′(z) = 1/(1 + e^(−z))``."""
    latex: str = ""
    """The derivative in LaTeX; empty where a layer has no formula of one line."""
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    """The symbols' values."""
    function: str = ""
    """The function that it is the derivative of, in LaTeX, where its definitions count for the derivative, too."""
    over: int | None = None
    """How many terms the formula's sums have, where it has sums."""
    terms: tuple[Term, ...] = ()
    """All summands with their numbers, where it has sums."""

    @property
    def formula(self) -> str:
        """The derivative in plain text; empty where there is none."""
        if self.latex == symbol(next(iter(self.values), "")):
            return next(iter(self.values))
        return value_part(plain(self.latex)) if self.latex else ""


def symbol(name: str) -> str:
    r"""A name in LaTeX.

    >>> print(symbol("dense1.weight[0, 1]"))
    \mathrm{dense1.weight}_{0, 1}
    """
    array, _, inside = name.partition("[")
    base = r"\mathrm{" + "".join("\\" + letter if letter in "_&%#$" else letter for letter in array) + "}"
    return f"{base}_{{{inside.rstrip(']')}}}" if inside else base
