"""Why a test failed, read from the traces of other languages: type, message and place, so that groups hold together."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.model import Frame
from tests.steps.junit_files import by_name, read, written


@pytest.mark.parametrize(
    ("name", "test", "kind", "message", "frame"),
    [
        ("surefire.xml", "errors", "java.lang.RuntimeException", "e", Frame("a/ATest.java", 2, "a.ATest.errors")),
        ("gotestsum-rerun.xml", "TestFlaky", "", "first", Frame("a_test.go", 7, "")),
        ("jest-junit.xml", "outer inner fails", "Error", "bad <&> #x07 ü", Frame("a.test.js", 4, "")),
        ("gtest.xml", "Fail", "", "Expected equality of these values:", Frame("g.cc", 3, "")),
        ("nose2.xml", "test_error", "ValueError", "e", Frame("test_ut.py", 5, "test_error")),
        ("vitest-ugly.xml", 'outer <&> "q" > throws', "TypeError", "boom", Frame("ugly/a.test.js", 5, "")),
        ("playwright.xml", "outer › fails", "expect.toBe", "expect(received).toBe", Frame("a.spec.js", 2, "")),
        ("phpunit-ugly.xml", "testRisky", "PHPUnit\\Framework\\RiskyTestError", "This test did", None),
        ("catch2-v3-ugly.xml", "explicit FAIL", "FAIL", "told <&>", Frame("c3.cpp", 21, "")),
        ("boost-ugly.xml", "fails", "assertion error", "check 1 == 2 has failed", Frame("bt.cpp", 8, "")),
        ("node-ugly.xml", "param 2", "AssertionError", "2 even", Frame("ugly.test.js", 15, "")),
    ],
)
def test_foreign_traces_have_type_message_and_place(
    name: str, test: str, kind: str, message: str, frame: Frame | None
) -> None:
    trouble = by_name(read(name))[test].attempts[0].troubles[0]

    assert (trouble.type, trouble.message[: len(message)]) == (kind, message)
    assert frame is None or trouble.frame == frame


@pytest.mark.parametrize(
    ("text", "kind", "message", "frame"),
    [
        (
            "thread 'tests::a' panicked at src/lib.rs:3:5:\nassertion failed: x\nnote: run",
            "panic",
            "assertion failed: x",
            Frame("src/lib.rs", 3, ""),
        ),
        ("thread 'a' panicked at 'boom', src/lib.rs:9:5\n", "panic", "boom", Frame("src/lib.rs", 9, "")),
        (
            "Failure/Error: x\n\n  expected: 2\n# ./spec/x_spec.rb:3:in `block'",
            "",
            "Failure/Error: x",
            Frame("spec/x_spec.rb", 3, "block"),
        ),
        ("    a_test.go:4: bad\n", "", "bad", Frame("a_test.go", 4, "")),
        (
            "java.lang.IllegalStateException: x\n\tat org.junit.Assert.fail(Assert.java:1)\n\tat com.x.Y.z(Y.java:12)\n",
            "java.lang.IllegalStateException",
            "x",
            Frame("com/x/Y.java", 12, "com.x.Y.z"),
        ),
        (
            "TypeError: x\n    at f (/app/node_modules/a/b.js:1:2)\n    at g (/app/src/c.js:3:4)\n",
            "TypeError",
            "x",
            Frame("c.js", 3, "g"),
        ),
    ],
)
def test_a_text_alone_tells_why(tmp_path: Path, text: str, kind: str, message: str, frame: Frame) -> None:
    case = f'<testcase classname="a" name="b"><failure><![CDATA[{text}]]></failure></testcase>'

    trouble = written(tmp_path / "r.xml", f"<testsuite>{case}</testsuite>").tests[0].attempts[0].troubles[0]

    assert (trouble.type, trouble.message, trouble.frame) == (kind, message, frame)


def test_failures_of_which_nothing_is_said_are_not_one() -> None:
    tests = by_name(read("ctest-ugly.xml"))

    assert tests["times_out"].attempts[0].troubles[0].message != tests["crashes"].attempts[0].troubles[0].message


WORDS = (
    'at ~a.b(~X.java:1)~/~a.js:1:2~\n~ ~File "~", line 1, in f~panicked at ~x.rs:3:5~\'~- file : ~a.cc:3~(in test file '
    "~Error~Exception: ~cause: ~[[ATTACHMENT|~\\~::~#"
)
FRAGMENTS = st.sampled_from(WORDS.split("~"))


@given(st.lists(FRAGMENTS, max_size=30).map("".join), st.lists(FRAGMENTS, max_size=5).map("".join))
def test_any_text_is_some_reason(tmp_path_factory: pytest.TempPathFactory, text: str, message: str) -> None:
    case = ET.Element("testcase", classname="a", name="b")
    ET.SubElement(case, "failure", message=message).text = text
    suite = ET.Element("testsuite")
    suite.append(case)

    run = written(tmp_path_factory.mktemp("any") / "r.xml", ET.tostring(suite, encoding="unicode"))

    assert [test.outcome for test in run.tests] == ["failed"]
    assert run.tests[0].attempts[0].troubles[0].message


def test_a_go_test_that_failed_by_its_subtests_failed_for_their_reason() -> None:
    tests = by_name(read("gotestsum-ugly.xml"))

    assert tests["TestParam"].attempts[0].troubles == tests["TestParam/2"].attempts[0].troubles
    assert tests["TestParam"].attempts[0].troubles[0].message == "even"


@pytest.mark.parametrize(
    ("name", "test", "reason"),
    [
        ("gotestsum-rerun.xml", "TestSkip", "why"),
        ("gtest.xml", "Skip", "why"),
        ("unittest-xml-reporting.xml", "test_xf", "AssertionError(None)"),
        ("nose2.xml", "test_skip", "r"),
        ("surefire.xml", "assume", "assume msg"),
    ],
)
def test_the_reason_of_a_skip_stands_alone(name: str, test: str, reason: str) -> None:
    assert by_name(read(name))[test].reason == reason
