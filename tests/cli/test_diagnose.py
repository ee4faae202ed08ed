"""``chainrule diagnose``: what ails a training."""

import chainrule


def test_a_diagnosis_is_that_of_the_run(runs):
    done = runs("diagnose", "price")
    assert (done.code, done.err) == (0, "")
    assert done.out == chainrule.load("price").diagnose().to_text(decimals=4) + "\n"
    assert runs("diagnose", "price", "--json").answer["run"] == "price"


def test_a_table_that_has_moved_is_given(runs):
    (runs.folder / "data.csv").rename(runs.folder / "moved.csv")
    done = runs("diagnose", "price", "--data", "moved.csv")
    assert (done.code, done.err) == (0, "")
    assert done.out == chainrule.load("price").with_data("moved.csv").diagnose().to_text(decimals=4) + "\n"
