"""What a run is asked for ends well when Ctrl-C stops it, and leaves the run as it was."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain import pieces, prediction_ledger, steps

X, Y = np.arange(12.0).reshape(6, 2), np.arange(6.0)


@pytest.mark.parametrize("asked", ["steps", "ledger", "prediction_ledger"])
def test_ctrl_c_leaves_it_as_it_was(asked, monkeypatch):
    run = cr.fit(cr.Network([cr.Dense(1)]), X, Y, epochs=4, engine="numpy", batch_size=2, progress=False)
    what = X[:1] if asked == "prediction_ledger" else "dense1.bias[0]"
    before = getattr(run, asked)(what, progress=True).to_json()
    made: list[int] = []

    def pressed(probe):
        def look(self, step, argument, /):
            made.append(int(step.count))
            if len(made) == 5:
                raise KeyboardInterrupt
            return probe(self, step, argument)

        return look

    kind = {"steps": steps._Row, "ledger": pieces._TakeApart, "prediction_ledger": prediction_ledger._Split}[asked]
    with monkeypatch.context() as patch:
        patch.setattr(kind, "__call__", pressed(kind.__call__))
        with pytest.raises(KeyboardInterrupt):
            getattr(run, asked)(what, progress=True)
    assert len(made) == 5
    assert run.trainer.steps_done == 12
    assert getattr(run, asked)(what, progress=False).to_json() == before
