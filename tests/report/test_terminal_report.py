"""What a person reads: the sentences they rely on, at both widths, and that hostile text stays text."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testaudit.model import Attempt, Audit, Check, Failure, Finding, Gap, NodeId, Repair, Verdict
from testaudit.report import terminal

Show = Callable[..., str]
WIDTHS = pytest.mark.parametrize("width", [80, 200])
ESCAPE = "\x1b["


def lines_of(text: str) -> list[str]:
    return text.splitlines()


@WIDTHS
def test_the_answer_comes_first(sick: Audit, show: Show, width: int) -> None:
    lines = [line for line in lines_of(show(sick, width)) if line]

    assert lines[0].startswith("✗ Gate failed  shop")
    assert "Do not trust this suite yet: the pass rate is 80.5 %, the limit 95 %; 6 tests" in lines[1]


@WIDTHS
def test_both_pass_rates_stand_with_their_counts(sick: Audit, show: Show, width: int) -> None:
    text = show(sick, width)

    assert re.search(r"Pass rate +80\.5 % .*29 of 36 expected", text)
    assert re.search(r" +82\.8 % .*29 of 35 executed, as CI servers count", text)
    assert "29 passed · 5 failed · 1 error · 1 skipped · 1 xfailed · 1 flaky" in text
    assert "1 skip of unknown kind counted as conditional" in text


@WIDTHS
def test_the_gates_checks_say_what_to_do(sick: Audit, show: Show, width: int) -> None:
    text = show(sick, width)

    assert re.search(r"✓ complete +every selected test has an outcome", text)
    assert re.search(r"✗ pass-rate +29 of 36 expected tests passed: 80\.5 %, limit 95 %", text)
    assert "→ Repair the 6 failing tests, and name issues for 2 skipped ones." in text
    assert "2 of 4 checks failed" in text


@WIDTHS
def test_failures_are_grouped_with_their_number_and_first_tests(sick: Audit, show: Show, width: int) -> None:
    text = show(sick, width)

    assert "5×  sqlite3.OperationalError: no such table: orders" in text
    assert "cause environment · at shop/orders.py:41 in place_order" in text
    assert "tests/integration/test_checkout.py::test_paying\n" in text
    assert "… 2 more tests (--verbose shows all)" in text
    assert "→ Create the schema in the fixture that opens the database." in text
    assert "1×  AssertionError: assert 'under way' == 'delivered'" in text
    assert "cause unknown" in text


@WIDTHS
def test_the_plan_promises_what_its_first_steps_give(sick: Audit, show: Show, width: int) -> None:
    text = " ".join(show(sick, width).split())

    assert "Fix these two causes and no test fails: the pass rate goes from 80.5 % to 97.2 %." in text
    assert (
        "1. Repair 5 tests that fail alike: sqlite3.OperationalError: no such table: orders (80.5 % → 94.4 %)" in text
    )
    assert "2. Repair the failing test: AssertionError: assert 'under way' == 'delivered' (94.4 % → 97.2 %)" in text


@pytest.mark.parametrize(
    ("rates", "promised"),
    [
        ((0.96, 0.98, 1.0), "Fix this cause and the pass rate goes from 84.6 % to 96 %."),
        ((0.9, 0.93, 0.94), "Fix this cause and the pass rate goes from 84.6 % to 90 %."),
        ((0.86, 0.87, 0.939, 0.94), "Fix these three causes and the pass rate goes from 84.6 % to 93.9 %."),
        (
            tuple(0.85 + 0.01 * step for step in range(12)),
            "Fix these five causes and the pass rate goes from 84.6 % to 89 %.",
        ),
    ],
)
def test_as_few_steps_are_promised_as_reach_the_limit_or_half_of_the_way(
    sick: Audit, show: Show, rates: tuple[float, ...], promised: str
) -> None:
    steps = tuple(Repair("f1", 1, 0, 1, 0.0, rate) for rate in rates)

    text = show(replace(sick, summary=replace(sick.summary, pass_rate=0.8463), repairs=steps), 120)

    assert promised in text


@pytest.mark.parametrize(
    ("rates", "promised"),
    [
        ((0.992, 0.996), "Fix these two causes and no test fails: the pass rate goes from 99 % to 99.6 %."),
        ((0.99004,), "Fix this cause and no test fails."),
        (tuple(0.9901 + 0.0001 * step for step in range(7)), ""),
    ],
)
def test_above_the_limit_the_promise_is_that_no_test_fails(
    sick: Audit, show: Show, rates: tuple[float, ...], promised: str
) -> None:
    steps = tuple(Repair("f1", 1, 0, 1, 0.0, rate) for rate in rates)

    text = show(replace(sick, summary=replace(sick.summary, pass_rate=0.99), repairs=steps), 120)

    assert promised in text
    assert ("Fix th" in text) is bool(promised)


@WIDTHS
def test_a_flaky_test_states_its_numbers(sick: Audit, show: Show, width: int) -> None:
    again = tuple(Attempt(outcome, 0.1, "together") for outcome in ("failed", "passed"))
    tests = tuple(replace(test, reruns=again) if test.flaky else test for test in sick.tests)

    text = show(replace(sick, tests=tests), width)

    assert "failed · passed · failed · passed" in text
    assert "failed in 2 of 4 attempts: 50 %, between 6.7 % and 93.2 % (95 % interval)" in text


@WIDTHS
def test_findings_stand_under_their_antipattern_worst_first(sick: Audit, show: Show, width: int) -> None:
    text = show(sick, width)

    places = [
        text.index(name) for name in ("Flaky test  4", "sleep-in-async", "sleep-in-test", "Over-mocking", "ignored as")
    ]
    assert places == sorted(places)
    assert "tests/test_delivery.py:31  test_parcel_arrives" in text
    assert "runtime: slept 0.9 s of its 0.91 s" in text
    assert "→ Poll for the condition with a deadline, or make the clock a parameter." in text
    assert "1 finding of medium confidence not shown (--confidence medium)." in text


@WIDTHS
def test_cost_plan_and_next_command(sick: Audit, show: Show, width: int) -> None:
    text = show(sick, width)

    assert "slept 2.6 s (76 %) · set-up 0.21 s (6.1 %)" in text
    assert re.search(r"Slept +1\.2 s +3× +tests/test_delivery\.py:58 test_parcel_is_late", text)
    assert re.search(r"Set-up +0\.18 s +6× +shop_db  tests/conftest\.py", text)
    assert "1. Repair 5 tests that fail alike: sqlite3.OperationalError" in text
    assert "$ python -m pytest tests/integration/test_checkout.py::test_paying" in text
    assert "$ testaudit explain sleep-in-async" in text


@pytest.mark.parametrize("kind", ["sick", "healthy", "not_run", "incomplete", "empty"])
@pytest.mark.parametrize("detail", ["quiet", "normal", "verbose"])
@pytest.mark.parametrize("width", [30, 80, 200])
def test_lines_fit_and_end_where_they_end(
    request: pytest.FixtureRequest, show: Show, kind: str, detail: str, width: int
) -> None:
    audit = request.getfixturevalue(kind)
    # Commands and long texts are never broken: they are there to be copied.
    audit = replace(audit, failures=tuple(replace(failure, text="") for failure in audit.failures[:80]))

    text = show(audit, width, detail)

    assert [line for line in lines_of(text) if len(line) > width and not line.startswith("  $ ")] == []
    assert [line for line in lines_of(text) if line != line.rstrip()] == []


def test_a_healthy_suite_is_told_so(healthy: Audit, show: Show) -> None:
    text = show(healthy, 200)

    assert "✓ Gate passed  shop · 1,204 tests · 1 min 13 s" in text
    assert "This suite deserves trust: 1,204 of 1,204 expected tests passed, and nothing suspicious was found." in text
    assert "Nothing needs repair." in text
    assert "Failures" not in text
    assert "Findings" not in text


def test_what_was_not_run_is_not_promised(not_run: Audit, show: Show) -> None:
    text = show(not_run, 200)

    assert "Nothing was run: whether the tests pass is not known." in text
    assert "12 tests read, none run: no outcomes." in text
    assert "Pass rate" not in text
    assert "$ testaudit scan " in text


def test_every_gap_is_said(incomplete: Audit, show: Show) -> None:
    text = show(incomplete, 200)

    assert "a part of the suite · incomplete" in lines_of(text)[1]
    assert (
        "Nothing can be promised about this suite: the audit is incomplete (module failed to collect and 1 more)"
        in text
    )
    assert "tests/test_broken.py" in text
    assert "ModuleNotFoundError: No module named 'stripe'" in text
    assert "1. Make the audit complete: module failed to collect in tests/test_broken.py (1 more)" in text


def test_many_gaps_are_counted_and_verbose_shows_them(incomplete: Audit, show: Show) -> None:
    gaps = tuple(Gap("no outcome", f"tests/test_{number}.py", "lost") for number in range(40))
    audit = replace(incomplete, incomplete=gaps)

    assert "… 35 more gaps (--verbose shows all)" in show(audit)
    assert "tests/test_39.py" in show(audit, 80, "verbose")


def test_an_empty_audit_is_no_success(empty: Audit, show: Show) -> None:
    text = show(empty)

    assert "Not judged" in text
    assert "pytest collected nothing" in text
    assert "Gate passed" not in text


def test_an_impossible_audit_says_nothing_about_the_suite(empty: Audit, show: Show) -> None:
    text = show(replace(empty, impossible="the database is not there"), 200)

    assert "✗ No audit" in text
    assert "That says nothing about the suite: the database is not there." in text


def test_an_interrupted_audit_says_by_what(sick: Audit, show: Show) -> None:
    text = show(replace(sick, ended_by=15), 200)

    assert "Interrupted" in lines_of(text)[1]
    assert "SIGTERM ended the run: 37 tests of 37 had an outcome until then" in text


def test_green_over_red_names_why_on_the_first_lines(sick: Audit, show: Show) -> None:
    verdict = Verdict((Check("failures", passed=True, actual=6, limit=None, why="6 known since the baseline"),))

    text = show(replace(sick, verdict=verdict), 200)

    assert "6 tests fail, and the gate allows it: failures: 6 known since the baseline." in "\n".join(
        lines_of(text)[:3]
    )


def test_a_rate_under_its_limit_never_looks_like_it(sick: Audit, show: Show) -> None:
    check = Check("pass-rate", passed=False, actual=0.94999, limit=0.95, why="")
    summary = replace(sick.summary, pass_rate=0.94999)

    text = show(replace(sick, verdict=Verdict((check,)), summary=summary), 200)

    assert "94.9 %, limit 95 %" in text
    assert "95.0 %" not in text


def test_quiet_is_the_verdict_alone(sick: Audit, show: Show) -> None:
    lines = lines_of(show(sick, 200, "quiet"))

    assert lines == [
        "✗ Gate failed  shop · 37 tests · 3.4 s",
        "Do not trust this suite yet: the pass rate is 80.5 %, the limit 95 %; 6 tests fail.",
    ]


def test_verbose_cuts_nothing(sick: Audit, show: Show) -> None:
    text = show(sick, 80, "verbose")

    assert "--verbose shows all" not in text
    assert "tests/integration/test_checkout.py::test_mail" in text
    assert "E       sqlite3.OperationalError: no such table: orders" in text
    assert [line for line in lines_of(text) if line != line.rstrip()] == []
    assert text.count("tests/test_delivery.py:") > 5


def test_thousands_of_failures_are_a_page_not_a_flood(huge: Audit, show: Show) -> None:
    text = show(huge, 100)

    assert len(lines_of(text)) < 200
    assert "5,000 tests, 900 causes" in text
    assert "… 892 more groups with 4,952 tests (--verbose shows all)" in text
    assert "… 332 more places (--verbose shows all)" in text


def test_failing_tests_without_an_exception_are_not_lost(sick: Audit, show: Show) -> None:
    tests = tuple(replace(test, failure=None) for test in sick.tests)

    text = show(replace(sick, failures=(), tests=tests))

    assert "6 tests without a recorded exception" in text
    assert "tests/integration/test_checkout.py::test_paying" in text


# ---------------------------------------------------------------- hostile text

HOSTILE = "tests/test_a.py::test_x[[red]bold[/red]\x1b[31m\x07\u202e\udc80{0}]"


def hostile(audit: Audit, finding: Callable[..., Finding]) -> Audit:
    node_id = NodeId(HOSTILE)
    text = "[red]bold[/red] \x1b]0;owned\x07 [link=http://x]y[/link] \udc80 {0} %s"
    failure = Failure("f1", "[bold]unknown", text, (node_id,), text, evidence=(), advice=text, text=text)
    found = finding(path=HOSTILE, function=text, message=text, remedy=text, name="[blink]x", rule="[/]")
    gap = Gap(text, HOSTILE, text)
    return replace(
        audit,
        failures=(failure,),
        findings=(found,),
        incomplete=(gap,),
        complete=False,
        notes=(text,),
        slowest=((node_id, 3.0),),
    )


@WIDTHS
@pytest.mark.parametrize("detail", ["normal", "verbose"])
@pytest.mark.parametrize("lint", [False, True])
def test_hostile_text_is_printed_literally(
    sick: Audit, show: Show, finding: Callable[..., Finding], width: int, detail: str, lint: bool
) -> None:
    text = show(hostile(sick, finding), width, detail, lint=lint)

    assert "[red]bold[/red]" in text
    assert ESCAPE not in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert "\u202e" not in text


@WIDTHS
def test_ascii_consoles_get_ascii(sick: Audit, show: Show, finding: Callable[..., Finding], width: int) -> None:
    audit = hostile(sick, finding)
    audit = replace(audit, notes=("naïve → 😀 … ‘quoted’",))

    text = show(audit, width, encoding="ascii")

    assert text.isascii()
    assert "x Gate failed" in text
    assert "na\\xefve -> \\U0001f600 ..." in text


@pytest.mark.parametrize("detail", ["normal", "verbose"])
def test_a_name_of_ten_kilobytes_is_cut(sick: Audit, show: Show, detail: str) -> None:
    node_id = NodeId("tests/test_a.py::test_long[" + "x" * 10_000 + "-the end]")
    failure = Failure("f1", "unknown", "s", (node_id,), "m" * 9_000)

    text = show(replace(sick, failures=(failure,), slowest=((node_id, 2.0),)), 80)

    assert "x" * 500 not in text
    assert "-the end]" in text
    assert len(lines_of(text)) < 120
    assert show(replace(sick, failures=(failure,)), 80, detail)


@given(text=st.text(alphabet=st.characters(exclude_categories=[]), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_text_anywhere_can_be_shown(sick: Audit, show: Show, finding: Callable[..., Finding], text: str) -> None:
    found = finding(path=text, function=text, message=text, remedy=text, name=text, rule=text, antipattern=text)
    failure = Failure("f1", text, text, (NodeId(text),), text, antipattern=text, advice=text, text=text)
    check = Check(text, passed=False, actual=text, limit=None, why=text, what_to_do=text)
    audit = replace(
        sick, failures=(failure,), findings=(found,), incomplete=(Gap(text, text, text),), complete=False, notes=(text,),
        verdict=Verdict((check,)), slowest=((NodeId(text), 1.0),), fixture_setup=((text, text, 1, 1.0),),
        project=replace(sick.project, name=text),
    )  # fmt: skip

    for encoding in ("utf-8", "ascii", "cp1252"):
        assert ESCAPE not in show(audit, 80, "verbose", encoding=encoding)
        assert show(audit, 80, encoding=encoding, lint=True)


# ---------------------------------------------------------------- consoles


def painted(audit: Audit) -> str:
    stream = io.StringIO()
    terminal.render(audit, terminal.console(stream))
    return stream.getvalue()


def test_a_pipe_gets_no_colour_and_a_fixed_width(sick: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    text = painted(sick)

    assert ESCAPE not in text
    assert max(len(line) for line in lines_of(text)) == 100


def test_colour_can_be_forced_and_refused(sick: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[1;31m" in painted(sick)

    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", painted(sick))


def test_columns_decides_the_width(sick: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "60")

    assert max(len(line) for line in lines_of(painted(sick)) if not line.startswith("  $")) == 60


# ---------------------------------------------------------------- lint


def test_lint_lines_can_be_read_by_editors(sick: Audit, show: Show) -> None:
    lines = lines_of(show(sick, 80, lint=True))

    found = [line for line in lines if re.match(r"[^ :]+:\d+: TA\d+ [a-z-]+ .", line)]
    assert len(found) == 6
    assert found[0].startswith("tests/integration/test_checkout.py:12: TA201 mocked-integration marked integration")
    assert "    runtime: slept 0.9 s of its 0.91 s" in lines
    assert "6 findings in 3 files: 1 error, 5 warnings. 1 finding of medium confidence not" in lines[-2]


def test_lint_is_quiet_when_asked_and_says_remedies_when_asked(sick: Audit, show: Show) -> None:
    assert len(lines_of(show(sick, 200, "quiet", lint=True))) == 1
    assert "→ Fix it, or name the issue in the reason." in show(sick, 200, "verbose", lint=True)


def test_lint_without_findings(healthy: Audit, empty: Audit, show: Show) -> None:
    assert show(healthy, 80, lint=True) == "✓ No findings.\n"
    text = show(empty, 80, lint=True)
    assert "✗ no tests: pytest collected nothing" in text
    assert "✗ No findings in what could be read." in text


def test_new_findings_are_marked(sick: Audit, show: Show, finding: Callable[..., Finding]) -> None:
    audit = replace(sick, findings=(finding(new=True), finding(new=False, line=50)))

    assert "sleeps 0.9 s and asserts on the next line  new" in show(audit, 200, lint=True)
    assert "1 finding, 1 new" in show(audit, 200)


def test_where_nothing_stays_only_what_still_works_is_offered(sick: Audit, show: Show) -> None:
    stream = io.StringIO()
    terminal.render(sick, terminal.console(stream, width=100), stays="nothing")

    offered = [
        line.split("$ ")[1].split("  ")[0].strip() for line in lines_of(stream.getvalue()) if line.startswith("  $ ")
    ]
    assert offered == ["testaudit explain sleep-in-async", "testaudit scan"]
