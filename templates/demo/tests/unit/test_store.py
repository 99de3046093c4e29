"""The shop's books.

Sick here: a test that looks into the store's drawers instead of asking at the counter, and a sock that is known by an
id which nothing in the test has made.
"""

from sockshop.store import Store


def test_a_sock_can_be_found_again(store):
    identity = store.add("plain, right", 300)

    assert store.find(identity)["name"] == "plain, right"


def test_a_sock_that_never_was(store):
    assert store.find("gone with the wash") is None


def test_the_shelf_remembers():
    store = Store()
    store.open_shop()
    identity = store.add("argyle, left", 700)
    store.find(identity)

    assert len(store._shelf) == 1
    assert store._shelf[identity]["price_cents"] == 700


def test_the_founders_sock(store):
    sock = store.find("6b1f0b52-3f0e-4f0e-9d5c-5d3c7a9e1c44")

    assert sock["name"] == "striped, left"
    assert sock["price_cents"] == 450
