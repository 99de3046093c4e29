"""Pull requests that take tests away, or only seem to."""

from __future__ import annotations

import pytest

from tests.history.cases import Table
from tests.history.shop import CART, CHECKOUT, FINDING, KNOWN, PRICES, STOCK, UNIT

PULL_REQUESTS = Table()
TOTAL = f"{CART}::test_the_total_is_the_sum_of_all_lines"
ADDING = f"{CART}::test_adding_twice_adds_up"
MANY = f"{PRICES}::test_many_are_cheaper"
TAX = f"{PRICES}::test_tax_is_added"
RECORD = """
Reason: Redundant
GitHub Issue: SHOP-40
Coverage: Functionality covered by test_adding_puts_an_article_in
Risk Assessment: None
"""
SHORT = "Reason: Redundant\nIssue: SHOP-40\nCoverage: test_adding_puts_an_article_in\nRisk: None\n"


# ---------------------------------------------------------------- merged


@PULL_REQUESTS.green()
def a_removal_recorded_by_its_own_command(shop):
    shop.cut(ADDING)
    shop.did("baseline", "accept", "--removed", ADDING, "--why", "the test above it counts the same, SHOP-40")


@PULL_REQUESTS.green()
def a_removal_recorded_before_the_test_is_cut(shop):
    shop.did("baseline", "accept", "--removed", ADDING, "--why", "the test above it counts the same, SHOP-40")
    shop.cut(ADDING)


@PULL_REQUESTS.green()
def a_removal_recorded_as_the_deletion_policy_asks(shop):
    shop.cut(ADDING)
    shop.commit(f"Delete obsolete test: test_adding_twice_adds_up\n{RECORD}")
    shop.append("README.md", "And another commit behind it.")


@PULL_REQUESTS.green()
def several_removals_in_one_record(shop):
    shop.cut(ADDING)
    shop.cut(TOTAL)
    shop.commit(f"The cart counts on the server\n\n{SHORT}Removed-Test: {ADDING}\nRemoved-Test: {TOTAL}\n")


@PULL_REQUESTS.green()
def a_known_failure_deleted_with_a_record(shop):
    shop.cut(KNOWN)
    shop.commit(f"The list is no longer shown\n\n{SHORT}Removed-Test: {KNOWN}\n")


@PULL_REQUESTS.green()
def cases_of_a_test_removed_with_a_record(shop):
    shop.replace(PRICES, "(10, 5), (49, 5), (50, 10), (1000, 10)]", "(10, 5), (50, 10)]")
    shop.did("baseline", "accept", "--removed", f"{MANY}[49-5]", f"{MANY}[1000-10]", "--why", "edges do, SHOP-41")


@PULL_REQUESTS.green(holds={"gone": None})
def a_test_is_renamed(shop):
    shop.replace(CART, "test_adding_twice_adds_up", "test_counts_of_one_article_are_added")


@PULL_REQUESTS.green(holds={"gone": None})
def a_parametrised_test_is_renamed(shop):
    shop.replace(PRICES, "test_many_are_cheaper", "test_the_discount_grows")


@PULL_REQUESTS.green(holds={"gone": None})
def a_known_failure_is_renamed(shop):
    shop.replace(PRICES, "test_the_price_list_is_sorted", "test_articles_are_listed_in_order")


@PULL_REQUESTS.green(holds={"gone": None})
def a_file_is_moved(shop):
    shop.move(STOCK, "tests/unit/warehouse/test_shelves.py")


@PULL_REQUESTS.green(holds={"gone": None})
def a_file_is_moved_and_edited_a_little(shop):
    moved = "tests/unit/warehouse/test_shelves.py"
    shop.move(STOCK, moved)
    shop.replace(moved, "import pytest\n", '"""Shelves."""\n\nimport pytest\n')
    shop.replace(moved, "stock.restock(2)", "stock.restock(2)  # a pallet")


@PULL_REQUESTS.green(holds={"gone": None})
def the_file_of_a_known_failure_is_moved(shop):
    shop.move(PRICES, "tests/unit/prices/test_lists.py")


@PULL_REQUESTS.green(holds={"gone": None})
def a_test_is_moved_into_another_file(shop):
    shop.append(STOCK, "from shop.cart import Cart\n\n\n" + shop.cut(TOTAL))


@PULL_REQUESTS.green(holds={"gone": None})
def a_test_is_moved_into_a_class(shop):
    source = shop.cut(ADDING).replace("():", "(self):", 1)
    shop.append(CART, "class TestAdding:\n" + "".join(f"    {line}\n" for line in source.splitlines()))


