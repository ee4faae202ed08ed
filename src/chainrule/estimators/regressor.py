"""``NetworkRegressor``: one number, or several at once."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin

from chainrule._typing import Array, Float
from chainrule.estimators.base import NetworkEstimator
from chainrule.estimators.callbacks import with_callbacks
from chainrule.estimators.frames import as_frame
from chainrule.estimators.goals import Goal, Scaling, as_numbers, number_goal
from chainrule.estimators.namespaces import Namespace


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """Predicts numbers with a neural network whose every number can be shown.

    Inputs and targets are scaled by the estimator itself; gaps in inputs are allowed; tables (pandas, polars, pyarrow)
    may have columns of categories, booleans and dates. ``run_`` is the training as a :class:`chainrule.Run`.

    >>> import numpy as np
    >>> X = np.linspace(0, 1, 20)[:, None]
    >>> model = NetworkRegressor(hidden_layers=(), optimizer="adam", learning_rate=0.1, random_state=0)
    >>> model.fit(X, 3 * X[:, 0] + 1).predict([[0.5]]).round(2)
    array([2.5])

    Args:
        others: see :class:`~chainrule.estimators.base.NetworkEstimator`.
    """

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows ``X`` (n, k) and their numbers ``y``, shape (n,) or (n, o)."""
        self._train(X, y, sample_weight, goes_on=False)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Go on with one epoch over some rows; how numbers are scaled is learned from those of the first call."""
        self._train(X, y, sample_weight, goes_on=True, known=getattr(self, "_scaling", None))
        return self

    def _goal(self, rows: Any, y: Any, name: str, weights: Array | None, known: Scaling | None = None) -> Goal:
        return number_goal(as_numbers(y), name, self.loss, weights, known)

    def predict(self, X: Any) -> Float[Array, "n *o"]:
        """The number of each row, shape (n,), or (n, o) where there are several."""
        values = self._numbers(X, "predict")
        return Namespace.of(X).back(values if self._several else values[:, 0])

    def predict_frame(self, X: Any) -> Any:
        """A table of the kind of ``X``, its index kept: ``prediction``, or ``prediction 1``, ``prediction 2``, …."""
        values = self._numbers(X, "predict_frame")
        names = [f"prediction {place}" for place in range(1, values.shape[1] + 1)] if self._several else ["prediction"]
        return as_frame(dict(zip(names, values.T, strict=True)), X)

    def _numbers(self, X: Any, method: str) -> Float[Array, "n o"]:
        return self._outputs(X, method).astype(np.float64, copy=False) * self._scaling.scales + self._scaling.means

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
