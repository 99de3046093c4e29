import os

import pytest

from seedlibrary.catalogue import Catalogue
from seedlibrary.services import Ledger
from seedlibrary.website import Website

# A resolver that nobody answers must not hold up the suite.
os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:1")


@pytest.fixture
def catalogue():
    """Three seeds, as in the card index."""
    catalogue = Catalogue()
    for name in ("borlotti", "painted lady", "blue lake"):
        catalogue.add(name, packets=3)
    yield catalogue
    catalogue.close()


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture(scope="session")
def website():
    site = Website().start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def greenhouse(tmp_path_factory):
    """One greenhouse for all; building it takes a while."""
    plan = tmp_path_factory.mktemp("greenhouse") / "plan.txt"
    plan.write_text("schema=7\nbenches=4\n")
    schema = int(plan.read_text().splitlines()[0].split("=")[1])
    if schema > 6:
        raise RuntimeError("greenhouse plan {} has schema {}, newest known is 6".format(plan, schema))
    return {"benches": 4}


@pytest.fixture
def member():
    return {"name": "Rosa", "level": 1}


@pytest.fixture
def colour(request):
    return "blue"


@pytest.fixture(scope="session")
def palette(colour):
    return [colour]


@pytest.fixture
def trug():
    """A basket, put back afterwards."""
    basket = []
    yield basket
    yield basket.clear()
