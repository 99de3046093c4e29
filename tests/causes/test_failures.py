"""Why tests failed: one entry a signature, the first proven cause wins, and what varies is no part of a signature."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.causes.registry import classify_failures
from testaudit.causes.signature import normalise, signature
from testaudit.model import RED, Attempt, AuditedTest, Frame, NodeId, Trouble

HERE = Frame("src/app.py", 12, "serve")


def trouble(
    message: str = "boom", kind: str = "ValueError", phase: str = "call", frame: Frame | None = HERE, root: str = ""
) -> Trouble:
    return Trouble(phase, kind, message, frame, "", root, wrapped=bool(root))


def red(number: int, *troubles: Trouble, outcome: str = "failed") -> AuditedTest:
    return AuditedTest(
        NodeId(f"t.py::test_{number}"), "", "t.py", 1, outcome, (Attempt(outcome, 0.0, troubles=troubles),)
    )


def cause_of(*troubles: Trouble, outcome: str = "failed"):
    (failure,), _, _ = classify_failures([red(1, *troubles, outcome=outcome)])
    return failure


# ---------------------------------------------------------------- signatures


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("<object at 0x7f3a2b>", "<object at 0x55d0>"),
        ("port 45432 refused", "port 45433 refused"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id 00000000-0000-0000-0000-000000000000"),
        ("at 2024-01-02T03:04:05.678Z", "at 2026-11-21 06:54:00+02:00"),
        ("no file /tmp/pytest-of-me/x1/a.txt", "no file /tmp/pytest-of-you/y22/a.txt"),
        ("sha 0123456789abcdef0123", "sha fedcba98765432101111"),
        ("took 0.123 s", "took 1e-05 s"),
        ("a\n  b", "a b"),
    ],
)
def test_what_varies_is_no_part_of_a_signature(one, two):
    assert signature(trouble(one)) == signature(trouble(two))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (trouble("red"), trouble("blue")),
        (trouble(), trouble(kind="TypeError")),
        (trouble(), trouble(frame=replace(HERE, function="other"))),
        (trouble(), trouble(frame=replace(HERE, path="src/other.py"))),
        (trouble("test_a2 broke"), trouble("test_a3 broke")),
    ],
)
def test_what_tells_failures_apart_stays(one, two):
    assert signature(one) != signature(two)


def test_the_line_of_the_frame_does_not_tell_failures_apart():
    assert signature(trouble()) == signature(trouble(frame=replace(HERE, line=99)))


@given(st.text(max_size=2_000))
def test_a_signature_is_short_and_one_line(message):
    assert len(normalise(message)) <= 4_000
    assert len(normalise(message).splitlines()) <= 1


@given(st.text(max_size=200))
def test_normalising_is_stable(message):
    once = normalise(message)

    assert normalise(" ".join(message.split())) == once


# ---------------------------------------------------------------- groups


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([*sorted(RED), "passed", "skipped"])), max_size=20
    )
)
def test_every_red_test_stands_in_one_failure_and_knows_it(made):
    tests = [red(number, trouble(message), outcome=outcome) for number, (message, outcome) in enumerate(made)]

    failures, stamped, _ = classify_failures(tests)
    listed = [node_id for failure in failures for node_id in failure.node_ids]

    assert sorted(listed) == sorted(test.node_id for test in tests if test.outcome in RED)
    assert [test.node_id for test in stamped] == [test.node_id for test in tests]
    for test in stamped:
        owners = [failure.id for failure in failures if test.node_id in failure.node_ids]
        assert owners == ([test.failure] if test.outcome in RED else [])


def test_the_largest_group_comes_first():
    failures, _, _ = classify_failures([red(1, trouble("few")), red(2, trouble("many")), red(3, trouble("many"))])

    assert [failure.message for failure in failures] == ["ValueError: many", "ValueError: few"]


def test_ids_are_the_same_in_every_run():
    first, _, _ = classify_failures([red(1, trouble("x"))])
    second, _, _ = classify_failures([red(9, trouble("x")), red(8, trouble("y"))])

    assert first[0].id in {failure.id for failure in second}


def test_a_message_with_half_a_surrogate_has_a_signature():
    assert cause_of(trouble("\ud800")).id.startswith("f-")


def test_tests_of_one_node_id_are_each_counted():
    failures, stamped, _ = classify_failures([red(1, trouble("x")), red(1, trouble("x"))])

    assert failures[0].node_ids == ("t.py::test_1", "t.py::test_1")
    assert [test.failure for test in stamped] == [failures[0].id] * 2


def test_an_error_is_signed_by_the_phase_that_is_not_the_body():
    failure = cause_of(trouble("body"), trouble("teardown", "OSError", "teardown"), outcome="error")

    assert failure.message == "OSError: teardown"


def test_a_red_test_without_any_trouble_is_an_honest_unknown():
    failure = cause_of()

    assert (failure.cause, failure.antipattern, failure.evidence) == ("unknown", None, ())
    assert "not why" in failure.message


# ---------------------------------------------------------------- causes


@pytest.mark.parametrize(
    ("outcome", "phase", "message", "kind", "cause"),
    [
        ("failed", "call", "assert 1 == 2", "AssertionError", "unknown"),
        ("error", "collect", "bad", "SyntaxError", "collection"),
        ("error", "collect", "No module named 'x'", "ModuleNotFoundError", "collection"),
        ("crashed", "call", "its process died", "", "crash"),
        ("timed-out", "call", "too long", "", "timeout"),
        ("error", "setup", "boom", "ValueError", "fixture"),
        ("error", "teardown", "boom", "ValueError", "fixture"),
        ("error", "setup", "[Errno 111] Connection refused", "ConnectionRefusedError", "environment"),
        ("failed", "call", "[Errno 111] Connection refused", "ConnectionRefusedError", "environment"),
        ("failed", "call", "[XPASS(strict)] later", "Failed", "unexpected-pass"),
        ("failed", "call", "Unexpected success", "", "unexpected-pass"),
        ("failed", "call", "[Errno -2] Name or service not known", "socket.gaierror", "environment"),
        ("failed", "call", "[Errno 28] No space left on device", "OSError", "environment"),
        ("failed", "call", "[Errno 13] Permission denied: 'x'", "PermissionError", "environment"),
        ("failed", "call", "No module named 'redis'", "ModuleNotFoundError", "environment"),
        ("failed", "call", "[Errno 2] No such file or directory: 'x'", "FileNotFoundError", "unknown"),
    ],
)
def test_each_cause_is_proven_by_its_own_evidence(outcome, phase, message, kind, cause):
    failure = cause_of(trouble(message, kind, phase), outcome=outcome)

    assert failure.cause == cause
    assert bool(failure.evidence) is (cause != "unknown")
    assert bool(failure.advice) is (cause != "unknown")


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        (
            "HTTPConnectionPool(host='api', port=8080): Max retries exceeded: Connection refused",
            "a service at api:8080",
        ),
        ('connection to server at "db" (10.0.0.1), port 5432 failed: Connection refused', "PostgreSQL at db:5432"),
        ("Error 111 connecting to localhost:6379. Connection refused.", "Redis at localhost:6379"),
        ("[Errno 111] Connect call failed ('127.0.0.1', 3306): Connection refused", "MySQL at 127.0.0.1:3306"),
        ("localhost:27017: [Errno 111] Connection refused", "MongoDB at localhost:27017"),
        ("[Errno 111] Connection refused", "a service"),
    ],
)
def test_a_refused_connection_names_the_service(message, subject):
    failures, _, subjects = classify_failures([red(1, trouble(message, "ConnectionError", "setup"), outcome="error")])

    assert subjects == {failures[0].id: subject}
    assert subject in failures[0].advice


def test_an_address_in_the_lines_of_the_traceback_names_the_service():
    text = '>       socket.create_connection(("localhost", 5432), timeout=2)\nE   ConnectionRefusedError: refused'
    refused = Trouble("setup", "ConnectionRefusedError", "[Errno 111] Connection refused", HERE, text, "")

    failures, _, subjects = classify_failures([red(1, refused, outcome="error")])

    assert subjects == {failures[0].id: "PostgreSQL at localhost:5432"}


def test_the_innermost_exception_may_say_it():
    failure = cause_of(
        trouble("cannot start", "AppError", root="ConnectionRefusedError: [Errno 111] Connection refused")
    )

    assert failure.cause == "environment"


def test_a_module_that_needs_a_service_has_a_subject_and_one_that_lacks_a_package_has_none():
    service = trouble("Connection refused: localhost:6379", "ConnectionRefusedError", "collect")
    package = trouble("No module named 'mine'", "ModuleNotFoundError", "collect")

    failures, _, subjects = classify_failures([red(1, service, outcome="error"), red(2, package, outcome="error")])

    assert {failure.cause for failure in failures} == {"collection"}
    assert list(subjects.values()) == ["Redis at localhost:6379"]


def test_a_strict_xpass_is_the_antipattern_that_its_marker_is():
    assert cause_of(trouble("[XPASS(strict)] soon", "Failed")).antipattern == "xfail-as-expected"


@given(
    st.text(max_size=300),
    st.sampled_from(["ConnectionError", "OSError", "", "ModuleNotFoundError"]),
    st.sampled_from(["setup", "call", "teardown", "collect"]),
)
def test_any_message_is_explained_or_honestly_unknown(message, kind, phase):
    failure = cause_of(trouble(message, kind, phase), outcome="failed" if phase == "call" else "error")

    assert failure.cause in {"collection", "environment", "fixture", "unexpected-pass", "unknown"}


# ---------------------------------------------------------------- one failure of many


def refused(number: int, frame: Frame, host: str = "localhost", port: int = 5432, phase: str = "call") -> AuditedTest:
    kind = "psycopg.OperationalError" if number % 2 else "ConnectionRefusedError"
    at = trouble(f"[Errno 111] Connect call failed ('{host}', {port})", kind, phase, frame)
    return red(number, at, outcome="failed" if phase == "call" else "error")


def test_one_service_that_is_down_is_one_failure_from_wherever_it_was_asked():
    asked = [refused(number, Frame(f"src/m{number}.py", number, "ask")) for number in range(6)]

    (failure,), stamped, subjects = classify_failures([*asked, refused(9, HERE, "127.0.0.1", phase="setup")])

    assert (failure.cause, len(failure.node_ids)) == ("environment", 7)
    assert {test.failure for test in stamped} == {failure.id}
    assert list(subjects) == [failure.id]
    assert any("7 places" in item.text for item in failure.evidence)


def test_other_services_and_hosts_stay_apart():
    tests = [refused(1, HERE), refused(2, HERE, port=6379), refused(3, HERE, "db.internal"), refused(4, HERE)]

    failures, _, _ = classify_failures(tests)

    assert sorted(len(failure.node_ids) for failure in failures) == [1, 1, 2]


def test_modules_that_lack_one_package_are_one_failure():
    tests = [
        red(
            number,
            trouble(
                "No module named 'redis'", "ModuleNotFoundError", "collect", Frame(f"tests/t{number}.py", 1, "<module>")
            ),
            outcome="error",
        )
        for number in range(3)
    ]

    (failure,), _, _ = classify_failures(tests)

    assert (failure.cause, len(failure.node_ids)) == ("collection", 3)


def test_two_errors_of_one_fixture_are_two_failures():
    home = Frame("tests/conftest.py", 4, "db")
    tests = [
        red(
            number,
            replace(trouble("boom", kind, "setup", Frame("src/app.py", number, f"f{number}")), fixture=home),
            outcome="error",
        )
        for number, kind in enumerate(["ValueError", "ValueError", "TypeError"])
    ]

    failures, _, _ = classify_failures(tests)

    assert [len(failure.node_ids) for failure in failures] == [2, 1]
    assert {failure.cause for failure in failures} == {"fixture"}


def test_a_steady_failure_and_a_flaky_one_of_one_signature_are_two():
    steady, flaky = red(1, trouble("x")), replace(red(2, trouble("x")), flaky=True)
    other = replace(red(3, trouble("x")), order="proven")

    failures, _, _ = classify_failures([steady, flaky, other])

    assert {failure.cause for failure in failures} == {"unknown", "flaky", "order-dependent"}
    assert len({failure.id for failure in failures}) == 3


def test_a_flaky_failure_tells_its_rate_and_how_sure_that_is():
    flaky = replace(red(1, trouble("x")), flaky=True)

    (failure,), _, _ = classify_failures([flaky])

    assert "1 of 1 attempts failed: a failure rate of 100% (95 % interval 5% to 100%)" in failure.evidence[0].text


def test_a_regression_names_where_the_test_passed():
    broken = red(1, trouble("x"))
    again = replace(broken, reruns=(replace(broken.attempts[0], condition="together"),))

    (failure,), _, _ = classify_failures([again], passed_before={again.node_id: "commit abc1234, 2026-11-20"})
    (remembered,), _, _ = classify_failures([replace(again, passed_before="commit abc1234, 2026-11-20")])

    assert failure.cause == remembered.cause == "regression"
    assert "commit abc1234" in failure.evidence[0].text


def test_the_figures_of_several_tests_are_their_sums():
    def again(number: int, *conditions: str) -> AuditedTest:
        broken = red(number, trouble("x"))
        return replace(broken, reruns=tuple(replace(broken.attempts[0], condition=name) for name in conditions))

    (failure,), _, _ = classify_failures([again(1, "together", "together", "alone"), again(2, "together", "together")])

    assert [item.text for item in failure.evidence] == [
        (
            "failed again: 4 of 4 executions of 2 tests together with the other failing tests, "
            "1 of 1 execution of one test alone"
        )
    ]


def test_twins_that_differ_in_their_backend_are_one_failure_and_other_parameters_are_not():
    def on(parameter: str) -> AuditedTest:
        return replace(red(1, trouble(f"{parameter} has no loop")), node_id=NodeId(f"t.py::test_a[{parameter}]"))

    failures, _, _ = classify_failures([on("asyncio"), on("trio"), on("redis"), on("kafka")])

    assert [len(failure.node_ids) for failure in failures] == [2, 1, 1]


def test_names_that_do_not_resolve_are_told_apart_by_the_lines_that_look_them_up():
    def asking(number: int, host: str) -> AuditedTest:
        text = f'>       getaddrinfo("{host}", 0, family)\nE   socket.gaierror: [Errno -2] Name or service not known'
        unresolved = trouble("[Errno -2] Name or service not known", "socket.gaierror")
        return red(number, replace(unresolved, text=text))

    failures, _, _ = classify_failures([asking(1, "localhost"), asking(2, "faß.de"), asking(3, "localhost")])

    assert [(failure.cause, len(failure.node_ids)) for failure in failures] == [("environment", 2), ("environment", 1)]
    assert ["IPv6" in failure.advice for failure in failures] == [True, False]
