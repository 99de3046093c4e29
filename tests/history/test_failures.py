"""Pull requests whose tests fail, or no longer fail."""

from __future__ import annotations

import pytest

from tests.history.cases import Table
from tests.history.shop import (
    ALSO_KNOWN,
    BUG,
    BUGFREE,
    CART,
    CHECKOUT,
    KNOWN,
    ORDERS,
    PRICES,
    STOCK,
    VICTIM,
)

PULL_REQUESTS = Table()
EMPTY = f"{STOCK}::test_everything_can_be_reserved"
"""Fails with `break_stock`, alone."""
DEAD = "def test_the_scale():\n    import os\n    os._exit(3)\n"


def break_stock(shop):
    shop.replace("shop/stock.py", "count > self.left", "count >= self.left")


def repair(shop):
    """Repair both known failures."""
    shop.replace("shop/prices.py", BUG, BUGFREE)
    shop.replace("shop/orders.py", "total {shown", "with tax: {shown")


# ---------------------------------------------------------------- merged


@PULL_REQUESTS.green(holds={"new_failures": None, "gone": None, "lowered": None, "edited": None})
def an_honest_fix(shop):
    shop.replace("shop/stock.py", "self.left += count", "self.left += max(count, 0)")
    shop.append(
        STOCK,
        "def test_restocking_never_takes():\n    stock = Stock(5)\n    stock.restock(-2)\n    assert stock.left == 5",
    )


@PULL_REQUESTS.green()
def only_the_documents(shop):
    shop.append("README.md", "It sells tea.")


@PULL_REQUESTS.green()
def a_new_file_of_tests_without_a_new_baseline(shop):
    shop.write(
        "tests/unit/test_tea.py", "from shop.prices import price_of\n\ndef test_tea(): assert price_of('tea') == 450\n"
    )


@PULL_REQUESTS.green(KNOWN, holds={"fixed": [KNOWN]})
def a_known_failure_is_fixed(shop):
    shop.replace("shop/prices.py", BUG, BUGFREE)


@PULL_REQUESTS.green()
def a_known_failure_fails_in_another_way(shop):
    shop.replace("shop/prices.py", BUG, 'raise RuntimeError("no list today")')


@PULL_REQUESTS.green()
def an_expected_failure_passes(shop):
    shop.replace("shop/orders.py", "self.sent = False", "self.sent = True")


# ---------------------------------------------------------------- sent back


@PULL_REQUESTS.red("new-failures", EMPTY, also="pass-rate", holds={"new_failures": [EMPTY]})
def a_test_breaks(shop):
    break_stock(shop)


@PULL_REQUESTS.red("new-failures", EMPTY, holds={"fixed": [KNOWN], "new_failures": [EMPTY]})
def one_is_fixed_while_another_breaks(shop):
    shop.replace("shop/prices.py", BUG, BUGFREE)
    break_stock(shop)


@PULL_REQUESTS.red("new-failures", EMPTY)
def a_failure_is_padded_with_40_trivial_tests(shop):
    break_stock(shop)
    trivial = "\n\n".join(
        f"def test_trivial_{number}():\n    assert len('x' * {number}) == {number}" for number in range(40)
    )
    shop.write("tests/unit/test_trivial.py", trivial)


@PULL_REQUESTS.red("new-failures", f"{STOCK}::test_the_stock_has_an_owner", also="pass-rate")
def a_new_test_fails(shop):
    shop.append(STOCK, "def test_the_stock_has_an_owner():\n    assert Stock(1).left == 2")


@PULL_REQUESTS.red("new-failures", f"{PRICES}::test_many_are_cheaper[500-20]", also="pass-rate")
def a_new_case_of_an_old_test_fails(shop):
    shop.replace(PRICES, "(1000, 10)]", "(1000, 10), (500, 20)]")


@PULL_REQUESTS.red("new-failures", EMPTY, also="pass-rate")
def the_limit_is_lowered_beside_a_failure(shop):
    break_stock(shop)
    shop.setting("fail-under = 10")


@PULL_REQUESTS.red(
    "new-failures", f"{CHECKOUT}::test_checking_out_stores_the_order", also="pass-rate", holds={"gone": None}
)
def a_fixture_breaks(shop):
    shop.replace(
        "tests/integration/conftest.py", 'return Store(tmp_path / "orders.json")', "return Store(tmp_path / 1)"
    )


