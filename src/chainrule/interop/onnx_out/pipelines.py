"""Estimators as skl2onnx writes them, so that pipelines they stand in become ONNX files.

Shapes: n rows, k columns, c classes, o outputs.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.interop.onnx_out.draft import DOUBLE, FLOAT, INT64, OPSET, Draft
from chainrule.interop.onnx_out.network import write_network
from chainrule.interop.onnx_out.table import (
    decode_classes,
    encode_columns,
    encode_numbers,
    takes_text,
)
from chainrule.interop.packages import need


def register_skl2onnx() -> None:
    """Let skl2onnx write ``NetworkClassifier``, ``NetworkRegressor`` and ``NetworkTransformer``, alone or in pipelines.

    Once is enough. As everywhere in skl2onnx, classifiers give a label and, with ``options={"zipmap": False}``, an
    array of probabilities; regressors give shape (n, 1) or (n, o). The network computes in single precision.

    >>> import numpy as np
    >>> import skl2onnx
    >>> import chainrule as cr
    >>> X = np.linspace(0, 1, 20, dtype=np.float32)[:, None]
    >>> model = cr.NetworkRegressor(hidden_layers=(2,), epochs=1, engine="numpy").fit(X, X[:, 0])
    >>> cr.register_skl2onnx()
    >>> [each.name for each in skl2onnx.to_onnx(model, X[:1]).graph.output]
    ['variable']

    Raises:
        MissingPackageError: skl2onnx is not installed.
    """
    skl2onnx = need("skl2onnx")
    from chainrule.estimators import NetworkClassifier, NetworkRegressor, NetworkTransformer

    register = skl2onnx.update_registered_converter
    choices = {
        "zipmap": [True, False, "columns"],
        "nocl": [True, False],
        "output_class_labels": [False, True],
    }
    register(NetworkClassifier, "ChainruleClassifier", _classifier_shapes, _classifier, options=choices)
    register(NetworkRegressor, "ChainruleRegressor", _regressor_shapes, _regressor)
    register(NetworkTransformer, "ChainruleTransformer", _transformer_shapes, _transformer)


# -- what skl2onnx asks before it writes: types and shapes of outputs


def _classifier_shapes(operator: Any) -> None:
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    n, labels = operator.inputs[0].get_first_dimension(), _labels(operator.scope_inst, operator)
    label = StringTensorType if labels.dtype == object else Int64TensorType
    operator.outputs[0].set_type(label([n, len(labels)] if operator.raw_operator._several else [n]))
    operator.outputs[1].set_type(_number_type(operator)([n, len(labels)]))


def _regressor_shapes(operator: Any) -> None:
    n, outputs = operator.inputs[0].get_first_dimension(), len(operator.raw_operator._scaling.means)
    operator.outputs[0].set_type(_number_type(operator)([n, outputs]))


def _transformer_shapes(operator: Any) -> None:
    n, outputs = operator.inputs[0].get_first_dimension(), operator.raw_operator._n_features_out
    operator.outputs[0].set_type(_number_type(operator)([n, outputs]))


def _is_double(operator: Any) -> bool:
    from skl2onnx.common.data_types import DoubleTensorType

    return any(isinstance(each.type, DoubleTensorType) for each in operator.inputs)


def _number_type(operator: Any) -> Any:
    """What numbers come out as: double precision where some came in so, as the steps behind expect."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    return DoubleTensorType if _is_double(operator) else FloatTensorType


def _labels(scope: Any, operator: Any) -> np.ndarray:
    """The classes as they are written: texts, or whole numbers (with the option ``nocl`` always)."""
    from skl2onnx.common.utils_classifier import get_label_classes

    labels = np.asarray(get_label_classes(scope, operator.raw_operator))
    return labels.astype(np.int64) if labels.dtype.kind in "iufb" else labels.astype(str).astype(object)


# -- writing


def _classifier(scope: Any, operator: Any, container: Any) -> None:
    model, draft = operator.raw_operator, Draft()
    output = _network(draft, operator)
    if model._several:
        half = draft.single(0.5, "half")
        label, probabilities = draft.add("Cast", draft.add("Greater", output, half), to=INT64), output
    else:
        label, probabilities = decode_classes(draft, _labels(scope, operator), output)
    _put(draft, [label, _as_asked(draft, operator, probabilities)], scope, operator, container)


