"""Pull requests that excuse tests: skips and expected failures, with and without an issue, in the open and hidden."""

from __future__ import annotations

import pytest

from tests.history.cases import Table
from tests.history.shop import CART, CHECKOUT, KNOWN, ORDERS, PRICES, STOCK
from tests.history.test_failures import EMPTY, break_stock

PULL_REQUESTS = Table()
REMOVING = f"{CART}::test_removing_takes_an_article_out"
UNSEEN = "new-skips disappeared-tests deselected complete"
"""A module that skips itself names none of its tests: several checks may say so."""


# ---------------------------------------------------------------- merged


@PULL_REQUESTS.green()
def a_skip_with_an_issue(shop):
    shop.mark(REMOVING, '@pytest.mark.skip(reason="the cart is being rewritten, SHOP-52")')


@PULL_REQUESTS.green()
def a_failure_skipped_with_an_issue(shop):
    break_stock(shop)
    shop.mark(EMPTY, '@pytest.mark.skip(reason="SHOP-53")')


@PULL_REQUESTS.green()
def a_failure_expected_with_an_issue(shop):
    break_stock(shop)
    shop.mark(EMPTY, '@pytest.mark.xfail(reason="the last one cannot be sold, SHOP-53", strict=True)')


@PULL_REQUESTS.green()
def an_old_skip_is_left_as_it_was(shop):
    shop.replace(ORDERS, "order.wrapped is True", "order.wrapped == 1")


@PULL_REQUESTS.green()
def a_skipped_test_runs_again(shop):
    shop.replace(ORDERS, '@pytest.mark.skip(reason="gift wrapping comes with SHOP-12")\n', "")
    shop.replace("shop/orders.py", "self.sent = False", "self.sent = False\n        self.wrapped = True")


@PULL_REQUESTS.green()
def a_known_failure_becomes_an_expected_one_with_an_issue(shop):
    shop.mark(KNOWN, '@pytest.mark.xfail(reason="SHOP-7")')


@PULL_REQUESTS.green()
def a_new_case_is_skipped_with_an_issue(shop):
    case = 'pytest.param(1_000_000, 20, marks=pytest.mark.skip(reason="SHOP-54"))'
    shop.replace(PRICES, "(1000, 10)]", f"(1000, 10), {case}]")


# ---------------------------------------------------------------- sent back: skips


@PULL_REQUESTS.red("new-skips", REMOVING, "issue", also="pass-rate", holds={"new_skips": [REMOVING]})
def a_skip_without_an_issue(shop):
    shop.mark(REMOVING, '@pytest.mark.skip(reason="flaky, will look later")')


@PULL_REQUESTS.red("new-skips", EMPTY, "issue", also="pass-rate")
def a_failure_skipped_without_an_issue(shop):
    break_stock(shop)
    shop.mark(EMPTY, "@pytest.mark.skip")


@PULL_REQUESTS.red("new-skips", KNOWN, also="pass-rate")
def a_known_failure_skipped_without_an_issue(shop):
    shop.mark(KNOWN, '@pytest.mark.skip(reason="fails anyway")')


@PULL_REQUESTS.red("new-skips", REMOVING, also="pass-rate")
def a_skip_by_a_hook(shop):
    shop.append(
        "conftest.py",
        """
        import pytest


        def pytest_collection_modifyitems(items):
            for item in items:
                if item.name == "test_removing_takes_an_article_out":
                    item.add_marker(pytest.mark.skip(reason="later"))
        """,
    )


@PULL_REQUESTS.red("new-skips", REMOVING, also="pass-rate")
def a_skip_by_a_hook_of_the_set_up(shop):
    shop.append(
        "conftest.py",
        """
        import pytest


        def pytest_runtest_setup(item):
            if "removing" in item.name:
                pytest.skip("later")
        """,
    )


@PULL_REQUESTS.red("new-skips", f"{CHECKOUT}::test_checking_out_stores_the_order", also="pass-rate")
def a_skip_by_a_fixture(shop):
    shop.replace("tests/integration/conftest.py", "return Store(", 'pytest.skip("no disk")\n    return Store(')


@PULL_REQUESTS.red("new-skips", REMOVING, also="pass-rate")
def a_skip_by_a_condition_that_always_holds(shop):
    shop.mark(REMOVING, '@pytest.mark.skipif(True, reason="not now")')


