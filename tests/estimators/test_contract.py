"""scikit-learn's own checks of its contract, every one of them, with no failure expected."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.utils import get_tags

from chainrule import NetworkClassifier, NetworkRegressor, NetworkTransformer

KINDS = [NetworkClassifier, NetworkRegressor, NetworkTransformer]
CHECKS = """
import sys, warnings
warnings.simplefilter("ignore")
from sklearn.utils.estimator_checks import check_estimator
import chainrule
found = check_estimator(getattr(chainrule, sys.argv[1])(), on_fail=None, on_skip=None)
for each in found:
    if each["status"] not in ("passed", "skipped"):
        print(each["check_name"], each["status"], each["exception"])
assert len(found) > 40, len(found)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_scikit_learns_checks(kind):
    """In a process without shape checks, which make training slow; what is skipped needs a GPU or another package."""
    done = subprocess.run([sys.executable, "-c", CHECKS, kind.__name__], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_keywords_and_only_stored(kind):
    with pytest.raises(TypeError, match="positional argument"):
        kind((3,))
    marker = object()
    names = kind().get_params()
    assert vars(kind(**dict.fromkeys(names, marker))) == dict.fromkeys(names, marker)


@pytest.mark.parametrize("kind", KINDS)
def test_tags_say_the_truth_about_gaps(kind):
    tags = get_tags(kind())
    assert (tags.input_tags.allow_nan, tags.input_tags.sparse) == (True, False)
    X = np.array([[0.0, 1.0], [np.nan, 2.0], [2.0, np.nan], [3.0, 0.0]])
    model = kind(epochs=2).fit(X, [0, 1, 0, 1])
    assert np.isfinite(model.transform(X) if kind is NetworkTransformer else model.predict(X)).all()


@pytest.mark.peers
def test_tensors_come_back_as_they_went_in(monkeypatch):
    import torch

    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    X = np.random.default_rng(0).normal(size=(30, 3))
    y = (X[:, 0] > 0).astype(np.int64)
    plain = NetworkClassifier(epochs=3, random_state=0).fit(X, y)
    with sklearn.config_context(array_api_dispatch=True):
        given = NetworkClassifier(epochs=3, random_state=0).fit(torch.asarray(X), torch.asarray(y))
        found = given.predict_proba(torch.asarray(X))
        with pytest.raises(ValueError, match=r"Inputs passed to NetworkClassifier\.predict\(\) must use the same"):
            given.predict(X)
    assert isinstance(found, torch.Tensor)
    np.testing.assert_array_equal(found.numpy(), plain.predict_proba(X))
