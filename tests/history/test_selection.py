"""Pull requests that leave every test where it is, and see to it that fewer are selected."""

from __future__ import annotations

import pytest

from tests.history.cases import Table
from tests.history.shop import CART, CHECKOUT, SLOW, STOCK
from tests.history.test_failures import EMPTY, break_stock

PULL_REQUESTS = Table()
FEWER = "deselected disappeared-tests"
"""Whether a test that stands in a file and is not selected is called one or the other is taste; that it is named, not."""


# ---------------------------------------------------------------- merged


@PULL_REQUESTS.green()
def a_new_marker_that_nothing_selects_by(shop):
    shop.replace("pyproject.toml", 'coffee"]', 'coffee", "fast: does not"]')
    shop.mark(EMPTY, "@pytest.mark.fast")


@PULL_REQUESTS.green()
def other_options_of_pytest(shop):
    shop.addopts("-ra", "--tb=short", "-p", "no:doctest")


@PULL_REQUESTS.green()
def the_configuration_moves_to_another_file(shop):
    text = shop.text("pyproject.toml")
    start, end = text.index("[tool.pytest.ini_options]"), text.index("[tool.testaudit]")
    shop.replace("pyproject.toml", text[start:end], "")
    shop.write("pytest.ini", "[pytest]\ntestpaths = tests\naddopts = --strict-markers\nmarkers = slow: takes longer\n")


# ---------------------------------------------------------------- sent back


@PULL_REQUESTS.red("deselected", SLOW, also="pass-rate")
def markers_deselect_in_the_configuration(shop):
    shop.addopts("-m", "not slow")


@PULL_REQUESTS.red("deselected", EMPTY, also="pass-rate")
def names_deselect_in_the_configuration(shop):
    shop.addopts("-k", "not everything")


@PULL_REQUESTS.red("deselected", EMPTY, also="pass-rate")
def a_failure_is_deselected_by_its_name(shop):
    break_stock(shop)
    shop.addopts(f"--deselect={EMPTY}")


@PULL_REQUESTS.red("", EMPTY, either=FEWER, also="pass-rate")
def a_failing_file_is_ignored(shop):
    break_stock(shop)
    shop.addopts(f"--ignore={STOCK}")


@PULL_REQUESTS.red("", f"{CHECKOUT}::test_checking_out_stores_the_order", either=FEWER, also="pass-rate")
def a_folder_is_ignored(shop):
    shop.addopts("--ignore-glob=*/integration/*")


@PULL_REQUESTS.red("", f"{CHECKOUT}::test_checking_out_stores_the_order", either=FEWER, also="pass-rate")
def the_test_paths_are_narrowed(shop):
    shop.replace("pyproject.toml", 'testpaths = ["tests"]', 'testpaths = ["tests/unit"]')


@PULL_REQUESTS.red("", f"{STOCK}::test_restocking_leaves_more", either=FEWER, also="pass-rate")
def other_files_hold_tests(shop):
    shop.replace("pyproject.toml", "[tool.testaudit]", 'python_files = ["test_[a-p]*.py"]\n\n[tool.testaudit]')


@PULL_REQUESTS.red("", "11 tests", f"{CHECKOUT}::test_two_orders_are_stored_in_turn", either=FEWER, also="pass-rate")
def other_functions_are_tests(shop):
    shop.replace("pyproject.toml", "[tool.testaudit]", 'python_functions = ["test_[a-q]*"]\n\n[tool.testaudit]')


@PULL_REQUESTS.red("", f"{CHECKOUT}::test_checking_out_stores_the_order", either=FEWER, also="pass-rate")
def a_folder_is_not_entered(shop):
    shop.replace("pyproject.toml", "[tool.testaudit]", 'norecursedirs = ["integration"]\n\n[tool.testaudit]')


@PULL_REQUESTS.red("", f"{STOCK}::test_restocking_leaves_more", either=FEWER, also="pass-rate")
def a_conftest_file_ignores_a_file(shop):
    shop.append("conftest.py", f'collect_ignore = ["{STOCK}"]')


@PULL_REQUESTS.red("", f"{STOCK}::test_restocking_leaves_more", either=FEWER, also="pass-rate")
def a_conftest_file_ignores_by_a_hook(shop):
    shop.append(
        "conftest.py", 'def pytest_ignore_collect(collection_path):\n    return "stock" in collection_path.name or None'
    )


