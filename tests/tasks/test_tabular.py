"""From a table to a judged run: what is split off, what encoders see, and what comes back."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError, InputError
from chainrule.format import count
from chainrule.tasks import fit_table, predict_table, understand
from chainrule.tasks.build import Design, build_network, head_for

PENGUINS = Path(__file__).parents[2] / "examples" / "penguins.csv"
QUICK = {"epochs": 3, "engine": "numpy", "baselines": False, "progress": False}


def shop(rows: int = 120) -> pl.DataFrame:
    rng = np.random.default_rng(4)
    size = rng.normal(50, 10, rows)
    city = rng.choice(["Rome", "Oslo", "Kyiv"], rows)
    price = 3 * size + 20 * (city == "Oslo") + rng.normal(size=rows)
    return pl.DataFrame({"size": size, "city": city, "price": price})


@pytest.fixture(scope="module")
def penguins() -> cr.Run:
    return fit_table(PENGUINS, "species", epochs=60, engine="numpy", progress=False)


def test_the_first_example_is_learned(penguins):
    """Guessing the commonest species is right on 43 %; the three are well apart."""
    assert penguins.facts["task"] == "classification"
    assert penguins.facts["metrics"]["test"]["accuracy"] > 0.9
    assert set(penguins.facts["baselines"]) == {"majority", "logistic regression", "gradient boosting"}
    assert penguins.facts["baselines"]["majority"]["accuracy"] < 0.5


def test_every_row_is_on_one_side(penguins):
    split = penguins.facts["split"]
    assert split["train"] + split["test"] == 344
    assert (split["validation"], split["test"], split["kind"]) == (41, 69, "stratified")


def test_facts_are_plain_data(penguins):
    assert json.loads(json.dumps(penguins.facts)) == penguins.facts
    assert np.sum(penguins.facts["confusion"]) == 69


def test_test_metrics_are_those_of_the_test_rows(penguins):
    shown = penguins.facts["test_rows"]
    right = np.mean([a == b for a, b in zip(shown["truth"], shown["prediction"], strict=True)])
    assert penguins.facts["metrics"]["test"]["accuracy"] == pytest.approx(right)


def test_the_example_row_is_the_row_of_the_file(penguins):
    example = penguins.facts["example"]
    row = pl.read_csv(PENGUINS, null_values="NA").row(example["row"] - 1, named=True)
    assert example["values"] == row


def test_test_rows_do_not_touch_encoders_or_weights():
    table = shop()
    run = fit_table(table, "price", **QUICK)
    rows = [row - 1 for row in run.facts["test_rows"]["row"]]
    spoiled = table.with_columns(
        pl.when(pl.int_range(pl.len()).is_in(rows)).then(pl.col("size") * 100).otherwise(pl.col("size")).alias("size")
    )
    again = fit_table(spoiled, "price", **QUICK)
    assert again.table == run.table
    assert all(np.array_equal(run.params[name], again.params[name]) for name in run.params)


def test_numbers_come_back_in_their_own_units():
    table = shop()
    run = fit_table(table, "price", epochs=100, engine="numpy", baselines=False, progress=False)
    predicted, added, notes = predict_table(run, table)
    assert added == ("prediction",)
    error = predicted["prediction"].to_numpy() - table["price"].to_numpy()
    assert np.sqrt(np.mean(error**2)) < 0.3 * table["price"].std()
    assert notes == ()
    np.testing.assert_array_equal(run.predict(table), predicted["prediction"].to_numpy())


def test_predictions_come_back_in_the_users_own_table():
    table = shop().to_pandas().set_index(pd.Index(range(1000, 1120)))
    run = fit_table(table, "price", **QUICK)
    predicted, *_ = predict_table(run, table)
    native = predicted.to_native()
    assert isinstance(native, pd.DataFrame)
    assert native.index[0] == 1000


def test_classes_come_back_with_their_probabilities(penguins):
    predicted, *_ = predict_table(penguins, PENGUINS)
    names = [name for name in predicted.columns if name.startswith("probability of ")]
    assert names == ["probability of Adelie", "probability of Chinstrap", "probability of Gentoo"]
    np.testing.assert_allclose(predicted.select(names).to_numpy().sum(axis=1), 1, atol=1e-6)


def test_an_unknown_category_is_refused_unless_allowed():
    run = fit_table(shop(), "price", **QUICK)
    new = {"size": [50.0, 60.0], "city": ["Rome", "Paris"]}
    for predict in (run.predict, run.trace, lambda table: predict_table(run, table)):
        with pytest.raises(DataError) as caught:
            predict(new)
        assert str(caught.value) == (
            "Column 'city' holds 'Paris' in row 2, which no training row held. Known are 'Kyiv', 'Oslo', 'Rome'. "
            "Correct it, leave the cell empty, or go on without it: allow_unknown=True (on the command line "
            "--allow-unknown)."
        )
        assert (caught.value.row, caught.value.column) == (2, "city")
    frame, _, notes = predict_table(run, new, allow_unknown=True)
    assert notes == (
        "Column 'city': 'Paris' in row 2 was not kept from the training rows; every feature of the column is 0.",
    )
    assert run.predict(new, allow_unknown=True).tolist() == frame["prediction"].to_list()


def test_a_users_own_column_of_that_name_stays():
    run = fit_table(shop(), "price", **QUICK)
    new = {"size": [50.0], "city": ["Rome"], "prediction": ["mine"]}
    frame, added, notes = predict_table(run, new)
    assert frame["prediction"].to_list() == ["mine"]
    assert frame["prediction 2"].to_list() == run.predict(new).tolist()
    assert added == ("prediction 2",)
    assert notes == ("The table has a column 'prediction'; the new one is called 'prediction 2'.",)


@pytest.mark.parametrize("place", [0, 90])
def test_a_number_too_far_to_calculate_with_is_named_by_its_row_in_the_table(tmp_path, place):
    """Rows that judge are encoded as a part of their own; the message counts the whole table's."""
    sizes = [float(number) for number in range(100)]
    sizes[place] = 1e25
    lines = [f"{size},{number}" for number, size in enumerate(sizes)]
    path = tmp_path / "far.csv"
    path.write_text("size,price\n" + "\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        fit_table(str(path), "price", test=[place + 1], **QUICK)
    assert f"Column 'size', {path}, row {place + 1} (line {place + 2}): 1e+25 is too far" in str(caught.value)
    assert caught.value.row == place + 1


def test_a_missing_column_is_named():
    run = fit_table(shop(), "price", **QUICK)
    with pytest.raises(DataError) as caught:
        predict_table(run, {"sise": [50.0], "city": ["Rome"]})
    assert str(caught.value) == (
        "The table lacks a column that the network needs: 'size'. It has 'sise', 'city'. Did you mean 'sise'?"
    )


def test_two_classes_have_one_output():
    table = shop().with_columns((pl.col("price") > 150).alias("dear")).drop("price")
    run = fit_table(table, "dear", **QUICK)
    assert run.network.loss.name == "binary_cross_entropy"
    assert run.predict(table).dtype == bool
    predicted, *_ = predict_table(run, table)
    assert predicted["probability of True"].to_numpy().shape == (120,)


def test_wide_categories_go_through_an_embedding():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 60, 600)
    table = pl.DataFrame({"part": [f"p{code}" for code in codes], "size": rng.normal(size=600), "price": codes * 1.0})
    run = fit_table(table, "price", **QUICK)
    assert [node.name for node in run.network.nodes][:2] == ["part embedding", "concatenate1"]
    alone = fit_table(table.drop("size"), "price", **QUICK)
    assert [node.name for node in alone.network.nodes][:2] == ["part embedding", "dense1"]
    assert np.array_equal(run.predict(table), cr_round_trip(run).predict(table))


