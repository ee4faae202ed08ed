"""What ``--vary`` takes, and what it says to what it does not."""

import pytest

from chainrule.cli.varied import options_for, varied
from chainrule.errors import InputError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("learning_rate=0.001, 1e-2", [0.001, 0.01]),
        ("learning-rate=1e-4..1", [1e-4, 0.000316, 0.001, 0.00316, 0.01, 0.0316, 0.1, 0.316, 1.0]),
        ("learning_rate=0.01..1:3", [0.01, 0.1, 1.0]),
        ("weight_decay=0.1..0.3", [0.1, 0.3]),
        ("clip_norm=none,1", [None, 1.0]),
        ("dropout=0..0.5:3", [0.0, 0.25, 0.5]),
        ("dropout=None,0.2", [None, 0.2]),
        ("batch_size=16,32,16", [16, 32]),
        ("batch_size=8..32:3", [8, 16, 32]),
        ("hidden_layers=none,32,64-64", [(), (32,), (64, 64)]),
        ("activation=relu, tanh", ["relu", "tanh"]),
    ],
)
def test_values(text, values):
    [found] = varied([text]).values()
    assert found == values


def test_several_settings_keep_their_order():
    assert list(varied(["dropout=0.1", "activation=relu", "batch_size=8"])) == ["dropout", "activation", "batch_size"]


NAMES = (
    "'hidden_layers', 'activation', 'dropout', 'learning_rate', 'weight_decay', 'clip_norm', 'batch_size'"
)  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            ["learning_rate"],
            "--vary takes a setting and its values, such as learning_rate=0.001,0.01 or learning_rate=1e-4..1; got "
            "'learning_rate'.",
        ),
        (
            ["=1,2"],
            "--vary takes a setting and its values, such as learning_rate=0.001,0.01 or learning_rate=1e-4..1; got "
            "'=1,2'.",
        ),
        (["lerning_rate=1"], f"--vary takes {NAMES}; got 'lerning_rate'. Did you mean 'learning_rate'?"),
        (["epochs=10,20"], f"--vary takes {NAMES}; got 'epochs'."),
        (
            ["dropout=0.1", "dropout=0.2"],
            "--vary names dropout twice; give all its values at once: dropout=0.1,0.2.",
        ),
        (
            ["learning_rate=fast"],
            "--vary learning_rate takes numbers, such as 0.001,0.01, or a range, 0.1..0.5; got 'fast'.",
        ),
        (
            ["learning_rate=none"],
            "--vary learning_rate takes numbers, such as 0.001,0.01, or a range, 0.1..0.5; got 'none'.",
        ),
        (
            ["clip_norm=1,inf"],
            "--vary clip_norm takes numbers, such as 0.001,0.01 or none, or a range, 0.1..0.5; got 'inf'.",
        ),
        (["dropout=1,x"], "--vary dropout takes numbers, such as 0.1,0.2 or none, or a range, 0.1..0.5; got 'x'."),
        (
            ["learning_rate=0..1"],
            "--vary learning_rate takes a range from a number above 0 to a higher one, and how many values if you "
            "like: 1e-4..1 or 1e-4..1:20; got '0..1'.",
        ),
        (
            ["dropout=0.5..0.1"],
            "--vary dropout takes a range from a number to a higher one, and how many values if you like: 0..0.5 or "
            "0..0.5:3; got '0.5..0.1'.",
        ),
        (
            ["learning_rate=0.1..1:x"],
            "--vary learning_rate takes a range from a number above 0 to a higher one, and how many values if you "
            "like: 1e-4..1 or 1e-4..1:20; got '0.1..1:x'.",
        ),
        (["batch_size=16,2.5"], "--vary batch_size takes whole numbers above 0, such as 16,32; got '2.5'."),
        (["batch_size=0"], "--vary batch_size takes whole numbers above 0, such as 16,32; got '0'."),
        (
            ["hidden_layers=64x64"],
            "--vary hidden_layers takes networks, the units of each hidden layer joined by dashes, such as 32,64-64, "
            "or none; got '64x64'.",
        ),
        (
            ["hidden_layers=8,0"],
            "--vary hidden_layers takes networks, the units of each hidden layer joined by dashes, such as 32,64-64, "
            "or none; got '0'.",
        ),
    ],
)
def test_mistakes_are_named(texts, message):
    with pytest.raises(InputError) as caught:
        varied(texts)
    assert str(caught.value) == message


def test_what_is_off_is_no_option():
    settings = {"hidden_layers": (), "activation": "tanh", "clip_norm": None, "weight_decay": 0.0, "batch_size": 8}
    assert " ".join(options_for(settings)) == "--hidden-layers none --activation tanh --weight-decay 0 --batch-size 8"