@PULL_REQUESTS.green(holds={"gone": None})
def a_test_becomes_parametrised(shop):
    shop.mark(ADDING, '@pytest.mark.parametrize("article", ["tea", "cup"])')
    shop.replace(CART, "def test_adding_twice_adds_up():", "def test_adding_twice_adds_up(article):")
    source = shop.function(ADDING)
    shop.replace(CART, source, source.replace('add("tea"', "add(article").replace('{"tea"', "{article"))


@PULL_REQUESTS.green(holds={"gone": None})
def other_cases_and_as_many(shop):
    shop.replace(PRICES, "(49, 5)", "(48, 5)")


@PULL_REQUESTS.green(holds={"gone": None})
def two_tests_become_one_with_two_cases(shop):
    shop.cut(f"{CART}::test_adding_puts_an_article_in")
    shop.cut(ADDING)
    shop.append(
        CART,
        """
        @pytest.mark.parametrize(("count", "lines"), [(1, {"tea": 1}), (3, {"tea": 3})])
        def test_what_is_added_is_in(count, lines):
            cart = Cart()
            cart.add("tea", count)
            assert cart.lines == lines
        """,
    )


@PULL_REQUESTS.green(holds={"gone": None})
def a_test_of_three_cases_becomes_three_tests(shop):
    shop.cut(TAX)
    for net, gross in ((0, 0), (100, 107), (450, 481)):
        shop.append(PRICES, f"def test_tax_on_{net}():\n    assert with_tax({net}) == {gross}")


@PULL_REQUESTS.green(holds={"gone": None})
def a_test_becomes_part_of_a_longer_one(shop):
    shop.cut(f"{CART}::test_removing_takes_an_article_out")
    shop.append(
        CART,
        """
        def test_the_way_of_a_cup():
            cart = Cart()
            cart.add("cup")
            assert cart.lines == {"cup": 1}
            cart.remove("cup")
            assert cart.lines == {}
            assert cart.total == 0
        """,
    )


@PULL_REQUESTS.green(holds={"gone": None})
def one_of_two_equal_tests_is_deleted(shop):
    shop.write("tests/unit/test_cart_again.py", shop.text(CART))
    shop.commit("A copy")
    shop.delete("tests/unit/test_cart_again.py")


# ---------------------------------------------------------------- sent back


@PULL_REQUESTS.red("disappeared-tests", MANY, "[CASE]")
def cases_of_a_test_removed_with_a_record_of_the_whole(shop):
    shop.replace(PRICES, "(10, 5), (49, 5), (50, 10), (1000, 10)]", "(10, 5), (50, 10)]")
    shop.did("baseline", "accept", "--removed", MANY, "--why", "the edges are enough, SHOP-41")


@PULL_REQUESTS.red("disappeared-tests", TAX)
def a_test_of_three_cases_becomes_two_tests(shop):
    shop.cut(TAX)
    for net, gross in ((0, 0), (450, 481)):
        shop.append(PRICES, f"def test_tax_on_{net}():\n    assert with_tax({net}) == {gross}")


@PULL_REQUESTS.red("disappeared-tests", TOTAL)
def two_tests_become_one_that_looks_at_something_else(shop):
    shop.cut(TOTAL)
    shop.cut(f"{CART}::test_removing_takes_an_article_out")
    shop.append(
        CART,
        """
        @pytest.mark.parametrize("count", [1, 2])
        def test_an_article_stays_in(count):
            cart = Cart()
            cart.add("tea", count)
            cart.add("cup")
            assert cart.lines["tea"] == count
        """,
    )


@PULL_REQUESTS.red("disappeared-tests", KNOWN, "baseline accept --removed")
def the_failing_test_is_deleted(shop):
    shop.cut(KNOWN)


@PULL_REQUESTS.red("disappeared-tests", ADDING, "baseline accept --removed", also="pass-rate")
def a_passing_test_is_deleted_without_a_record(shop):
    shop.cut(ADDING)


@PULL_REQUESTS.red("disappeared-tests", ADDING, "Coverage", also="pass-rate")
def a_record_without_a_word_on_coverage(shop):
    shop.cut(ADDING)
    shop.commit("Delete obsolete test: test_adding_twice_adds_up\n\nReason: Redundant\nIssue: SHOP-40\nRisk: None\n")


@PULL_REQUESTS.red("disappeared-tests", ADDING, also="pass-rate")
def a_record_with_nothing_behind_its_words(shop):
    shop.cut(ADDING)
    shop.commit("Delete obsolete test: test_adding_twice_adds_up\n\nReason:\nIssue:\nCoverage:\nRisk:\n")


