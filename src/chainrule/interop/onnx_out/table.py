"""Raw columns become a network's inputs, and its output an answer: a table's encoders as ONNX's operators.

Every raw column is an input of shape (n, 1). Numbers, truths and points in time (seconds since 1970-01-01, on the
clock of the training rows' time zone; times of day since midnight) are in double precision, and NaN is a gap; texts
are strings, and the empty one is a gap. What a file cannot do is refuse: a category that no training row held goes
through as with ``allow_unknown=True``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule._typing import Array
from chainrule.data.cells import SECONDS_A_DAY, Label, key
from chainrule.data.columns import BooleanEncoder, MomentEncoder, NumberEncoder, WideEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.data.encode import TableEncoder
from chainrule.data.target import ClassTarget, TargetEncoder
from chainrule.interop.onnx_out.draft import DOUBLE, FLOAT, INT64, Draft


def write_columns(draft: Draft, table: TableEncoder) -> dict[str, str]:
    """Declare an input for each raw column, and encode them; returns the names of the network's inputs.

    >>> from chainrule.data.target import NumberTarget
    >>> age = NumberEncoder(name="age", mean=30.0, scale=10.0, had_gaps=False)
    >>> table = TableEncoder(columns=(age,), target=NumberTarget(name="price", mean=0.0, scale=1.0), rows=2)
    >>> draft = Draft()
    >>> write_columns(draft, table)
    {'features': 'features.Concat'}
    >>> [each.name for each in draft.inputs]
    ['age']
    """
    return encode_columns(
        draft,
        table,
        {
            column.name: draft.takes(column.name, "STRING" if takes_text(column) else "DOUBLE", ("n", 1))
            for column in table.columns
        },
    )


def encode_columns(draft: Draft, table: TableEncoder, raw: Mapping[str, str]) -> dict[str, str]:
    """Encode the raw columns that have these names in the file; returns the names of the network's inputs.

    >>> from chainrule.data.target import NumberTarget
    >>> age = NumberEncoder(name="age", mean=30.0, scale=10.0, had_gaps=False)
    >>> table = TableEncoder(columns=(age,), target=NumberTarget(name="price", mean=0.0, scale=1.0), rows=2)
    >>> encode_columns(Draft(), table, {"age": "column 1"})
    {'features': 'features.Concat'}
    """
    inputs: dict[str, str] = {}
    features: list[str] = []
    for column in table.columns:
        draft.scope = f"{column.name} encoder"
        x = raw[column.name]
        if isinstance(column, WideEncoder):
            codes = _codes(draft, x, column.levels)
            inputs[column.input] = draft.add("Squeeze", codes, draft.constant(np.array([1]), "axes"))
        elif isinstance(column, NumberEncoder):
            features.append(encode_numbers(draft, [column], x))
        elif isinstance(column, BooleanEncoder):
            features += _boolean(draft, column, x)
        elif isinstance(column, MomentEncoder):
            features += _moment(draft, column, x)
        else:
            features += _category(draft, column, x)
    draft.scope = "features"
    found = {"features": draft.add("Concat", *features, axis=1)} if features else {}
    draft.scope = ""
    return found | inputs


def write_target(draft: Draft, target: TargetEncoder, output: str) -> None:
    """Declare what comes out: ``prediction`` in the target's units, or ``label`` and ``probabilities``.

    >>> draft = Draft()
    >>> write_target(draft, ClassTarget(name="species", labels=("Adelie", "Gentoo")), "output")
    >>> [each.name for each in draft.outputs]
    ['label', 'probabilities']
    """
    draft.scope = f"{target.name} decoder"
    if not isinstance(target, ClassTarget):
        wide = draft.add("Reshape", draft.add("Cast", output, to=DOUBLE), draft.constant(np.array([-1]), "shape"))
        scaled = draft.add("Mul", wide, draft.constant(np.float64(target.scale), "scale"))
        answer = draft.add("Add", scaled, draft.constant(np.float64(target.mean), "mean"))
        draft.gives(answer, "prediction", "DOUBLE", ("n",))
        return
    labels = np.asarray(target.labels)
    kind = {"U": "STRING", "b": "BOOL", "f": "DOUBLE"}.get(labels.dtype.kind, "INT64")
    label, probabilities = decode_classes(draft, labels.astype(object) if kind == "STRING" else labels, output)
    draft.gives(label, "label", kind, ("n",))
    draft.gives(probabilities, "probabilities", "FLOAT", ("n", len(labels)))


def decode_classes(draft: Draft, labels: Array, output: str) -> tuple[str, str]:
    """The most probable of the labels, shape (n,), and the probability of each: of two the output has the second's.

    >>> decode_classes(Draft(), np.array([3, 4]), "output")
    ('Gather', 'Concat')
    """
    if len(labels) == 2:
        above = draft.add("Greater", output, draft.single(0.5, "half"))
        code = draft.add("Reshape", draft.add("Cast", above, to=INT64), draft.constant(np.array([-1]), "shape"))
        output = draft.add("Concat", draft.add("Sub", draft.single(1.0, "one"), output), output, axis=1)
    else:
        code = draft.add("ArgMax", output, axis=1, keepdims=0)
    return draft.add("Gather", draft.constant(labels, "labels"), code), output


def encode_numbers(draft: Draft, columns: Sequence[NumberEncoder], x: str) -> str:
    """The features of columns of numbers, which stand side by side in ``x``, in double precision.

    >>> age = NumberEncoder(name="age", mean=30.0, scale=10.0, had_gaps=False)
    >>> encode_numbers(Draft(), [age], "x")
    'Cast'
    """
    gap = draft.add("IsNaN", x)
    means, scales = (np.array([getattr(column, name) for column in columns]) for name in ("mean", "scale"))
    z = _standard(draft, means, scales, _or_mean(draft, gap, means, x))
    gaps = [place for place, column in enumerate(columns) if column.had_gaps]
    if not gaps:
        return z
    missing = draft.add("Cast", draft.add("Gather", gap, draft.constant(np.array(gaps), "gaps"), axis=1), to=FLOAT)
    every = [*range(len(columns)), *gaps]
    order = np.argsort(every, kind="stable")
    return draft.add("Gather", draft.add("Concat", z, missing, axis=1), draft.constant(order, "order"), axis=1)


def _moment(draft: Draft, column: MomentEncoder, x: str) -> list[str]:
    """``mod`` is ``t - floor(t / period) * period``; the angle goes on in single precision, up to 2π."""
    gap = draft.add("IsNaN", x)
    t = _or_mean(draft, gap, column.mean, x)
    if column.kind == "date":
        day = draft.constant(np.float64(SECONDS_A_DAY), "day")
        t = draft.add("Where", gap, t, draft.add("Mul", draft.add("Floor", draft.add("Div", t, day)), day))
    features = [_standard(draft, column.mean, column.scale, t)]
    for name in column.cycles:
        start, period = (draft.constant(np.float64(value), name) for value in CYCLES[name])
        turns = draft.add("Div", draft.add("Sub", t, start), period)
        share = draft.add("Sub", turns, draft.add("Floor", turns))
        angle = draft.add("Mul", draft.add("Cast", share, to=FLOAT), draft.single(2 * np.pi, "circle"))
        features += [
            draft.add("Where", gap, draft.single(0.0, "zero"), draft.add(wave, angle)) for wave in ("Sin", "Cos")
        ]
    return features + _missing(draft, column, gap)


def _boolean(draft: Draft, column: BooleanEncoder, x: str) -> list[str]:
    gap = _gap(draft, x, _levels(column))
    ones = draft.add("Cast", _codes(draft, x, (column.true,), _levels(column)), to=FLOAT)
    return [draft.add("Where", gap, draft.single(column.mean, "mean"), ones), *_missing(draft, column, gap)]


def _category(draft: Draft, column: Any, x: str) -> list[str]:
    codes = _codes(draft, x, column.levels)
    gap = _gap(draft, x, column.levels)
    places = draft.constant(np.arange(1, len(column.levels) + 1)[None], "places")
    features = [draft.add("Cast", draft.add("Equal", codes, places), to=FLOAT)]
    if column.other:
        other = draft.add("Equal", codes, draft.constant(np.int64(0), "none"))
        if column.had_gaps:
            other = draft.add("And", other, draft.add("Not", gap))
        features.append(draft.add("Cast", other, to=FLOAT))
    return features + _missing(draft, column, gap)


def _standard(draft: Draft, mean: Array | float, scale: Array | float, x: str) -> str:
    """``(x - mean) / scale`` in double precision, as in training; what it makes is in single precision."""
    centred = draft.add("Sub", x, draft.constant(np.asarray(mean, dtype=np.float64), "mean"))
    return draft.add(
        "Cast", draft.add("Div", centred, draft.constant(np.asarray(scale, dtype=np.float64), "scale")), to=FLOAT
    )


def _or_mean(draft: Draft, gap: str, mean: Array | float, x: str) -> str:
    return draft.add("Where", gap, draft.constant(np.asarray(mean, dtype=np.float64), "mean"), x)


def _missing(draft: Draft, column: Any, gap: str) -> list[str]:
    return [draft.add("Cast", gap, to=FLOAT)] if column.had_gaps else []


def takes_text(column: Any) -> bool:
    """Whether a column's cells are texts in a file.

    >>> takes_text(NumberEncoder(name="age", mean=30.0, scale=10.0, had_gaps=False))
    False
    """
    return _is_text(_levels(column))


def _levels(column: Any) -> tuple[Label, ...]:
    """The labels that a column may hold; none where it holds numbers or moments."""
    if isinstance(column, BooleanEncoder):
        return (column.true,) if column.false is None else (column.false, column.true)
    return getattr(column, "levels", ())


def _is_text(levels: Sequence[Label]) -> bool:
    return any(isinstance(level, str) for level in levels)


def _codes(draft: Draft, x: str, levels: Sequence[Label], every: Sequence[Label] | None = None) -> str:
    """The place of each cell among the levels, from 1; 0 for none of them."""
    if _is_text(levels if every is None else every):
        return _look_up(draft, x, [key(level) for level in levels])
    same = draft.add("Equal", x, draft.constant(np.array([levels], dtype=np.float64), "levels"))
    places = draft.constant(np.arange(1, len(levels) + 1)[None], "places")
    found = draft.add("Mul", draft.add("Cast", same, to=INT64), places)
    return draft.add("ReduceSum", found, draft.constant(np.array([1]), "axes"), keepdims=1)


def _gap(draft: Draft, x: str, levels: Sequence[Label]) -> str:
    """Which cells hold nothing; where the empty text is a level, it is no gap (and -1 is the code of nothing)."""
    if not _is_text(levels):
        return draft.add("IsNaN", x)
    empty = -1 if "" in levels else 1
    return draft.add("Equal", _look_up(draft, x, [""]), draft.constant(np.int64(empty), "empty"))


def _look_up(draft: Draft, x: str, texts: Sequence[str]) -> str:
    return draft.add(
        "LabelEncoder",
        x,
        domain="ai.onnx.ml",
        keys_strings=list(texts),
        values_int64s=list(range(1, len(texts) + 1)),
        default_int64=0,
    )
