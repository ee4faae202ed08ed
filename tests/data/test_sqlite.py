import sqlite3
from contextlib import closing

import pytest

from chainrule.data.read import open_table, read_table
from chainrule.errors import DataError, InputError


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*statements):
        with closing(sqlite3.connect("cars.db")) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return "cars.db"

    return make


CARS = ("CREATE TABLE cars (price, name, zip TEXT, mixed)",
        "INSERT INTO cars VALUES (1, 'x', '007', 1), (2.5, NULL, '123', 'b'), (NULL, 'NA', '999', 2.5)")  # fmt: skip


@pytest.mark.parametrize("source", ["cars.db", "cars.db::cars"])
def test_a_table_is_read(database, source):
    database(*CARS)
    assert read_table(source).rows() == [(1.0, "x", "007", "1"), (2.5, None, "123", "b"), (None, None, "999", "2.5")]


def test_a_name_with_quotes_is_a_name(database):
    database('CREATE TABLE "a""b; drop" (x)', 'INSERT INTO "a""b; drop" VALUES (1)')
    assert read_table('cars.db::a"b; drop').rows() == [(1,)]


def test_a_view_is_read(database):
    database(*CARS, "CREATE VIEW cheap AS SELECT price FROM cars WHERE price < 2")
    assert read_table("cars.db::cheap").rows() == [(1,)]


@pytest.mark.parametrize(
    ("statements", "source", "error", "message"),
    [
        (CARS, "cars.db::car", InputError, "cars.db has no table 'car'; it has 'cars'. Did you mean 'cars'?"),
        ((*CARS, "CREATE TABLE vans (x)"), "cars.db", InputError,
         "cars.db holds 2 tables: 'cars', 'vans'. Say which one: 'cars.db::cars'."),
        (("CREATE TABLE vans (x)",), "cars.db", DataError, "cars.db, table 'vans' has no rows. Add at least one."),
        (("CREATE TABLE vans (x)", "DROP TABLE vans"), "cars.db", DataError,
         "cars.db holds no tables. Give a database with the table to learn from."),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_read(database, statements, source, error, message):
    database(*statements)
    with pytest.raises(error) as caught:
        read_table(source)
    assert str(caught.value) == message


def test_what_is_no_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.db").write_bytes(b"junk" * 100)
    with pytest.raises(DataError) as caught:
        read_table("a.db::cars")
    assert str(caught.value) == (
        "a.db cannot be read as an SQLite database (file is not a database). "
        "Check that the file is one and is complete."
    )


def test_the_table_that_is_preferred_is_taken_where_there_is_one(database):
    database(*CARS, "CREATE TABLE vans (x)", "INSERT INTO vans VALUES (1)")
    assert open_table("cars.db", prefer="cars").name == "cars.db::cars"
    assert open_table("cars.db::vans", prefer="cars").name == "cars.db::vans"
    with pytest.raises(InputError, match="Say which one"):
        open_table("cars.db", prefer="ships")
