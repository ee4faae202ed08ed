"""An account shows the rows that pushed a number most, all that came from no row, and its way step by step."""

import numpy as np
import pytest

from chainrule.explain.account import Account

ROWS = np.array([0.5, -0.25, 0.0, 1.0])


def account(**cells):
    others = {"weight decay": -0.5, "rounding": 0.0}
    return Account("prediction", 2, 4, 1.0, 1.75, ROWS, np.array([0.25, 0.5]), others, np.arange(11, 15), **cells)


def test_those_that_pushed_most_each_way():
    assert account().top() == ([(14, 1.0), (11, 0.5)], [(12, -0.25)])
    assert account().top(1) == ([(14, 1.0)], [(12, -0.25)])


def test_what_a_person_reads():
    assert str(account()).splitlines()[:11] == [
        "Ledger  prediction, steps 3 to 4",
        "",
        "By row",
        "  what           added",
        "  before step 3   1.00",
        "  row 14          1.00",
        "  row 11          0.50",
        "  row 12         −0.25",
        "  1 more row         0",
        "  weight decay   −0.50",
        "  after step 4    1.75",
    ]


def test_what_is_shown_adds_up():
    by_row, by_step = (section.lines[0].rows for section in account().document().sections)
    *parts, (_, final) = by_row
    assert sum(value for _, value in parts) == final == by_step[-1][2]
    assert [step for step, *_ in by_step] == [3, 4]


def test_cells_stand_beside_it_and_in_data():
    found = account(cells={14: {"price": "3,50"}, 11: {"price": "2"}})
    assert "\n   14  3,50\n" in str(found)
    data = found.to_dict()
    assert data["cells"] == {"14": {"price": "3,50"}, "11": {"price": "2"}}
    assert data["by_row"] == ROWS.tolist()
    assert data["initial"] + sum(data["by_row"]) + sum(data["others"].values()) == pytest.approx(data["final"])
