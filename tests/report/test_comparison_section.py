"""What the terminal says of a comparison: what is new first, what does not block apart, and old things in one line."""

import re
from dataclasses import replace

import pytest

from testaudit.model import Check, Comparison, NodeId, Verdict


def section(text, title):
    """The lines of one section."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(title))
    end = next((number for number in range(start + 1, len(lines)) if re.match(r"\S.* ─{3}", lines[number])), len(lines))
    return [line.strip() for line in lines[start + 1 : end] if line.strip()]


def test_what_changed_is_named_with_owners_and_both_lines(compared, show):
    text = show(compared, 120)

    assert "Since the baseline of 2026-11-01 (2 files changed since origin/main) ─" in text
    assert section(text, "Since") == [
        "1 new failure",
        "tests/test_delivery.py::test_parcel_arrives[by bike]  @shop/delivery",
        "1 test function gone or shrunk",
        "tests/test_old.py::test_till  3 cases then, 1 now",
        "1 new skip without an issue",
        "tests/test_cart.py::test_gift",
        "1 test that checks less",
        "tests/test_cart.py::test_sum  == became in",
        "- assert total == 12",
        "+ assert total in (12, 13)",
        "1 known failure fixed",
        "tests/test_cart.py::test_item_3",
        "1 quarantined test to release",
        "tests/test_stock.py::test_race  passed 21 times in a row: testaudit quarantine remove",
        "1 test removed for a reason",
        "tests/test_old.py::test_cash  nobody pays in cash",
        "1 test moved or renamed",
        "tests/test_a.py::test_x",
        "→ tests/test_b.py::test_x",
        "1 test in quarantine",
        "tests/test_stock.py::test_slow  failed, @shop/stock, SHOP-8, until 2026-12-31",
        "5 known failures",
        "3 findings gone",
    ]


def test_nothing_is_said_where_nothing_changed(compared, show):
    known = Comparison(baseline="b.json", known_failures=compared.comparison.known_failures)

    assert "Since the baseline" not in show(replace(compared, comparison=known))
    assert "Since the baseline" not in show(replace(compared, comparison=Comparison(baseline="b.json")))


def test_long_lists_are_cut_and_counted_unless_asked(compared, show):
    ids = tuple(NodeId(f"tests/test_x.py::test_{number:03}") for number in range(40))
    audit = replace(compared, comparison=replace(compared.comparison, new_skips=ids))

    assert "… 35 more tests (--verbose shows all)" in show(audit)
    assert "tests/test_x.py::test_039" in show(audit, 100, "verbose")


def test_new_failures_come_first_and_known_ones_are_marked(compared, show):
    lines = section(show(compared, 120), "Failures")

    assert lines[0] == "1×  AssertionError: assert 'under way' == 'delivered'"
    assert lines[1] == "new · cause unknown"
    assert lines[2] == "owned by @shop/delivery · last changed by Ada in abc1234, 2026-11-20"
    assert "known, does not block · cause environment · at shop/orders.py:41 in place_order" in lines


def test_a_group_with_new_and_known_tests_says_how_many_are_new(compared, show):
    mixed = replace(compared.failures[0], node_ids=(*compared.failures[0].node_ids, *compared.failures[1].node_ids))

    lines = section(show(replace(compared, failures=(mixed,)), 120), "Failures")

    assert lines[1].startswith("1 of 6 new · cause environment")
    assert lines[4] == "tests/test_delivery.py::test_parcel_arrives[by bike]"


def test_quarantined_failures_do_not_block_and_expired_ones_do(compared, show):
    held = compared.comparison.quarantined[1]
    node_id = compared.failures[1].node_ids[0]
    quarantined = replace(held, node_id=NodeId(node_id.partition("[")[0]))
    calm = replace(compared.comparison, new_failures=(), quarantined=(quarantined,))
    over = replace(calm, quarantined=(replace(quarantined, expired=True),))

    assert "quarantined, does not block · cause unknown" in show(replace(compared, comparison=calm), 120)
    text = show(replace(compared, comparison=over), 120)
    assert "1 quarantine entry past its day" in text
    assert "quarantined, does not block" not in text


def test_old_findings_are_one_line_unless_asked(compared, show):
    text = show(compared, 120)

    assert "4 older findings, known at the baseline (--verbose shows them)." in text
    assert "xfail-untracked" not in text
    assert "xfail-untracked" in show(compared, 120, "verbose")


def test_where_all_findings_are_old_none_is_shown(compared, show):
    audit = replace(compared, findings=tuple(replace(finding, new=False) for finding in compared.findings))

    text = show(audit, 120)

    assert "none that is new" in text
    assert "6 older findings, known at the baseline" in text
    assert "sleep-in" not in text


def test_a_warning_is_yellow_and_no_failed_check(compared, show):
    text = show(compared, 120)

    assert "1 of 4 checks failed, 1 warning" in text
    assert "! loosened      1 test checks less" in text
    assert "✗ loosened" not in text


def test_a_gate_that_only_warns_passes_and_names_the_warning(healthy, show):
    warned = Check("duration", passed=False, actual=80.0, limit=60.0, why="it takes longer", blocking=False)
    audit = replace(healthy, verdict=Verdict((*healthy.verdict.checks, warned)))

    text = " ".join(show(audit, 200).split())

    assert "✓ Gate passed" in text
    assert "and nothing suspicious was found. 1 warning: duration." in text
    assert "4 checks passed, 1 warning" in text


def test_the_first_command_and_step_are_about_what_is_new(compared, show):
    text = show(compared, 200)

    assert "1. Repair 1 test that newly fails: AssertionError" in text
    assert "the pass rate goes from" not in text
    assert "$ python -m pytest 'tests/test_delivery.py::test_parcel_arrives[by bike]'" in text


@pytest.mark.parametrize("kind", ["sick", "huge"])
def test_without_a_baseline_one_command_accepts_todays_state(request, show, kind):
    text = show(request.getfixturevalue(kind), 200)

    assert re.search(r"\$ testaudit baseline write +accepts today's state; from then on only what is new blocks", text)


def test_fixed_failures_may_raise_the_bar(compared, show):
    assert re.search(r"\$ testaudit baseline write +raises the bar: 1 known failure passes now", show(compared, 200))


@pytest.mark.parametrize("kind", ["healthy", "not_run", "incomplete", "empty"])
def test_no_baseline_is_proposed_where_none_can_be_written_or_is_needed(request, show, kind):
    assert "baseline write" not in show(request.getfixturevalue(kind), 200)


@pytest.mark.parametrize("width", [30, 80])
def test_a_hostile_comparison_fits_and_stays_text(crowd, show, width):
    text = show(replace(crowd, failures=crowd.failures[:3], findings=(), incomplete=()), width)

    assert [line for line in text.splitlines() if len(line) > width and not line.startswith("  $ ")] == []
    assert "\u202e" not in text
    assert "\n::error::boo" not in text
