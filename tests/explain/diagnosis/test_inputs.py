import numpy as np

import chainrule as cr
from chainrule.explain.diagnosis.inputs import unscaled_columns, unscaled_input
from explain.diagnosis.illnesses import fit, fit_table, unscaled


def test_the_columns_are_named_with_their_sizes_the_largest_first():
    run = unscaled(0)
    (finding,) = unscaled_input(run.look())
    X = run.trainer.rows.inputs["input"].astype(float)
    size = np.sqrt((X**2).mean(axis=0))
    assert finding.evidence["columns"] == [f"input[{place}]" for place in np.argsort(-size) if size[place] > 10]
    assert finding.evidence["size"]["input[12]"] == size[12]
    assert finding.evidence["mean"]["input[12]"] == X[:, 12].mean()


def test_tables_are_scaled_by_their_encoders():
    table = {"x": [1000.0 * each for each in range(40)], "y": [float(each % 7) for each in range(40)]}
    assert unscaled_columns(fit_table(table, "y", epochs=1).look()) == []


def test_pictures_are_looked_at_by_channel():
    X = np.random.default_rng(0).integers(0, 256, size=(20, 6, 6, 1)).astype(float)
    parts = [cr.Conv2D(2, 3, "relu"), cr.Flatten(), cr.Dense(1)]
    rows = (X, X.mean(axis=(1, 2, 3)) > 128)
    assert [column[0] for column in unscaled_columns(fit(parts, rows, epochs=1).look())] == ["input[0]"]
