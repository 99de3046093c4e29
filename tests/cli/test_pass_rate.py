"""The pass rate: what is expected to pass, what a skip or xfail takes away from that, and what it never takes away."""

from __future__ import annotations

import sys

import pytest

SUITE = {
    "test_skips.py": """
        import sys
        import unittest

        import pytest

        HERE = sys.platform != "nowhere"

        def test_passes(): pass

        @pytest.mark.skip(reason="later")
        def test_mark_untracked(): pass

        @pytest.mark.skip(reason="waits for #123")
        def test_mark_tracked(): pass

        @pytest.mark.skipif(HERE, reason="not here")
        def test_mark_condition(): pass

        @pytest.mark.skipif("sys.platform != 'nowhere'", reason="not here")
        def test_mark_condition_in_a_string(): pass

        def test_call_bare():
            pytest.skip("flaky, will look later")

        def test_call_tracked():
            pytest.skip("see https://example.org/issues/9")

        def test_call_guarded():
            if HERE:
                pytest.skip("not here")

        def test_call_guarded_and_tracked():
            if HERE:
                pytest.skip("not here, GH-77")

        def test_call_in_except():
            try:
                import no_such_module_at_all
            except ImportError:
                pytest.skip("needs it")

        def test_importorskip():
            pytest.importorskip("no_such_module_at_all")

        # ABC-42: the server forgets us
        @pytest.mark.skip(reason="server")
        def test_mark_with_a_comment(): pass

        @pytest.mark.skip(reason="both")
        @pytest.mark.skipif(False, reason="condition")
        def test_mark_both_unconditional_spoke(): pass

        @pytest.mark.skipif(True, reason="condition")
        @pytest.mark.usefixtures()
        def test_mark_condition_spoke(): pass

        class TestOld(unittest.TestCase):
            @unittest.skip("some day")
            def test_skip(self): pass

            @unittest.skip("some day, issue 12")
            def test_skip_tracked(self): pass

            @unittest.skipIf(HERE, "not here")
            def test_skip_if(self): pass

            @unittest.skipUnless(not HERE, "not here")
            def test_skip_unless(self): pass

            def test_call(self):
                self.skipTest("some day")

            def test_call_guarded(self):
                if HERE:
                    self.skipTest("not here")

            @unittest.expectedFailure
            def test_expected_failure(self):
                self.fail()

        @unittest.skip("the whole class")
        class TestWhole(unittest.TestCase):
            def test_inside(self): pass
        """,
    "conftest.py": """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                if "slow" in item.name:
                    item.add_marker(pytest.mark.skip(reason="need --runslow"))
        """,
    "test_by_hook.py": """
        def test_slow(): pass
        """,
    "test_set_up.py": """
        import unittest

        class TestMethod(unittest.TestCase):
            def setUp(self):
                if self.id():
                    self.skipTest("not here")

            def test_inside(self): pass

        class TestClass(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise unittest.SkipTest("not here")

            def test_inside(self): pass

        @unittest.skipIf(True, "not here")
        class TestBase(unittest.TestCase):
            def test_inside(self): pass

        class TestHeir(TestBase): pass
        """,
    "test_xfails.py": """
        import sys

        import pytest

        @pytest.mark.xfail
        def test_untracked(): assert 0

        @pytest.mark.xfail(reason="bug 1234")
        def test_tracked(): assert 0

        @pytest.mark.xfail(sys.platform != "nowhere", reason="not here")
        def test_condition(): assert 0

        @pytest.mark.xfail(condition=sys.platform != "nowhere", reason="not here")
        def test_condition_by_name(): assert 0

        @pytest.mark.xfail
        def test_xpass(): pass

        def test_call():
            pytest.xfail("knows nobody why")

        def test_call_guarded():
            if sys.platform != "nowhere":
                pytest.xfail("not here")

        def test_marked_while_it_ran(request):
            if sys.platform != "nowhere":
                request.node.add_marker(pytest.mark.xfail)
            assert 0

        @pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.xfail(reason="#5"))])
        def test_param(n): assert n == 1
        """,
    "test_module_bare.py": """
        import pytest
        pytest.skip("not ready", allow_module_level=True)
        """,
    "test_module_guarded.py": """
        import sys
        import pytest
        if sys.platform != "nowhere":
            pytest.skip("not here", allow_module_level=True)
        """,
    "test_module_importorskip.py": """
        import pytest
        pytest.importorskip("no_such_module_at_all")
        """,
    "test_module_mark.py": """
        import pytest
        pytestmark = pytest.mark.skip(reason="all of it")

        def test_inside(): pass
        """,
}

