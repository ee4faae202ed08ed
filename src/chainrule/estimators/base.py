"""What all estimators share: their parameters, and the way from ``X`` and ``y`` to a trained network.

Shapes: n rows, k columns, o outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length, check_random_state, estimator_html_repr
from sklearn.utils.validation import (
    _check_sample_weight,  # pyright: ignore[reportPrivateUsage]
    check_is_fitted,
    validate_data,
)

from chainrule._typing import Array, Float
from chainrule.activations import Activation
from chainrule.errors import InputError
from chainrule.estimators.callbacks import CallbackSupport, Epochs
from chainrule.estimators.goals import Goal
from chainrule.estimators.inputs import (
    Columns,
    as_table,
    check_kind,
    free_name,
    number_columns,
    refuse_few,
    refuse_sparse,
    table_columns,
)
from chainrule.estimators.namespaces import Namespace, as_numpy
from chainrule.losses import Loss
from chainrule.network.network import Network
from chainrule.network.parameters import ParameterView
from chainrule.optimizers import Optimizer, get_optimizer
from chainrule.runs.fitting import fit
from chainrule.runs.run import Run
from chainrule.tasks.build import Design, build_network
from chainrule.tasks.tabular import DEFAULT_OPTIMIZER
from chainrule.training.history import History
from chainrule.training.trainer import Trainer

EARLY_STOPPING_FROM = 10_000
"""Rows from which ``early_stopping="auto"`` stops early, as in scikit-learn's gradient boosting."""
PATIENCE = 10
_SEEDS = 2**31 - 1


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkEstimator(CallbackSupport, BaseEstimator):
    """Base of the estimators. What is passed to them is only stored, and checked by ``fit``.

    Args:
        hidden_layers: units of each hidden dense layer, or a number for one; layers and blocks
            (``Residual([Dense(64, "relu")])``) may stand between.
        activation: of all dense layers, or one for each.
        dropout: after each dense layer, or one for each.
        l1: adds ``l1 * sum(|weight|)`` of every dense layer to the loss.
        l2: adds ``l2 * sum(weight**2)`` of every dense layer to the loss.
        loss: a loss or its name; the usual one for the target by default.
        optimizer: an optimizer or its name; by default AdamW with a weight decay of 0.3.
        learning_rate: instead of the optimizer's own, so that grids can search it.
        epochs: the most epochs.
        batch_size: rows a step.
        shuffle: whether each epoch visits the rows in a new random order.
        early_stopping: epochs without a lower validation loss after which to stop and go back to the best weights; None
            for no validation rows; ``"auto"`` is 10 from 10,000 rows on, else None.
        validation_fraction: share of the rows that are set aside for that.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``; by default that of ``X`` where it is an array, else single precision.
        warm_start: whether ``fit`` goes on from the weights it found last.
        progress: show a progress bar; None shows it in a terminal.
        log: who is told about each epoch: see :func:`chainrule.fit`.
        record: bytes that snapshots for going back in time may take.
        random_state: decides first weights, orders, dropout and validation rows.
    """

    hidden_layers: Any = (64, 64)
    activation: str | Activation | Sequence[str | Activation | None] | None = "relu"
    dropout: float | Sequence[float | None] | None = None
    l1: float | None = None
    l2: float | None = None
    loss: str | Loss | None = None
    optimizer: str | Optimizer | None = None
    learning_rate: float | None = None
    epochs: int = 200
    batch_size: int = 32
    shuffle: bool = True
    early_stopping: int | str | None = "auto"
    validation_fraction: float = 0.1
    engine: str = "auto"
    dtype: str | None = None
    warm_start: bool = False
    progress: bool | None = False
    log: Any = None
    record: int | bool = False
    random_state: Any = None

    # -- reading what is passed in

    def _rows(self, X: Any, *, reset: bool) -> Any:
        """``X`` checked: an array of numbers, or a narwhals table."""
        refuse_sparse(X)
        table = as_table(X)
        if not reset:
            check_kind(self.columns_, table)
        if table is None:
            return validate_data(self, X, dtype=[np.float64, np.float32], ensure_all_finite="allow-nan", reset=reset)
        validate_data(self, X, skip_check_array=True, reset=reset)
        return table

    def _goal(self, rows: Any, y: Any, name: str, weights: Array | None, known: Any = None) -> Goal:
        """The target as the network is given it; ``known`` is what an estimator knows of it from before."""
        raise NotImplementedError

    def _names(self, rows: Any) -> list[str]:
        if not isinstance(rows, np.ndarray):
            return list(rows.columns)
        known = getattr(self, "feature_names_in_", None)
        return [f"x{place}" for place in range(rows.shape[1])] if known is None else [str(name) for name in known]

    # -- training

    def _train(self, X: Any, y: Any, weight: Any, *, goes_on: bool, known: Any = None) -> None:
        """Fit, or (``goes_on``) make one more epoch from where the network stands."""
        refuse_sparse(X)
        namespace = Namespace.of(X)
        first = not (goes_on and hasattr(self, "run_"))
        rows = self._rows(namespace.to_numpy(X), reset=first)
        refuse_few(len(rows))
        self._namespace = namespace
        weights = _weights(as_numpy(weight), len(rows))
        name = free_name(str(getattr(y, "name", None) or "y"), self._names(rows))
        goal = self._goal(rows, as_numpy(y), name, weights, known)
        check_consistent_length(rows, goal.values)
        if goal.weights is not None:
            weights = goal.weights if weights is None else weights * goal.weights
        columns = self._learned_columns(rows, goal, weights) if first else self.columns_
        seed = int(check_random_state(self.random_state).randint(_SEEDS))
        run = self._fit_network(
            columns,
            goal,
            rows,
            weights,
            seed if first else (seed + self._standing.steps) % _SEEDS,
            goes_on=goes_on,
            told={"X": X, "y": y, "metadata": {} if weight is None else {"sample_weight": weight}},
        )
        for attribute, value in self._fitted(columns, goal, run).items():
            setattr(self, attribute, value)

    def _learned_columns(self, rows: Any, goal: Goal, weights: Array | None) -> Columns:
        if isinstance(rows, np.ndarray):
            return number_columns(rows, self._names(rows), goal.target, weights)
        return table_columns(rows, goal.target)

    def _fit_network(
        self,
        columns: Columns,
        goal: Goal,
        rows: Any,
        weights: Array | None,
        seed: int,
        *,
        goes_on: bool,
        told: dict[str, Any],
    ) -> Run:
        after = self._standing if goes_on and hasattr(self, "run_") else None
        patience = None if goes_on else self._patience(len(rows))
        epochs = 1 if goes_on else self.epochs
        callbacks = Epochs(self, epochs, told)

        def ended(trainer: Trainer) -> bool:
            run = Run.of(trainer, "in training")
            return callbacks.ended(lambda: self._fitted(columns, goal, run))

        run = fit(
            self._start(columns, goal) if after is None else after.plan.network,
            columns.inputs(rows),
            goal.values,
            optimizer=self._optimizer(),
            epochs=epochs,
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            seed=seed,
            sample_weight=weights,
            validation=None if patience is None else float(self.validation_fraction),
            early_stopping=patience,
            engine=self.engine,
            dtype=self._dtype(rows),
            record=self.record,
            progress=self.progress,
            log=self.log,
            each_epoch=ended if callbacks.watched else None,
            after=after,
        )
        callbacks.done(lambda: self._fitted(columns, goal, run))
        return run

    def _fitted(self, columns: Columns, goal: Goal, run: Run) -> dict[str, Any]:
        """Everything that a fitted estimator has: attribute → value."""
        names = ("n_features_in_", "feature_names_in_", "_namespace")
        seen = {name: getattr(self, name) for name in names if hasattr(self, name)}
        standing = None if run.trainer is None else run.trainer.standing
        run = run if goal.several else replace(run, table=columns.encoder)
        return seen | dict(goal.learned) | {"columns_": columns, "run_": run, "_standing": standing}

    def _start(self, columns: Columns, goal: Goal) -> Network:
        """The network to train: a new one, or with ``warm_start`` the last."""
        encoder = columns.encoder
        network = build_network(encoder.input_shapes, encoder.wide, self._design(), goal.head)
        if not self.warm_start or not hasattr(self, "run_"):
            return network
        before = self.run_.network
        if (before.nodes, before.input_shapes) != (network.nodes, network.input_shapes):
            raise InputError(
                "warm_start goes on with the same network; layers, columns or classes have changed since. "
                "Set warm_start=False, or fit a new estimator."
            )
        return before.with_loss(network.loss)

    def _design(self) -> Design:
        return Design(self.hidden_layers, self.activation, self.dropout, self.l1, self.l2)

    def _optimizer(self) -> Optimizer:
        optimizer = DEFAULT_OPTIMIZER if self.optimizer is None else get_optimizer(self.optimizer)
        return optimizer if self.learning_rate is None else replace(optimizer, learning_rate=self.learning_rate)

    def _patience(self, count: int) -> int | None:
        if self.early_stopping == "auto":
            return PATIENCE if count >= EARLY_STOPPING_FROM else None
        if isinstance(self.early_stopping, str):
            raise InputError(
                f"early_stopping must be 'auto', a whole number of epochs or None; got {self.early_stopping!r}."
            )
        return self.early_stopping

    def _dtype(self, rows: Any) -> str:
        """The type to train in: as asked, else that of an array that is passed, and single precision for tables."""
        if self.dtype is not None:
            return self.dtype
        return str(rows.dtype) if isinstance(rows, np.ndarray) else "float32"

    # -- what came of it

    def _outputs(self, X: Any, method: str, last: str | None = None) -> Float[Array, "n *o"]:
        """The network's output for rows of ``X``, for a method of this name; or the activations of a node before."""
        rows, columns = self._checked(X, method), self.columns_
        predict = self.run_.network.predictor(self.run_.training["dtype"], last)
        if not isinstance(rows, np.ndarray):
            return predict(columns.inputs(rows))
        return predict.in_pieces(len(rows), lambda piece: columns.inputs(rows[piece]))

    def _checked(self, X: Any, method: str) -> Any:
        self._run()
        namespace = Namespace.of(X)
        namespace.check(self._namespace, f"{type(self).__name__}.{method}")
        return self._rows(namespace.to_numpy(X), reset=False)

    def _run(self) -> Run:
        if not hasattr(self, "run_"):
            check_is_fitted(self, "run_")
        return self.run_

    @property
    def network_(self) -> Network:
        """The trained network: trace it, differentiate it, draw it, write it down."""
        return self._run().network

    @property
    def params_(self) -> ParameterView:
        """The network's parameters by name."""
        return self.network_.params

    @property
    def history_(self) -> History:
        """Losses by epoch: ``history_["loss"]``, and ``["validation_loss"]`` where there are validation rows."""
        return self._run().history

    @property
    def n_iter_(self) -> int:
        """Epochs whose training is in the weights."""
        return self._run().epochs_kept

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "run_")

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles have no training rows in them: their run is as one that was loaded."""
        state = dict(super().__getstate__())
        if "run_" in state:
            state["run_"] = replace(state["run_"], trainer=None)
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = False
        tags.array_api_support = True
        return tags

    def _repr_html_inner(self) -> str:
        from chainrule.estimators.picture import with_picture

        return with_picture(self, estimator_html_repr(self))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        shown = {"text/plain": repr(self)}
        return shown | {"text/html": self._repr_html_inner()} if get_config()["display"] == "diagram" else shown


def _weights(weight: Any, count: int) -> Array | None:
    return None if weight is None else _check_sample_weight(weight, np.empty((count, 1)), dtype=np.float64)