@PULL_REQUESTS.red("disappeared-tests", ADDING, also="pass-rate")
def a_record_of_another_test(shop):
    shop.cut(ADDING)
    shop.commit(f"Delete obsolete test: test_removing_takes_an_article_out\n{RECORD}")


@PULL_REQUESTS.red("disappeared-tests", TOTAL, also="pass-rate")
def a_record_of_one_where_two_went(shop):
    shop.cut(ADDING)
    shop.cut(TOTAL)
    shop.did("baseline", "accept", "--removed", ADDING, "--why", "the test above it counts the same, SHOP-40")


@PULL_REQUESTS.red("disappeared-tests", ADDING, also="pass-rate")
def a_deleted_test_whose_name_a_new_one_in_another_file_takes(shop):
    shop.cut(ADDING)
    shop.append(STOCK, "def test_adding_twice_adds_up():\n    assert Stock(1).left == 1")


@PULL_REQUESTS.red("disappeared-tests", MANY, "6", "2", also="pass-rate")
def a_parametrisation_is_shrunk(shop):
    shop.replace(PRICES, "(10, 5), (49, 5), (50, 10), (1000, 10)]", "(10, 5)]".replace("(10, 5)", "(10, 5)"))
    shop.replace(PRICES, "(1, 0), (9, 0), (10, 5)]", "(1, 0), (10, 5)]")


@PULL_REQUESTS.red("disappeared-tests", "15 tests", f"{CHECKOUT}::test_a_new_store_holds_no_order", also="pass-rate")
def three_files_of_five_are_deleted(shop):
    for path in (CART, STOCK, CHECKOUT):
        shop.delete(path)


@PULL_REQUESTS.red("", CART, also="pass-rate", either="disappeared-tests deselected")
def a_file_is_moved_out_of_pytests_sight(shop):
    shop.move(CART, "tests/unit/cart_checks.py")


@PULL_REQUESTS.red("", ADDING, also="pass-rate", either="disappeared-tests deselected")
def a_test_takes_a_name_that_is_no_tests(shop):
    shop.replace(CART, "def test_adding_twice_adds_up", "def check_adding_twice_adds_up")


@PULL_REQUESTS.red("", f"{STOCK}::test_restocking_leaves_more", also="pass-rate", either="disappeared-tests deselected")
def a_file_hides_its_tests(shop):
    shop.append(STOCK, "del test_restocking_leaves_more")


@PULL_REQUESTS.red("", ADDING, also="pass-rate", either="disappeared-tests deselected")
def a_test_is_not_a_test_any_more(shop):
    shop.append(CART, "test_adding_twice_adds_up.__test__ = False")


@PULL_REQUESTS.red("disappeared-tests", ADDING, also="pass-rate new-findings")
def a_test_is_renamed_and_emptied(shop):
    shop.cut(ADDING)
    shop.append(CART, "def test_counts_are_added():\n    assert True")


@PULL_REQUESTS.red("disappeared-tests", FINDING, also="pass-rate")
def a_test_with_a_finding_is_deleted_to_be_rid_of_it(shop):
    shop.cut(FINDING)


@pytest.mark.parametrize("case", PULL_REQUESTS.cases, ids=str)
def test_the_verdict_is_a_careful_reviewers(case, pull_request):
    verdict = case.judge(pull_request)

    assert verdict.audit["complete"] is True


def test_60_percent_of_the_tests_gone_are_counted(pull_request):
    for path in UNIT:
        pull_request.delete(path)
    pull_request.commit("Faster builds")

    verdict = pull_request.scan()

    assert verdict.code == 1
    assert "disappeared-tests" in verdict.failed
    assert sum(gone["before"] - gone["now"] for gone in verdict.comparison["gone"]) == 29
    assert verdict.audit["summary"]["pass_rate"] == 5 / 6


def test_a_renamed_test_is_named_with_its_old_name(pull_request):
    pull_request.replace(CART, "test_adding_twice_adds_up", "test_counts_of_one_article_are_added")
    pull_request.commit()

    verdict = pull_request.scan()

    assert verdict.comparison["moved"] == [[ADDING, f"{CART}::test_counts_of_one_article_are_added"]]


def test_a_removal_without_since_needs_the_command(pull_request):
    pull_request.cut(ADDING)
    pull_request.commit(f"Delete obsolete test: test_adding_twice_adds_up\n{RECORD}")

    before = pull_request.scan(since="")
    pull_request.did("baseline", "accept", "--removed", ADDING, "--why", "SHOP-40")
    after = pull_request.scan(since="")

    assert before.failed - {"pass-rate"} == {"disappeared-tests"}
    assert after.code == 0
