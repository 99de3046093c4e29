"""What the tests share.

Sick here: `mock_db`, which turns integration tests into theatre; and `last_mondays_till`, which builds the shop with
the tables of last Monday: the column for gift wrap came on Tuesday.
"""

import sqlite3
from unittest.mock import MagicMock

import pytest

from sockshop.store import Store


@pytest.fixture
def store():
    """An open shop in memory, with a full warehouse."""
    shop = Store()
    shop.open_shop()
    for number in range(4000):
        shop.add("warehouse sock {}".format(number), 300 + number % 200)
    yield shop
    shop.connection.close()


@pytest.fixture
def mock_db():
    database = MagicMock()
    database.execute.return_value.fetchone.return_value = ("polka dots, right", 390, 1)
    database.execute.return_value.lastrowid = 1
    return database


@pytest.fixture
def last_mondays_till(tmp_path):
    books = tmp_path / "books.db"
    with sqlite3.connect(str(books)) as connection:
        connection.executescript(
            """
            create table socks (id text primary key, name text, price_cents integer, stock integer);
            create table orders (id integer primary key, sock text, customer text, price_cents integer);
            """
        )
    connection.close()
    shop = Store(str(books))
    yield shop
    shop.connection.close()
