"""Socks that come back.

Sick here: failures that everybody expects, so that nobody looks; and a test that was switched off, with nothing that
would ever switch it on again.
"""

import pytest

from sockshop.orders import place_order, revenue_cents


@pytest.mark.xfail(reason="known problem, will fix later")
def test_a_returned_sock_lowers_the_revenue(store):
    identity = store.add("itchy, left", 500)
    place_order(store, identity, "Alan")

    assert revenue_cents(store) == 0


@pytest.mark.skip(reason="too hard, ask Bob")
def test_a_pair_is_found_again(store):
    assert store.find("the other one") is not None