def _regressor(scope: Any, operator: Any, container: Any) -> None:
    scaling, draft = operator.raw_operator._scaling, Draft()
    wide = draft.add("Cast", _network(draft, operator), to=DOUBLE)
    scaled = draft.add("Mul", wide, draft.constant(scaling.scales, "scales"))
    answer = draft.add("Add", scaled, draft.constant(scaling.means, "means"))
    _put(draft, [_as_asked(draft, operator, answer)], scope, operator, container)


def _transformer(scope: Any, operator: Any, container: Any) -> None:
    model, draft = operator.raw_operator, Draft()
    activations = _network(draft, operator, model._node())
    rows = draft.add("Reshape", activations, draft.constant(np.array([-1, model._n_features_out]), "shape"))
    _put(draft, [_as_asked(draft, operator, rows)], scope, operator, container)


def _as_asked(draft: Draft, operator: Any, numbers: str) -> str:
    return draft.add("Cast", numbers, to=DOUBLE if _is_double(operator) else FLOAT)


def _network(draft: Draft, operator: Any, last: str | None = None) -> str:
    """The encoders and the network, up to a node."""
    model = operator.raw_operator
    table, inputs = model.columns_.encoder, [(draft.name(each.full_name), each.type) for each in operator.inputs]
    if model.columns_.numeric:
        parts = [draft.add("Cast", name, to=DOUBLE) for name, _ in inputs]
        x = parts[0] if len(parts) == 1 else draft.add("Concat", *parts, axis=1)
        features = {"features": encode_numbers(draft, table.columns, x)}
    else:
        features = encode_columns(draft, table, _by_column(draft, model, inputs))
    return write_network(draft, model.network_, features, table.input_shapes, last)


def _by_column(draft: Draft, model: Any, inputs: list[tuple[str, Any]]) -> Mapping[str, str]:
    """The value that holds each raw column of a table.

    Raises:
        InputError: the types that skl2onnx was given are not one for each column.
    """
    names = [str(name) for name in model.feature_names_in_]
    if len(names) != len(inputs):
        raise InputError(
            f"{type(model).__name__} takes {len(names)} columns ({', '.join(names)}), each as an input of its own; "
            f"skl2onnx was told of {len(inputs)}. Pass initial_types=[(name, type), …] with one for each, of shape "
            "[None, 1]."
        )
    text = {column.name for column in model.columns_.encoder.columns if takes_text(column)}
    return {
        name: value if name in text else draft.add("Cast", value, to=DOUBLE)
        for name, (value, _) in zip(names, inputs, strict=True)
    }


def _put(draft: Draft, values: list[str], scope: Any, operator: Any, container: Any) -> None:
    """Put the draft into skl2onnx's file, under names that are free there.

    Raises:
        InputError: skl2onnx is to write for an opset before the one that drafts are written in.
    """
    onnx, newest = need("onnx"), container.target_opset_any_domain("")
    if newest < OPSET:
        raise InputError(
            f"Networks are written with ONNX's operators as they are from opset {OPSET} on; skl2onnx was told to write "
            f"opset {newest}. Pass target_opset={OPSET} or more, or leave it out."
        )
    taken = {each.full_name: each.full_name for each in operator.inputs}

    def name(own: str) -> str:
        if own not in taken:
            taken[own] = scope.get_unique_variable_name(own)
        return taken[own]

    for constant in draft.constants:
        constant.name = name(constant.name)
        container.initializers.append(constant)
    for node in draft.operators:
        since = onnx.defs.get_schema(node.op_type, 3 if node.domain else OPSET, node.domain).since_version
        container.add_node(
            node.op_type,
            [name(each) for each in node.input],
            [name(each) for each in node.output],
            op_domain=node.domain,
            op_version=since,
            name=scope.get_unique_operator_name(node.op_type),
            **{each.name: onnx.helper.get_attribute_value(each) for each in node.attribute},
        )
    for value, output in zip(values, operator.outputs, strict=True):
        container.add_node(
            "Identity", [name(value)], [output.full_name], name=scope.get_unique_operator_name("Identity")
        )
