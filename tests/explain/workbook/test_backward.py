"""Every layer's way back on the backward sheet, against the cells it has to name and numbers by hand."""

import numpy as np

import chainrule as cr
from chainrule.explain.workbook.backward import write_backward
from chainrule.explain.workbook.forward import write_forward
from chainrule.explain.workbook.loss import write_loss
from explain.workbook.reading import begun, formulas, place, read


def written(network, X, y):
    """The workbook up to the backward pass: what stands where, its numbers and its formulas."""
    sheets = begun(network.trace(X, y))
    write_forward(sheets)
    write_loss(sheets)
    write_backward(sheets)
    return sheets, *read(sheets.book)


def told(cells):
    return [cell.value for (cell,) in cells.book["Backward"].iter_rows(max_col=1)]


def test_the_chain_rule_from_the_loss_to_the_first_weight():
    """x = 1: z = −2 and 3, a = 0 and 3, predicted 6 of 5, by the sum of squares: dz = 2, da = 4 and 4, dz = 0 and 4."""
    network = cr.Network([cr.Dense(2, "relu"), cr.Dense(1)], loss="ssr").set(
        {
            "dense1.weight": [[-2.0, 3.0]],
            "dense1.bias": [0.0, 0.0],
            "dense2.weight": [[2.0], [2.0]],
            "dense2.bias": [0.0],
        }
    )
    sheets, cells, text = written(network, [[1.0]], [5.0])
    p, y, share = sheets.cells["prediction"].cell(0, 0), sheets.cells["target"].cell(0, 0), sheets.cells["share"]
    assert formulas(text, "dense2_da") == [[f"={share.cell(0, 0)}*(2*({p}-{y}))"]]
    assert formulas(text, "dense2_weight_gradient")[0] == ["=MMULT(TRANSPOSE(dense1_a),dense2_da)"]
    assert formulas(text, "dense2_dx")[0][0] == "=MMULT(dense2_da,TRANSPOSE(dense2_weight))"
    z, da = sheets.before["dense1"].cell(0, 1), place(text, "dense2_dx").replace("$", "").partition(":")[2]
    assert formulas(text, "dense1_dz")[0][1] == f"={da}*(IF({z}>0,1,0))"
    assert cells["dense2_dx"].tolist() == [[4, 4]]
    assert cells["dense1_dz"].tolist() == [[0, 4]]
    assert cells["dense1_weight_gradient"].tolist() == [[0, 4]]
    assert cells["dense1_bias_gradient"].tolist() == [[0, 4]]
    assert cells["dense2_weight_gradient"].tolist() == [[0], [6]]
    dz = place(text, "dense1_dz").partition(":")[2]
    assert formulas(text, "dense1_bias_gradient")[0][1] == f"=SUM({dz})"
    assert "It starts at the loss." in told(cells)


def test_loss_and_last_activation_are_taken_as_one():
    """The logit is 0: the probability ½ is 0.5 too low."""
    network = cr.Network([cr.Dense(1, "sigmoid")], loss="binary_cross_entropy")
    network = network.set({"dense1.weight": [[0.0]], "dense1.bias": [0.0]})
    _, cells, text = written(network, [[1.0]], [1.0])
    assert "dense1_da" not in text.book.defined_names
    assert cells["dense1_dz"].tolist() == [[-0.5]]
    notes = [cell.value for (cell,) in cells.book["Backward"].iter_rows(min_col=2, max_col=2)]
    assert "sigmoid and loss taken as one" in notes


def test_what_is_used_twice_gets_the_sum():
    """p = x + 3 · x with x = 2 · 1, predicted 8 of 7: dz = 2, which comes back once as it is and once times 3."""
    parts = [cr.Dense(1, name="a"), cr.Dense(1, name="b"), cr.Add(inputs=["a", "b"])]
    network = cr.Network(parts, loss="ssr")
    network = network.set({"a.weight": [[2.0]], "a.bias": [0.0], "b.weight": [[3.0]], "b.bias": [0.0]})
    _, cells, text = written(network, [[1.0]], [7.0])
    parts = {place(text, "add1_da"), place(text, "b_dx")}
    assert set(formulas(text, "a_da")[0][0].removeprefix("=").split("+")) == parts
    assert cells["a_da"].tolist() == [[8]]
    assert "Every input gets the whole dz." in told(cells)


def test_layers_side_by_side_get_their_own_columns():
    parts = [cr.Dense(1, name="a"), cr.Dense(2, name="b", inputs=["input"]), cr.Concatenate(inputs=["a", "b"])]
    network = cr.Network(parts, loss="ssr").set(
        {"a.weight": [[1.0]], "a.bias": [0.0], "b.weight": [[1.0, 1.0]], "b.bias": [0.0, 0.0]}
    )
    _, cells, _ = written(network, [[1.0]], [[0.5, 0.0, -0.5]])
    assert cells["a_bias_gradient"].tolist() == [[1]]
    assert cells["b_bias_gradient"].tolist() == [[2, 3]]


