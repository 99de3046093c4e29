"""The checks that measure: rates of levels, durations, the pyramid, severities, days, and what is in quarantine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from testaudit.model import Gap
from tests.baseline.suites import audit, case, cases, finding
from tests.cli.typed import BASELINE, saved, typed

TODAY = datetime.now(timezone.utc).date()
NAMES = [f"tests/test_a.py::test_{number:02}" for number in range(40)]
SOURCE = {"tests/test_a.py": "".join(f"def test_{number:02}(): assert {number} < 40\n" for number in range(40))}
WHOLE = cases(*NAMES)


@pytest.fixture
def made(project):
    """A project with these settings, and the baseline of these results where some are given."""

    def make(settings="", *then, **about):
        suite = project({**SOURCE, "testaudit.toml": settings})
        if then:
            wrote = typed("baseline", "write", "--audit", saved(suite, audit(*then, **about), "then.json"), cwd=suite)
            assert wrote.code == 0, wrote.stderr
        return suite

    return make


def check(suite, name, *tests, more=(), **about):
    """The check of this name, None where it was not asked."""
    ended = typed("gate", "--audit", saved(suite, audit(*tests, **about)), *more, "--output", "json", cwd=suite)
    return next((check for check in ended.audit["gate"]["checks"] if check["name"] == name), None)


# ---------------------------------------------------------------- pass-rate


def levels(unit=0, integration=0, e2e=0):
    """Ten tests of each level, so many of them failing."""
    failing = {"unit": unit, "integration": integration, "e2e": e2e}
    return tuple(
        case(f"tests/test_{level}.py::test_{number}", "failed" if number < count else "passed", level=level)
        for level, count in failing.items()
        for number in range(10)
    )


@pytest.mark.parametrize("level", ["unit", "integration", "e2e"])
@pytest.mark.parametrize(
    ("limit", "passed"), [("90", True), ("90.0", True), ("90.1", False), ("100", False), ("0", True)]
)
def test_a_level_has_a_limit_of_its_own(made, level, limit, passed):
    suite = made(f"fail-under = 90\n[gate]\npass-rate = {{ {level} = {limit} }}\n")

    answer = check(suite, "pass-rate", *levels(**{level: 1}))

    assert answer["passed"] is passed
    assert passed or f"{level}: 9 of 10 passed, under {float(limit):g} %" in answer["why"]
    assert passed or answer["what_to_do"]


def test_a_level_without_tests_asks_nothing(made):
    suite = made("[gate]\npass-rate = { e2e = 100 }\n")

    assert check(suite, "pass-rate", *WHOLE)["passed"] is True


def test_a_level_is_asked_with_a_baseline_too(made):
    suite = made("[gate]\npass-rate = { e2e = 95 }\n", *levels(e2e=1))

    answer = check(suite, "pass-rate", *levels(e2e=1))

    assert answer["passed"] is False
    assert "e2e: 9 of 10 passed, under 95 %" in answer["why"]


@pytest.mark.parametrize(("red", "passed"), [(2, True), (3, False)])
def test_without_a_word_it_is_95_percent(made, red, passed):
    tests = tuple(case(name, "failed" if at < red else "passed") for at, name in enumerate(NAMES))

    answer = check(made('[gate]\nfailures = "off"\n'), "pass-rate", *tests)

    assert (answer["passed"], answer["limit"]) == (passed, 0.95)


def test_what_is_skipped_for_no_reason_lowers_the_rate_of_its_level(made):
    suite = made("[gate]\npass-rate = { e2e = 95 }\n")
    skipped = (*levels()[:-1], case("tests/test_e2e.py::test_9", "skipped", level="e2e"))

    assert "e2e: 9 of 10 passed" in check(suite, "pass-rate", *skipped)["why"]


def test_the_baselines_rate_is_the_limit_and_nothing_makes_up_for_a_miss(made):
    suite = made("", *(case(name, "failed" if at < 8 else "passed") for at, name in enumerate(NAMES)))
    other = tuple(case(name, "failed" if 0 < at < 9 else "passed") for at, name in enumerate(NAMES))
    one_more = tuple(case(name, "failed" if at < 9 else "passed") for at, name in enumerate(NAMES))

    same, worse = check(suite, "pass-rate", *other), check(suite, "pass-rate", *one_more)

    assert (same["passed"], same["limit"]) == (True, 0.8)
    assert (worse["passed"], worse["actual"]) == (False, 31 / 40)
    assert "1 test more does not pass" in worse["why"]


@pytest.mark.parametrize(("rate", "passed"), [("expected", False), ("executed", True)])
def test_the_rate_is_counted_as_configured(made, rate, passed):
    tests = (*WHOLE[:30], *(case(name, "skipped") for name in NAMES[30:]))

    assert check(made(f'pass-rate = "{rate}"\n'), "pass-rate", *tests)["passed"] is passed


def test_where_nothing_is_expected_there_is_no_rate(made):
    answer = check(made(), "pass-rate", *(case(name, "skipped", tracked=True) for name in NAMES))

    assert (answer["passed"], answer["actual"]) == (False, None)
    assert answer["what_to_do"]


# ---------------------------------------------------------------- duration

DURATIONS = {
    "the same": (10.0, 10.0, "", True),
    "twice, and little": (10.0, 39.9, "", True),
    "30 seconds more": (10.0, 40.1, "", False),
    "not twice": (100.0, 199.0, "", True),
    "over twice": (100.0, 201.0, "", False),
    "a limit that is met": (100.0, 149.0, "{ limit = 1.5 }", True),
    "a limit that is passed": (100.0, 151.0, "{ limit = 1.5 }", False),
    "a limit of few seconds": (1.0, 1.6, "{ limit = 1.5 }", False),
    "quicker": (100.0, 1.0, "{ limit = 1 }", True),
}


@pytest.mark.parametrize(("then", "now", "setting", "passed"), DURATIONS.values(), ids=DURATIONS)
def test_how_much_longer_it_may_take(made, then, now, setting, passed):
    suite = made(f"[gate]\nduration = {setting}\n" if setting else "", *WHOLE, duration_s=then)

    answer = check(suite, "duration", *WHOLE, duration_s=now)

    assert (answer["passed"], answer["actual"]) == (passed, now)
    assert (answer["what_to_do"] == "") is passed
    assert answer.get("blocking", True) is False


@pytest.mark.parametrize(("then", "about"), [(0.0, {}), (1.0, {"partial": True})], ids=["unknown then", "of a part"])
def test_a_duration_that_cannot_be_compared_is_not_asked(made, then, about):
    suite = made("", *WHOLE, duration_s=then)

    assert check(suite, "duration", *WHOLE, duration_s=500.0, **about) is None


def test_a_duration_of_another_row_is_not_compared(made):
    suite = made("", *WHOLE)

    assert check(suite, "duration", *WHOLE, duration_s=500.0, more=("--env", "slow")) is None


# ---------------------------------------------------------------- pyramid


def pyramid(units, total=40):
    return tuple(replace(test, level="unit" if at < units else "e2e") for at, test in enumerate(WHOLE[:total]))


PYRAMIDS = {
    "the same": (30, 30, "", True),
    "ten points less": (30, 26, "", True),
    "more than that": (30, 25, "", False),
    "few then": (2, 0, "", True),
    "more": (20, 40, "", True),
    "over a limit": (30, 28, "{ limit = 70 }", True),
    "under a limit": (30, 27, "{ limit = 70 }", False),
    "under a limit from the start": (20, 20, "{ limit = 70 }", False),
}


@pytest.mark.parametrize(("then", "now", "setting", "passed"), PYRAMIDS.values(), ids=PYRAMIDS)
def test_how_far_the_share_of_unit_tests_may_fall(made, then, now, setting, passed):
    suite = made(f"[gate]\npyramid = {setting}\n" if setting else "", *pyramid(then))

    answer = check(suite, "pyramid", *pyramid(now))

    assert (answer["passed"], answer["actual"]) == (passed, now / 40)
    assert answer.get("blocking", True) is False


@pytest.mark.parametrize(("then", "now"), [(19, 40), (40, 19)])
def test_a_handful_of_tests_is_no_pyramid(made, then, now):
    suite = made("", *pyramid(then, total=then))

    assert check(suite, "pyramid", *pyramid(0, total=now)) is None


# ---------------------------------------------------------------- new-findings

SEVERITIES = ("error", "warning", "info")


@pytest.mark.parametrize("asked", SEVERITIES)
@pytest.mark.parametrize("found", SEVERITIES)
def test_findings_count_from_a_severity_on(made, asked, found):
    suite = made(f'[gate]\nnew-findings = {{ severity = "{asked}" }}\n', *WHOLE)

    answer = check(suite, "new-findings", *WHOLE, findings=(finding("f1", severity=found, path="tests/test_a.py"),))

    counts = SEVERITIES.index(found) <= SEVERITIES.index(asked)
    assert answer["passed"] is not counts
    assert answer["actual"] == int(counts)
    assert counts or "1 milder new one" in answer["why"]


def test_what_was_there_is_one_figure(made):
    old = tuple(finding(f"f{number}", path="tests/test_a.py") for number in range(3_000))
    suite = made("", *WHOLE, findings=old)

    answer = check(suite, "new-findings", *WHOLE, findings=(*old, finding("new", path="tests/test_a.py")))

    assert (answer["passed"], answer["actual"]) == (False, 1)
    assert "(3,000 older findings)" in answer["why"]


def test_what_is_only_suspected_is_not_among_the_older_ones(made):
    old = tuple(finding(f"f{number}", path="tests/test_a.py") for number in range(3))
    suspected = tuple(finding(f"s{number}", path="tests/test_a.py", confidence="medium") for number in range(5))
    suite = made("", *WHOLE, findings=(*old, *suspected))

    answer = check(suite, "new-findings", *WHOLE, findings=(*old, *suspected))

    assert "(3 older findings)" in answer["why"]


def test_what_a_check_names_is_short_however_much_there_is(made):
    suite = made("", *WHOLE)
    found = tuple(finding(f"f{number}", path="tests/test_a.py") for number in range(500))

    answer = check(suite, "new-findings", *WHOLE, findings=found)

    assert answer["actual"] == 500
    assert "and 497 more" in answer["why"]
    assert len(answer["why"]) < 400


# ---------------------------------------------------------------- known-failures

RED = (case(NAMES[0], "failed"), *WHOLE[1:])


def until(suite, day):
    """The baseline, its known failures excused to another day, as a reviewer could have written it."""
    text = (suite / BASELINE).read_text(encoding="utf-8")
    changed = text.replace(f'"until": "{TODAY + timedelta(days=90)}"', f'"until": "{day}"' if day else '"issue": ""')
    assert changed != text
    (suite / BASELINE).write_text(changed, encoding="utf-8")


@pytest.mark.parametrize(("days", "passed"), [(-1, False), (0, True), (1, True)])
def test_a_known_failure_is_excused_to_its_last_day(made, days, passed):
    suite = made("", *RED)
    until(suite, TODAY + timedelta(days=days))

    answer = check(suite, "known-failures", *RED)

    assert answer["passed"] is passed
    assert passed or f"1 known failure past its last day: {NAMES[0]}" in answer["why"]


def test_one_with_neither_issue_nor_day_is_no_record(made):
    suite = made("", *RED)
    until(suite, "")

    answer = check(suite, "known-failures", *RED)

    assert answer["passed"] is False
    assert f"1 known failure without an issue: {NAMES[0]}" in answer["why"]
    assert "testaudit baseline accept" in answer["what_to_do"]


@pytest.mark.parametrize("days", [-1, 1])
def test_one_that_passes_is_reported_and_never_blocks(made, days):
    suite = made("", *RED)
    until(suite, TODAY + timedelta(days=days))

    answer = check(suite, "known-failures", *WHOLE)

    assert answer["passed"] is True
    assert "1 mended" in answer["why"]
    assert "testaudit baseline write" in answer["what_to_do"]


# ---------------------------------------------------------------- quarantine

ENTRY = '[[quarantine]]\ntest = "{}"\nowner = "me"\nissue = "A-1"\nuntil = {}\n'


def quarantined(suite, count, day=TODAY):
    text = "".join(ENTRY.format(name, day) for name in NAMES[:count])
    (suite / ".testaudit").mkdir(exist_ok=True)
    (suite / ".testaudit/quarantine.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("count", "setting", "passed"), [(20, "", True), (21, "", False), (3, "{ limit = 3 }", True), (4, "{ limit = 3 }", False), (1, "{ limit = 0 }", False)])  # fmt: skip
def test_how_many_may_be_in_quarantine(made, count, setting, passed):
    suite = made(f"[gate]\nquarantine = {setting}\n" if setting else "", *WHOLE)
    quarantined(suite, count)

    answer = check(suite, "quarantine", *WHOLE)

    assert (answer["passed"], answer["actual"]) == (passed, count)


@pytest.mark.parametrize(("days", "passed"), [(-1, False), (0, True)])
def test_a_quarantine_ends_with_its_day(made, days, passed):
    suite = made("", *WHOLE)
    quarantined(suite, 1, TODAY + timedelta(days=days))

    assert check(suite, "quarantine", *RED)["passed"] is passed
    assert check(suite, "new-failures", *RED)["passed"] is passed


@pytest.mark.parametrize(("passes", "said"), [(19, False), (20, True)])
def test_one_that_has_passed_20_times_is_proposed_for_release(made, passes, said):
    suite = made("", *WHOLE)
    quarantined(suite, 1)

    answer = check(suite, "quarantine", replace(WHOLE[0], passes=passes), *WHOLE[1:])

    assert answer["passed"] is True
    assert ("to be released after 20 passes in a row" in answer["why"]) is said
    assert (f"testaudit quarantine remove {NAMES[0]}" in answer["what_to_do"]) is said


# ---------------------------------------------------------------- failures, complete


def test_a_red_suite_without_a_baseline_is_told_in_one_line(made):
    tests = tuple(case(name, "failed" if at < 5 else "passed") for at, name in enumerate(NAMES))

    answer = check(made(), "failures", *tests)

    assert answer["why"] == "5 failures, 5 causes, none recorded"
    assert "testaudit baseline write" in answer["what_to_do"]


@pytest.mark.parametrize(
    "settings", ["", "[gate]\nfailures = { limit = 100 }\npass-rate = 'off'\n", "fail-under = 0\n"]
)
def test_no_setting_makes_an_incomplete_audit_green(made, settings):
    gaps = (Gap("not-parsed", "tests/test_b.py", "syntax error"), Gap("log", "worker 2", "it died"))

    answer = check(made(settings), "complete", *WHOLE, complete=False, incomplete=gaps)

    assert (answer["passed"], answer["actual"], answer.get("blocking", True)) == (False, 2, True)
    assert answer["why"] == "tests/test_b.py: syntax error (and 1 more)"
