"""Pull requests that touch the records: the baseline, by its commands and by hand, and the quarantine."""

from __future__ import annotations

import json
import re
import sys
from datetime import date, timedelta

import pytest

from tests.history.cases import Table
from tests.history.repository import BASELINE, QUARANTINE
from tests.history.shop import ALSO_KNOWN, BUG, BUGFREE, CART, KNOWN, STOCK
from tests.history.test_failures import EMPTY, break_stock, repair

PULL_REQUESTS = Table()
ADDING = f"{CART}::test_adding_twice_adds_up"
ANY = "pass-rate failures new-failures known-failures disappeared-tests complete"
"""Which check holds a baseline against the one of the merge base is the gate's own matter."""
SOON, PAST = (f"{date.today() + timedelta(days=days):%Y-%m-%d}" for days in (30, -1))


def quarantine(shop, node_id, until=SOON):
    shop.did("quarantine", "add", node_id, "--owner", "@shop/stock", "--issue", "SHOP-60", "--until", until)


def expire(shop, path):
    """Put every date after today that a record holds into the past."""
    today = f"{date.today():%Y-%m-%d}"
    text = re.sub(r"\d{4}-\d\d-\d\d(?!T)", lambda day: PAST if day[0] > today else day[0], shop.text(path))
    assert text != shop.text(path)
    (shop.root / path).write_text(text, encoding="utf-8")


def without_lines(shop, path, word):
    """Take the lines of a JSON file that hold a word, as somebody does with an editor."""
    lines = [line for line in shop.text(path).splitlines() if word not in line]
    text = re.sub(r",(\s*[}\]])", r"\1", "\n".join(lines) + "\n")
    assert text != shop.text(path)
    json.loads(text)
    (shop.root / path).write_text(text, encoding="utf-8")


def every(value, key, edit):
    """The same JSON value, with each value of a key edited."""
    if isinstance(value, dict):
        return {name: edit(below) if name == key else every(below, key, edit) for name, below in value.items()}
    return [every(below, key, edit) for below in value] if isinstance(value, list) else value


def edit_baseline(shop, edit):
    data = json.loads(shop.text(BASELINE))
    edited = edit(data)
    assert edited != json.loads(shop.text(BASELINE))
    (shop.root / BASELINE).write_text(json.dumps(edited, indent=2) + "\n", encoding="utf-8")


# ---------------------------------------------------------------- merged


@PULL_REQUESTS.green(holds={"lowered": None, "edited": None})
def a_fix_takes_its_entry_out_of_the_baseline(shop):
    shop.replace("shop/prices.py", BUG, BUGFREE)
    written = shop.write_baseline()
    assert written.code == 0, str(written)
    assert f'"{KNOWN}"' not in "".join(re.findall(r'(?s)"known.*', shop.text(BASELINE)))


@PULL_REQUESTS.green(holds={"lowered": None, "edited": None})
def a_baseline_written_again_from_the_same_suite(shop):
    written = shop.write_baseline()
    assert written.code == 0, str(written)


@PULL_REQUESTS.green(holds={"lowered": None, "edited": None})
def a_baseline_written_with_new_tests(shop):
    shop.write(
        "tests/unit/test_tea.py", "from shop.prices import price_of\n\ndef test_tea(): assert price_of('tea') == 450\n"
    )
    written = shop.write_baseline()
    assert written.code == 0, str(written)


@PULL_REQUESTS.green(f"accepted by this change: {EMPTY}", holds={"accepted_now": [EMPTY]})
def a_failure_accepted_with_an_issue_is_green_and_named(shop):
    break_stock(shop)
    shop.did("baseline", "accept", EMPTY, "--issue", "SHOP-50", "--owner", "@shop/stock", "--until", SOON)


@PULL_REQUESTS.green("SHOP-61")
def the_bar_is_lowered_with_a_reason(shop):
    break_stock(shop)
    written = shop.write_baseline("--lower", "--why", "the stock is rewritten, SHOP-61", "--issue", "SHOP-61")
    assert written.code == 0, str(written)


@PULL_REQUESTS.green(holds={"expired": None})
def a_known_failure_gets_more_time_by_the_command(shop):
    shop.did("baseline", "accept", KNOWN, "--issue", "SHOP-7", "--owner", "@shop/prices", "--until", SOON)


@PULL_REQUESTS.green(EMPTY, "quarantine")
def a_failure_in_quarantine_is_reported(shop):
    break_stock(shop)
    quarantine(shop, EMPTY)


@PULL_REQUESTS.green()
def a_quarantined_test_is_released(shop):
    quarantine(shop, EMPTY)
    shop.did("quarantine", "remove", EMPTY)


@PULL_REQUESTS.green("windows", "baseline write", env_label="windows")
def an_environment_that_the_baseline_does_not_know(shop):
    shop.append("README.md", "It sells tea on Windows, too.")


# ---------------------------------------------------------------- sent back


