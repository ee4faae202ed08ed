from chainrule.explain.diagnosis.sample import columns_of
from explain.diagnosis.illnesses import fit_table


def test_columns_of_a_table_have_their_names_and_all_of_their_features():
    table = {"age": [1.0, 2.0, 3.0, 4.0] * 5, "city": ["a", "b", "c", "a"] * 5, "y": [1.0, 2.0, 4.0, 3.0] * 5}
    look = fit_table(table, "y", epochs=1).look()
    columns = columns_of(look.table, look.rows)
    assert {name: values.shape[1] for name, values in columns.items()} == {"age": 1, "city": 3}
