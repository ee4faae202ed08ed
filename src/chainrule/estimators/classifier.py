"""``NetworkClassifier``: classes, or several labels at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin

from chainrule._typing import Array, Float
from chainrule.estimators.base import NetworkEstimator
from chainrule.estimators.callbacks import with_callbacks
from chainrule.estimators.frames import as_frame
from chainrule.estimators.goals import Goal, check_classes, class_goal
from chainrule.estimators.namespaces import Namespace
from chainrule.runs.metrics import probabilities_of


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """Classifies with a neural network whose every number can be shown.

    Inputs are scaled by the estimator itself; gaps are allowed; tables (pandas, polars, pyarrow) may have columns of
    categories, booleans and dates. With ``y`` of 0 and 1 in several columns there are several labels. ``run_`` is the
    training as a :class:`chainrule.Run`: worksheets, derivations, steps.

    >>> import numpy as np
    >>> X = np.array([[0.0], [0.2], [0.8], [1.0]])
    >>> model = NetworkClassifier(hidden_layers=(8,), epochs=300, learning_rate=0.02, random_state=0)
    >>> model.fit(X, ["low", "low", "tall", "tall"]).predict([[0.1], [0.9]])
    array(['low', 'tall'], dtype='<U4')

    Args:
        class_weight: ``"balanced"`` or a mapping from class to weight.
        others: see :class:`~chainrule.estimators.base.NetworkEstimator`.
    """

    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows ``X`` (n, k) and their classes ``y`` (n,), or labels (n, o) of 0 and 1."""
        self._train(X, y, sample_weight, goes_on=False)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Sequence[Any] | None = None, sample_weight: Any = None) -> Self:
        """Go on with one epoch over some rows; the first call has to name all ``classes``.

        How inputs are scaled is learned from the rows of the first call.
        """
        known = check_classes(classes, getattr(self, "classes_", None))
        self._train(X, y, sample_weight, goes_on=True, known=known)
        return self

    def _goal(self, rows: Any, y: Any, name: str, weights: Array | None, known: Array | None = None) -> Goal:
        return class_goal(y, name, self.loss, known, self.class_weight)

    def predict_proba(self, X: Any) -> Float[Array, "n c"]:
        """Probability of each class, shape (n, classes), in the order of ``classes_``; or of each label."""
        return Namespace.of(X).back(self._probabilities(X, "predict_proba"))

    def predict_log_proba(self, X: Any) -> Float[Array, "n c"]:
        """Logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return Namespace.of(X).back(np.log(self._probabilities(X, "predict_log_proba")))

    def predict(self, X: Any) -> Array:
        """The most probable class of each row, shape (n,); for several labels 0 or 1 each, shape (n, labels)."""
        probabilities = self._probabilities(X, "predict")
        if self._several:
            return Namespace.of(X).back((probabilities > 0.5).astype(np.int64))
        return Namespace.of(X).back(self.classes_[probabilities.argmax(axis=1)])

    def predict_frame(self, X: Any) -> Any:
        """A table of the kind of ``X``, its index kept: ``prediction``, and ``probability of <class>`` for each class.

        For several labels there is ``prediction of <label>`` instead.
        """
        probabilities, known = self._probabilities(X, "predict_frame"), list(self.classes_)
        if self._several:
            said = {f"prediction of {label}": probabilities[:, place] > 0.5 for place, label in enumerate(known)}
        else:
            said = {"prediction": self.classes_[probabilities.argmax(axis=1)]}
        return as_frame(said | {f"probability of {label}": probabilities[:, at] for at, label in enumerate(known)}, X)

    def _probabilities(self, X: Any, method: str) -> Float[Array, "n c"]:
        output = self._outputs(X, method).astype(np.float64, copy=False)
        return output if self._several else probabilities_of(output)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