def cr_round_trip(run: cr.Run) -> cr.Run:
    import tempfile

    return cr.load(run.save(Path(tempfile.mkdtemp()) / "run"))


def test_ten_thousand_categories_are_learned_saved_and_explained(tmp_path):
    """The price is the category's own, which only its vector can tell; each stands in three rows."""
    code = np.arange(30_000) % 10_000
    table = {"part": [f"part {each}" for each in code], "price": code % 7 + 0.5}
    options = {"hidden_layers": (4,), "batch_size": 500, "epochs": 3, "optimizer": cr.Adam(0.01)}
    run = fit_table(table, "price", **{**QUICK, **options})
    levels = run.table.wide["part"] - 1
    assert levels > 9_000
    assert run.facts["metrics"]["test"]["r2"] > 0.5
    loaded = cr.load(run.save(tmp_path / "run"))
    new = {"part": ["part 3", "part 9999"], "price": [3.5, 3.5]}
    assert loaded.predict(new).tolist() == run.predict(new).tolist()
    trace = loaded.trace(new)
    place = loaded.table.column("part").levels.index("part 3") + 1
    text = " ".join(trace.worksheet().to_text().split())
    assert f"place of part among the {levels} levels in order, 0 if it is none of them = {place}" in text
    slope = trace.derivation(f"part embedding.weight[{place}, 0]")
    assert sum(path.value for path in slope.paths) == pytest.approx(slope.value, rel=1e-5)  # float32
    assert slope.value == trace.gradients["part embedding.weight"][place, 0] != 0
    for predict in (run.predict, loaded.trace):
        with pytest.raises(DataError) as caught:
            predict({"part": ["part 3", "part 10000"]})
        assert str(caught.value) == (
            "Column 'part' holds 'part 10000' in row 2, which no training row held. Known are 'part 0', 'part 1', "
            "'part 10', 'part 100', 'part 1000', 'part 1001', 'part 1002', 'part 1003' and "
            f"{levels - 8:,} more. Did you mean 'part 1000'? Correct it, leave the cell empty, or go on without it: "
            "allow_unknown=True (on the command line --allow-unknown)."
        )


