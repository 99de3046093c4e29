"""Selling socks, one foot at a time."""

from sockshop.store import SoldOut


def place_order(store, identity, customer, gift_wrap=False):
    """Sell one sock; answers the order's number."""
    sock = store.find(identity)
    if sock is None or sock["stock"] < 1:
        raise SoldOut(identity)
    cursor = store.connection.execute(
        "insert into orders (sock, customer, price_cents, gift_wrap) values (?, ?, ?, ?)",
        (str(identity), customer, sock["price_cents"], int(gift_wrap)),
    )
    sock["stock"] -= 1
    store.connection.execute("update socks set stock = stock - 1 where id = ?", (str(identity),))
    return cursor.lastrowid


def cancel_order(store, number):
    """The foot got warm again; answers the cents that go back to the customer."""
    sock, cents = store.connection.execute("select sock, price_cents from orders where id = ?", (number,)).fetchone()
    store.connection.execute("delete from orders where id = ?", (number,))
    store.connection.execute("update socks set stock = stock + 1 where id = ?", (sock,))
    store.find(sock)["stock"] += 1
    return cents


def export_books(store):
    """Every order that still stands, as the tax office likes it."""
    return store.connection.execute("select customer, price_cents from orders order by id").fetchall()


def revenue_cents(store):
    """What we have earned so far."""
    return store.connection.execute("select coalesce(sum(price_cents), 0) from orders").fetchone()[0]


def receipt(store, number):
    """The line that the customer gets."""
    row = store.connection.execute("select customer, price_cents from orders where id = ?", (number,)).fetchone()
    return "{}: one sock, {:.2f}".format(row[0], row[1] / 100)
