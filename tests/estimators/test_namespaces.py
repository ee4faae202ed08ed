"""Arrays of other libraries."""

import pickle

import array_api_strict
import numpy as np
import pytest
import sklearn

from chainrule.errors import InputError
from chainrule.estimators.namespaces import Namespace, as_numpy


def test_with_dispatch_off_everything_is_numpys():
    assert Namespace.of(array_api_strict.asarray([1.0])) == Namespace(np, None)


@pytest.fixture
def dispatch(monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with sklearn.config_context(array_api_dispatch=True):
        yield


@pytest.mark.usefixtures("dispatch")
def test_arrays_come_back_to_their_library():
    given = array_api_strict.asarray([1.0, 2.0])
    namespace = Namespace.of(given)
    assert isinstance(as_numpy(given), np.ndarray)
    back = namespace.back(np.array([3.0]))
    assert type(back) is type(given)
    assert namespace.back(np.array(["text"])).dtype.kind == "U"
    copied = pickle.loads(pickle.dumps(namespace))
    assert copied.xp.__name__ == namespace.xp.__name__


@pytest.mark.usefixtures("dispatch")
def test_another_library_than_in_fit_is_refused():
    with pytest.raises(InputError) as caught:
        Namespace.of(np.array([1.0])).check(Namespace.of(array_api_strict.asarray([1.0])), "Model.predict")
    assert str(caught.value) == (
        "Inputs passed to Model.predict() must use the same namespace and device as those passed to fit(): "
        "array_api_strict on array_api_strict.Device('CPU_DEVICE'); got numpy."
    )
