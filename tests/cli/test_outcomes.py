"""One outcome a test, as the contract defines it: every kind, in one sick suite that is scanned once."""

from __future__ import annotations

import pytest

ZOO = {
    "pytest.ini": "[pytest]\nmarkers = slow\n",
    "conftest.py": """
        import pytest

        @pytest.fixture
        def broken_setup():
            raise RuntimeError("no set-up")

        @pytest.fixture
        def broken_teardown():
            yield
            raise RuntimeError("no teardown")
        """,
    "test_plain.py": """
        import pytest

        def test_passed():
            assert True

        def test_failed():
            assert 1 == 2

        def test_raised():
            raise ValueError("boom")

        def test_setup(broken_setup):
            assert True

        def test_teardown(broken_teardown):
            assert True

        def test_body_and_teardown(broken_teardown):
            assert 1 == 2

        def test_called_fail():
            pytest.fail("by hand")

        def test_exit_of_python():
            raise SystemExit(3)

        def test_keyboard_is_not_pressed():
            with pytest.raises(KeyboardInterrupt):
                raise KeyboardInterrupt

        @pytest.mark.parametrize("number", [1, 2, 3])
        def test_number(number):
            assert number != 2
        """,
    "test_marked.py": """
        import pytest

        @pytest.mark.skip
        def test_skip(): pass

        @pytest.mark.skipif(True, reason="never here")
        def test_skipif(): pass

        def test_skip_call():
            pytest.skip("in the body")

        @pytest.fixture
        def skipping():
            pytest.skip("in a fixture")

        def test_skip_in_fixture(skipping): pass

        @pytest.fixture
        def skips_late():
            yield
            pytest.skip("too late")

        def test_skip_in_teardown(skips_late): pass

        @pytest.mark.xfail
        def test_xfail():
            assert 0

        @pytest.mark.xfail
        def test_xpass(): pass

        @pytest.mark.xfail(strict=True)
        def test_strict_xpass(): pass

        @pytest.mark.xfail(raises=ValueError)
        def test_xfail_of_another_kind():
            raise TypeError("not the expected one")

        def test_xfail_call():
            pytest.xfail("in the body")

        @pytest.mark.xfail(run=False)
        def test_xfail_not_run():
            raise AssertionError

        @pytest.mark.xfail
        def test_xfail_and_teardown(broken_teardown):
            assert 0

        @pytest.mark.xfail
        def test_xfail_in_setup(broken_setup):
            pass

        def test_importorskip():
            pytest.importorskip("no_such_module_at_all")
        """,
    "test_unittest_style.py": """
        import unittest

        class TestOld(unittest.TestCase):
            def test_passed(self):
                self.assertTrue(True)

            def test_failed(self):
                self.assertEqual(1, 2)

            @unittest.skip("always")
            def test_skip(self): pass

            @unittest.skipIf(True, "today")
            def test_skip_if(self): pass

            def test_skip_test(self):
                self.skipTest("in the body")

            def test_raise_skip(self):
                raise unittest.SkipTest("raised")

            @unittest.expectedFailure
            def test_expected_failure(self):
                self.assertEqual(1, 2)

            @unittest.expectedFailure
            def test_unexpected_success(self):
                pass

        class TestNoSetUp(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise RuntimeError("no class set-up")

            def test_never_begins(self): pass

        class TestCleanup(unittest.TestCase):
            def test_body_and_cleanup(self):
                self.addCleanup(self.fail, "in the clean-up")
        """,
    "test_module_skip.py": """
        import pytest
        pytest.skip("not on this planet", allow_module_level=True)

        def test_one(): pass
        def test_two(): pass
        """,
    "test_module_import.py": """
        import pytest
        missing = pytest.importorskip("no_such_module_at_all")

        def test_one(): pass
        """,
    "test_no_import.py": "import no_such_package_of_mine\n\ndef test_never(): pass\n",
    "test_no_syntax.py": "def test_never(:\n",
}