KINDS = {
    "test_skips.py::test_mark_untracked": ("unconditional", False),
    "test_skips.py::test_mark_tracked": ("unconditional", True),
    "test_skips.py::test_mark_condition": ("conditional", False),
    "test_skips.py::test_mark_condition_in_a_string": ("conditional", False),
    "test_skips.py::test_call_bare": ("unconditional", False),
    "test_skips.py::test_call_tracked": ("unconditional", True),
    "test_skips.py::test_call_guarded": ("conditional", False),
    "test_skips.py::test_call_guarded_and_tracked": ("conditional", True),
    "test_skips.py::test_call_in_except": ("conditional", False),
    "test_skips.py::test_importorskip": ("conditional", False),
    "test_skips.py::test_mark_with_a_comment": ("unconditional", True),
    "test_skips.py::test_mark_both_unconditional_spoke": ("unconditional", False),
    "test_skips.py::test_mark_condition_spoke": ("conditional", False),
    "test_skips.py::TestOld::test_skip": ("unconditional", False),
    "test_skips.py::TestOld::test_skip_tracked": ("unconditional", True),
    "test_skips.py::TestOld::test_skip_if": ("conditional", False),
    "test_skips.py::TestOld::test_skip_unless": ("conditional", False),
    "test_skips.py::TestOld::test_call": ("unconditional", False),
    "test_skips.py::TestOld::test_call_guarded": ("conditional", False),
    "test_skips.py::TestOld::test_expected_failure": ("unconditional", False),
    "test_skips.py::TestWhole::test_inside": ("unconditional", False),
    "test_xfails.py::test_untracked": ("unconditional", False),
    "test_xfails.py::test_tracked": ("unconditional", True),
    "test_xfails.py::test_condition": ("conditional", False),
    "test_xfails.py::test_condition_by_name": ("conditional", False),
    "test_xfails.py::test_call": ("unconditional", False),
    "test_xfails.py::test_call_guarded": ("conditional", False),
    "test_xfails.py::test_param[2]": ("unconditional", True),
    "test_xfails.py::test_marked_while_it_ran": ("conditional", False),
    "test_by_hook.py::test_slow": ("unknown", False),
    "test_set_up.py::TestMethod::test_inside": ("conditional", False),
    "test_set_up.py::TestClass::test_inside": ("unknown", False),
    "test_set_up.py::TestBase::test_inside": ("conditional", False),
    "test_set_up.py::TestHeir::test_inside": ("conditional", False),
    "test_module_bare.py": ("unconditional", False),
    "test_module_guarded.py": ("conditional", False),
    "test_module_importorskip.py": ("conditional", False),
    "test_module_mark.py::test_inside": ("unconditional", False),
}


@pytest.fixture(scope="module")
def suite(module_project, scan):
    return scan(module_project(SUITE))


@pytest.mark.parametrize(("node_id", "expected"), KINDS.items(), ids=list(KINDS))
def test_each_skip_and_xfail_has_its_kind_and_knows_its_issue(suite, node_id, expected):
    test = suite.tests[node_id]

    assert (test["skip_kind"], test.get("tracked", False)) == expected


def test_other_outcomes_have_no_kind(suite):
    kinds = {node_id: test["skip_kind"] for node_id, test in suite.tests.items() if node_id not in KINDS}

    assert kinds == {
        "test_skips.py::test_passes": None,
        "test_xfails.py::test_xpass": None,
        "test_xfails.py::test_param[1]": None,
    }


def test_the_rate_leaves_out_the_conditional_and_the_tracked_alone(suite):
    untracked = sum(1 for kind, tracked in KINDS.values() if kind == "unconditional" and not tracked)
    summary = suite.audit["summary"]

    assert summary["expected"] == 3 + untracked
    assert summary["pass_rate"] == pytest.approx(3 / (3 + untracked))


def test_the_executed_rate_leaves_out_every_skip_and_xfail(suite):
    summary = suite.audit["summary"]

    assert summary["executed"] == 3
    assert summary["pass_rate_executed"] == 1.0


def test_an_untracked_skip_lowers_the_rate_under_the_limit(project, scan):
    made = project({"test_x.py": "import pytest\ndef test_a(): pass\n@pytest.mark.skip\ndef test_b(): pass\n"})

    result = scan(made)

    assert result.code == 1
    assert result.checks == {"complete": True, "runner": True, "pass-rate": False, "failures": True}
    assert result.audit["summary"]["pass_rate"] == 0.5


def test_the_configuration_counts_as_ci_servers_do(project, scan):
    made = project(
        {
            "testaudit.toml": 'pass-rate = "executed"\n',
            "test_x.py": "import pytest\ndef test_a(): pass\n@pytest.mark.skip\ndef test_b(): pass\n",
        }
    )

    result = scan(made)

    assert result.code == 0
    assert result.audit["summary"]["pass_rate"] == 0.5
    assert result.audit["gate"]["checks"][2]["actual"] == 1.0


def test_nothing_expected_gives_no_rate_and_fails(project, scan):
    made = project({"test_x.py": "import pytest\n@pytest.mark.skip(reason='#1')\ndef test_b(): pass\n"})

    result = scan(made)

    assert result.code == 1
    assert result.audit["summary"]["pass_rate"] is None
    assert result.audit["summary"]["pass_rate_executed"] is None
    assert result.checks["pass-rate"] is False


def test_the_projects_own_issue_pattern_decides_what_is_tracked(project, scan):
    made = project(
        {
            "testaudit.toml": "issue-pattern = 'CASE:\\d+'\n",
            "test_x.py": """
                import pytest

                @pytest.mark.skip(reason="CASE:7")
                def test_theirs(): pass

                @pytest.mark.skip(reason="#123")
                def test_ours(): pass

                def test_passes(): pass
                """,
        }
    )

    result = scan(made)

    assert result.tests["test_x.py::test_theirs"]["tracked"] is True
    assert result.audit["summary"]["expected"] == 2


@pytest.mark.parametrize(
    ("percent", "code"), [("50", 0), ("50.1", 1), ("0", 0), ("100", 1)], ids=["met", "just missed", "zero", "all"]
)
def test_the_limit_is_compared_unrounded_and_takes_the_place_of_the_failures_check(project, scan, percent, code):
    made = project({"test_x.py": "def test_a(): pass\ndef test_b(): assert 0\n"})

    result = scan(made, "--fail-under", percent)

    assert result.code == code
    assert "failures" not in result.checks


def test_green_where_pytest_is_red_names_who_decided_so_in_the_first_line(project, testaudit):
    made = project({"testaudit.toml": "fail-under = 50\n", "test_x.py": "def test_a(): pass\ndef test_b(): assert 0\n"})

    result = testaudit("scan", "--python", sys.executable, "--quiet", cwd=made)

    assert result.code == 0
    assert "fail-under" in " ".join(result.stdout.strip().splitlines()[:2])