@PULL_REQUESTS.red("", either=ANY)
def the_baseline_is_deleted(shop):
    shop.delete(BASELINE)


@PULL_REQUESTS.red("", EMPTY, either=ANY)
def the_baseline_is_deleted_and_written_again_with_a_new_failure(shop):
    break_stock(shop)
    shop.delete(BASELINE)
    shop.write_baseline()


@PULL_REQUESTS.red("", ADDING, either=ANY)
def the_baseline_is_deleted_and_written_again_without_a_test(shop):
    shop.cut(ADDING)
    shop.delete(BASELINE)
    shop.write_baseline()


@PULL_REQUESTS.red("", ADDING, either=ANY)
def the_line_of_a_deleted_test_is_deleted_by_hand(shop):
    shop.cut(ADDING)
    without_lines(shop, BASELINE, "test_adding_twice_adds_up")


@PULL_REQUESTS.red("", "baseline", either=ANY)
def the_rate_is_lowered_by_hand(shop):
    edit_baseline(shop, lambda data: every(data, "passed", lambda count: count - 10))


@PULL_REQUESTS.red("", EMPTY, either=ANY)
def the_rate_is_lowered_by_hand_beside_a_failure(shop):
    break_stock(shop)
    edit_baseline(shop, lambda data: every(data, "passed", lambda count: count - 10))


@PULL_REQUESTS.red("", EMPTY, "issue", either="new-failures known-failures", also="pass-rate")
def a_known_failure_is_added_by_hand_without_an_issue(shop):
    break_stock(shop)
    lines = shop.text(BASELINE).splitlines(keepends=True)
    entries = [number for number, line in enumerate(lines) if KNOWN in line and "SHOP-7" in line]
    if entries:  # an entry a line
        line = lines[entries[0]].replace(KNOWN, EMPTY).replace("SHOP-7", "")
        lines[entries[0]] = lines[entries[0]].rstrip().rstrip(",") + ",\n" + re.sub(r"\d{4}-\d\d-\d\d", "", line)
        (shop.root / BASELINE).write_text("".join(lines), encoding="utf-8")
        return
    edit_baseline(shop, _with_a_bare_entry)


@PULL_REQUESTS.red("", EMPTY, either=ANY)
def the_configuration_points_to_a_laxer_baseline(shop):
    break_stock(shop)
    shop.write_baseline("--baseline", "lax.json", "--issue", "SHOP-70")
    shop.setting('baseline = "lax.json"')


@PULL_REQUESTS.red("quarantine", EMPTY, PAST, also="new-failures pass-rate")
def a_quarantine_has_expired(shop):
    break_stock(shop)
    quarantine(shop, EMPTY)
    expire(shop, QUARANTINE)


@PULL_REQUESTS.red("quarantine", also="new-failures pass-rate")
def there_are_more_in_quarantine_than_allowed(shop):
    shop.append("pyproject.toml", "[tool.testaudit.gate]\nquarantine = {limit = 1}\n")
    quarantine(shop, EMPTY)
    quarantine(shop, ADDING)


@PULL_REQUESTS.red("disappeared-tests", ADDING, also="quarantine pass-rate")
def a_quarantined_test_is_deleted(shop):
    quarantine(shop, ADDING)
    shop.cut(ADDING)


def _with_a_bare_entry(data):
    """The baseline, with a known failure that says nothing but its test."""
    known = next(key for key in data if "known" in key or "failures" in key)
    if isinstance(data[known], dict):
        return {**data, known: dict(sorted({**data[known], EMPTY: {}}.items()))}
    entry = {name: EMPTY if value == KNOWN else "" for name, value in data[known][0].items()}
    return {**data, known: [*data[known], entry]}


@pytest.mark.parametrize("case", PULL_REQUESTS.cases, ids=str)
def test_the_verdict_is_a_careful_reviewers(case, pull_request):
    verdict = case.judge(pull_request)

    assert verdict.audit["complete"] is True


def test_a_known_failure_is_excused_until_its_day_and_no_longer(pull_request):
    pull_request.merged_before(lambda shop: expire(shop, BASELINE))
    pull_request.append("README.md", "It sells tea.")
    pull_request.commit()

    verdict = pull_request.scan()

    assert verdict.code == 1
    assert verdict.failed == {"known-failures"}, str(verdict)
    assert KNOWN.casefold() in verdict.words
    assert PAST in verdict.words


def test_an_expired_failure_that_was_fixed_blocks_nobody(pull_request):
    pull_request.merged_before(lambda shop: expire(shop, BASELINE))
    repair(pull_request)
    pull_request.commit()

    verdict = pull_request.scan()

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)
    assert sorted(verdict.comparison["fixed"]) == [ALSO_KNOWN, KNOWN]


