import numpy as np
import pytest

from chainrule.explain.scope import Scope, Summands, as_factor, brackets, fits, largest, single, taken_apart
from explain.arithmetic import BOUGHT, PRICES, bags


@pytest.fixture
def scope():
    return Scope(bags().trace(PRICES, BOUGHT), row=1, lines=2, terms=2, open=frozenset({"open"}))


def summands(values):
    return Summands(np.asarray(values), lambda i: ((f"v[{i}]",), (float(values[i]),)), lambda i: f"row {i}")


def test_the_largest_come_first_and_equals_in_their_order():
    assert largest(np.array([1.0, 3.0, 2.0, 3.0]), 3).tolist() == [1, 3, 2]
    assert largest(np.array([1.0, 2.0]), 5).tolist() == [1, 0]


def test_nan_counts_as_largest():
    assert largest(np.array([1.0, np.nan, 2.0]), 1).tolist() == [1]


def test_sums_are_folded_and_checked(scope):
    line = scope.add_up("s", "s", "Σ v", 4.5, [summands([1.0, -3.0, 2.0, 0.5, 4.0])])
    assert [term.value for term in line.terms] == [4.0, -3.0, 3.5]
    assert [term.label for term in line.terms] == ["row 4", "row 1", ""]
    assert line.terms[-1].count == 3
    assert scope.checks[-1].agrees


def test_a_sum_that_is_not_the_pass_s_is_found(scope):
    scope.add_up("s", "s", "Σ v", 4.5 + 1e-12, [summands([1.0, -3.0, 2.0, 0.5, 4.0])])
    assert not scope.checks[-1].agrees


def test_rounding_of_large_terms_is_allowed_for(scope):
    scope.add_up("s", "s", "Σ v", 0.0, [summands([1e16, -1e16, 1.0])])
    assert scope.checks[-1].agrees


def test_open_sums_are_whole(scope):
    assert len(scope.add_up("open", "s", "Σ v", 7.0, [summands([1.0] * 7)]).terms) == 7
    assert len(scope.add_up("s", "s", "Σ v", 7.0, [summands([1.0] * 7)], "open").terms) == 7


def test_groups_are_folded_one_by_one(scope):
    line = scope.add_up("s", "s", "Σ v + b", 5.0, [summands([1.0] * 4), single("b", 1.0)])
    assert [term.formula for term in line.terms] == ["v[0]", "v[1]", "2 more", "b"]


def test_few_elements_are_picked_in_their_order(scope):
    picked = scope.pick(np.array([1.0, 3.0, 2.0]), "a", "a.z")
    assert picked.indices == [(0,), (1,), (2,)]
    assert picked.left == 0


def test_of_many_the_largest_are_picked(scope):
    picked = scope.pick(np.array([[1.0, -5.0], [4.0, 0.0]]), "a", "a.z")
    assert picked.indices == [(0, 1), (1, 0)]
    assert (picked.left, picked.largest_left) == (2, 1.0)


def test_what_was_asked_for_is_picked_too(scope):
    scope.open = frozenset({"a.z[1, 1]", "a.q[0, 0]", "a.z[9, 9]"})
    picked = scope.pick(np.array([[1.0, -5.0], [4.0, 0.0]]), "a", "a.z")
    assert picked.indices == [(0, 1), (1, 0), (1, 1)]
    assert (picked.left, picked.largest_left) == (1, 1.0)


@pytest.mark.parametrize("name", ["all", "a", "a.z"])
def test_everything_is_picked_where_it_was_asked_for(scope, name):
    scope.open = frozenset({name})
    assert len(scope.pick(np.arange(9.0), "a", "a.z").indices) == 9


def test_padding_is_never_picked(scope):
    values = np.array([[1.0, 9.0], [8.0, 7.0], [2.0, 3.0]])
    picked = scope.pick(values, "a", real=np.array([True, False, True]))
    assert picked.indices == [(0, 1), (2, 1)]
    assert (picked.left, picked.largest_left) == (2, 2.0)
    scope.open = frozenset({"all"})
    picked = scope.pick(values, "a", real=np.array([True, False, True]))
    assert picked.indices == [(0, 0), (0, 1), (2, 0), (2, 1)]


def test_sources_are_called_by_what_they_are(scope):
    assert scope.source("input")((0,)) == "input[0]"
    assert scope.source("dense1")((1,)) == "dense1.a[1]"
    assert scope.source("dense2")((0,)) == "dense2.z[0]"
    scope.features = {"input": ("price in €",)}
    assert scope.source("input")((0,)) == "(price in €)"


def test_names_and_indices():
    assert brackets(()) == ""
    assert taken_apart("lstm1.z[3,4]") == ("lstm1.z", (3, 4))
    assert taken_apart("dense1.weight[a]") == ("dense1.weight[a]", None)
    assert fits((1, 2), (2, 3))
    assert not fits((2, 2), (2, 3))
    assert not fits((1,), (2, 3))
    assert as_factor("island = Biscoe") == "(island = Biscoe)"
