from dataclasses import replace

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from chainrule.data.encode import fit_encoder
from chainrule.data.schema import Column, Schema
from chainrule.explain.digits import said
from chainrule.explain.table_rows import TableRows
from chainrule.network import Concatenate, Dense, Embedding, Network
from explain.arithmetic import ready
from explain.tables import house_run, houses

FRAME = nw.from_native(
    pl.DataFrame(
        {
            "age": [20, 40, None, 30],
            "island": ["a", "b", "c", "a"],
            "price": [1.0, 3.0, 2.0, 5.0],
            "species": ["Gentoo", "Adelie", "Gentoo", "Adelie"],
        }
    ),
    eager_only=True,
)
INPUTS = (Column("age", "number", ""), Column("island", "category", ""))


def sheet(target, task, network, row=1, change=None, frame=FRAME, inputs=INPUTS, **arguments):
    schema = Schema(inputs, Column(target, "number" if task == "regression" else "category", ""), task, 4)
    encoder = fit_encoder(frame, schema)
    features = encoder.transform(frame).inputs
    network = ready(network, features)
    trace = network.trace(features, encoder.target.encode(frame[target]))

    class Rows(TableRows):
        def work(self, row):
            return super().work(row) if change is None else change(super().work(row))

    trace = replace(trace, table=Rows(encoder, frame))
    return trace.worksheet(row, **arguments), trace, encoder


def numbers():
    return Network([Dense(2, "tanh"), Dense(1)], loss="mse", inputs=["features"])


def test_the_row_goes_from_raw_cells_to_inputs():
    worksheet, trace, encoder = sheet("price", "regression", numbers())
    lines = worksheet.sections[0].lines
    assert [line.name for line in lines if line.symbol] == ["age", "island = b"]
    assert lines[0].formula == "(x − mean) / scale"
    assert lines[0].numbers() == "(40 − 30) / 8.164966"
    assert lines[0].result == trace.value("features")[1, 0]
    assert lines[1].note == "island is b"
    assert lines[-1].note == "3 more features, all 0."
    names = {check.name for check in worksheet.checks}
    assert set(encoder.feature_names) <= names
    assert worksheet.agrees


def test_a_gap_is_told():
    worksheet, _, _ = sheet("price", "regression", numbers(), row=2)
    assert worksheet.line("age").note == "age is empty"
    assert worksheet.line("age is missing").result == 1


def test_open_shows_features_that_are_zero():
    worksheet, _, encoder = sheet("price", "regression", numbers(), open="all")
    assert [line.name for line in worksheet.sections[0].lines] == list(encoder.feature_names)


def test_columns_give_weights_their_names():
    worksheet, _, _ = sheet("price", "regression", numbers())
    names = [term.names[0] for term in worksheet.line("dense1.z[0]").terms]
    assert names == ["age", "(age is missing)", "(island = a)", "(island = b)", "(island = c)", "bias[0]"]


def test_work_that_is_not_the_row_s_is_found():
    worksheet, _, _ = sheet(
        "price", "regression", numbers(), change=lambda work: [*work[:2], work[3], work[2], work[4]]
    )
    assert {check.name for check in worksheet.checks if not check.agrees} == {"island = a", "island = b"}


def test_the_prediction_is_told_in_the_target_s_units():
    worksheet, trace, encoder = sheet("price", "regression", numbers())
    line = worksheet.line("price")
    assert line.formula == "prediction · scale + mean"
    assert line.result == encoder.target.decode(trace.prediction[1, 0])


def test_classes_have_their_probabilities_and_the_most_probable_is_the_answer():
    network = Network([Dense(2, "softmax")], loss="cross_entropy", inputs=["features"])
    worksheet, trace, _ = sheet("species", "classification", network)
    adelie, gentoo = trace.prediction[1]
    assert worksheet.line("P(Adelie)").result == adelie
    assert worksheet.line("P(Gentoo)").result == gentoo
    assert worksheet.line("P(Gentoo)").formula == "ŷ[1]"
    assert worksheet.line("species").result == ("Adelie" if adelie > gentoo else "Gentoo")
    probabilities = [line.result for line in worksheet.sections[-3].lines if line.name.startswith("P(")]
    assert probabilities == sorted(probabilities, reverse=True)


