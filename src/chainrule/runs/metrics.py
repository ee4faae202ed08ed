"""How good predictions are, in the measures that fit the loss; computed by scikit-learn."""

import numpy as np

from chainrule.activations import get_activation
from chainrule.losses import Loss
from chainrule.ops import eager_ops


def metrics_for(loss: Loss, target: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """Metrics of a network's output, by what its loss is over: numbers, two classes or several."""
    if loss.target_kind == "number":
        return regression_metrics(target, output)
    probabilities = output if loss.fuses else _probabilities(output)
    if loss.target_kind == "binary":
        second = probabilities.reshape(-1)
        return classification_metrics(target.reshape(-1).astype(int), np.stack([1 - second, second], axis=1))
    return classification_metrics(target, probabilities)


def regression_metrics(target: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """R², RMSE and MAE, in the units given."""
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    metrics = {
        "rmse": float(root_mean_squared_error(target, prediction)),
        "mae": float(mean_absolute_error(target, prediction)),
    }
    return {"r2": float(r2_score(target, prediction)), **metrics} if len(target) > 1 else metrics


def classification_metrics(codes: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Accuracy, log loss and (where every class occurs) the area under the ROC curve, one class against the rest.

    Args:
        codes: class of each row, shape (n,).
        probabilities: shape (n, classes).
    """
    from sklearn.metrics import log_loss, roc_auc_score

    classes = np.arange(probabilities.shape[1])
    wide = np.asarray(probabilities, dtype=np.float64)
    wide = wide / wide.sum(axis=1, keepdims=True)
    metrics = {
        "accuracy": float((wide.argmax(axis=1) == codes).mean()),
        "log_loss": float(log_loss(codes, wide, labels=classes)),
    }
    if len(np.unique(codes)) == len(classes):
        scores = wide[:, 1] if len(classes) == 2 else wide
        metrics["auc"] = float(roc_auc_score(codes, scores, multi_class="ovr", labels=classes))
    return metrics


def _probabilities(logits: np.ndarray) -> np.ndarray:
    """Probabilities of an output that the loss takes as logits."""
    wide = np.asarray(logits, dtype=np.float64)
    return get_activation("sigmoid" if wide.shape[-1] == 1 else "softmax").forward(eager_ops(), wide)
