"""What a file for PyTorch says of its table, as code."""

import pytest

from chainrule.data.columns import NumberEncoder, WideEncoder
from chainrule.data.encode import TableEncoder
from chainrule.data.target import ClassTarget, NumberTarget
from chainrule.interop.torch_table import comment, table_code

AGE = NumberEncoder(name="age", mean=30.0, scale=10.0, had_gaps=False)
CITY = WideEncoder(name="city", levels=tuple(f"city {place}" for place in range(40)), had_unknown=False)


class Output(list):
    """As much of a tensor as answers take."""

    def __getitem__(self, place):
        return Output(row[0] for row in self) if isinstance(place, tuple) else list.__getitem__(self, place)

    def argmax(self, dim):
        return Output(max(range(len(row)), key=row.__getitem__) for row in self)

    def tolist(self):
        return list(self)


@pytest.mark.parametrize(
    ("target", "output", "answers"),
    [
        (NumberTarget(name="price", mean=100.0, scale=20.0), [[0.5], [-1.0]], [110.0, 80.0]),
        (ClassTarget(name="kind", labels=("no", 'yes"""')), [[0.5], [0.51]], ["no", 'yes"""']),
        (ClassTarget(name="kind", labels=(1, 2.5, 3)), [[0.1, 0.5, 0.4], [0.2, 0.1, 0.7]], [2.5, 3]),
    ],
)
def test_outputs_become_answers(target, output, answers):
    table = TableEncoder(columns=(AGE,), target=target, rows=2)
    names = {}
    exec(table_code(table, ["features"], "float32").code, names)
    assert names["answers"](Output(output)) == answers


def test_it_names_only_the_functions_that_the_columns_take():
    target = NumberTarget(name="price", mean=0.0, scale=1.0)
    written = table_code(TableEncoder(columns=(AGE,), target=target, rows=2), ["features"], "float32")
    assert [each.__name__ for each in written.functions] == ["cell", "standard", "number"]
    both = table_code(TableEncoder(columns=(AGE, CITY), target=target, rows=2), ["features", "city"], "float32")
    names = [each.__name__ for each in both.functions]
    assert names == ["cell", "written", "unknown", "standard", "number", "code"]
    assert max(map(len, both.code.splitlines())) < 120


def test_a_comment_stays_one():
    assert comment('price\nraise SystemExit("\x0c")\u2028') == '# price?raise SystemExit("?")?'