def test_a_quarantine_that_names_no_owner_is_refused(pull_request):
    break_stock(pull_request)
    quarantine(pull_request, EMPTY)
    text = pull_request.text(QUARANTINE)
    owned = [line for line in text.splitlines(keepends=True) if "@shop/stock" in line]
    assert len(owned) == 1
    pull_request.replace(QUARANTINE, owned[0], re.sub(r"owner\s*=\s*\"@shop/stock\",?\s*", "", owned[0]))
    pull_request.commit()

    verdict = pull_request.scan()

    assert verdict.code == 1
    assert "owner" in verdict.words


def test_a_quarantine_needs_owner_and_issue(pull_request):
    ended = [
        pull_request.testaudit("quarantine", "add", EMPTY, "--issue", "SHOP-60"),
        pull_request.testaudit("quarantine", "add", EMPTY, "--owner", "@shop/stock"),
    ]

    assert [verdict.code for verdict in ended] == [2, 2]
    assert not (pull_request.root / QUARANTINE).exists()


@pytest.mark.parametrize("options", [(), ("--lower",), ("--why", "SHOP-61"), ("--lower", "--why", "")], ids=str)
def test_a_baseline_is_not_lowered_without_a_word(pull_request, options):
    break_stock(pull_request)
    before = pull_request.text(BASELINE)

    written = pull_request.write_baseline(*options)

    assert written.code == (2 if options else 1)
    assert {"--lower", "--why"} <= set(re.findall(r"--\w+", written.words))
    assert pull_request.text(BASELINE) == before


def test_a_deleted_test_lowers_the_baseline_too(pull_request):
    pull_request.cut(ADDING)
    before = pull_request.text(BASELINE)

    written = pull_request.write_baseline()

    assert written.code == 1
    assert "--lower" in written.words
    assert pull_request.text(BASELINE) == before


def test_a_part_of_the_suite_is_no_baseline(pull_request):
    before = pull_request.text(BASELINE)
    pull_request.scan("--", "-k", "cart", since="")

    written = pull_request.testaudit("baseline", "write", "--lower", "--why", "SHOP-61")

    assert written.code == 3
    assert pull_request.text(BASELINE) == before


def test_an_incomplete_run_is_no_baseline(pull_request):
    before = pull_request.text(BASELINE)
    pull_request.addopts("-x")

    written = pull_request.write_baseline("--lower", "--why", "SHOP-61")

    assert written.code == 3
    assert pull_request.text(BASELINE) == before


def test_an_acceptance_needs_an_issue_and_a_removal_a_reason(pull_request):
    before = pull_request.text(BASELINE)

    ended = [
        pull_request.testaudit("baseline", "accept", EMPTY),
        pull_request.testaudit("baseline", "accept", "--removed", EMPTY),
        pull_request.testaudit(
            "baseline", "accept", "tests/unit/test_stock.py::test_no_such_thing", "--issue", "SHOP-1"
        ),
    ]

    assert [verdict.code for verdict in ended] == [2, 2, 2]
    assert pull_request.text(BASELINE) == before


def test_a_second_environment_stands_beside_the_first(pull_request):
    written = pull_request.testaudit("baseline", "write", "--env", "other", "--python", sys.executable)
    pull_request.commit()

    first, second = pull_request.scan(), pull_request.scan("--env", "other")

    assert written.code == 0, str(written)
    assert (first.code, second.code) == (0, 0), f"{first}{second}"
    assert second.comparison["bar"]["label"] == "other"
    assert first.comparison["bar"]["label"] != "other"


def test_two_branches_that_both_accepted_something_merge(pull_request):
    def accept(branch, node_id, breakage):
        pull_request.git("switch", "--quiet", "--create", branch, "main")
        pull_request.replace(*breakage)
        pull_request.did("baseline", "accept", node_id, "--issue", "SHOP-80", "--until", SOON)
        pull_request.commit()

    early, late = (
        "tests/integration/test_checkout.py::test_a_new_store_holds_no_order",
        f"{CART}::test_a_new_cart_is_empty",
    )
    accept("one", early, ("tests/integration/conftest.py", "else []", "else [0]"))
    accept("other", late, ("shop/cart.py", "self.lines = {}", "self.lines = {'jam': 0}"))

    pull_request.git("merge", "--quiet", "--no-edit", "one")

    verdict = pull_request.scan()
    assert json.loads(pull_request.text(BASELINE))
    assert {early, late} <= {known["node_id"] for known in verdict.comparison["known_failures"]}
    assert {early, late}.isdisjoint(verdict.comparison.get("new_failures", ()))


@pytest.mark.parametrize("kept", [KNOWN, STOCK])
def test_a_baseline_is_reviewable_line_by_line(pull_request, kept):
    before = pull_request.text(BASELINE)
    break_stock(pull_request)

    pull_request.did("baseline", "accept", EMPTY, "--issue", "SHOP-50", "--until", SOON)

    numbers = pull_request.git("diff", "--numstat", "--", BASELINE).split()
    assert int(numbers[0]) <= 8
    assert int(numbers[1]) <= 2
    assert kept in before
    assert kept in pull_request.text(BASELINE)
