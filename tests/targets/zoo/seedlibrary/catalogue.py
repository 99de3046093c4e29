"""The catalogue: which seeds there are, in SQLite."""

import csv
import sqlite3

from seedlibrary import release

SCHEMA = """
CREATE TABLE IF NOT EXISTS seed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    species TEXT NOT NULL,
    year INTEGER,
    packets INTEGER NOT NULL CHECK (packets >= 0)
);
"""


class ImportFailed(Exception):
    """A file of seeds could not be read."""


class Seed:
    def __init__(self, name, species, year=None, packets=1):
        self.name = name
        self.species = species
        self.year = year
        self.packets = packets


class Catalogue:
    listeners = []

    def __init__(self, path=":memory:", timeout=5.0):
        self.db = sqlite3.connect(str(path), timeout=timeout)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(SCHEMA)

    def close(self):
        self.db.close()

    def subscribe(self, listener):
        self.listeners.append(listener)

    def add(self, name, species="Phaseolus vulgaris", year=None, packets=1):
        cursor = self.db.execute(
            "INSERT INTO seed (name, species, year, packets) VALUES (?, ?, ?, ?)", (name, species, year, packets)
        )
        self.db.commit()
        for listener in self.listeners:
            listener(name)
        return cursor.lastrowid

    def get(self, seed_id):
        row = self.db.execute("SELECT * FROM seed WHERE id = ?", (seed_id,)).fetchone()
        return Seed(row["name"], row["species"], row["year"], row["packets"])

    def find(self, name):
        return self.db.execute("SELECT * FROM seed WHERE name = ?", (name,)).fetchone()

    def count(self):
        return self.db.execute("SELECT COUNT(*) FROM seed").fetchone()[0]

    def names(self):
        order = "name DESC" if release.at_least("1.5") else "name"
        return [row["name"] for row in self.db.execute("SELECT name FROM seed ORDER BY " + order)]

    def oldest(self):
        return self.db.execute("SELECT name FROM seed ORDER BY harvest_year LIMIT 1").fetchone()

    def take(self, name, packets=1):
        self.db.execute("UPDATE seed SET packets = packets - ? WHERE name = ?", (packets, name))
        self.db.commit()

    def low(self, threshold):
        return [row["name"] for row in self.db.execute("SELECT * FROM seed") if row["packets"] < threshold]


def species_of(row):
    """The species as it is printed on the packet."""
    return row["species"].capitalize()


def describe(record):
    """One line for the card index."""
    text = record["name"]
    text += ", {} petals".format(record["petals"])
    text += ", {} cm".format(record["height"])
    return text


def read_csv(path):
    """Rows `name,species,packets` -> Seeds."""
    seeds = []
    with open(str(path), newline="") as file:
        for number, row in enumerate(csv.reader(file), start=1):
            try:
                seeds.append(Seed(row[0], row[1], packets=int(row[2])))
            except ValueError as error:
                raise ImportFailed("{}, line {}: {}".format(path, number, error))
    return seeds