@PULL_REQUESTS.red("new-failures", f"{STOCK}::test_the_scale", "crash", also="pass-rate", holds={"gone": None})
def a_test_takes_the_process_with_it(shop):
    shop.append(STOCK, DEAD)


@PULL_REQUESTS.red("complete", STOCK, also="new-failures pass-rate disappeared-tests deselected runner")
def a_module_does_not_import(shop):
    shop.replace(STOCK, "from shop.stock import Stock", "from shop.stock import Stock, Shelf")


@PULL_REQUESTS.red("new-failures", VICTIM, also="pass-rate", reruns=2, holds={"new_flaky": None})
def a_polluter_is_added_and_its_victim_passes_alone(shop):
    shop.append(
        CART,
        "def test_dollars():\n    from shop import prices\n\n    prices.SETTINGS['currency'] = 'USD'\n"
        "    assert prices.shown(100) == '1.00 USD'",
    )


@PULL_REQUESTS.red("runner")
def a_plugin_ends_the_run_with_1_as_cov_fail_under_does(shop):
    repair(shop)  # where a test fails, pytest ends with 1 in any case
    shop.append("conftest.py", "def pytest_sessionfinish(session):\n    session.exitstatus = 1")


@PULL_REQUESTS.red("complete", also="runner pass-rate disappeared-tests deselected")
def the_run_stops_at_the_first_failure(shop):
    shop.addopts("-x")


@PULL_REQUESTS.red("complete", also="new-failures runner pass-rate disappeared-tests deselected")
def a_test_ends_the_run(shop):
    shop.write(
        "tests/unit/test_a_first.py", "import pytest\n\ndef test_enough():\n    pytest.exit('enough', returncode=0)\n"
    )


@PULL_REQUESTS.red("new-failures", f"{ORDERS}::test_an_order_is_sent_at_once", also="pass-rate new-xfails")
def the_xfail_of_a_test_that_still_fails_is_taken_away(shop):
    shop.replace(ORDERS, '@pytest.mark.xfail(reason="nobody sends orders yet, SHOP-31")\n', "")


@pytest.mark.parametrize("case", PULL_REQUESTS.cases, ids=str)
def test_the_verdict_is_a_careful_reviewers(case, pull_request):
    verdict = case.judge(pull_request)

    assert {node["node_id"] for node in verdict.comparison.get("known_failures", ())} <= {KNOWN, ALSO_KNOWN}


def test_without_a_baseline_the_suite_is_red_and_the_command_that_accepts_today_is_named(pull_request):
    def nothing_was_known(shop):
        shop.delete(".testaudit/baseline.json")

    pull_request.merged_before(nothing_was_known)

    verdict = pull_request.scan(since="")

    assert verdict.code == 1
    assert "2 failures, 2 causes, none recorded" in verdict.words
    assert "testaudit baseline write" in verdict.words


def test_a_suite_that_did_not_collect_is_no_audit(pull_request):
    pull_request.replace("pyproject.toml", 'testpaths = ["tests"]', 'testpaths = ["shop"]')
    pull_request.commit()

    verdict = pull_request.scan()

    assert verdict.code == 3
    assert verdict.audit.get("complete") is not True


def test_nothing_is_run_where_pytest_only_collects(pull_request):
    pull_request.addopts("--collect-only")
    pull_request.commit()

    verdict = pull_request.scan()

    assert verdict.code == 3
    assert verdict.audit.get("complete") is not True


def test_the_shop_is_what_the_history_says_it_is(pull_request):
    verdict = pull_request.scan()

    known = {(known["node_id"], known["issue"], known["owner"]) for known in verdict.comparison["known_failures"]}
    assert verdict.code == 0
    assert verdict.audit["summary"]["collected"] == 35
    assert verdict.audit["summary"]["pass_rate"] == 30 / 32
    assert known == {(KNOWN, "SHOP-7", "@shop/prices"), (ALSO_KNOWN, "SHOP-7", "@shop/prices")}
    assert verdict.comparison["old_findings"] >= 1
