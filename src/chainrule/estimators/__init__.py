"""Networks with scikit-learn's contract: in pipelines, grids and cross-validation, on arrays and on tables."""

from chainrule.estimators.classifier import NetworkClassifier
from chainrule.estimators.regressor import NetworkRegressor
from chainrule.estimators.transformer import NetworkTransformer

__all__ = ["NetworkClassifier", "NetworkRegressor", "NetworkTransformer"]
