"""From the shelf to the receipt.

Sick here: an integration test whose database is a mock, so that the only thing it integrates is the mock; a test that is
five tests; and four tests that fail together, because their fixture has missed a change of the tables.
"""

import pytest

from sockshop.delivery import Courier, send_order
from sockshop.orders import cancel_order, export_books, place_order, receipt, revenue_cents
from sockshop.store import SoldOut, Store


@pytest.mark.integration
def test_an_order_reaches_the_books(mock_db):
    store = Store()
    store.connection = mock_db

    assert place_order(store, "some-sock", "Ada") == 1


@pytest.mark.integration
def test_a_sold_out_sock_is_refused(store):
    identity = store.add("thermal, left", 900, stock=0)

    with pytest.raises(SoldOut):
        place_order(store, identity, "Grace")


@pytest.mark.integration
def test_a_day_in_the_shop(store):
    # Step 1: two socks come in
    identity = store.add("woollen, right", 800, stock=2)
    assert store.find(identity)["stock"] == 2

    # Step 2: the first customer
    first = place_order(store, identity, "Ada", gift_wrap=True)
    assert first == 1

    # Step 3: the courier rides off
    parcel = send_order("Cold Foot Lane 4", Courier(ride_s=5))
    assert parcel.state == "under way"

    # Step 4: the first customer changes her mind
    refund = cancel_order(store, first)
    assert refund == 800

    # Step 5: the tax office
    books = export_books(store)
    assert books == []


@pytest.mark.parametrize("customer", ["Ada", "Grace", "Edsger"])
def test_everybody_gets_a_receipt(last_mondays_till, customer):
    identity = last_mondays_till.add("tartan, left", 650)
    number = place_order(last_mondays_till, identity, customer)

    assert receipt(last_mondays_till, number) == customer + ": one sock, 6.50"


def test_the_till_counts(last_mondays_till):
    identity = last_mondays_till.add("tartan, right", 650)
    place_order(last_mondays_till, identity, "Barbara")

    assert revenue_cents(last_mondays_till) == 650
