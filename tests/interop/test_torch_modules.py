"""The modules that PyTorch lacks, on numbers that show where each of them goes."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from chainrule.interop.torch_modules import Concatenated, Graph, LSTMOutput, Moved, Reshaped, Sum  # noqa: E402

pytestmark = pytest.mark.peers


def test_a_pictures_channels_run_fastest():
    picture = torch.arange(12.0).reshape(1, 2, 2, 3)  # channels 0 … 5 and 6 … 11
    flat = Reshaped((-1,))(picture)
    assert flat.tolist() == [[0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]]
    assert Reshaped((2, 3, 2))(flat).equal(picture)
    assert Reshaped((3, 4))(flat)[0, 1].tolist() == [2, 8, 3, 9]


def test_an_axis_is_moved_and_moved_back():
    last = Moved(nn.Linear(2, 3, bias=False), 1, -1)
    last.module.weight.data = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    x = torch.arange(8.0).reshape(1, 2, 4, 1)
    found = last(x)
    assert found.shape == (1, 3, 4, 1)
    assert found[0, 2, :, 0].tolist() == [4, 6, 8, 10]


def test_every_step_or_the_last():
    lstm = nn.LSTM(1, 2, batch_first=True)
    x = torch.randn(3, 4, 1)
    steps = LSTMOutput(lstm, every_step=True)(x)
    assert steps.equal(lstm(x)[0])
    assert LSTMOutput(lstm, every_step=False)(x).equal(steps[:, 3])


def test_sums_and_sides():
    one, two = torch.tensor([[1.0, 2.0]]), torch.tensor([[10.0, 20.0]])
    assert Sum()(one, two, two).tolist() == [[21, 42]]
    assert Concatenated(-1)(two, one).tolist() == [[10, 20, 1, 2]]
    assert Concatenated(0)(two, one).tolist() == [[10, 20], [1, 2]]


def test_a_graph_takes_its_inputs_by_their_names():
    """relu(b + a) beside a."""
    steps = {
        "sum": nn.Sequential(Sum(), nn.ReLU()),
        "both": nn.Sequential(Concatenated(-1)),
    }
    graph = Graph(steps, {"sum": ("b", "a"), "both": ("sum", "a")}, ("a", "b"))
    assert graph(torch.tensor([[1.0]]), torch.tensor([[2.0]])).tolist() == [[3, 1]]
    assert graph(torch.tensor([[1.0]]), torch.tensor([[-2.0]])).tolist() == [[0, 1]]
