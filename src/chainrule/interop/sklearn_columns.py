"""What scikit-learn's preprocessing makes of raw columns: numbers that grow in a straight line, and levels.

Every step handed on is ``factor · base + offset``, where the base is the raw number, or what an encoder makes of
a level.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.errors import InputError

SUPPORTED = (
    "Supported are StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, SimpleImputer, OneHotEncoder, "
    "OrdinalEncoder, ColumnTransformer, FeatureUnion, Pipeline, 'passthrough' and what selects features."
)


class Missing:
    """The level of an empty cell."""


@dataclass(frozen=True)
class Feature:
    """One feature that scikit-learn hands on."""

    column: str
    factor: float = 1.0
    offset: float = 0.0
    codes: Mapping[Any, float] | None = None
    """What each level of the column counts as here, of OneHotEncoder 1 or 0; None for a raw number."""
    fill: Any = None
    """What an empty cell counts as: a raw number or level; None where nothing was said."""
    other: float | None = None
    """What values that are no level count as; None where they are refused."""

    def scaled(self, factor: float, offset: float) -> "Feature":
        """``factor · feature + offset``."""
        if self.codes is None and isinstance(self.fill, str):
            raise InputError(f"Column '{self.column}' holds text and is scaled as a number.")
        return replace(self, factor=self.factor * factor, offset=self.offset * factor + offset)


def transformed(step: Any, features: Sequence[Feature]) -> list[Feature]:
    """What a fitted step of a pipeline makes of features.

    Raises:
        InputError: the step is none that an encoder and a first layer can do.
    """
    kind = type(step).__name__
    n = len(features)
    if step is None or step == "passthrough" or (kind == "FunctionTransformer" and step.func is None):
        return list(features)
    if hasattr(step, "get_support"):
        return [each for each, kept in zip(features, step.get_support(), strict=True) if kept]
    if getattr(step, "clip", False):
        raise InputError(f"{kind}(clip=True) is no straight line; fit it with clip=False.")
    match kind:
        case "Pipeline":
            found = list(features)
            for _, each in step.steps:
                found = transformed(each, found)
            return found
        case "FeatureUnion":
            return [
                each.scaled(float((step.transformer_weights or {}).get(name, 1.0)), 0.0)
                for name, inner in step.transformer_list
                if not (isinstance(inner, str) and inner == "drop")
                for each in transformed(inner, features)
            ]
        case "StandardScaler":
            mean = np.zeros(n) if step.mean_ is None or not step.with_mean else step.mean_
            scale = np.ones(n) if step.scale_ is None else step.scale_
            return _scaled(features, 1 / scale, -mean / scale)
        case "MinMaxScaler":
            return _scaled(features, step.scale_, step.min_)
        case "MaxAbsScaler":
            return _scaled(features, 1 / step.scale_, np.zeros(n))
        case "RobustScaler":
            centre = step.center_ if step.with_centering else np.zeros(n)
            scale = step.scale_ if step.with_scaling else np.ones(n)
            return _scaled(features, 1 / scale, -centre / scale)
        case "SimpleImputer":
            return _imputed(step, features)
        case "OneHotEncoder":
            return _one_hot(step, features)
        case "OrdinalEncoder":
            return _ordinal(step, features)
        case "ColumnTransformer":
            return [
                each
                for _, inner, columns in step.transformers_
                if not (isinstance(inner, str) and inner == "drop")
                for each in transformed(inner, _chosen(columns, features))
            ]
        case _:
            raise InputError(f"from_sklearn does not know the step {kind}. {SUPPORTED}")


def _scaled(features: Sequence[Feature], factors: Any, offsets: Any) -> list[Feature]:
    rows = zip(features, np.asarray(factors).tolist(), np.asarray(offsets).tolist(), strict=True)
    return [each.scaled(factor, offset) for each, factor, offset in rows]


def _imputed(step: Any, features: Sequence[Feature]) -> list[Feature]:
    if step.add_indicator or not (step.missing_values is None or step.missing_values != step.missing_values):
        raise InputError(
            "from_sklearn takes SimpleImputer for empty cells alone: missing_values=np.nan, add_indicator=False."
        )
    found: list[Feature] = []
    for each, value in zip(features, step.statistics_.tolist(), strict=True):
        if value is None or value != value:
            raise InputError(
                f"SimpleImputer found no value in column '{each.column}', and leaves it out. Fit it without the column."
            )
        if each.codes is not None or each.fill is not None:
            found.append(each)
        else:
            raw = value if isinstance(value, str) else (value - each.offset) / each.factor
            found.append(replace(each, fill=raw))
    return found


def _one_hot(step: Any, features: Sequence[Feature]) -> list[Feature]:
    dropped: list[Any] = [None] * len(features) if step.drop_idx_ is None else list(step.drop_idx_)
    found: list[Feature] = []
    for each, levels, rare, left_out in zip(
        features, _levels(step, features), _rare(step, features), dropped, strict=True
    ):
        places = _places(levels, rare)
        without = None if left_out is None else places[levels[left_out]]
        for place in range(max(places.values()) + 1):
            if place == without:
                continue
            codes = {level: float(own == place) for level, own in places.items()}
            other = None if step.handle_unknown == "error" else 0.0
            if rare and step.handle_unknown in ("infrequent_if_exist", "warn"):
                other = float(place == places[rare[0]])
            found.append(Feature(each.column, codes=codes, fill=each.fill, other=other))
    return found


def _ordinal(step: Any, features: Sequence[Feature]) -> list[Feature]:
    other = None if step.handle_unknown == "error" else float(step.unknown_value)
    found: list[Feature] = []
    for each, levels, rare in zip(features, _levels(step, features), _rare(step, features), strict=True):
        codes = {level: float(place) for level, place in _places(levels, rare).items()}
        if Missing in codes:
            codes[Missing] = float(step.encoded_missing_value)
        if not all(np.isfinite([*codes.values(), 0.0 if other is None else other])):
            raise InputError(
                f"OrdinalEncoder makes NaN of some values of column '{each.column}'; give it encoded_missing_value and "
                "unknown_value as numbers."
            )
        found.append(Feature(each.column, codes=codes, fill=each.fill, other=other))
    return found


def _rare(step: Any, features: Sequence[Feature]) -> list[tuple[Any, ...]]:
    """Each column's levels that are too rare for a place of their own."""
    found = getattr(step, "infrequent_categories_", None) or [None] * len(features)
    return [() if each is None else tuple(map(_level, each.tolist())) for each in found]