def test_an_embedding_adds_up_by_code():
    """Codes 1, 0 and 1: the row of code 1 gets what the first and the third bring back."""
    network = cr.Network([cr.Embedding(2, 1), cr.Flatten()], input_shape=3, loss="ssr")
    network = network.set({"embedding1.weight": [[1.0], [2.0]]})
    _, cells, text = written(network, np.array([[1, 0, 1]]), [[1.0, 1.0, -1.0]])
    assert cells["embedding1_weight_gradient"].tolist() == [[0], [2 + 6]]
    dz = place(text, "flatten1_dx")
    assert [row[0].partition(",")[2] for row in formulas(text, "embedding1_weight_gradient")] == [
        f"0,{dz})",
        f"1,{dz})",
    ]


def test_padding_brings_nothing_back():
    X = cr.Masked(np.array([[[5.0], [7.0]]]), np.array([[True, False]]))
    network = cr.Network([cr.Flatten(), cr.Dense(1)], loss="ssr", input_shape=(2, 1))
    network = network.set({"dense1.weight": [[1.0], [1.0]], "dense1.bias": [0.0]})
    sheets, cells, text = written(network, X, [4.0])
    assert cells["flatten1_dx"].tolist() == [[2], [0]]
    assert formulas(text, "flatten1_dx")[1][0].startswith(f"=IF({sheets.masks['input'].cell(0, 1)}=1,")


def test_a_normalised_row_brings_back_what_is_left_of_mean_and_direction():
    """x = 1 and 5, deviation 2.5, normal ∓0.8, scale 2 and 1, target off by 1 and 0: dz = 2 and 0, so du = 4 and 0."""
    network = cr.Network([cr.LayerNorm(epsilon=2.25)], input_shape=2, loss="ssr")
    network = network.set({"layernorm1.scale": [2.0, 1.0], "layernorm1.shift": [0.0, 0.0]})
    sheets, cells, text = written(network, [[1.0, 5.0]], [[-2.6, 0.8]])
    # mean of du 2, mean of du · normal −1.6: (4 − 2 − (−0.8)(−1.6)) / 2.5 and (0 − 2 − 0.8 · (−1.6)) / 2.5.
    np.testing.assert_allclose(cells.numbers("layernorm1_dx", (2,)), [0.288, -0.288], rtol=1e-14)
    np.testing.assert_allclose(cells.numbers("layernorm1_scale_gradient", (2,)), [-1.6, 0], rtol=1e-14, atol=1e-15)
    normal, deviation = (sheets.kept[f"layernorm1.{kind}"] for kind in ("normal", "deviation"))
    scale, dz = sheets.params["layernorm1.scale"], place(text, "layernorm1_da")
    mean = f"SUMPRODUCT({dz},{scale.row(0)})/2"
    along = f"SUMPRODUCT({dz},{scale.row(0)},{normal.row(0)})/2"
    own = f"{dz.partition(':')[2].replace('$', '')}*{scale.cell(0, 1)}"
    assert formulas(text, "layernorm1_dx")[0][1] == (
        f"=({own}-{mean}-{normal.cell(0, 1)}*{along})/{deviation.cell(0, 0)}"
    )


def test_a_normalised_batch_divides_by_the_running_deviation():
    network = cr.Network([cr.BatchNorm(epsilon=2.25)], input_shape=1, loss="ssr")
    params, stats = network.init(0, np.float64)
    stats = {"batchnorm1": stats["batchnorm1"]._replace(mean=np.array([3.0]), variance=np.array([4.0]))}
    network = network.trained(params, stats).set({"batchnorm1.scale": [5.0], "batchnorm1.shift": [0.0]})
    sheets, cells, text = written(network, [[8.0]], [9.0])
    assert cells["batchnorm1_dx"].tolist() == [[2 * 5 / 2.5]]
    assert cells["batchnorm1_scale_gradient"].tolist() == [[4]]
    scale, deviation = sheets.params["batchnorm1.scale"], sheets.kept["batchnorm1.deviation"]
    ending = f"*{scale.cell(0, 0)}/{deviation.cell(0, 0)}"
    assert formulas(text, "batchnorm1_dx")[0][0].endswith(ending)


def test_what_the_loss_does_not_depend_on_has_no_slope():
    parts = [cr.Dense(1, name="idle"), cr.Dense(1, name="last", inputs=["input"])]
    network = cr.Network(parts, loss="ssr").set(
        {"idle.weight": [[1.0]], "idle.bias": [0.0], "last.weight": [[1.0]], "last.bias": [0.0]}
    )
    _, cells, text = written(network, [[1.0]], [5.0])
    dz = formulas(text, "idle_bias_gradient")[0][0].removeprefix("=SUM(").removesuffix(")").replace("$", "")
    assert text.book["Backward"][dz].value == "=0"
    assert cells["idle_weight_gradient"].tolist() == [[0]]
    assert cells["last_weight_gradient"].tolist() == [[-8]]
