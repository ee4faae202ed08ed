"""How notebooks show an estimator: scikit-learn's own box, and below it the network with its weights."""

from typing import TYPE_CHECKING

from chainrule.drawing.network_picture import network_svg

if TYPE_CHECKING:
    from chainrule.estimators.base import NetworkEstimator


def with_picture(estimator: "NetworkEstimator", box: str) -> str:
    """HTML of an estimator, with its network's picture once it is fitted."""
    if not estimator.__sklearn_is_fitted__():
        return box
    encoder, target = estimator.columns_.encoder, estimator.columns_.encoder.target
    outputs = [target.name] if target.kind == "number" else [str(label) for label in target.labels]
    units = getattr(estimator.network_.nodes[-1].layer, "units", 0)
    svg = network_svg(
        estimator.network_,
        features={"features": encoder.feature_names},
        outputs=outputs if len(outputs) == units else (),
    )
    return f"{box}<div style='max-width:60rem;margin-top:.5rem'>{svg}</div>"