def _places(levels: Sequence[Any], rare: Sequence[Any]) -> dict[Any, int]:
    """Where a level stands among those that are kept; rare ones stand together behind them."""
    kept = [level for level in levels if level not in rare]
    return {level: kept.index(level) if level in kept else len(kept) for level in levels}


def _level(value: Any) -> Any:
    return Missing if value is None or value != value else value


def _levels(step: Any, features: Sequence[Feature]) -> list[tuple[Any, ...]]:
    """Each column's levels, which the encoder must have met as they stand in the table."""
    for each in features:
        if each.codes is not None or (each.factor, each.offset) != (1.0, 0.0):
            raise InputError(
                f"{type(step).__name__} comes after another step of column '{each.column}'; give it the raw column."
            )
    return [tuple(map(_level, categories.tolist())) for categories in step.categories_]


def _chosen(columns: Any, features: Sequence[Feature]) -> list[Feature]:
    """The features that a ColumnTransformer gives to one of its parts."""
    if isinstance(columns, slice):
        if isinstance(columns.start, str) or isinstance(columns.stop, str):
            raise InputError(
                "from_sklearn takes a ColumnTransformer's columns by list or position, not by named slice."
            )
        return list(features[columns])
    given = [columns] if isinstance(columns, str | int) else list(columns)
    if given and isinstance(given[0], bool | np.bool_):
        given = np.flatnonzero(given).tolist()
    by_name = {each.column: each for each in features}
    unknown = [each for each in given if isinstance(each, str) and each not in by_name]
    if unknown:
        raise InputError(
            f"A ColumnTransformer takes '{unknown[0]}', which is no raw column; give it columns of the table alone."
        )
    return [by_name[each] if isinstance(each, str) else features[int(each)] for each in given]