@PULL_REQUESTS.red("new-skips", REMOVING, also="pass-rate")
def a_skip_until_somebody_sets_a_variable(shop):
    shop.mark(REMOVING, "@pytest.mark.skipif(\"not __import__('os').environ.get('RUN_CART')\", reason='slow machine')")


@PULL_REQUESTS.red("new-skips", REMOVING, also="pass-rate")
def something_missing_is_asked_for_in_a_test(shop):
    shop.body(REMOVING, 'pytest.importorskip("no_such_module_at_all")')


@PULL_REQUESTS.red("new-skips", EMPTY, also="pass-rate new-findings")
def a_failure_is_caught_and_skipped(shop):
    break_stock(shop)
    shop.body(EMPTY, "try:\n        Stock(5).reserve(5)\n    except Exception:\n        pytest.skip('no stock')")


@PULL_REQUESTS.red("new-skips", f"{STOCK}::test_restocking_leaves_more", also="pass-rate")
def a_whole_module_marked(shop):
    shop.replace(
        STOCK, "from shop.stock import Stock\n", "from shop.stock import Stock\n\npytestmark = pytest.mark.skip\n"
    )


@PULL_REQUESTS.red("", STOCK, either=UNSEEN, also="pass-rate")
def something_missing_is_asked_for_by_a_module(shop):
    shop.replace(
        STOCK,
        "from shop.stock import Stock\n",
        'pytest.importorskip("no_such_module_at_all")\nfrom shop.stock import Stock\n',
    )


@PULL_REQUESTS.red("", STOCK, either=UNSEEN, also="pass-rate")
def a_module_skips_itself(shop):
    line = 'pytest.skip("not now", allow_module_level=True)'
    shop.replace(STOCK, "from shop.stock import Stock\n", f"{line}\nfrom shop.stock import Stock\n")


@PULL_REQUESTS.red("new-skips", f"{PRICES}::test_many_are_cheaper[1000-10]", also="pass-rate disappeared-tests")
def one_case_is_skipped_while_another_is_added(shop):
    skipped = 'pytest.param(1000, 10, marks=pytest.mark.skip(reason="later"))'
    shop.replace(PRICES, "(1000, 10)]", f"{skipped}, (2, 0)]")


@PULL_REQUESTS.red("", f"{PRICES}::test_many_are_cheaper[1000000-20]", either="new-skips pass-rate")
def a_new_case_is_skipped_without_an_issue(shop):
    shop.replace(PRICES, "(1000, 10)]", "(1000, 10), pytest.param(1_000_000, 20, marks=pytest.mark.skip)]")


# ---------------------------------------------------------------- sent back: expected failures


@PULL_REQUESTS.red("new-xfails", EMPTY, "issue", also="pass-rate", holds={"new_xfails": [EMPTY]})
def a_failure_expected_without_an_issue(shop):
    break_stock(shop)
    shop.mark(EMPTY, '@pytest.mark.xfail(reason="known problem")')


@PULL_REQUESTS.red("new-xfails", EMPTY, also="pass-rate")
def a_failure_expected_by_a_condition_that_always_holds(shop):
    break_stock(shop)
    shop.mark(EMPTY, '@pytest.mark.xfail(True, reason="known problem")')


@PULL_REQUESTS.red("new-xfails", EMPTY, also="pass-rate")
def a_failure_expected_by_a_call(shop):
    break_stock(shop)
    shop.body(EMPTY, "pytest.xfail('known problem')")


@PULL_REQUESTS.red("new-xfails", EMPTY, also="pass-rate")
def a_failure_expected_by_a_hook(shop):
    break_stock(shop)
    shop.append(
        "conftest.py",
        """
        import pytest


        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.xfail(strict=False))
        """,
    )


@PULL_REQUESTS.red("new-xfails", KNOWN, also="pass-rate")
def a_known_failure_expected_without_an_issue(shop):
    shop.mark(KNOWN, "@pytest.mark.xfail")


@PULL_REQUESTS.red("new-failures", EMPTY, also="pass-rate new-xfails")
def a_test_that_passes_is_expected_to_fail_strictly(shop):
    shop.mark(EMPTY, '@pytest.mark.xfail(reason="SHOP-53", strict=True)')


@pytest.mark.parametrize("case", PULL_REQUESTS.cases, ids=str)
def test_the_verdict_is_a_careful_reviewers(case, pull_request):
    verdict = case.judge(pull_request)

    assert verdict.audit["complete"] is True
