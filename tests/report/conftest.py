"""Sample audits, as fixtures: a sick suite, a healthy one, one that was not run, one that is not complete, an empty one."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from testaudit.model import (
    Attempt,
    Audit,
    AuditedTest,
    Bar,
    Check,
    Comparison,
    Cost,
    Environment,
    Evidence,
    Failure,
    Finding,
    Frame,
    Gap,
    Gone,
    Loosened,
    NodeId,
    Outcome,
    Project,
    Quarantined,
    Repair,
    Sleep,
    StillFailing,
    Summary,
    Verdict,
)
from testaudit.report import terminal
from testaudit.report.interface import Detail

Show = Callable[..., str]


def make_test(node_id: str, outcome: Outcome | None = "passed", failure: str | None = None) -> AuditedTest:
    path = node_id.split("::", maxsplit=1)[0]
    attempts = (Attempt(outcome, 0.02),) if outcome else ()
    return AuditedTest(NodeId(node_id), node_id, path, 3, outcome, attempts, failure=failure)


def make_finding(**changes: object) -> Finding:
    base = Finding(
        rule="TA301",
        name="sleep-in-test",
        antipattern="flaky",
        severity="warning",
        confidence="high",
        path="tests/test_delivery.py",
        line=31,
        end_line=31,
        message="sleeps 0.9 s and asserts on the next line",
        remedy="Poll for the condition with a deadline, or make the clock a parameter.",
        function="test_parcel_arrives",
        evidence=(Evidence("runtime", "slept 0.9 s of its 0.91 s"),),
        node_ids=(NodeId("tests/test_delivery.py::test_parcel_arrives"),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # any field


def make_sick() -> Audit:
    ids = [
        NodeId(f"tests/integration/test_checkout.py::test_{name}")
        for name in ("paying", "refund", "receipt", "tax", "mail")
    ]
    tests = [make_test(f"tests/test_cart.py::test_item_{number}") for number in range(28)]
    tests += [make_test(node_id, "failed", "f1") for node_id in ids]
    tests += [make_test("tests/test_delivery.py::test_parcel_arrives[by bike]", "error", "f2")]
    tests += [
        make_test("tests/test_cart.py::test_gift", "skipped"),
        make_test("tests/test_cart.py::test_coupon", "xfailed"),
    ]
    tests += [
        replace(
            make_test("tests/test_stock.py::test_race"),
            flaky=True,
            attempts=(Attempt("failed", 0.1), Attempt("passed", 0.1)),
        )
    ]
    found = (
        make_finding(
            rule="TA302",
            name="sleep-in-async",
            severity="error",
            line=44,
            function="test_courier_pings",
            message="time.sleep blocks the event loop inside an async function",
            remedy="await asyncio.sleep, and wait for the event rather than for a time.",
            evidence=(Evidence("runtime", "slept 0.5 s of its 0.51 s"),),
        ),
        make_finding(),
        make_finding(line=58, function="test_parcel_is_late", evidence=(Evidence("runtime", "slept 0.3 s"),)),
        make_finding(line=70, function="test_parcel_is_lost"),
        make_finding(
            rule="TA201",
            name="mocked-integration",
            antipattern="over-mocked",
            path="tests/integration/test_checkout.py",
            line=12,
            function="test_paying",
            message="marked integration, but its database is a Mock (fixture mock_db in tests/conftest.py)",
            remedy="Give it a real SQLite file from tmp_path; keep doubles for the payment provider.",
            evidence=(Evidence("static", "mock_db resolves to tests/conftest.py:8, which returns MagicMock()"),),
        ),
        make_finding(
            rule="TA701",
            name="xfail-untracked",
            antipattern="xfail-as-expected",
            path="tests/test_cart.py",
            line=90,
            function="test_coupon",
            message='xfail without an issue: "known problem, will fix later"',
            remedy="Fix it, or name the issue in the reason.",
            evidence=(),
        ),
        make_finding(confidence="medium", line=99),
    )
    failures = (
        Failure(
            id="f1",
            cause="environment",
            signature="sqlite3.OperationalError: no such table: orders @ shop/orders.py:41",
            node_ids=tuple(ids),
            message="sqlite3.OperationalError: no such table: orders",
            evidence=(Evidence("runtime", "all of them end in shop/orders.py:41"),),
            advice="Create the schema in the fixture that opens the database. All tests that fail alike pass with it.",
            frame=Frame("shop/orders.py", 41, "place_order"),
            text="def place_order(db, cart):\n>       db.execute('insert into orders ...')\nE       sqlite3.OperationalError: no such table: orders",
        ),
        Failure(
            id="f2",
            cause="unknown",
            signature="AssertionError: assert 'under way' == 'delivered'",
            node_ids=(NodeId("tests/test_delivery.py::test_parcel_arrives[by bike]"),),
            message="AssertionError: assert 'under way' == 'delivered'",
        ),
    )
    checks = (
        Check("complete", passed=True, actual=None, limit=None, why="every selected test has an outcome"),
        Check("runner", passed=True, actual=1, limit=None, why="pytest ended with 1, as the failing tests explain"),
        Check("pass-rate", passed=False, actual=0.8055, limit=0.95, why="29 of 36 expected tests passed: 80.5 %, limit 95 %", what_to_do="Repair the 6 failing tests, and name issues for 2 skipped ones."),
        Check("failures", passed=False, actual=6, limit=0, why="6 tests fail", what_to_do="Begin with the largest group below."),
    )  # fmt: skip
    return Audit(
        project=Project("/home/ada/shop", "shop", "abc1234", "main", dirty=True),
        environment=Environment("3.12.1", "8.4.2", "Linux x86_64", "/home/ada/shop/.venv/bin/python", ("cov 6.0",)),
        complete=True,
        incomplete=(),
        partial=False,
        summary=Summary(
            collected=37, deselected=4, passed=29, failed=5, error=1, skipped=1, xfailed=1, flaky=1, expected=36,
            executed=35, pass_rate=29 / 36, pass_rate_executed=29 / 35, unknown_skips=1, duration_s=3.42,
            levels=(("unit", 31), ("integration", 6), ("e2e", 0)), cost=Cost(2.6, 0.21, 0.0),
        ),
        tests=tuple(tests),
        findings=found,
        failures=failures,
        verdict=Verdict(checks),
        repairs=(Repair("f1", 5, 0, 1, 0.1, 34 / 36), Repair("f2", 1, 0, 1, 0.02, 35 / 36)),
        notes=("The suite depends on the working directory being on sys.path.",),
        slowest=((NodeId("tests/test_delivery.py::test_parcel_is_late"), 1.22), (NodeId("tests/test_delivery.py::test_parcel_arrives[by bike]"), 0.91)),
        fixture_setup=(("shop_db", "tests/conftest.py", 6, 0.18), ("event_loop", "/x/site-packages/pytest_asyncio/plugin.py", 3, 0.03)),
        sleeps=(Sleep(1.2, 3, "tests/test_delivery.py", 58, "test_parcel_is_late"), Sleep(0.9, 1, "tests/test_delivery.py", 31, "test_parcel_arrives")),
        generated="2026-11-21T06:40:00+00:00",
    )  # fmt: skip


def make_healthy() -> Audit:
    tests = tuple(make_test(f"tests/test_cart.py::test_item_{number}") for number in range(1204))
    checks = tuple(
        Check(name, passed=True, actual=actual, limit=limit, why=why)
        for name, actual, limit, why in (
            ("complete", None, None, "every selected test has an outcome"),
            ("runner", 0, None, "pytest ended with 0"),
            ("pass-rate", 1.0, 0.95, "1,204 of 1,204 expected tests passed"),
            ("failures", 0, 0, "no test fails"),
        )
    )
    summary = Summary(
        collected=1204, passed=1204, expected=1204, executed=1204, pass_rate=1.0, pass_rate_executed=1.0,
        duration_s=73.0, levels=(("unit", 1000), ("integration", 180), ("e2e", 24)), cost=Cost(0.0, 4.0),
    )  # fmt: skip
    return replace(
        make_sick(),
        summary=summary,
        tests=tests,
        findings=(),
        failures=(),
        repairs=(),
        verdict=Verdict(checks),
        notes=(),
        sleeps=(),
    )


def make_not_run() -> Audit:
    tests = tuple(make_test(f"tests/test_cart.py::test_item_{number}", None) for number in range(12))
    verdict = Verdict((Check("complete", passed=True, actual=None, limit=None, why="each test file was parsed"),))
    return replace(
        make_sick(),
        summary=Summary(collected=12),
        tests=tests,
        failures=(),
        verdict=verdict,
        slowest=(),
        sleeps=(),
        fixture_setup=(),
    )


def make_incomplete() -> Audit:
    sick = make_sick()
    assert sick.verdict is not None
    gaps = (
        Gap("module failed to collect", "tests/test_broken.py", "ModuleNotFoundError: No module named 'stripe'"),
        Gap("no outcome", "tests/test_late.py::test_last", "the run was interrupted"),
    )
    checks = (
        Check(
            "complete", passed=False, actual=2, limit=0, why="2 parts could not be examined", what_to_do="See below."
        ),
        *sick.verdict.checks[1:],
    )
    return replace(sick, complete=False, incomplete=gaps, partial=True, verdict=Verdict(checks))


def make_compared() -> Audit:
    """The sick suite held against a baseline: five failures are known, one is new, and a check only warns."""
    sick = make_sick()
    assert sick.verdict is not None
    known = tuple(
        StillFailing(node_id, "SHOP-7", "@shop/orders", "2027-01-31") for node_id in sick.failures[0].node_ids
    )
    comparison = Comparison(
        baseline=".testaudit/baseline.json",
        since="origin/main",
        merge_base="f00d",
        bar=Bar("", passed=30, expected=36, collected=36, duration_s=3.0, date="2026-11-01T08:00:00+00:00"),
        changed=("tests/test_delivery.py", "shop/orders.py"),
        new_failures=sick.failures[1].node_ids,
        known_failures=known,
        fixed=(NodeId("tests/test_cart.py::test_item_3"),),
        gone=(
            Gone(NodeId("tests/test_old.py::test_till"), 3, 1),
            Gone(NodeId("tests/test_old.py::test_cash"), 1, 0, "nobody pays in cash"),
        ),
        moved=((NodeId("tests/test_a.py::test_x"), NodeId("tests/test_b.py::test_x")),),
        new_skips=(NodeId("tests/test_cart.py::test_gift"),),
        loosened=(
            Loosened(
                NodeId("tests/test_cart.py::test_sum"),
                "tests/test_cart.py",
                8,
                "== became in",
                "assert total == 12",
                "assert total in (12, 13)",
            ),
        ),
        quarantined=(
            Quarantined(NodeId("tests/test_stock.py::test_race"), "@shop/stock", "SHOP-9", "2026-12-31", "passed", passes=21),
            Quarantined(NodeId("tests/test_stock.py::test_slow"), "@shop/stock", "SHOP-8", "2026-12-31", "failed"),
        ),
        old_findings=2,
        fixed_findings=3,
    )  # fmt: skip
    checks = (
        *sick.verdict.checks[:2],
        Check("new-failures", passed=False, actual=1, limit=0, why="1 test fails that did not", what_to_do="Mend it."),
        Check(
            "loosened",
            passed=False,
            actual=1,
            limit=0,
            why="1 test checks less",
            what_to_do="Say why.",
            blocking=False,
        ),
    )
    new = {0: True, 1: True}
    return replace(
        sick,
        comparison=comparison,
        verdict=Verdict(checks),
        findings=tuple(replace(finding, new=new.get(place, False)) for place, finding in enumerate(sick.findings)),
        failures=(
            replace(sick.failures[0], owners=("@shop/orders",)),
            replace(sick.failures[1], owners=("@shop/delivery",), blame="Ada in abc1234, 2026-11-20"),
        ),
    )


def make_crowd() -> Audit:
    """50,000 tests, 20,000 failures of 9,000 causes, 20,000 findings, and whatever else grows, all of it hostile."""
    words = "a|b `c` <img src=x> @octocat [x](http://evil.example)\n::error::boo\n##[error]boo \u202e " * 3
    ids = [NodeId(f"tests/area_{n % 400}/test_many.py::test_case[{n}-{words}]") for n in range(50_000)]
    sick = make_sick()
    return replace(
        sick,
        complete=False,
        tests=tuple(
            make_test(node_id, "failed" if n < 20_000 else "passed", f"g{n % 9000}" if n < 20_000 else None)
            for n, node_id in enumerate(ids)
        ),
        failures=tuple(
            Failure(f"g{g}", "unknown", "s", tuple(ids[g:20_000:9000]), words, owners=(words,), blame=words, advice=words)
            for g in range(9000)
        ),
        findings=tuple(
            make_finding(line=n + 1, message=f"{words}{n}", severity=("error", "warning", "info")[n % 3], new=bool(n % 2), fingerprint=f"f{n}")
            for n in range(20_000)
        ),
        comparison=Comparison(
            baseline=".testaudit/baseline.json",
            new_failures=tuple(ids[:10_000]),
            known_failures=tuple(StillFailing(node_id, words, words, "2027-01-01") for node_id in ids[10_000:15_000]),
            fixed=tuple(ids[20_000:30_000]),
            gone=tuple(Gone(node_id, 2, 1) for node_id in ids[:5000]),
            loosened=tuple(Loosened(node_id, "x.py", 1, words, words, words) for node_id in ids[:3000]),
            edited=words,
            lowered=(words,) * 1000,
        ),
        verdict=Verdict(
            tuple(Check(f"{words}{n}", passed=False, actual=1, limit=2, why=words * 9, what_to_do=words * 9, blocking=bool(n % 2)) for n in range(400))
        ),
        incomplete=(Gap(words, words, words),) * 900,
        notes=(words,) * 900,
        summary=replace(sick.summary, collected=50_000, passed=30_000, failed=20_000, error=0, expected=50_000, executed=50_000),
    )  # fmt: skip


def make_empty() -> Audit:
    return Audit(
        project=Project("."),
        environment=Environment(),
        complete=False,
        incomplete=(Gap("no tests", "", "pytest collected nothing"),),
        partial=False,
        summary=Summary(),
        tests=(),
        findings=(),
        failures=(),
        verdict=None,
    )


def make_huge() -> Audit:
    """5,000 failures in 900 groups, 3,000 findings."""
    sick = make_sick()
    ids = [
        NodeId(f"tests/area_{number % 40}/test_many.py::TestThing{number % 7}::test_case[{number}]")
        for number in range(5000)
    ]
    tests = tuple(make_test(node_id, "failed", f"g{number % 900}") for number, node_id in enumerate(ids))
    failures = tuple(
        Failure(
            f"g{group}", "unknown", "s", tuple(ids[group::900]), f"ValueError: wrong value {group}" + " and so on" * 40
        )
        for group in range(900)
    )
    found = tuple(
        make_finding(line=number, function=f"test_{number}", rule=f"TA30{number % 9}", name=f"rule-{number % 9}", path=f"tests/area_{number % 40}/test_many.py")
        for number in range(3000)
    )  # fmt: skip
    summary = replace(
        sick.summary,
        collected=5000,
        passed=0,
        failed=5000,
        error=0,
        skipped=0,
        xfailed=0,
        expected=5000,
        executed=5000,
        pass_rate=0.0,
        pass_rate_executed=0.0,
    )
    return replace(sick, tests=tests, failures=failures, findings=found, summary=summary)


@pytest.fixture
def sick() -> Audit:
    return make_sick()


@pytest.fixture
def healthy() -> Audit:
    return make_healthy()


@pytest.fixture
def not_run() -> Audit:
    return make_not_run()


@pytest.fixture
def incomplete() -> Audit:
    return make_incomplete()


@pytest.fixture
def empty() -> Audit:
    return make_empty()


@pytest.fixture
def huge() -> Audit:
    return make_huge()


@pytest.fixture
def compared() -> Audit:
    return make_compared()


@pytest.fixture(scope="session")
def crowd() -> Audit:
    return make_crowd()


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return make_finding


@pytest.fixture
def show() -> Show:
    """Render an audit into text, as a pipe of that width would get it."""

    def rendered(
        audit: Audit, width: int = 80, detail: Detail = "normal", *, encoding: str = "utf-8", lint: bool = False
    ) -> str:
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="\n")
        paint = terminal.render_findings if lint else terminal.render
        paint(audit, terminal.console(stream, width=width), detail=detail)
        stream.flush()
        return raw.getvalue().decode(encoding)

    return rendered
