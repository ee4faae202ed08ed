"""The classifier: what it answers, and in which order it is trained."""

import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule import NetworkClassifier
from chainrule.errors import InputError

QUICK = {"hidden_layers": (8,), "epochs": 30, "learning_rate": 0.02, "engine": "numpy", "random_state": 0}


def blobs(classes=3, rows=60, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.arange(rows) % classes
    return rng.normal(size=(rows, 2)) * 0.3 + np.eye(classes)[codes][:, :2] * 3, codes


def test_probabilities_are_in_the_order_of_the_classes():
    X, codes = blobs()
    names = np.array(["walrus", "ant", "cat"])[codes]
    model = NetworkClassifier(**QUICK).fit(X, names)
    assert list(model.classes_) == ["ant", "cat", "walrus"]
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert (model.predict(X) == model.classes_[probabilities.argmax(axis=1)]).all()
    assert model.score(X, names) > 0.95
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), probabilities, rtol=1e-12)


def test_two_classes_have_one_output():
    X, codes = blobs(2)
    model = NetworkClassifier(**QUICK).fit(X, codes)
    assert model.network_.nodes[-1].layer.units == 1
    assert model.predict_proba(X).shape == (60, 2)
    assert model.score(X, codes) > 0.95


def test_several_labels_at_once():
    X, codes = blobs()
    labels = np.stack([codes == 0, codes != 2], axis=1).astype(int)
    model = NetworkClassifier(**QUICK).fit(X, labels)
    assert model.predict(X).shape == model.predict_proba(X).shape == (60, 2)
    assert model.score(X, labels) > 0.9
    with pytest.raises(InputError) as caught:
        NetworkClassifier(class_weight="balanced", **QUICK).fit(X, labels)
    assert str(caught.value) == "class_weight needs one class a row; y has several labels."


def test_class_weights_are_those_of_rows():
    X, codes = blobs(2)
    by_class = NetworkClassifier(class_weight={0: 3.0}, **QUICK).fit(X, codes)
    by_row = NetworkClassifier(**QUICK).fit(X, codes, sample_weight=np.where(codes == 0, 3.0, 1.0))
    np.testing.assert_array_equal(by_class.predict_proba(X), by_row.predict_proba(X))
    assert not np.array_equal(by_row.predict_proba(X), NetworkClassifier(**QUICK).fit(X, codes).predict_proba(X))


def test_partial_fit_goes_on_with_the_optimizers_memory():
    """Two calls are two epochs of one training: the moments of Adam and its count of steps go on."""
    X, codes = blobs(2)
    options = QUICK | {"shuffle": False, "batch_size": 20, "optimizer": "adam"}
    twice = NetworkClassifier(**options).partial_fit(X, codes, classes=[0, 1]).partial_fit(X, codes)
    once = NetworkClassifier(**(options | {"epochs": 2})).fit(X, codes)
    np.testing.assert_array_equal(twice.predict_proba(X), once.predict_proba(X))


def test_partial_fit_knows_classes_that_come_later():
    X, codes = blobs(3)
    model = NetworkClassifier(**QUICK).partial_fit(X[codes < 2], codes[codes < 2], classes=[0, 1, 2])
    for _ in range(40):
        model.partial_fit(X, codes)
    assert model.score(X, codes) > 0.9


@pytest.mark.parametrize(
    ("calls", "message"),
    [
        (
            [([0, 1], None)],
            "The first call of partial_fit has to name all classes: partial_fit(X, y, classes=...).",
        ),
        (
            [([0, 1], [0, 1]), ([0, 1], [0, 2])],
            "partial_fit was first called with the classes '0', '1'; a later call cannot change them. Fit a new "
            "estimator.",
        ),
        (
            [([0, 5], [0, 1])],
            "y has the class 5, which is none of '0', '1'. Name all classes in the first call of partial_fit.",
        ),
    ],
)
def test_partial_fit_refuses_classes_it_cannot_know(calls, message):
    model = NetworkClassifier(**QUICK)
    *earlier, (y, classes) = calls
    for known_y, known in earlier:
        model.partial_fit([[0.0], [1.0]], known_y, known)
    with pytest.raises(InputError) as caught:
        model.partial_fit([[0.0], [1.0]], y, classes)
    assert str(caught.value) == message


def test_one_class_is_refused():
    with pytest.raises(InputError) as caught:
        NetworkClassifier(**QUICK).fit([[0.0], [1.0]], ["yes", "yes"])
    assert str(caught.value) == "A classifier needs rows of two classes or more; y has one class, 'yes'."


def test_its_run_explains_raw_rows():
    table = pd.DataFrame({"size": np.linspace(0, 1, 30), "city": ["Rome", "Oslo", "Kyiv"] * 10})
    model = NetworkClassifier(**QUICK).fit(table, ["cold", "warm", "cold"] * 10)
    assert model.run_.table is not None
    assert [column.name for column in model.run_.table.columns] == ["size", "city"]
    np.testing.assert_array_equal(model.run_.predict(table), model.predict(table))


def test_a_table_of_predictions_keeps_the_index():
    table = pd.DataFrame({"size": np.linspace(0, 1, 30)}, index=[f"row {place}" for place in range(30)])
    model = NetworkClassifier(**QUICK).fit(table, np.arange(30) > 15)
    found = model.predict_frame(table.iloc[3:6])
    assert list(found.index) == ["row 3", "row 4", "row 5"]
    assert list(found.columns) == ["prediction", "probability of False", "probability of True"]
    np.testing.assert_array_equal(found["probability of True"], model.predict_proba(table.iloc[3:6])[:, 1])


def test_a_loss_of_ones_own_trains():
    X, codes = blobs(2)

    class Doubled(cr.BinaryCrossEntropy):
        name = "doubled"

        def forward(self, ops, prediction, target, weight):
            loss, saved = super().forward(ops, prediction, target, weight)
            return 2 * loss, saved

        def backward(self, ops, saved):
            return 2 * super().backward(ops, saved)

        fuses = None

    plain = NetworkClassifier(optimizer=cr.SGD(0.2), **QUICK | {"learning_rate": None}).fit(X, codes)
    own = NetworkClassifier(loss=Doubled(), optimizer=cr.SGD(0.1), **QUICK | {"learning_rate": None}).fit(X, codes)
    np.testing.assert_allclose(
        own.predict_proba(X), plain.predict_proba(X), rtol=1e-9
    )  # half the rate, twice the slope
