"""``chainrule diff``: where two runs part."""

from cli.commands import QUICK


def test_a_run_is_equal_to_itself(runs):
    done = runs("diff", "price", "price")
    assert (done.code, done.err) == (0, "")
    assert "Equal over" in done.out


def test_other_learning_rates_part_at_the_first_step(runs):
    runs("fit", "data.csv", "--target", "price", "-o", "other", "-q", "--learning-rate", "0.01", *QUICK)
    done = runs("diff", "price", "other")
    assert (done.code, done.err) == (0, "")
    assert "learning_rate" in done.out
    assert runs("diff", "price", "other", "--json").answer["runs"] == ["price", "other"]


def test_other_architectures_are_a_mistake(runs):
    runs("fit", "data.csv", "--target", "price", "-o", "other", "-q", "--hidden-layers", "8", *QUICK)
    done = runs("diff", "price", "other")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: ")


def test_a_run_that_is_not_there(runs):
    assert (
        runs("diff", "price", "prise").err == "Error: There is no run at prise: no such folder. Did you mean 'price'?\n"
    )
