"""Runs from fitted scikit-learn models: the preprocessing becomes a table's encoder, the model a network."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from chainrule.data.columns import CategoryEncoder, NumberEncoder
from chainrule.data.encode import TableEncoder
from chainrule.data.target import ClassTarget, NumberTarget
from chainrule.errors import InputError
from chainrule.interop.sklearn_columns import Feature, Missing, transformed
from chainrule.network import Dense, Network
from chainrule.runs.run import Run
from chainrule.training.history import history_of

_LINEAR = (
    "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "BayesianRidge",
    "HuberRegressor", "SGDRegressor",
)  # fmt: skip
_HIDDEN = {"identity": None, "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}
_LAST = {"identity": None, "logistic": "sigmoid", "softmax": "softmax"}
_LOSSES = {None: "mse", "sigmoid": "binary_cross_entropy", "softmax": "cross_entropy"}


class _Model(NamedTuple):
    """A fitted model as layers."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    activations: list[str | None]
    own_labels: bool = True
    """Whether the model's classes are those of the answer; of several yes or no, each is 0 or 1."""


@dataclass
class _Taken:
    """What stands around a model: steps before it, what the columns are called, and how its target is scaled."""

    target: str
    steps: list[Any] = field(default_factory=list[Any])
    columns: list[str] = field(default_factory=list[str])
    mean: float = 0.0
    scale: float = 1.0

    def open(self, model: Any) -> Any:
        """The model inside of searches, pipelines and scaled targets."""
        if not self.columns:
            names = getattr(model, "feature_names_in_", None)
            if names is not None:
                self.columns = [str(each) for each in names]
            elif hasattr(model, "n_features_in_"):
                self.columns = [f"x{place}" for place in range(model.n_features_in_)]
        if hasattr(model, "best_estimator_"):
            return self.open(model.best_estimator_)
        match type(model).__name__:
            case "Pipeline":
                self.steps += [step for _, step in model.steps[:-1]]
                return self.open(model.steps[-1][1])
            case "TransformedTargetRegressor":
                (scaled,) = transformed(model.transformer_, [Feature(self.target)])
                self.scale, self.mean = self.scale / scaled.factor, self.mean - scaled.offset / scaled.factor
                return self.open(model.regressor_)
            case _:
                return model


