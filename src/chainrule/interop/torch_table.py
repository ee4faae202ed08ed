"""A table's encoders and its target as functions of a file for PyTorch: raw columns in, raw answers out."""

from collections.abc import Callable, Iterable, Sequence
from textwrap import indent
from typing import Any, NamedTuple

from chainrule.data.cells import Label, key
from chainrule.data.columns import BooleanEncoder, CategoryEncoder, MomentEncoder, NumberEncoder, WideEncoder
from chainrule.data.columns.moment import CYCLES
from chainrule.data.encode import TableEncoder
from chainrule.data.target import ClassTarget, TargetEncoder
from chainrule.interop import torch_columns as columns

_ENCODE = '''
def encode(rows, *, allow_unknown=False):
    """Return the network's inputs for rows of raw columns, each a dict; None or NaN where there is no value."""
    return [
{inputs}    ]


def answers(output):
    """Return what an output of the network stands for, for each row."""
    {answers}
    return {decoded}


def predict(rows, network=None, *, allow_unknown=False):
    """Return the answer for each row of raw columns, by the network given or else that of ``load()``."""
    with torch.no_grad():
        return answers((network or load())(*encode(rows, allow_unknown=allow_unknown)))
'''
_WIDTH = 100


class Written(NamedTuple):
    """What a file has for its table."""

    functions: tuple[Callable[..., Any], ...]
    """What the code calls."""
    code: str


def table_code(table: TableEncoder, inputs: Iterable[str], dtype: str) -> Written:
    """The functions ``encode``, ``answers`` and ``predict`` of a run's table.

    Args:
        table: the encoders.
        inputs: names of the network's inputs, in its order.
        dtype: the type of the features, ``float32`` or ``float64``.

    >>> from chainrule.data.target import NumberTarget
    >>> age = NumberEncoder(name="age", mean=30.0, scale=10.0, had_gaps=False)
    >>> table = TableEncoder(columns=(age,), target=NumberTarget(name="price", mean=0.0, scale=2.0), rows=2)
    >>> print(table_code(table, ["features"], "float32").code.partition("return ")[2].partition("def")[0].strip())
    [
            torch.tensor(
                [
                    [
                        *number(row, 'age', mean=30.0, scale=10.0, had_gaps=False),
                    ]
                    for row in rows
                ],
                dtype=torch.float32,
            ),
        ]
    """
    calls = {column.name: _call(column) for column in table.columns}
    codes = {column.input: calls[column.name][1] for column in table.columns if isinstance(column, WideEncoder)}
    narrow = [calls[column.name][1] for column in table.columns if not isinstance(column, WideEncoder)]
    parts: list[str] = []
    for name in inputs:
        if name in codes:
            parts.append(f"torch.tensor([{codes[name]} for row in rows]),\n")
        else:
            lines = indent("".join(f"*{call},\n" for call in narrow), " " * 12)
            rows = f"    [\n        [\n{lines}        ]\n        for row in rows\n    ],\n"
            parts.append(f"torch.tensor(\n{rows}    dtype=torch.{dtype},\n),\n")
    functions = {each for needed, _ in calls.values() for each in needed}
    stands, decoded = _answers(table.target)
    code = _ENCODE.format(inputs=indent("".join(parts), " " * 8), answers=comment(stands), decoded=decoded)
    ordered = [each for each in vars(columns).values() if callable(each) and each in functions]
    return Written(tuple(ordered), code)


def _call(column: Any) -> tuple[tuple[Callable[..., Any], ...], str]:
    """What encodes a column: the functions it takes, and the call."""
    gaps = f"had_gaps={getattr(column, 'had_gaps', None)}"
    match column:
        case NumberEncoder():
            numbers = f"mean={column.mean!r}, scale={column.scale!r}"
            return (columns.number, columns.cell, columns.standard), f"number(row, {column.name!r}, {numbers}, {gaps})"
        case BooleanEncoder():
            values = [each for each in (column.false, column.true) if each is not None]
            rest = f"{_levels(values)}, mean={column.mean!r}, {gaps}, refuse=not allow_unknown"
            return (*_LEVELS, columns.boolean), f"boolean(row, {column.name!r}, {rest})"
        case CategoryEncoder():
            rest = f"{_levels(column.levels)}, other={column.other}, {gaps}, refuse=not allow_unknown"
            return (*_LEVELS, columns.category), f"category(row, {column.name!r}, {rest})"
        case WideEncoder():
            refuse = "False" if column.had_unknown else "not allow_unknown"
            return (
                (*_LEVELS, columns.code),
                f"code(row, {column.name!r}, {_levels(column.levels)}, refuse={refuse})",
            )
        case MomentEncoder():
            cycles = [tuple(CYCLES[name]) for name in column.cycles]
            rest = f"mean={column.mean!r}, scale={column.scale!r}, cycles={cycles!r}, zone={column.zone!r}, {gaps}"
            needed = (columns.moment, columns.seconds, columns.read_moment, columns.cell, columns.standard)
            return needed, f"moment(row, {column.name!r}, {column.kind!r}, {rest})"
        case _:
            raise TypeError(column)


_LEVELS = (columns.cell, columns.written, columns.unknown)


def _levels(levels: Sequence[Label]) -> str:
    """A list of texts, in lines of a readable width."""
    texts = [repr(key(level)) for level in levels]
    if sum(len(text) + 2 for text in texts) < _WIDTH // 2:
        return f"[{', '.join(texts)}]"
    lines = [""]
    for text in texts:
        if len(lines[-1]) + len(text) > _WIDTH and lines[-1]:
            lines.append("")
        lines[-1] += f"{text}, "
    return "[\n" + "".join(f"    {line.rstrip()}\n" for line in lines) + "]"


def _answers(target: TargetEncoder) -> tuple[str, str]:
    """What answers are, in words, and the code that makes them of an output."""
    if not isinstance(target, ClassTarget):
        unit = f"[each * {target.scale!r} + {target.mean!r} for each in output[:, 0].tolist()]"
        return f"{target.name} in its own unit", unit
    labels = list(target.labels)
    if len(labels) == 2:
        words = f"{target.name}; the output is the probability of the second label"
        return words, f"[{labels!r}[probability > 0.5] for probability in output[:, 0].tolist()]"
    words = f"{target.name}; the output has the probability of each label"
    return words, f"[{labels!r}[place] for place in output.argmax(dim=1).tolist()]"


def comment(text: str) -> str:
    """A line of comment; names of columns and labels may hold anything, and nothing of it must become code.

    >>> comment("one" + chr(10) + "two")
    '# one?two'
    """
    return f"# {''.join(letter if letter.isprintable() else '?' for letter in text)}".rstrip()