def test_one_output_for_two_classes():
    network = Network([Dense(1, "sigmoid")], loss="binary_cross_entropy", inputs=["features"])
    worksheet, trace, _ = sheet("species", "classification", network)
    p = trace.prediction[1, 0]
    assert worksheet.line("P(Gentoo)").result == p
    assert worksheet.line("P(Adelie)").result == 1 - p
    assert worksheet.line("P(Adelie)").formula == "1 − ŷ"
    assert worksheet.line("species").result == ("Gentoo" if p > 0.5 else "Adelie")


def test_wide_categories_are_codes():
    cities = [f"city {i:03}" for i in range(100)]
    frame = nw.from_native(
        pl.DataFrame({"age": range(100), "city": cities, "price": np.arange(100.0)}), eager_only=True
    )
    network = Network(
        [Embedding(101, 2, inputs=["city"]), Concatenate(inputs=["features", "embedding1"]), Dense(1)],
        inputs=["features", "city"],
        loss="mse",
    )
    inputs = (Column("age", "number", ""), Column("city", "category", ""))
    worksheet, trace, _ = sheet("price", "regression", network, 7, None, frame, inputs)
    line = worksheet.line("city (code)")
    assert line.result == trace.value("city")[7] == 8
    assert line.note == "city is city 007"
    assert worksheet.agrees
    assert worksheet.line("concatenate1.z[0]").terms[0].names == ("age",)


def test_without_encoders_the_row_is_what_was_passed():
    network = ready(Network([Dense(1)], loss="mse"), np.ones((2, 8)))
    worksheet = network.trace(np.arange(16.0).reshape(2, 8), [0.0, 1.0]).worksheet(1, lines=2)
    lines = worksheet.sections[0].lines
    assert [(line.name, line.result) for line in lines[:-1]] == [("input[7]", 15.0), ("input[6]", 14.0)]
    note = "6 more values of input, at most 13 in size; open 'all' to see them."
    assert said(lines[-1].note) == note
    assert [line.result for lines in lines[-1].rest.first(9) for line in lines] == [13.0, 12.0, 11.0, 10.0, 9.0, 8.0]


@pytest.mark.parametrize("outputs", [1, 5])
def test_outputs_are_predictions(outputs):
    network = ready(Network([Dense(outputs)], loss="mse"), np.ones((1, 2)))
    trace = network.trace(np.ones((1, 2)))
    section = trace.worksheet(open=()).sections[-1]
    assert [line.symbol for line in section.lines] == (["ŷ"] if outputs == 1 else [f"ŷ[{k}]" for k in range(5)])
    assert [line.result for line in section.lines] == trace.prediction[0].tolist()


def test_a_table_is_worked_out_from_its_cells_to_the_answer_and_back():
    """Numbers with gaps, dates, categories and booleans; every feature, the answer and the target in euros."""
    trace = house_run().trace(houses()[:3])
    worksheet = trace.worksheet(1, open="all")
    assert worksheet.agrees, worksheet.verdict
    names = {line.name for line in worksheet.sections[0].lines}
    assert {"size", "age", "district = Old town", "sold", "sold: year sin", "garden"} <= names
    for place, name in enumerate(trace.table.encoder.feature_names):
        assert worksheet.line(name).result == pytest.approx(trace.value("features")[1, place], abs=1e-12)
    assert worksheet.line("price").result == pytest.approx(house_run().predict(houses()[:3])[1], rel=1e-12)
    target = worksheet.line("target")
    assert target.values["observed"] == houses()["price"][1]
    assert target.numbers(2) == "(85019 − 166585.77) / 68920.75"
    assert target.result == pytest.approx(trace.target[1, 0], rel=1e-12)
    for name, gradient in trace.gradients.items():
        for index in np.ndindex(gradient.shape):
            line = worksheet.line(f"{name}[{', '.join(map(str, index))}]")
            assert line.result == gradient[index]
            assert sum(term.value for term in line.terms) == pytest.approx(gradient[index], rel=1e-9, abs=1e-12)


def test_of_a_row_whose_answer_is_given_the_target_is_worked_back():
    row = houses()[:1].drop("price")
    line = house_run().trace(row, [200_000.0]).worksheet().line("target")
    assert line.values["observed"] == pytest.approx(200_000)