def test_a_rate_far_too_high_keeps_the_first_weights():
    with pytest.raises(cr.NonFiniteError) as caught:
        fit_table(shop(), "price", optimizer=cr.Adam(1e30), **QUICK)
    run = caught.value.run
    assert isinstance(run, cr.Run)
    assert run.stopped.endswith("the weights are the first ones, since no epoch was finished")
    assert np.isfinite(run.facts["metrics"]["test"]["rmse"])


def test_rows_without_a_target_are_left_out_and_said_so():
    table = shop().with_columns(
        pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise(pl.col("price")).alias("price")
    )
    understood = understand(table, "price")
    assert (len(understood.frame), understood.numbers[0]) == (113, 8)
    assert understood.notes == ("7 rows have no 'price' and are left out (rows 1, 2, 3, 4, 5, 6, 7)",)


def test_grouped_split_keeps_groups_together_and_out_of_the_inputs():
    table = shop().with_columns((pl.int_range(pl.len()) // 6).cast(pl.String).alias("customer"))
    run = fit_table(table, "price", split="grouped", by="customer", kinds={"customer": "category"}, **QUICK)
    assert "customer" not in {column.name for column in run.table.columns}
    test = {(row - 1) // 6 for row in run.facts["test_rows"]["row"]}
    assert len(run.facts["test_rows"]["row"]) == 6 * len(test)


def test_split_by_time_tests_on_the_last_rows():
    table = shop().with_columns((2000 + pl.int_range(pl.len())).alias("year"))
    run = fit_table(table, "price", split="time", by="year", **QUICK)
    assert sorted(run.facts["test_rows"]["row"]) == list(range(97, 121))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drop": ["citty"]}, "There is no column 'citty' to leave out; there are 'size', 'city', 'price'. "
         "Did you mean 'city'?"),
        ({"split": "grouped"}, "A grouped split needs the column it goes by: pass by= (on the command line --by)."),
        ({"split": "time", "by": "yeer"}, "There is no column 'yeer' to split by; there are 'size', 'city', 'price'."),
        ({"split": "sideways"}, "split must be 'random', 'stratified', 'grouped' or 'time'; got 'sideways'."),
        ({"class_weight": {"a": 2.0}}, "class_weight needs a target of classes; 'price' is a number."),
    ],
)  # fmt: skip
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(InputError) as caught:
        fit_table(shop(), "price", **QUICK, **options)
    assert str(caught.value) == message


