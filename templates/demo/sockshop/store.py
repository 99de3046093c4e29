"""The shop's books: one SQLite file, or none at all when the shop is only open in memory."""

import sqlite3
import uuid

SCHEMA = """
create table socks (id text primary key, name text not null, price_cents integer not null, stock integer not null);
create table orders (
    id integer primary key, sock text not null, customer text not null, price_cents integer not null, gift_wrap integer not null
);
"""

STRIPED_LEFT = uuid.UUID("6b1f0b52-3f0e-4f0e-9d5c-5d3c7a9e1c44")


class SoldOut(Exception):
    """Somebody else has only one cold foot now."""


class Store:
    """Everything that the shop remembers."""

    def __init__(self, path=":memory:"):
        self.connection = sqlite3.connect(path)
        self._shelf = {}

    def open_shop(self):
        """Make the tables, and put the founder's sock on the shelf."""
        self.connection.executescript(SCHEMA)
        self.add("striped, left", 450, identity=STRIPED_LEFT)

    def add(self, name, price_cents, stock=1, identity=None):
        """Put a sock up for sale; answers its id."""
        identity = str(identity or uuid.uuid4())
        self.connection.execute("insert into socks values (?, ?, ?, ?)", (identity, name, price_cents, stock))
        return identity

    def find(self, identity):
        """The sock with this id, from the shelf or from the books; None when nobody has ever seen it."""
        if identity not in self._shelf:
            row = self.connection.execute(
                "select name, price_cents, stock from socks where id = ?", (str(identity),)
            ).fetchone()
            if row is None:
                return None
            self._shelf[identity] = {"name": row[0], "price_cents": row[1], "stock": row[2]}
        return self._shelf[identity]
