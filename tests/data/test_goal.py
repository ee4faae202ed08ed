import datetime as dt

import pytest

from chainrule.data.frames import to_frame
from chainrule.data.infer import infer_schema
from chainrule.errors import DataError, InputError


def infer(values, **options):
    return infer_schema(to_frame({"y": values, "x": list(range(len(values)))}), "y", **options)


@pytest.mark.parametrize(
    ("values", "task", "kind", "reason"),
    [
        ([1.5, 2.5, 1.5], "regression", "number", "numbers from 1.5 to 2.5"),
        (["a", "b", "a"], "classification", "category", "2 different names"),
        ([True, False, True], "classification", "category", "2 different names"),
        ([0, 1, 0], "classification", "category", "two whole numbers, 0 and 1"),
        ([0.0, 1.0, None], "classification", "category", "two whole numbers, 0 and 1"),
        ([100, 200, 100], "classification", "category", "two whole numbers, 100 and 200"),
        ([1, 2, 3, 5, 6, 7] * 5, "classification", "category", "6 whole numbers from 1 to 7, 5 rows to each"),
        ([1, 2, 3, 5, 6, 7] * 4, "regression", "number", "6 whole numbers from 1 to 7"),
        ([10, 20, 30] * 20, "regression", "number", "3 whole numbers from 10 to 30"),
        (list(range(20)) * 5, "classification", "category", "20 whole numbers from 0 to 19, 5 rows to each"),
        (list(range(21)) * 5, "regression", "number", "21 whole numbers from 0 to 20"),
    ],
)
def test_the_rule(values, task, kind, reason):
    schema = infer(values)
    assert (schema.task, schema.target.kind, schema.target.reason) == (task, kind, reason)


@pytest.mark.parametrize(
    ("values", "options", "task", "kind", "held"),
    [
        ([0, 1, 0], {"task": "regression"}, "regression", "number", "two whole numbers, 0 and 1"),
        ([0, 1, 0], {"kinds": {"y": "number"}}, "regression", "number", "two whole numbers, 0 and 1"),
        ([1.5, 2.5, 1.5], {"task": "classification"}, "classification", "category", "numbers from 1.5 to 2.5"),
        ([1.5, 2.5, 1.5], {"kinds": {"y": "category"}}, "classification", "category", "numbers from 1.5 to 2.5"),
        ([0, 1, 0], {"kinds": {"y": "boolean"}, "task": "classification"}, "classification", "boolean",
         "two whole numbers, 0 and 1"),
        (["1", "2", "3"], {"kinds": {"y": "number"}}, "regression", "number", "3 whole numbers from 1 to 3"),
    ],
)  # fmt: skip
def test_the_user_overrules(values, options, task, kind, held):
    schema = infer(values, **options)
    assert (schema.task, schema.target.kind) == (task, kind)
    assert schema.target.reason == f"{held}; {task}, as you said"


@pytest.mark.parametrize(
    ("values", "options", "error", "message"),
    [
        ([4, 4], {}, DataError,
         "Target 'y' is 4 in every row: there is nothing to predict. Choose another target, or give rows with other "
         "values."),
        (["a", None, "a"], {}, DataError,
         "Target 'y' is 'a' in every row: there is nothing to predict. Choose another target, or give rows with other "
         "values."),
        ([None, None], {}, DataError, "Target 'y' is missing in every row. Choose another target, or fill it in."),
        ([dt.date(2024, 5, 31)] * 2, {}, DataError,
         "Target 'y' holds date values, which cannot be predicted. Choose a target of numbers or names."),
        ([1.0, float("-inf"), float("inf")], {}, DataError,
         "Column 'y' is infinite in row 2 (2 rows in all). Mend the cell, or leave it empty."),
        ([f"q{i}" for i in range(50)], {}, DataError,
         "Target 'y' has 50 classes in 50 rows, most of them in one row only: too few to learn a class from. Give more "
         "rows of each class, or choose another target."),
        ([i / 2 for i in range(50)], {"task": "classification"}, DataError,
         "Target 'y' has 50 classes in 50 rows, most of them in one row only: too few to learn a class from. Give more "
         "rows of each class, or choose regression."),
        (["a", "b"], {"task": "regression"}, InputError,
         "Target 'y' holds names such as 'a', not numbers, so regression cannot predict it. Leave the task out, or "
         "choose a target of numbers."),
        ([0, 1], {"task": "regression", "kinds": {"y": "category"}}, InputError,
         "Target 'y' is to be of kind 'category', which is classification; but the task is given as regression."),
        ([0, 1], {"kinds": {"y": "identifier"}}, InputError,
         "Target 'y' cannot be of kind 'identifier'. Choose number, category or boolean."),
        ([str(i) for i in range(30)] + ["x"], {}, DataError,
         "Column 'y' holds 30 numbers, but also 'x' in row 31. Mend the cell or leave it empty, or say that "
         "\"x\" is a missing cell: --missing \"x\" (in Python missing=['x']); or, if these are "
         "names, make the column a category: --kind \"y=category\" (in Python kinds={'y': 'category'})."),
    ],
)  # fmt: skip
def test_what_cannot_be_predicted_is_refused(values, options, error, message):
    with pytest.raises(error) as caught:
        infer(values, **options)
    assert str(caught.value) == message
