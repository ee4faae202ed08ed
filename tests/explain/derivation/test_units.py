"""What a name stands for, and what is said of names that stand for nothing."""

import pytest

from chainrule.errors import InputError
from explain.derivation.networks import bags, in_table


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"wrt": "dense1.weigth[0, 1]"},
            "There is no 'dense1.weigth[0, 1]' to differentiate; there are 'dense1.weight', 'dense1.bias', "
            "'dense2.weight', 'dense2.bias', 'dense1.z', 'dense1.a', 'dense2.z', 'dense2.a', 'input', "
            "'prediction'. Did you mean 'dense1.weight'?",
        ),
        (
            {"wrt": "dense1.weight[0, 7]"},
            "'dense1.weight[0, 7]' is outside of 'dense1.weight', whose shape is (1, 2); indices count from 0, "
            "the last is [0, 1].",
        ),
        (
            {"wrt": "dense1.a[7]", "row": 0},
            "'dense1.a[7]' is outside of 'dense1.a', whose shape is (2,) a row; indices count from 0, the last is [1].",
        ),
        (
            {"wrt": "dense1.a[x]", "row": 0},
            "'dense1.a[x]' is outside of 'dense1.a', whose shape is (2,) a row; indices count from 0, the last is [1].",
        ),
        ({"wrt": "dense1.a[0]"}, "Say which row: row=0 to row=2; got row=None."),
        ({"wrt": "dense1.a[0]", "row": 9}, "Say which row: row=0 to row=2; got row=9."),
        ({"wrt": "dense1.bias[0]", "row": -1}, "Say which row: row=0 to row=2; got row=-1."),
        (
            {"wrt": "input[0]", "of": "dense1.bias[0]", "row": 0},
            "'dense1.bias[0]' is a parameter, which nothing makes: it has no derivative. Differentiate 'loss' or a "
            "value: 'dense1.a[0]', 'prediction'.",
        ),
        (
            {"wrt": "input[0]", "of": "input[0]", "row": 0},
            "'input[0]' is an input, which nothing makes: it has no derivative. Differentiate 'loss' or a "
            "value: 'dense1.a[0]', 'prediction'.",
        ),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError) as caught:
        bags().derivation(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"wrt": "district", "of": "prediction", "row": 0},
            "'district' is a category: it has levels, and nothing has a derivative by them. "
            "run.effects(columns=['district']), on the command line --effects, compares the prediction at its levels.",
        ),
        (
            {"wrt": "sise", "of": "prediction", "row": 0},
            "There is no 'sise' to differentiate; there are 'size', 'age', 'district', 'garden', 'sold', "
            "'dense1.weight', 'dense1.bias', 'dense2.weight', 'dense2.bias', 'dense3.weight', 'dense3.bias', "
            "'dense1.z' and 7 more. Did you mean 'size'?",
        ),
        (
            {"wrt": "price", "of": "loss", "row": 0},
            "'price' is the answer, which comes last: nothing else is made from it. Differentiate by the output that "
            "it is made from, 'dense3.a[0]'.",
        ),
    ],
)
def test_bad_columns(arguments, message):
    with pytest.raises(InputError) as caught:
        in_table().derivation(**arguments)
    assert str(caught.value) == message


def test_names_of_a_tables_features_and_answer():
    trace = in_table()
    by_name = trace.derivation("district = Hill", "price", row=0)
    place = trace.table.encoder.feature_names.index("district = Hill")
    assert by_name.value == trace.derivation(f"features[{place}]", "prediction", row=0).value
    standardised = trace.derivation(f"features[{place}]", "dense3.a[0]", row=0)
    assert by_name.value == pytest.approx(standardised.value * trace.table.encoder.target.scale, rel=1e-14)


def test_without_targets_there_is_no_loss():
    with pytest.raises(InputError) as caught:
        bags().nodes and _forward(bags()).derivation("dense1.bias[0]")
    assert (
        str(caught.value) == "The trace has no derivation of the loss: it was made without targets. "
        "Pass them: trace(X, y)."
    )


def _forward(trace):
    from explain.derivation.networks import forward_only

    return forward_only(trace)
