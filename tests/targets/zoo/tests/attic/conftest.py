import pytest

from seedlibrary.catalogue import Drawer


@pytest.fixture
def drawer():
    return Drawer("attic")
