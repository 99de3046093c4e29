"""The project of the history: a small shop with what a grown suite has, two known failures and one old finding among it."""

from __future__ import annotations

CART = "tests/unit/test_cart.py"
PRICES = "tests/unit/test_prices.py"
ORDERS = "tests/unit/test_orders.py"
STOCK = "tests/unit/test_stock.py"
CHECKOUT = "tests/integration/test_checkout.py"
COURIER = "tests/integration/test_courier.py"

KNOWN = f"{PRICES}::test_the_price_list_is_sorted"
"""Fails at the baseline, which knows it."""
ALSO_KNOWN = f"{CHECKOUT}::test_the_receipt_names_the_tax"
FLAKY = f"{COURIER}::test_the_courier_answers"
"""Passes, unless COURIER_LOG names a file: then every second call of the courier fails, the first among them."""
VICTIM = f"{PRICES}::test_amounts_are_shown_with_their_currency"
"""Reads `shop.prices.SETTINGS`, which any test may write to."""
SLOW = f"{CHECKOUT}::test_a_year_of_orders"
FINDING = f"{PRICES}::test_a_voucher_holds_its_number"
"""An assertion in it is never reached (dead-assert)."""

BUGFREE = "return sorted(PRICES)"
"""What repairs KNOWN, in place of the line below."""
BUG = "return list(PRICES)"

CODE = {
    "pyproject.toml": """
        [project]
        name = "shop"
        version = "1.0"

        [tool.pytest.ini_options]
        testpaths = ["tests"]
        addopts = ["--strict-markers"]
        markers = ["slow: takes longer than a coffee"]

        [tool.testaudit]
        issue-pattern = 'SHOP-\\d+'
        ignore = ["xfail-not-strict"]
        """,
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "README.md": "A shop.\n",
    "shop/__init__.py": '"""A shop."""\n',
    "shop/prices.py": '''
        """What things cost, in cents."""

        PRICES = {"tea": 450, "cup": 900, "jam": 390}
        SETTINGS = {"currency": "EUR"}


        def price_of(article):
            return PRICES[article]


        def articles():
            return list(PRICES)


        def discount(count):
            return 10 if count >= 50 else 5 if count >= 10 else 0


        def with_tax(cents):
            return cents + cents * 7 // 100


        def shown(cents):
            return f"{cents // 100}.{cents % 100:02d} {SETTINGS['currency']}"


        def voucher(text):
            if not text.startswith("V-"):
                raise ValueError(text)
            return int(text[2:])
        ''',
    "shop/cart.py": '''
        """A cart: articles, and how many of each."""

        from shop.prices import price_of


        class Cart:
            def __init__(self):
                self.lines = {}

            def add(self, article, count=1):
                price_of(article)
                self.lines[article] = self.lines.get(article, 0) + count

            def remove(self, article):
                del self.lines[article]

            @property
            def total(self):
                return sum(price_of(article) * count for article, count in self.lines.items())
        ''',
    "shop/orders.py": '''
        """Orders, made of carts."""

        from shop.prices import shown


        class Order:
            def __init__(self, cart):
                if not cart.lines:
                    raise ValueError("an empty cart")
                self.total = cart.total
                self.sent = False


        def receipt(order):
            return f"total {shown(order.total)}"


        def number(uuid):
            return str(uuid).upper()
        ''',
    "shop/stock.py": '''
        """What is left."""


        class Stock:
            def __init__(self, left):
                self.left = left

            def reserve(self, count):
                if count > self.left:
                    raise ValueError("sold out")
                self.left -= count

            def restock(self, count):
                self.left += count
        ''',
    "shop/courier.py": '''
        """Somebody else's service: where its log is kept, it is busy at every second call."""

        import os
        from pathlib import Path


        def answer():
            if "COURIER_LOG" not in os.environ:
                return "here"
            log = Path(os.environ["COURIER_LOG"])
            calls = log.read_text() if log.exists() else ""
            log.write_text(calls + "x")
            return "here" if len(calls) % 2 else "busy"
        ''',
    "conftest.py": '"""Settings of the whole suite."""\n',
}

