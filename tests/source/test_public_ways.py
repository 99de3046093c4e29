"""Is there a public way to do what a test does to a private attribute, and is it the very same?"""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import sources_of
from testaudit.source.public_ways import Way, public_way, public_way_to_write

PLAIN = "    def __init__(self, limit):\n        self._limit = limit\n"
SETTER = "    @property\n    def limit(self):\n        return self._limit\n    @limit.setter\n"


def suite(body, test="pool = Pool(1)\n    pool._limit = 2"):
    files = {
        "shop/pool.py": f"class Base:\n    pass\n\nclass Pool(Base):\n{body}",
        "test_a.py": f"from shop.pool import Pool\n\ndef test_x():\n    {test}\n    assert pool.is_full\n",
    }
    return sources_of(files, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))


def way_of(body: str) -> Way | None:
    sources = suite(body)
    klass = sources.find_class("shop/pool.py", "Pool")
    assert klass is not None
    return public_way(klass, "_limit", sources)


def way_to_write(body: str, test: str) -> Way | None:
    sources = suite(body, test)
    file = sources.file("test_a.py")
    assert file is not None
    function = sources.tests_in(file)[0]
    target, statement = next(site for site in function.writes if getattr(site[0], "attr", "") == "_limit")
    return public_way_to_write(sources.find_class("shop/pool.py", "Pool"), target, statement, function, sources)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (PLAIN, "`Pool(limit=...)`"),
        ("    def __init__(self, *, limit=None):\n        self._limit: int = limit\n", "`Pool(limit=...)`"),
        (
            "    def __init__(self, top=None):\n        if top is None:\n            top = 3\n        self._limit = top\n",
            "`Pool(top=...)`",
        ),
        (SETTER + "    def limit(self, value):\n        self._limit = value\n", "`Pool.limit`"),
        ('    def set_limit(self, value):\n        """Set it."""\n        self._limit = value\n', "`Pool.set_limit()`"),
    ],
)
def test_what_is_stored_as_it_is(body, shown):
    way = way_of(body)

    assert way is not None
    assert way.shown == shown


@pytest.mark.parametrize(
    "body",
    [
        "    def __init__(self, limit):\n        self._limit = int(limit)\n",
        "    def __init__(self, limit):\n        self._limit = limit\n        self.start(limit)\n",
        "    def __init__(self, limit):\n        self._limit = limit\n        if self._limit:\n            self.start()\n",
        "    def __init__(self, limit):\n        if limit:\n            self._limit = limit\n",
        "    def __init__(self, limit):\n        self._limit = limit\n        self._limit = 3\n",
        "    def __init__(self):\n        self._limit = 3\n",
        "    def __init__(self, **limit):\n        self._limit = limit\n",
        SETTER + "    def limit(self, value):\n        self.check(value)\n        self._limit = value\n",
        "    def began(self, session):\n        self._limit = session\n",
        "    pass\n",
    ],
)
def test_what_more_is_done_with_is_no_way(body):
    assert way_of(body) is None


@pytest.mark.parametrize(
    "test",
    [
        "pool = Pool(1)\n    pool._limit = 2",
        "pool = Pool(1)\n    pool.name = 'a'\n    clock = 3\n    pool._limit = clock",
    ],
)
def test_what_is_set_at_once_could_be_handed_over(test):
    assert way_to_write(PLAIN, test) is not None


@pytest.mark.parametrize(
    "test",
    [
        "pool = Pool(1)\n    pool.take()\n    pool._limit = 2",
        "pool = Pool(1)\n    pool._limit = lambda: pool.size",
        "pool = Pool(1)\n    if pool.size:\n        pool._limit = 2",
        "pool = Pool(1)\n    pool = Pool(2)\n    pool._limit = 2",
        "with Pool(1) as pool:\n        pool._limit = 2",
        "pool = Pool(1)\n    pool._limit += 2",
    ],
)
def test_what_was_used_before_could_not(test):
    assert way_to_write(PLAIN, test) is None


def test_a_none_for_which_the_constructor_takes_something_else_could_not():
    guarded = "    def __init__(self, limit=None):\n        if limit is None:\n            limit = 3\n        self._limit = limit\n"

    assert way_to_write(guarded, "pool = Pool(1)\n    pool._limit = None") is None


def test_a_setter_can_be_used_at_any_time_but_not_where_the_property_is_looked_at():
    setter = SETTER + "    def limit(self, value):\n        self._limit = value\n"

    assert way_to_write(setter, "pool = Pool(1)\n    pool.take()\n    pool._limit = 2") is not None
    assert way_to_write(setter, "pool = Pool(1)\n    pool._limit = 2\n    assert pool.limit == 2") is None
