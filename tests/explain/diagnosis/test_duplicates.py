import numpy as np

import chainrule as cr
from chainrule.explain.diagnosis.duplicates import duplicated_rows
from explain.diagnosis.illnesses import duplicated, fit, fit_table, frame


def test_twins_are_the_rows_of_the_table_that_are_equal():
    run = duplicated(0)
    (finding,) = duplicated_rows(run.look())
    table = run.reading.frame
    pairs = finding.evidence["rows"]
    assert len(pairs) == finding.evidence["test rows with a twin"]
    for judged, learned in pairs.items():
        assert table.row(int(judged) - 1) == table.row(learned - 1)
        assert int(judged) in run.facts["test_rows"]["row"]
    seen = {table.row(number - 1) for number in run.trainer.row_numbers}
    assert finding.evidence["test rows with a twin"] == sum(
        table.row(number - 1) in seen for number in run.facts["test_rows"]["row"]
    )


def test_one_equal_pair_in_a_table_is_chance():
    """Iris has two equal rows, as measurements to a tenth of a centimetre do."""
    for seed in range(4):
        assert not list(duplicated_rows(fit_table(frame("iris"), "target", epochs=1, seed=seed).look()))


def test_few_categories_have_equal_rows_by_chance():
    X = np.random.default_rng(0).integers(0, 3, size=(300, 3)).astype(float)
    assert not list(duplicated_rows(fit([cr.Dense(1)], (X, X[:, 0]), epochs=1).look()))


def test_copies_of_few_categories_beside_a_measure_are_found():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 3, size=(200, 3)).astype(float), rng.normal(size=200)])
    X = np.vstack([X, X[:40]])
    (finding,) = duplicated_rows(fit([cr.Dense(1)], (X, X[:, 3]), epochs=1).look())
    numbers = finding.evidence["rows"]
    assert all((X[int(a) - 1] == X[b - 1]).all() for a, b in numbers.items())