def test_a_class_weight_for_no_class_is_named():
    with pytest.raises(InputError) as caught:
        fit_table(shop(), "city", class_weight={"Rom": 2.0}, **QUICK)
    assert str(caught.value) == (
        "class_weight names 'Rom', which is no class of 'city'; there are 'Kyiv', 'Oslo', 'Rome'. Did you mean 'Rome'?"
    )


def test_a_run_on_arrays_does_not_predict_tables():
    run = cr.fit(cr.Network([cr.Dense(1)]), [[0.0], [1.0]], [0.0, 1.0], epochs=1, progress=False)
    with pytest.raises(InputError) as caught:
        predict_table(run, {"x": [1.0]})
    assert str(caught.value) == ("This run was trained on arrays, not on a table; use run.predict(X) with arrays.")


def test_hidden_layers_may_be_none(penguins):
    assert penguins.table is not None
    table = penguins.table
    head = head_for("class", 3, None, "species")
    network = build_network(table.input_shapes, table.wide, Design(()), head)
    assert [node.name for node in network.nodes] == ["dense1"]


def test_no_epochs_are_an_untrained_run():
    run = fit_table(shop(), "price", **QUICK | {"epochs": 0})
    assert run.stopped == "trained 0 epochs"
    assert run.training["rows"] == 96


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame])
def test_columns_of_lists_and_arrays_are_left_out(make):
    """The example row keeps them as texts."""
    table = make(shop().to_dict(as_series=False) | {"tags": [[1, 2]] * 120, "point": list(np.ones((120, 2)))})
    run = fit_table(table, "price", **QUICK)
    assert [column["name"] for column in run.facts["columns"] if column["used"]] == ["size", "city"]
    assert run.facts["example"]["values"]["tags"] == "[1, 2]"
    assert run.facts["example"]["values"]["point"] == "[1.0, 1.0]"


def test_validation_rows_train_too_once_they_have_decided():
    table = shop()
    run = fit_table(table, "price", **(QUICK | {"epochs": 30}))
    search, split = run.facts["search"], run.facts["split"]
    assert (split["train"], split["validation"], run.training["rows"]) == (96, 14, 96)
    assert run.epochs_kept == search["best_epoch"] == 1 + int(np.argmin(search["validation_loss"]))
    assert run.training["validation_rows"] == 0
    kept = run.epochs_kept
    assert run.stopped == f"trained {count(kept, 'epoch')} on all 96 rows; 14 held back at first showed how many"


def test_without_a_refit_the_watched_training_is_kept():
    run = fit_table(shop(), "price", refit=False, **QUICK)
    assert "search" not in run.facts
    assert (run.training["rows"], run.facts["split"]["train"], run.facts["split"]["validation"]) == (82, 82, 14)


def test_a_schedule_is_planned_over_all_epochs_in_the_refit_too():
    rule = cr.Adam(cr.Cosine(0.01))
    run = fit_table(shop(), "price", optimizer=rule, early_stopping=1, **(QUICK | {"epochs": 40, "batch_size": 200}))
    kept = run.epochs_kept
    assert 0 < kept < 40
    np.testing.assert_allclose(run.history.step_rates, 0.005 * (1 + np.cos(np.pi * np.arange(kept) / 40)), rtol=1e-6)