def from_sklearn(model: Any, *, target: str = "target", output: int | None = None) -> Run:
    """Return a run that predicts what a fitted scikit-learn model does, from the raw columns of a table.

    Known are linear regressions (LinearRegression, Ridge, Lasso, ElasticNet and others), LogisticRegression,
    MLPClassifier and MLPRegressor, alone or at the end of a Pipeline of the common scalers, SimpleImputer,
    OneHotEncoder, OrdinalEncoder, ColumnTransformer, FeatureUnion and what selects features; also as the best one of a
    search, or where a target is scaled (TransformedTargetRegressor). The run can be traced, derived, written out and
    saved as any other; it has no history.

    Numbers become ``(x − mean) / scale`` as the scaler has it; where an imputer fills empty cells, the mean is what it
    fills in, and the difference moves into the first layer's bias. Columns of a model that was fitted on an array are
    called ``x0``, ``x1``, ….

    Args:
        model: the fitted model or pipeline.
        target: what the column that it predicts is called.
        output: which of several answers, counted from 0, of a model that predicts more than one; a run has one.

    Raises:
        InputError: the model is not fitted, or has a part that no encoder or layer can do.

    >>> import polars as pl
    >>> from sklearn.linear_model import LinearRegression
    >>> table = pl.DataFrame({"size": [1.0, 2.0, 4.0]})
    >>> run = from_sklearn(LinearRegression().fit(table, [3.0, 5.0, 9.0]), target="price")
    >>> run.predict(pl.DataFrame({"size": [10.0]})).round(9)
    array([21.])
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except (NotFittedError, TypeError):
        raise InputError(
            f"from_sklearn takes a fitted scikit-learn model; got {type(model).__name__}, which is not. Call fit first."
        ) from None
    taken = _Taken(target)
    last = taken.open(model)
    columns, features = taken.columns, [Feature(name) for name in taken.columns]
    for step in taken.steps:
        features = transformed(step, features)
    layers = _one_answer(_layers(last), last, output)
    used = [name for name in columns if any(each.column == name for each in features)]
    encoders: list[Any] = []
    rows: list[np.ndarray] = []
    bias = np.array(layers.biases[0], dtype=np.float64)
    for name in used:
        own = [(each, weight) for each, weight in zip(features, layers.weights[0], strict=True) if each.column == name]
        encoder, weight, shift = _column(name, own)
        encoders.append(encoder)
        rows.append(weight)
        bias = bias + shift
    task = NumberTarget(name=target, mean=taken.mean, scale=taken.scale)
    if hasattr(last, "classes_"):
        labels = np.asarray(last.classes_).tolist()
        task = ClassTarget(name=target, labels=tuple(labels) if layers.own_labels else (0, 1))
    table = TableEncoder(columns=tuple(encoders), target=task, rows=1)
    return _run(
        table,
        layers._replace(weights=[np.concatenate(rows), *layers.weights[1:]], biases=[bias, *layers.biases[1:]]),
        last,
    )


def _run(table: TableEncoder, layers: _Model, model: Any) -> Run:
    parts = [Dense(weight.shape[1], name) for weight, name in zip(layers.weights, layers.activations, strict=True)]
    network = Network(parts, loss=_LOSSES[layers.activations[-1]], input_shape=table.input_shapes)
    values = {f"dense{place}.weight": each for place, each in enumerate(layers.weights, 1)}
    values |= {f"dense{place}.bias": each for place, each in enumerate(layers.biases, 1)}
    origin = f"{type(model).__name__} of scikit-learn {version('scikit-learn')}"
    training = {
        "optimizer": None,
        "origin": origin,
        "batch_size": 1,
        "rows": 1,
        "validation_rows": 0,
        "epochs": 0,
        "steps": 0,
        "steps_before": 0,
        "interrupted": False,
        "dtype": "float64",
        "engine": "numpy",
        "engine_reason": f"trained by {origin}",
        "changes": {},
    }
    history = history_of(np.zeros(0), np.zeros(0), {}, np.ones(1), sums=False)
    return Run(network.set(values), history, training, f"trained by {origin}", table=table)


def _column(name: str, own: list[tuple[Feature, np.ndarray]]) -> tuple[Any, np.ndarray, np.ndarray]:
    """The encoder of a column, the weights of its features, and what it adds to the bias."""
    first = own[0][0]
    if any((each.codes is None) != (first.codes is None) or each.fill != first.fill for each, _ in own):
        raise InputError(
            f"Column '{name}' goes two ways, as a number and as levels or with different fills; from_sklearn takes one."
        )
    if first.codes is None:
        if isinstance(first.fill, str):
            raise InputError(f"Column '{name}' holds text and reaches the model without an encoder.")
        scale = 1 / abs(first.factor)
        mean = -first.offset / first.factor if first.fill is None else float(first.fill)
        weight = sum((weight * (each.factor * scale) for each, weight in own), np.zeros_like(own[0][1]))
        shift = sum((weight * (each.factor * mean + each.offset) for each, weight in own), np.zeros_like(own[0][1]))
        return NumberEncoder(name=name, mean=mean, scale=scale, had_gaps=False), weight[None], shift
    if any(
        set(each.codes or ()) != set(first.codes) or (each.other is None) != (first.other is None) for each, _ in own
    ):
        raise InputError(f"Column '{name}' goes through two encoders that know other levels; from_sklearn takes one.")
    shift = sum((weight * each.offset for each, weight in own), np.zeros_like(own[0][1]))
    by_level = {
        level: sum((weight * each.factor * (each.codes or {})[level] for each, weight in own), np.zeros_like(shift))
        for level in first.codes
    }
    levels = tuple(level for level in first.codes if level is not Missing)
    rows = [by_level[level] for level in levels]
    other = sum((weight * each.factor * (each.other or 0.0) for each, weight in own), np.zeros_like(shift))
    rows += [other] * (first.other is not None)
    gaps = first.fill is not None or Missing in first.codes
    if gaps:
        rows.append(by_level.get(Missing if first.fill is None else first.fill, other))
    encoder = CategoryEncoder(name=name, levels=levels, other=first.other is not None, had_gaps=gaps)
    return encoder, np.stack(rows), shift


def _one_answer(layers: _Model, model: Any, output: int | None) -> _Model:
    """The layers for one of several answers.

    Raises:
        InputError: there are several and none was chosen, or there is no such one.
    """
    kind, several = type(model).__name__, 1 if layers.activations[-1] == "softmax" else len(layers.biases[-1])
    if output is None and several > 1:
        raise InputError(
            f"{kind} predicts {several} numbers a row, and a run has one answer; pass output=0 to {several - 1} to "
            "say which."
        )
    if output is not None and output not in range(several):
        raise InputError(f"output={output}: {kind} predicts {several} a row, counted from 0.")
    if several == 1:
        return layers
    column = [int(output or 0)]
    return layers._replace(
        weights=[*layers.weights[:-1], layers.weights[-1][:, column]],
        biases=[*layers.biases[:-1], layers.biases[-1][column]],
        own_labels=False,
    )


def _layers(model: Any) -> _Model:
    """The weights (inputs, outputs), biases and activations of a fitted model."""
    kind = type(model).__name__
    match kind:
        case _ if kind in _LINEAR:
            coefficients = np.atleast_2d(model.coef_)
            return _Model([coefficients.T], [np.broadcast_to(model.intercept_, (len(coefficients),))], [None])
        case "LogisticRegression" | "LogisticRegressionCV":
            several = len(model.classes_) > 2
            strange = ("ovr",) if several else ("multinomial",)
            if getattr(model, "multi_class", "auto") in strange or (several and model.solver == "liblinear"):
                raise InputError(f"{kind} was fitted as one model a class; from_sklearn takes the multinomial one.")
            bias = np.broadcast_to(model.intercept_, (len(model.coef_),))
            return _Model([model.coef_.T], [bias], ["softmax" if several else "sigmoid"])
        case "MLPClassifier" | "MLPRegressor":
            if model.out_activation_ not in _LAST:
                raise InputError(
                    f"{kind} ends in '{model.out_activation_}', which is no activation here; from_sklearn takes those "
                    "with loss='squared_error'."
                )
            hidden = [_HIDDEN[model.activation]] * (len(model.coefs_) - 1)
            return _Model(list(model.coefs_), list(model.intercepts_), [*hidden, _LAST[model.out_activation_]])
        case _:
            raise InputError(
                f"from_sklearn does not know the model {kind}. Known are {', '.join(_LINEAR)}, LogisticRegression, "
                "LogisticRegressionCV, MLPClassifier and MLPRegressor, alone or at the end of a Pipeline."
            )
