"""Things that are given by their names or as objects: activations, losses, optimizers."""

from collections.abc import Mapping
from typing import TypeVar

from chainrule.errors import InputError, InputTypeError, did_you_mean, list_some

T = TypeVar("T")


def by_name(given: object, kind: type[T], known: Mapping[str, T], what: str, name: str, example: str) -> T:
    """Return a thing by name; one that is passed in comes back as it is.

    >>> by_name("one", int, {"one": 1}, "a number", "one", "1"), by_name(2, int, {"one": 1}, "a number", "one", "1")
    (1, 2)

    Args:
        given: the name or the thing.
        kind: what things of this sort are.
        known: things by name.
        what: the sort, with its article, for messages.
        name: a name, for messages.
        example: such a thing as it is written, for messages.

    Raises:
        InputError: there is nothing of that name.
        InputTypeError: it is neither a name nor such a thing.
    """
    if isinstance(given, kind):
        return given
    article, _, noun = what.partition(" ")
    if not isinstance(given, str):
        raise InputTypeError(
            f"{article.capitalize()} {noun} is given by its name, such as '{name}', or as an object, such as "
            f"{example}; got {given!r} of type {type(given).__name__}."
        )
    if given not in known:
        raise InputError(
            f"There is no {noun} '{given}'; there are {list_some(sorted(known), most=30)}.{did_you_mean(given, known)}"
        )
    return known[given]
