"""Files that PyTorch's exporter writes from its graphs, for any number of rows and for one."""

import numpy as np
import onnxruntime
import pytest

import chainrule as cr

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
from torch import nn  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]  # the exporter warns of its own parts


class Words(nn.Module):
    """Codes, an LSTM of two layers of which the last step is used, and activations that are spelled out."""

    def __init__(self):
        super().__init__()
        self.codes, self.memory = nn.Embedding(7, 3), nn.LSTM(3, 4, 2, batch_first=True)
        kinds = [nn.Softplus(), nn.GELU(), nn.SiLU(), nn.Softsign(), nn.Hardsigmoid(), nn.ELU(0.7), nn.LeakyReLU(0.2)]
        self.rest = nn.Sequential(*(part for kind in kinds for part in (nn.Linear(4, 4), kind)), nn.LayerNorm(4))

    def forward(self, x):
        return self.rest(self.memory(self.codes(x))[0][:, -1])


class Pictures(nn.Sequential):
    def __init__(self):
        first = (nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2))
        super().__init__(*first, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))


@pytest.mark.parametrize(("make", "rows"), [(Words, "any"), (Pictures, 1)])
def test_files_of_pytorch(make, rows, tmp_path):
    torch.manual_seed(0)
    words = make is Words
    X = torch.randint(0, 7, (3, 5)) if words else torch.randn(3, 2, 6, 6)
    shapes = {"dynamic_shapes": ({0: torch.export.Dim.DYNAMIC},)} if rows == "any" else {}
    example = X if rows == "any" else X[:1]
    path = tmp_path / "net.onnx"
    torch.onnx.export(make().eval(), (example,), path, dynamo=True, verbose=False, external_data=False, **shapes)
    network = cr.from_onnx(path)
    session = onnxruntime.InferenceSession(path)
    taken = {session.get_inputs()[0].name: example.numpy()}
    ours = example.numpy() if words else example.movedim(1, -1).numpy()
    np.testing.assert_allclose(network.predict(ours), session.run(None, taken)[0], rtol=1e-4, atol=1e-5)
    kinds = [node.layer.kind for node in network.nodes]
    assert kinds == (
        ["embedding", "lstm", "lstm", *["dense"] * 7, "layernorm"] if words else ["conv", "maxpool", "average", "dense"]
    )
