"""How notebooks show an estimator."""

import numpy as np
import pandas as pd

from chainrule import NetworkClassifier


def test_the_network_is_drawn_once_there_is_one():
    model = NetworkClassifier(hidden_layers=(2,), epochs=1)
    assert "<svg" not in model._repr_mimebundle_()["text/html"]
    model.fit(pd.DataFrame({"size & <height>": np.arange(10.0)}), ["tiny", "huge"] * 5)
    shown = model._repr_mimebundle_()["text/html"]
    assert model._repr_html_()[-500:] == shown[-500:]
    assert "NetworkClassifier" in shown
    picture = shown[shown.rindex("<svg") :]
    assert "size &amp; &lt;height&gt;" in picture
