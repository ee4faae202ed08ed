"""``NetworkTransformer``: what a hidden layer makes of the rows, as features for others."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.multiclass import type_of_target

from chainrule._typing import Array, Float
from chainrule.errors import InputError, did_you_mean, list_some
from chainrule.estimators.base import NetworkEstimator
from chainrule.estimators.callbacks import with_callbacks
from chainrule.estimators.goals import Goal, as_numbers, class_goal, number_goal
from chainrule.estimators.namespaces import Namespace


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, NetworkEstimator):
    """Trains a network and gives a hidden layer's activations as features.

    With ``y`` the network predicts it (numbers or classes). Without, it learns to give its own inputs back (an
    autoencoder), so that a narrow layer has to sum them up.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> NetworkTransformer(hidden_layers=(8, 2), epochs=5, random_state=0).fit_transform(X).shape
    (50, 2)

    Args:
        layer: name of the node whose activations are given; by default the last before the output.
        task: ``"regression"`` or ``"classification"`` where ``y`` does not say it: whole numbers are classes.
        others: see :class:`~chainrule.estimators.base.NetworkEstimator`.
    """

    hidden_layers: Any = (64, 16)
    layer: str | None = None
    task: Literal["regression", "classification"] | None = None

    @with_callbacks
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train on rows ``X`` (n, k) and, if there are any, targets ``y``."""
        self._train(X, y, sample_weight, goes_on=False)
        self._n_features_out = int(np.prod(self.network_.shapes(self.network_.input_shapes or {})[self._node()]))
        return self

    def _goal(self, rows: Any, y: Any, name: str, weights: Array | None, known: Any = None) -> Goal:
        if y is None:
            if not isinstance(rows, np.ndarray):
                raise InputError(
                    "Without y the network learns to give its inputs back, which have to be numbers; the table has "
                    "other columns. Pass y, or only columns of numbers."
                )
            gaps = np.isnan(rows)
            means = np.where(gaps, 0.0, rows).sum(axis=0) / np.maximum((~gaps).sum(axis=0), 1)
            return number_goal(np.where(gaps, means, rows), name, self.loss, weights, None)
        kind = type_of_target(y)
        number = kind.startswith("continuous") or kind == "multiclass-multioutput"
        task = self.task or ("regression" if number else "classification")
        if task == "regression":
            return number_goal(as_numbers(y), name, self.loss, weights, None)
        return class_goal(y, name, self.loss, None, None)

    def _node(self) -> str:
        """The node whose activations are given."""
        nodes = self.network_.nodes
        if self.layer is None:
            return nodes[max(len(nodes) - 2, 0)].name
        names = [node.name for node in nodes]
        if self.layer not in names:
            raise InputError(
                f"layer must be a node of the network; got '{self.layer}', and there are {list_some(names)}."
                f"{did_you_mean(self.layer, names)}"
            )
        return self.layer

    def transform(self, X: Any) -> Float[Array, "n f"]:
        """The layer's activations for each row, shape (n, features)."""
        values = self._outputs(X, "transform", self._node())
        return Namespace.of(X).back(values.reshape(len(values), -1))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