EXPECTED = {
    "test_plain.py::test_passed": "passed",
    "test_plain.py::test_failed": "failed",
    "test_plain.py::test_raised": "failed",
    "test_plain.py::test_setup": "error",
    "test_plain.py::test_teardown": "error",
    "test_plain.py::test_body_and_teardown": "error",
    "test_plain.py::test_called_fail": "failed",
    "test_plain.py::test_exit_of_python": "failed",
    "test_plain.py::test_keyboard_is_not_pressed": "passed",
    "test_plain.py::test_number[1]": "passed",
    "test_plain.py::test_number[2]": "failed",
    "test_plain.py::test_number[3]": "passed",
    "test_marked.py::test_skip": "skipped",
    "test_marked.py::test_skipif": "skipped",
    "test_marked.py::test_skip_call": "skipped",
    "test_marked.py::test_skip_in_fixture": "skipped",
    "test_marked.py::test_skip_in_teardown": "skipped",
    "test_marked.py::test_xfail": "xfailed",
    "test_marked.py::test_xpass": "xpassed",
    "test_marked.py::test_strict_xpass": "failed",
    "test_marked.py::test_xfail_of_another_kind": "failed",
    "test_marked.py::test_xfail_call": "xfailed",
    "test_marked.py::test_xfail_not_run": "xfailed",
    "test_marked.py::test_xfail_and_teardown": "xfailed",
    "test_marked.py::test_xfail_in_setup": "xfailed",
    "test_marked.py::test_importorskip": "skipped",
    "test_unittest_style.py::TestOld::test_passed": "passed",
    "test_unittest_style.py::TestOld::test_failed": "failed",
    "test_unittest_style.py::TestOld::test_skip": "skipped",
    "test_unittest_style.py::TestOld::test_skip_if": "skipped",
    "test_unittest_style.py::TestOld::test_skip_test": "skipped",
    "test_unittest_style.py::TestOld::test_raise_skip": "skipped",
    "test_unittest_style.py::TestOld::test_expected_failure": "xfailed",
    "test_unittest_style.py::TestOld::test_unexpected_success": "failed",
    "test_unittest_style.py::TestNoSetUp::test_never_begins": "error",
    "test_unittest_style.py::TestCleanup::test_body_and_cleanup": "failed",
    "test_module_skip.py": "skipped",
    "test_module_import.py": "skipped",
    "test_no_import.py": "error",
    "test_no_syntax.py": "error",
}


@pytest.fixture(scope="module")
def zoo(module_project, scan):
    return scan(module_project(ZOO))


@pytest.mark.parametrize(("node_id", "outcome"), EXPECTED.items(), ids=list(EXPECTED))
def test_each_test_has_the_outcome_that_the_contract_gives_it(zoo, node_id, outcome):
    assert zoo.outcomes[node_id] == outcome


def test_every_selected_test_stands_once(zoo):
    assert sorted(test["node_id"] for test in zoo.audit["tests"]) == sorted(EXPECTED)


def test_the_counts_are_those_of_the_outcomes(zoo):
    expected = {"collected": len(EXPECTED)}
    for outcome in EXPECTED.values():
        expected[outcome] = expected.get(outcome, 0) + 1

    assert zoo.counts == expected


def test_a_red_suite_ends_with_1(zoo):
    assert zoo.code == 1
    assert zoo.audit["gate"]["passed"] is False


def test_modules_that_do_not_collect_make_the_audit_incomplete(zoo):
    gaps = {(gap["what"], gap["where"]) for gap in zoo.audit["incomplete"]}

    assert zoo.audit["complete"] is False
    assert {("not-collected", "test_no_import.py"), ("not-collected", "test_no_syntax.py")} <= gaps


@pytest.mark.parametrize(
    ("node_id", "cause"),
    [
        ("test_plain.py::test_setup", "fixture"),
        ("test_plain.py::test_teardown", "fixture"),
        ("test_plain.py::test_failed", "unknown"),
        ("test_marked.py::test_strict_xpass", "unexpected-pass"),
        ("test_unittest_style.py::TestOld::test_unexpected_success", "unexpected-pass"),
        ("test_no_import.py", "collection"),
        ("test_no_syntax.py", "collection"),
    ],
)
def test_failures_carry_their_cause(zoo, node_id, cause):
    failures = {failure["id"]: failure for failure in zoo.audit["failures"]}
    failure = failures[zoo.tests[node_id]["failure"]]

    assert failure["cause"] == cause
    assert node_id in failure["node_ids"]


def test_every_red_test_belongs_to_one_failure(zoo):
    red = {
        node_id for node_id, outcome in zoo.outcomes.items() if outcome in {"failed", "error", "crashed", "timed-out"}
    }
    grouped = [node_id for failure in zoo.audit["failures"] for node_id in failure["node_ids"]]

    assert sorted(grouped) == sorted(red)


@pytest.mark.parametrize(
    ("node_id", "reason"),
    [
        ("test_marked.py::test_skipif", "never here"),
        ("test_marked.py::test_skip_call", "in the body"),
        ("test_marked.py::test_xfail_call", "in the body"),
        ("test_unittest_style.py::TestOld::test_skip", "always"),
        ("test_module_skip.py", "not on this planet"),
    ],
)
def test_the_reason_of_a_skip_is_kept(zoo, node_id, reason):
    assert zoo.tests[node_id]["reason"] == reason


def test_the_error_of_a_failing_body_and_teardown_is_the_teardowns(zoo):
    failures = {failure["id"]: failure for failure in zoo.audit["failures"]}

    assert (
        failures[zoo.tests["test_plain.py::test_body_and_teardown"]["failure"]]["message"]
        == "RuntimeError: no teardown"
    )


def test_junit_keys_are_those_of_pytests_own_file(zoo):
    assert (
        zoo.tests["test_unittest_style.py::TestOld::test_passed"]["junit_key"]
        == "test_unittest_style.TestOld::test_passed"
    )
    assert zoo.tests["test_plain.py::test_number[1]"]["junit_key"] == "test_plain::test_number[1]"


def test_lines_are_those_of_the_definitions(zoo, module_project):
    source = ZOO["test_plain.py"].splitlines()
    line = zoo.tests["test_plain.py::test_failed"]["line"]

    assert "def test_failed" in source[line - 1]
