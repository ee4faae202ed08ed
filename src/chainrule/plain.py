"""Configurations as plain data for JSON, and back: by name, from chainrule's own classes; loading runs nothing."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from chainrule.config import Config
from chainrule.errors import InputError, did_you_mean

C = TypeVar("C", bound=Config)


def to_plain(config: Config) -> dict[str, Any]:
    """Write a configuration as a mapping with its class under ``type``.

    >>> from chainrule.layers.dense import DenseLayer
    >>> to_plain(DenseLayer(2))["type"]
    'DenseLayer'
    """
    return {"type": type(config).__name__} | {
        field.name: _value(getattr(config, field.name)) for field in fields(config)
    }


def from_plain(data: Mapping[str, Any], base: type[C]) -> C:
    """Make a configuration from its plain form; ``base`` says what kind it must be.

    Raises:
        InputError: the class is not a known one of that kind, or a field does not belong to it.
    """
    known = {kind.__name__: kind for kind in _subclasses(base)}
    name = str(data.get("type"))
    if name not in known:
        raise InputError(f"'{name}' is no {base.__name__} that this version knows.{did_you_mean(name, known)}")
    kind = known[name]
    allowed = {field.name for field in fields(kind)}
    given = {key: value for key, value in data.items() if key != "type"}
    if unknown := sorted(set(given) - allowed):
        raise InputError(f"{name} has no field '{unknown[0]}'.{did_you_mean(unknown[0], allowed)}")
    return kind(**{key: _restored(value) for key, value in given.items()})


def _value(value: Any) -> Any:
    if isinstance(value, Config):
        return to_plain(value)
    return list(value) if isinstance(value, tuple) else value


def _restored(value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_plain(value, Config)
    return tuple(_restored(item) for item in value) if isinstance(value, list) else value


def _subclasses(base: type[C]) -> list[type[C]]:
    """All classes of chainrule's own below a class."""
    found: list[type[C]] = [base]
    for kind in found:
        found.extend(kind.__subclasses__())
    return [kind for kind in found if kind.__module__.startswith("chainrule.")]