@PULL_REQUESTS.red("", EMPTY, either=FEWER, also="pass-rate")
def a_hook_drops_a_failing_test_and_tells_nobody(shop):
    break_stock(shop)
    shop.append(
        "conftest.py",
        """
        def pytest_collection_modifyitems(items):
            items[:] = [item for item in items if "everything" not in item.name]
        """,
    )


@PULL_REQUESTS.red("", EMPTY, either=FEWER, also="pass-rate")
def a_hook_drops_a_test_and_says_so(shop):
    shop.append(
        "conftest.py",
        """
        def pytest_collection_modifyitems(config, items):
            dropped = [item for item in items if "everything" in item.name]
            config.hook.pytest_deselected(items=dropped)
            items[:] = [item for item in items if item not in dropped]
        """,
    )


@PULL_REQUESTS.red("", EMPTY, either=FEWER, also="pass-rate")
def the_tools_own_configuration_selects(shop):
    shop.setting('pytest-args = ["-k", "not everything"]')


@PULL_REQUESTS.red("", f"{CHECKOUT}::test_checking_out_stores_the_order", either=FEWER, also="pass-rate")
def the_tools_own_configuration_narrows_the_paths(shop):
    shop.setting('testpaths = ["tests/unit"]')
    shop.replace("pyproject.toml", 'testpaths = ["tests"]\naddopts', 'testpaths = ["tests/unit"]\naddopts')


@PULL_REQUESTS.red("", "29 tests", f"{CHECKOUT}::test_a_new_store_holds_no_order", either=FEWER, also="pass-rate")
def another_file_of_settings_outranks_the_first(shop):
    shop.write("pytest.ini", f"[pytest]\ntestpaths = {CART}\nmarkers = slow: takes longer\n")


@pytest.mark.parametrize("case", PULL_REQUESTS.cases, ids=str)
def test_the_verdict_is_a_careful_reviewers(case, pull_request):
    verdict = case.judge(pull_request)

    assert verdict.audit["complete"] is True


def test_a_selection_on_the_command_line_is_compared_on_what_was_selected(pull_request):
    verdict = pull_request.scan("--", "-k", "cart")

    assert verdict.code == 0
    assert verdict.audit["partial"] is True
    assert "gone" not in verdict.comparison


def test_a_part_of_the_project_is_compared_on_what_was_selected(pull_request):
    break_stock(pull_request)
    pull_request.cut(f"{CART}::test_adding_twice_adds_up")
    pull_request.commit()

    verdict = pull_request.scan("tests/unit/test_stock.py")

    assert verdict.audit["partial"] is True
    assert verdict.failed - {"pass-rate"} == {"new-failures"}


def test_a_switched_off_check_is_named_where_it_would_have_been_red(pull_request):
    break_stock(pull_request)
    pull_request.append("pyproject.toml", '[tool.testaudit.gate]\nnew-failures = "off"\npass-rate = "off"\n')
    pull_request.commit()

    verdict = pull_request.scan()

    assert verdict.code == 1
    assert "new-failures is off, not block" in verdict.words


NEVER_RAN = {
    "a name": "def test_rarely():\n    assert Stock(1).left == 1",
    "a version": "import sys\n\nif sys.version_info < (3, 1):\n\n    def test_slow():\n        assert Stock(1).left == 1",
    "no test": "def test_slow():\n    assert Stock(1).left == 1\n\n\ntest_slow.__test__ = False",
    "taken out": "def test_slow():\n    assert Stock(1).left == 1\n\n\ndel test_slow",
}


@pytest.mark.parametrize("source", NEVER_RAN.values(), ids=NEVER_RAN)
def test_what_never_ran_is_no_loss_when_its_file_is_edited(pull_request, source):
    shelf = "tests/unit/test_m_shelf.py"

    def write(shop):
        head = "import pytest\n\nfrom shop.stock import Stock\n\n\ndef test_all_is_left():\n    assert Stock(3).left == 3\n"
        shop.write(shelf, head + "\n\n" + source)
        shop.replace("pyproject.toml", '["--strict-markers"]', '["--strict-markers", "-k", "not rarely"]')
        written = shop.write_baseline()
        assert written.code == 0, str(written)

    pull_request.merged_before(write)
    pull_request.replace(shelf, "Stock(3).left == 3", "Stock(4).left == 4")
    pull_request.commit()

    verdict = pull_request.scan()

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)
