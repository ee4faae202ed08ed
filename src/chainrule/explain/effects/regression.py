"""A regression with the same columns, to stand beside the effects: OLS for numbers, logit for classes; by statsmodels.

Shapes: n rows, k columns of the design (with the constant), v variables, o answers.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule._typing import Array, Float
from chainrule.data.columns import WideEncoder
from chainrule.errors import MissingPackageError
from chainrule.explain.effects.by_row import Variable
from chainrule.explain.effects.columns import UNITS, Cells, base_level
from chainrule.explain.effects.subject import Subject


@dataclass(frozen=True)
class Regression:
    """What a regression says of the same variables."""

    name: str
    """``OLS``, ``logit`` or ``multinomial logit``."""
    effects: Float[Array, "v o"]
    """Coefficients of OLS; average marginal effects of a logit, of levels the average change from the base."""
    std_errors: Float[Array, "v o"]
    rows: int
    """How many rows: those without a gap."""
    notes: tuple[str, ...]


class _Design(NamedTuple):
    """The design, its columns but the constant brought to mean 0 and deviation 1 where they are no levels."""

    matrix: Float[Array, "n k"]
    places: dict[tuple[str, object], int]
    """Where each column's slope (level None) or each of its levels stands."""
    scales: Float[Array, " k"]
    kept: Array
    """Which rows have no gap."""


def regress(subject: Subject, cells: Cells, target: Array, variables: Sequence[Variable]) -> Regression:
    """Fit the regression that goes with the answers, on the same rows.

    Args:
        subject: the fitted network.
        cells: the rows.
        target: what was observed: numbers in their own units, or codes of classes, shape (n,).
        variables: what effects are of; other columns are in the regression, too.

    Raises:
        MissingPackageError: statsmodels is not installed.
    """
    try:
        from statsmodels.discrete.discrete_model import Logit, MNLogit
        from statsmodels.regression.linear_model import OLS
    except ImportError as error:
        raise MissingPackageError(
            "A regression beside the effects is fitted by the package statsmodels, which is not installed. "
            "pip install 'chainrule[stats]'",
            package="statsmodels",
        ) from error
    design = _design(subject, cells, variables)
    X, y = design.matrix[design.kept], np.asarray(target)[design.kept]
    name = "OLS" if not subject.probabilities else "logit" if len(subject.answers) == 1 else "multinomial logit"
    nothing = np.full((len(variables), len(subject.answers)), np.nan)
    notes = [_meaning(name)]
    if len(X) < cells.rows:
        notes.append(f"{name} leaves out {cells.rows - len(X):,} rows with gaps.")
    classes = max(len(subject.answers), 2)
    if np.linalg.matrix_rank(X) < X.shape[1] or len(X) <= X.shape[1]:
        notes.append(f"{name} cannot be fitted: {len(X):,} rows do not tell its {X.shape[1]} columns apart.")
        return Regression(name, nothing, nothing, len(X), tuple(notes))
    if subject.probabilities and len(np.unique(y)) < classes:
        notes.append(f"{name} cannot be fitted: the rows do not hold every class.")
        return Regression(name, nothing, nothing, len(X), tuple(notes))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # one that has not converged, or that separates the classes, is none
            if name == "OLS":
                found = _of_ols(OLS(y, X).fit(), design, variables)
            else:
                kind = Logit if name == "logit" else MNLogit
                found = _of_logit(kind(y, X).fit(disp=0, maxiter=200), X, design, variables)
    except Exception as error:  # statsmodels has no one class of errors
        notes.append(f"{name} cannot be fitted: {str(error).splitlines()[0] or type(error).__name__}.")
        return Regression(name, nothing, nothing, len(X), tuple(notes))
    return Regression(name, *found, len(X), tuple(notes))


def _meaning(name: str) -> str:
    if name == "OLS":
        return "OLS: its coefficients, from the same rows."
    return f"{name}: its average marginal effects, from the same rows (of levels, the average change from the base)."


def _design(subject: Subject, cells: Cells, variables: Sequence[Variable]) -> _Design:
    asked = {variable.column.name: variable for variable in variables}
    parts: list[np.ndarray] = [np.ones(cells.rows)]
    scales: list[float] = [1.0]
    places: dict[tuple[str, object], int] = {}
    for column in subject.columns:
        variable = asked.get(column.name)
        if column.levels is None:
            unit = variable.unit if variable is not None else column.unit if column.is_time else ""
            x = column.values(cells) / UNITS.get(unit, 1.0)
            scale = float(np.nanstd(x)) or 1.0
            places[column.name, None] = len(parts)
            parts.append((x - np.nanmean(x)) / scale)
            scales.append(scale)
        elif len(column.levels) > 1 and (variable is not None or not isinstance(column.encoder, WideEncoder)):
            base = base_level(column) if variable is None else variable.base
            held = np.asarray(column.held(cells), dtype=object)
            gaps = np.asarray([each is None for each in held])
            for level in column.levels:
                if level != base:
                    places[column.name, level] = len(parts)
                    parts.append(np.where(gaps, np.nan, held == level))
                    scales.append(1.0)
    matrix = np.column_stack(parts).astype(np.float64)
    return _Design(matrix, places, np.asarray(scales), ~np.isnan(matrix).any(axis=1))


def _of_ols(
    fitted: Any, design: _Design, variables: Sequence[Variable]
) -> tuple[Float[Array, "v 1"], Float[Array, "v 1"]]:
    at = [design.places[each.column.name, each.level] for each in variables]
    return (fitted.params / design.scales)[at][:, None], (fitted.bse / design.scales)[at][:, None]


def _of_logit(
    fitted: Any, X: Float[Array, "n k"], design: _Design, variables: Sequence[Variable]
) -> tuple[Float[Array, "v o"], Float[Array, "v o"]]:
    """Average marginal effects; those of levels with standard errors by the delta method."""
    marginal = fitted.get_margeff(at="overall", method="dydx")
    slopes, errors = (np.asarray(each).reshape(X.shape[1] - 1, -1) for each in (marginal.margeff, marginal.margeff_se))
    params = np.asarray(fitted.params)
    flat, covariance = params.ravel(order="F"), np.asarray(fitted.cov_params())
    effects: list[np.ndarray] = []
    std_errors: list[np.ndarray] = []
    for variable in variables:
        place = design.places[variable.column.name, variable.level]
        if not variable.is_level:
            effects.append(slopes[place - 1] / design.scales[place])
            std_errors.append(errors[place - 1] / design.scales[place])
            continue
        own = [at for (name, _), at in design.places.items() if name == variable.column.name]
        here, base = X.copy(), X.copy()
        here[:, own], base[:, own] = 0, 0
        here[:, place] = 1

        def change(values: np.ndarray, here: np.ndarray = here, base: np.ndarray = base) -> np.ndarray:
            shaped = values.reshape(params.shape, order="F")
            after, before = (np.asarray(fitted.model.predict(shaped, rows)) for rows in (here, base))
            return np.atleast_1d((after - before).mean(axis=0))

        effects.append(change(flat))
        std_errors.append(_delta_errors(change, flat, covariance))
    return np.stack(effects), np.stack(std_errors)


def _delta_errors(function: Any, params: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Standard errors of a function of the parameters: ``sqrt(J V Jᵀ)``, its slopes by central differences."""
    from statsmodels.tools.numdiff import approx_fprime

    slopes = np.atleast_2d(approx_fprime(params, function, centered=True))
    return np.sqrt(np.einsum("ok,kl,ol->o", slopes, covariance, slopes))