def test_rows_that_judge_can_be_named():
    run = fit_table(shop(), "price", test=[3, 1, 120], **QUICK)
    assert run.facts["test_rows"]["row"] == [1, 3, 120]
    assert run.facts["split"]["test"] == 3


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ([1, 500], "test names row 500, which is not there or has no 'price'; rows are numbered from 1 to 120."),
        ([], "test must be a share of the rows or the numbers of rows, from 1; got []."),
        (range(1, 121), "test names every row that has a target; none would be left to learn from."),
    ],
)
def test_rows_that_judge_are_checked(test, message):
    with pytest.raises(InputError) as caught:
        fit_table(shop(), "price", test=test, **QUICK)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"loss": "cross_entropy_from_logits"},
            "The loss 'cross_entropy_from_logits' does not go with the target 'price', which is a number; there are "
            "'mse', 'mae', 'huber', 'log_cosh', 'quantile', 'ssr'.",
        ),
        ({"class_weight": "balanced"}, "class_weight needs a target of classes; 'price' is a number."),
        (
            {"by": "city"},
            "by='city' says which column holds groups or time; say which of them it is: split='grouped' or "
            "split='time' (on the command line --split).",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(settings, message):
    with pytest.raises(InputError) as caught:
        fit_table(shop(), "price", **QUICK, **settings)
    assert str(caught.value) == message


def test_a_class_of_two_rows_is_learned_from():
    """One of them judges; the other cannot both teach and decide when to stop."""
    table = pl.DataFrame({"x": [float(place) for place in range(60)], "y": ["a"] * 30 + ["b"] * 28 + ["c"] * 2})
    run = fit_table(table, "y", **QUICK)
    assert run.facts["labels"] == ["a", "b", "c"]


def test_a_class_of_one_row_is_named_by_its_number_in_the_table():
    labels = [None, None, *["a"] * 30, *["b"] * 27, "c"]
    table = pl.DataFrame({"x": [float(place) for place in range(60)], "y": labels})
    with pytest.raises(DataError) as caught:
        fit_table(table, "y", **QUICK)
    assert str(caught.value) == (
        "Class 'c' has a single row, row 60: it cannot be both learned from and judged by. Leave the row out, or split "
        "at random (split='random', --split random)."
    )


def test_a_class_that_only_judges_is_refused():
    with pytest.raises(DataError) as caught:
        fit_table(PENGUINS, "species", split="grouped", by="species", **QUICK)
    assert "is held out (row " in str(caught.value)


def test_a_label_keeps_its_name():
    """Beside gaps, pandas makes whole numbers floats."""
    table = pd.DataFrame({"x": np.arange(60.0), "y": [1, 2] * 29 + [None, None]})
    run = fit_table(table, "y", task="classification", class_weight={1: 2.0}, **QUICK)
    predicted, *_ = predict_table(run, table)
    assert [name for name in predicted.columns if "probability" in name] == ["probability of 1", "probability of 2"]


def test_the_target_s_kind_is_not_asked_of_new_rows():
    run = fit_table(shop(), "price", kinds={"price": "number"}, **QUICK)
    new = shop(5).with_columns(price=pl.lit("unknown"))
    assert len(predict_table(run, new)[0]) == 5


@pytest.mark.parametrize("kind", ["category", "datetime"])
def test_the_example_goes_through_the_encoder_again(kind):
    moments = [f"2024-01-{1 + place % 5:02} 08:30:00" for place in range(60)]
    table = pl.DataFrame({"when": moments, "y": [float(place) for place in range(60)]})
    table = table.with_columns(pl.col("when").str.to_datetime())
    run = fit_table(table, "y", kinds={"when": kind}, **QUICK)
    example = run.facts["example"]
    again = {name: [value] for name, value in example["values"].items()}
    shown = run.predict(again)
    assert shown == pytest.approx(run.predict(table[example["row"] - 1 : example["row"]]))
    assert not run.table.transform(cr.data.to_frame(again)).notes


def test_a_run_predicts_a_file_as_it_predicts_a_table(tmp_path, penguins):
    frame = pl.read_csv(PENGUINS, null_values="NA")
    frame.head(9).write_csv(tmp_path / "new.csv")
    assert penguins.predict(tmp_path / "new.csv").tolist() == penguins.predict(frame.head(9)).tolist()


def test_the_kinds_of_the_training_hold_for_new_rows():
    table = shop().with_columns(z=pl.Series([str(place) for place in range(120)]))
    run = fit_table(table, "price", kinds={"z": "number"}, **QUICK)
    new = table.head(2)
    assert run.predict(new).tolist() == predict_table(run, new)[0]["prediction"].to_list()


def test_predictions_show_the_table_itself_and_what_is_to_be_said():
    table = pl.DataFrame({"x": [float(i) for i in range(30)], "y": [2.0 * i for i in range(30)]})
    run = fit_table(table, "y", epochs=1, baselines=False, engine="numpy")
    found = predict_table(run, pl.DataFrame({"x": [500.0]}))
    assert repr(found) == f"{found.frame.to_native()!r}\n{found.notes[0]}"
    assert found.notes[0].startswith("Column 'x': 500 in row 1 lies far outside of what the network has learned from;")