UNIT = {
    CART: """
        import pytest

        from shop.cart import Cart


        def test_a_new_cart_is_empty():
            assert Cart().lines == {}


        def test_adding_puts_an_article_in():
            cart = Cart()
            cart.add("tea")
            assert cart.lines == {"tea": 1}


        def test_adding_twice_adds_up():
            cart = Cart()
            cart.add("tea")
            cart.add("tea", 2)
            assert cart.lines == {"tea": 3}


        def test_removing_takes_an_article_out():
            cart = Cart()
            cart.add("cup")
            cart.remove("cup")
            assert cart.lines == {}


        def test_the_total_is_the_sum_of_all_lines():
            cart = Cart()
            cart.add("tea", 2)
            cart.add("jam")
            assert cart.total == 1290


        def test_an_unknown_article_is_refused():
            with pytest.raises(KeyError):
                Cart().add("elephant")
        """,
    PRICES: """
        import pytest

        from shop.prices import articles, discount, shown, voucher, with_tax


        @pytest.mark.parametrize(
            ("count", "percent"),
            [(1, 0), (9, 0), (10, 5), (49, 5), (50, 10), (1000, 10)],
        )
        def test_many_are_cheaper(count, percent):
            assert discount(count) == percent


        @pytest.mark.parametrize(("net", "gross"), [(0, 0), (100, 107), (450, 481)])
        def test_tax_is_added(net, gross):
            assert with_tax(net) == gross


        def test_amounts_are_shown_with_their_currency():
            assert shown(1290) == "12.90 EUR"


        def test_the_price_list_is_sorted():
            assert articles() == ["cup", "jam", "tea"]


        def test_a_voucher_holds_its_number():
            assert voucher("V-12") == 12
            with pytest.raises(ValueError) as info:
                voucher("12")
                assert "12" in str(info.value)
        """,
    ORDERS: """
        import os
        from uuid import uuid4

        import pytest

        from shop.cart import Cart
        from shop.orders import Order, number


        @pytest.fixture
        def order():
            cart = Cart()
            cart.add("cup", 2)
            return Order(cart)


        @pytest.mark.parametrize("uuid", [pytest.param(uuid, id=str(uuid)) for uuid in (uuid4(), uuid4())])
        def test_numbers_are_shown_in_capitals(uuid):
            assert number(uuid) == f"{uuid}".upper()


        def test_an_order_takes_the_total_of_its_cart(order):
            assert order.total == 1800


        def test_an_empty_cart_cannot_be_ordered():
            with pytest.raises(ValueError, match="empty"):
                Order(Cart())


        @pytest.mark.xfail(reason="nobody sends orders yet, SHOP-31")
        def test_an_order_is_sent_at_once(order):
            assert order.sent is True


        @pytest.mark.skip(reason="gift wrapping comes with SHOP-12")
        def test_gifts_are_wrapped(order):
            assert order.wrapped is True


        @pytest.mark.skipif(os.name != "nowhere", reason="the printer exists in no place yet")
        def test_labels_are_printed(order):
            assert order.label == "1800"
        """,
    STOCK: """
        import pytest

        from shop.stock import Stock


        def test_reserving_leaves_less():
            stock = Stock(5)
            stock.reserve(2)
            assert stock.left == 3


        def test_more_than_there_is_cannot_be_reserved():
            with pytest.raises(ValueError, match="sold out"):
                Stock(5).reserve(6)


        def test_restocking_leaves_more():
            stock = Stock(5)
            stock.restock(2)
            assert stock.left == 7


        def test_everything_can_be_reserved():
            stock = Stock(5)
            stock.reserve(5)
            assert stock.left == 0
        """,
}

INTEGRATION = {
    "tests/integration/conftest.py": '''
        """A store of orders in a file."""

        import json

        import pytest


        class Store:
            def __init__(self, path):
                self.path = path

            def save(self, order):
                self.path.write_text(json.dumps([*self.totals, order.total]))

            @property
            def totals(self):
                return json.loads(self.path.read_text()) if self.path.exists() else []


        @pytest.fixture
        def store(tmp_path):
            return Store(tmp_path / "orders.json")
        ''',
    CHECKOUT: """
        import pytest

        from shop.cart import Cart
        from shop.orders import Order, receipt


        def order_of(article, count=1):
            cart = Cart()
            cart.add(article, count)
            return Order(cart)


        def test_a_new_store_holds_no_order(store):
            assert store.totals == []


        def test_checking_out_stores_the_order(store):
            store.save(order_of("jam"))
            assert store.totals == [390]


        def test_two_orders_are_stored_in_turn(store):
            store.save(order_of("tea"))
            store.save(order_of("cup"))
            assert store.totals == [450, 900]


        def test_the_receipt_names_the_tax(store):
            assert "tax" in receipt(order_of("tea"))


        @pytest.mark.slow
        def test_a_year_of_orders(store):
            for _ in range(12):
                store.save(order_of("tea"))
            assert sum(store.totals) == 12 * 450
        """,
    COURIER: """
        from shop import courier


        def test_the_courier_answers():
            assert courier.answer() == "here"
        """,
}

FILES = {**CODE, **UNIT, **INTEGRATION}
TESTS = 35
"""Collected: 6 of the cart, 12 of prices, 7 of orders, 4 of the stock, 5 of checking out, 1 of the courier."""
