"""Every layer's formula on the forward sheet, against the cells it has to name and numbers by hand."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.workbook.forward import write_forward
from explain.workbook.reading import begun, formulas, read


def written(network, X, **options):
    """The workbook of a forward pass: what stands where, its numbers and its formulas."""
    sheets = begun(network.trace(X), **options)
    write_forward(sheets)
    return sheets, *read(sheets.book)


def test_a_dense_layer_is_a_matrix_product():
    network = cr.Network([cr.Dense(2, "relu"), cr.Dense(1)]).set(
        {
            "dense1.weight": [[1.0, -1.0]],
            "dense1.bias": [0.5, 0.0],
            "dense2.weight": [[2.0], [3.0]],
            "dense2.bias": [1.0],
        }
    )
    sheets, cells, text = written(network, [[2.0], [-3.0]])
    assert formulas(text, "dense1_z")[0][0] == "=MMULT(input,dense1_weight)+dense1_bias"
    assert formulas(text, "prediction")[0][0] == "=MMULT(dense1_a,dense2_weight)+dense2_bias"
    z = sheets.before["dense1"]
    assert formulas(text, "dense1_a")[1][0] == f"=MAX(0,{z.cell(1, 0, 'Forward')})"
    assert cells["dense1_z"].tolist() == [[2.5, -2], [-2.5, 3]]
    assert cells["dense1_a"].tolist() == [[2.5, 0], [0, 3]]
    assert cells["prediction"].tolist() == [[6], [10]]
    titles = [cell.value for (cell,) in cells.book["Forward"].iter_rows(max_col=1)]
    assert {"dense1: Dense, relu, from input", "dense2: Dense, from dense1"} <= set(titles)


def test_outputs_have_the_names_of_the_classes():
    network = cr.Network([cr.Dense(2, "softmax")]).set({"dense1.weight": [[1.0, 0.0]], "dense1.bias": [0.0, 0.0]})
    sheets, cells, text = written(network, [[0.0]], columns={"prediction": ["cat", "dog"]})
    block = sheets.cells["prediction"]
    assert [cell.value for cell in cells.book["Forward"][block.top]][:3] == ["", "cat", "dog"]
    assert cells["prediction"].tolist() == [[0.5, 0.5]]
    z = sheets.before["dense1"]
    row = z.row(0, "Forward")
    cell = z.cell(0, 1, "Forward")
    assert formulas(text, "prediction")[0][1] == f"=EXP({cell}-MAX({row}))/SUMPRODUCT(EXP({row}-MAX({row})))"


def test_an_embedding_looks_codes_up():
    """A row of two codes takes two rows of cells."""
    network = cr.Network([cr.Embedding(3, 2)], input_shape=2).set({"embedding1.weight": [[1.0, 2], [3, 4], [5, 6]]})
    sheets, cells, text = written(network, np.array([[2, 0], [1, 1]]))
    assert cells["embedding1_z"].tolist() == [[5, 6], [1, 2], [3, 4], [3, 4]]
    codes = sheets.given["input"]
    assert formulas(text, "embedding1_z")[1] == [f"=INDEX(embedding1_weight,{codes.cell(0, 1)}+1,{j})" for j in (1, 2)]
    assert formulas(text, "embedding1_z")[2][0] == f"=INDEX(embedding1_weight,{codes.cell(1, 0)}+1,1)"


def test_layers_side_by_side_and_their_sum():
    parts = [cr.Dense(1, name="a"), cr.Dense(1, name="b", inputs=["input"])]
    parts += [cr.Concatenate(inputs=["b", "a"]), cr.Add(inputs=["a", "b"])]
    network = cr.Network(parts).set({"a.weight": [[2.0]], "a.bias": [0.0], "b.weight": [[3.0]], "b.bias": [0.0]})
    sheets, cells, text = written(network, [[1.0]])
    a, b = (sheets.given[name].cell(0, 0, "Forward") for name in "ab")
    assert formulas(text, "concatenate1_z") == [[f"={b}", f"={a}"]]
    assert cells["concatenate1_z"].tolist() == [[3, 2]]
    assert formulas(text, "prediction") == [[f"={a}+{b}"]]
    assert cells["prediction"].tolist() == [[5]]


def test_values_in_another_shape_keep_their_order():
    network = cr.Network([cr.Reshape((3, 2)), cr.Flatten()], input_shape=(2, 3))
    sheets, cells, text = written(network, np.arange(12.0).reshape(2, 2, 3))
    assert cells["reshape1_z"].tolist() == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]
    assert formulas(text, "reshape1_z")[1][1] == f"={sheets.given['input'].cell(1, 0)}"
    assert formulas(text, "reshape1_z")[3][0] == f"={sheets.given['input'].cell(2, 0)}"
    assert cells["prediction"].tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_flat_padding_is_nought():
    X = cr.Masked(np.array([[[5.0, 6.0], [7.0, 8.0]]]), np.array([[True, False]]))
    sheets, cells, text = written(cr.Network([cr.Flatten()], input_shape=(2, 2)), X)
    x, real = sheets.given["input"], sheets.masks["input"]
    assert cells["prediction"].tolist() == [[5, 6, 0, 0]]
    assert formulas(text, "prediction")[0][2] == f"=IF({real.cell(0, 1)}=1,{x.cell(1, 0)},0)"


@pytest.mark.parametrize("part", [cr.Dropout(0.5), cr.Flatten()])
def test_what_changes_nothing_goes_on_as_it_is(part):
    network = cr.Network([part, cr.Activation("tanh")], input_shape=2)
    sheets, _, text = written(network, [[1.0, 2.0]])
    (x,) = sheets.inputs(sheets.material.trace.nodes[1])
    assert x is sheets.given["input"]
    assert formulas(text, "prediction")[0][1] == f"=TANH({x.cell(0, 1)})"


def test_a_row_is_normalised_by_its_own_mean_and_deviation():
    """Mean 3, variance 4 and 0.25 in addition; scaled by 2 and moved by 1."""
    network = cr.Network([cr.LayerNorm(epsilon=2.25)], input_shape=2).set(
        {"layernorm1.scale": [2.0, 2.0], "layernorm1.shift": [1.0, 1.0]}
    )
    sheets, cells, text = written(network, [[1.0, 5.0]])
    x = sheets.given["input"]
    deviation = sheets.kept["layernorm1.deviation"].cell(0, 0, "Forward")
    assert formulas(text, "layernorm1_deviation") == [[f"=SQRT(VARP({x.row(0)})+2.25)"]]
    assert formulas(text, "layernorm1_normal")[0][1] == f"=({x.cell(0, 1)}-AVERAGE({x.row(0)}))/{deviation}"
    assert formulas(text, "prediction")[0][0] == "=layernorm1_scale*layernorm1_normal+layernorm1_shift"
    assert cells["layernorm1_deviation"].tolist() == [[2.5]]
    assert cells["prediction"].tolist() == [[2 * -0.8 + 1, 2 * 0.8 + 1]]


def test_a_batch_is_normalised_by_what_training_found():
    network = cr.Network([cr.BatchNorm(epsilon=2.25)], input_shape=1)
    params, stats = network.init(0, np.float64)
    stats = {"batchnorm1": stats["batchnorm1"]._replace(mean=np.array([3.0]), variance=np.array([4.0]))}
    sheets, cells, text = written(network.trained(params, stats), [[1.0], [8.0]])
    mean, variance = (sheets.params[f"batchnorm1.{kind}"].cell(0, 0) for kind in ("mean", "variance"))
    deviation = sheets.kept["batchnorm1.deviation"].cell(0, 0, "Forward")
    place = sheets.kept["batchnorm1.deviation"].cell(0, 0, "Forward")
    assert text.book["Forward"][place].value == f"=SQRT({variance}+2.25)"
    assert formulas(text, "batchnorm1_normal")[1] == [f"=({sheets.given['input'].cell(1, 0)}-{mean})/{deviation}"]
    assert cells["prediction"].tolist() == [[-0.8], [2]]
