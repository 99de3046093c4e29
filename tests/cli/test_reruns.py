"""Failing tests run again: what that proves, what it costs at most, and what it never touches."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SUITE = {
    "tests/test_shop.py": """
        import os
        from pathlib import Path

        import pytest

        BASKET = []

        def test_fills_the_basket():
            BASKET.append("tea")

        def test_the_basket_is_empty():
            assert BASKET == []

        def test_every_other_time():
            counter = Path(os.environ["COUNTER"])
            times = len(counter.read_text()) if counter.exists() else 0
            counter.write_text("x" * (times + 1))
            assert times % 2 == 1

        def test_one_and_one():
            assert 1 + 1 == 3

        @pytest.mark.parametrize("number", range(6))
        def test_fine(number):
            assert number < 6
    """,
}
VICTIM = "tests/test_shop.py::test_the_basket_is_empty"
FLAKY = "tests/test_shop.py::test_every_other_time"
STEADY = "tests/test_shop.py::test_one_and_one"


@pytest.fixture(scope="module")
def again(
    scan: Callable[..., Any], module_project: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """The suite above, scanned with re-runs."""
    counter = tmp_path_factory.mktemp("state") / "counter"
    return scan(module_project(SUITE), "--reruns", "2", env={"COUNTER": str(counter)})


def conditions(test: Any) -> list[tuple[str, str]]:
    return [(attempt["condition"], attempt["outcome"]) for attempt in test["attempts"]]


def test_a_victim_is_proven_by_its_own_prefix(again: Any) -> None:
    test = again.tests[VICTIM]

    assert test["order_dependence"] == "proven"
    assert test["flaky"] is False
    assert conditions(test) == [
        ("main", "failed"),
        ("together", "passed"),
        ("together", "passed"),
        ("alone", "passed"),
        ("alone", "passed"),
        ("replay", "failed"),
    ]


def test_different_outcomes_in_one_order_are_flaky(again: Any) -> None:
    test = again.tests[FLAKY]

    assert test["flaky"] is True
    assert conditions(test) == [("main", "failed"), ("together", "passed"), ("together", "failed")]
    assert again.audit["summary"]["flaky"] == 1


def test_what_fails_every_time_is_neither(again: Any) -> None:
    test = again.tests[STEADY]

    assert (test["flaky"], test.get("order_dependence")) == (False, None)
    assert conditions(test) == [("main", "failed"), ("together", "failed"), ("together", "failed"), ("alone", "failed")]


def test_no_outcome_changes_and_the_gate_stays_red(again: Any) -> None:
    assert again.counts == {"collected": 10, "passed": 7, "failed": 3}
    assert again.code == 1


def test_what_it_cost_and_how_many_executions_are_said(again: Any) -> None:
    assert again.audit["summary"]["cost"]["reruns_s"] > 0
    assert "running 3 failing tests again, 2 times and then alone" in again.stderr


def test_the_page_shows_the_rate_with_its_interval(testaudit: Callable[..., Any], again: Any, tmp_path: Path) -> None:
    saved = tmp_path / "audit.json"
    saved.write_text(again.stdout, encoding="utf-8")

    page = testaudit("report", saved).stdout

    assert "failed in 2 of 3 attempts: 66.6 %, between 9.4 % and 99.1 % (95 % interval)" in page


def test_without_reruns_nothing_runs_twice(
    scan: Callable[..., Any], project: Callable[..., Path], tmp_path: Path
) -> None:
    ended = scan(project(SUITE), "--reruns", "0", env={"COUNTER": str(tmp_path / "counter")})

    assert [len(test["attempts"]) for test in ended.tests.values()] == [1] * 10
    assert (tmp_path / "counter").read_text() == "x"


def test_the_configuration_decides_where_no_option_does(
    testaudit: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project(
        {
            "pytest.ini": "[pytest]\n",
            "testaudit.toml": "reruns = 1\n",
            "test_it.py": "def test_a(): assert not 1\ndef test_b(): pass\n",
        }
    )

    ended = testaudit("scan", "--python", sys.executable, "--output", "json", cwd=root)

    assert conditions(ended.tests["test_it.py::test_a"]) == [
        ("main", "failed"),
        ("together", "failed"),
        ("alone", "failed"),
    ]


def test_nothing_runs_again_where_over_half_of_the_suite_fails(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project({"test_it.py": "def test_a(): assert 0\ndef test_b(): assert 0\ndef test_c(): pass\n"})

    ended = scan(root, "--reruns", "2")

    assert {len(test["attempts"]) for test in ended.tests.values()} == {1}
    assert "no test was run again: 2 of 3 failed, which no chance explains" in ended.audit["notes"]


def test_nothing_runs_again_where_a_service_is_down(scan: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project(
        {
            "test_it.py": """
                import socket
                import pytest

                @pytest.mark.parametrize("number", range(4))
                def test_store(number):
                    socket.create_connection(("127.0.0.1", 1521))

                @pytest.mark.parametrize("number", range(6))
                def test_fine(number):
                    assert number < 6
            """
        }
    )

    ended = scan(root, "--reruns", "2")

    assert {len(test["attempts"]) for test in ended.tests.values()} == {1}
    assert any(
        note.startswith("no test was run again: 4 of 4 failures have one cause") for note in ended.audit["notes"]
    )


def test_at_most_fifty_tests_run_again_one_of_each_signature_first(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project(
        {
            "test_it.py": """
                import pytest

                @pytest.mark.parametrize("number", range(70))
                def test_many(number):
                    assert number < 0

                def test_other():
                    raise KeyError("other")

                @pytest.mark.parametrize("number", range(80))
                def test_fine(number):
                    assert number < 80
            """
        }
    )

    ended = scan(root, "--reruns", "1")

    again = [node_id for node_id, test in ended.tests.items() if len(test["attempts"]) > 1]
    assert len(again) == 50
    assert "test_it.py::test_other" in again
    assert "21 of 71 failing tests were not run again (at most 50 tests and 30 s)" in ended.audit["notes"]


def test_a_representative_speaks_for_those_that_fail_alike(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project(
        {
            "test_it.py": """
                import pytest

                BASKET = []

                def test_fills():
                    BASKET.append("tea")

                @pytest.mark.parametrize("number", range(60))
                def test_empty(number):
                    assert BASKET == []

                @pytest.mark.parametrize("number", range(70))
                def test_fine(number):
                    assert number < 70
            """
        }
    )

    ended = scan(root, "--reruns", "2")

    victims = [test for test in ended.tests.values() if test["outcome"] == "failed"]
    assert len(victims) == 60
    assert {test["order_dependence"] for test in victims} == {"proven"}


def test_a_victim_behind_a_crash_is_proven_by_the_tests_of_its_own_process(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    fine = "".join(f"def test_fine_{number}(): pass\n" for number in range(5))
    root = project(
        {
            "test_a.py": "import os\ndef test_dies(): os._exit(1)\n",
            "test_b.py": "B = []\ndef test_fills(): B.append(1)\ndef test_empty(): assert B == []\n" + fine,
        }
    )

    ended = scan(root, "--reruns", "2")

    test = ended.tests["test_b.py::test_empty"]
    assert test["order_dependence"] == "proven"
    assert conditions(test)[0] == ("after-restart", "failed")
    assert conditions(test)[-2:] == [("replay", "failed"), ("replay", "failed")]


def test_further_runs_write_none_of_the_users_files(scan: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project(
        {
            "pytest.ini": "[pytest]\naddopts = --junit-xml=report.xml -x\n",
            "test_it.py": "def test_a(): pass\ndef test_b(): pass\ndef test_c(): assert 0\n",
        }
    )

    ended = scan(root, "--reruns", "2")

    assert len(ended.tests["test_it.py::test_c"]["attempts"]) == 4
    assert 'tests="3"' in (root / "report.xml").read_text()
    last_failed = json.loads((root / ".pytest_cache/v/cache/lastfailed").read_text())
    assert last_failed == {"test_it.py::test_c": True}


def test_node_ids_with_odd_characters_run_again(scan: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project(
        {
            "tests/test_it.py": """
                import pytest

                @pytest.mark.parametrize("text", ["a b", "x::y", "../z", "[", "ü", "a/b.py::c", "-k", ""])
                def test_text(text):
                    assert not 1

                @pytest.mark.parametrize("number", range(9))
                def test_fine(number):
                    assert number < 9
            """
        }
    )

    ended = scan(root, "--reruns", "1")

    failing = [test for test in ended.tests.values() if test["outcome"] == "failed"]
    assert len(failing) == 8
    assert all(("together", "failed") in conditions(test) for test in failing)


def test_a_suite_below_another_rootdir_runs_again(scan: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project(
        {
            "pyproject.toml": "[tool.testaudit]\ntestpaths = ['sub']\n[project]\nname = 'x'\nversion = '1'\n",
            "sub/pytest.ini": "[pytest]\n",
            "sub/test_it.py": "def test_a(): pass\ndef test_b(): pass\ndef test_c(): assert 0\n",
        }
    )

    ended = scan(root, "--reruns", "1", "--", "sub")

    assert conditions(ended.tests["sub/test_it.py::test_c"])[1:] == [("together", "failed"), ("alone", "failed")]


def test_a_test_that_a_worker_ran_runs_again_in_one_process(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    pytest.importorskip("xdist")
    root = project({"test_it.py": "def test_a(): pass\ndef test_b(): pass\ndef test_c(): assert 0\n"})

    ended = scan(root, "--reruns", "1", "-n", "2", env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": None})

    test = ended.tests["test_it.py::test_c"]
    assert conditions(test) == [("main", "failed"), ("together", "failed"), ("alone", "failed")]
    assert [bool(attempt.get("worker")) for attempt in test["attempts"]] == [True, False, False]


def test_where_a_failing_test_passed_before_is_remembered(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project({"test_it.py": "def test_a(): assert 1\ndef test_b(): pass\ndef test_c(): pass\n"})
    scan(root)
    (root / "test_it.py").write_text("def test_a(): assert 0\ndef test_b(): pass\ndef test_c(): pass\n")

    first = scan(root, "--reruns", "1")
    second = scan(root, "--reruns", "1")

    memories = [ended.tests["test_it.py::test_a"]["passed_before"] for ended in (first, second)]
    assert memories[0] == memories[1]
    assert memories[0].startswith("the audit of 20")


@pytest.mark.parametrize("last", ["", "{", "[]", '{"tests": 3}', '{"project": {}, "tests": [{}]}'])
def test_a_damaged_memory_remembers_nothing(scan: Callable[..., Any], project: Callable[..., Path], last: str) -> None:
    root = project({"test_it.py": "def test_a(): assert 0\n", ".testaudit/local/last-audit.json": last})

    ended = scan(root)

    assert ended.code == 1
    assert "passed_before" not in ended.tests["test_it.py::test_a"]
    ended.assert_no_traceback()


def test_a_suite_without_the_cache_plugin_runs_again(scan: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project(
        {
            "pytest.ini": "[pytest]\naddopts = -p no:cacheprovider --strict-config\n",
            "test_it.py": "def test_a(): pass\ndef test_b(): pass\ndef test_c(): assert 0\n",
        }
    )

    ended = scan(root, "--reruns", "1")

    assert conditions(ended.tests["test_it.py::test_c"])[1:] == [("together", "failed"), ("alone", "failed")]


def test_the_process_after_a_crash_leaves_the_users_files_alone(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project({"test_it.py": "import os\ndef test_a(): pass\ndef test_b(): os._exit(1)\ndef test_c(): assert 0\n"})

    ended = scan(root, "--", "--junit-xml=report.xml")

    assert ended.outcomes == {
        "test_it.py::test_a": "passed",
        "test_it.py::test_b": "crashed",
        "test_it.py::test_c": "failed",
    }
    assert not (root / "report.xml").exists()
    assert not (root / ".pytest_cache/v/cache/lastfailed").exists()


def test_one_replay_speaks_for_every_case_that_fails_alike(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project(
        {
            "test_it.py": """
                import pathlib

                import pytest

                @pytest.mark.parametrize("number", range(6))
                def test_pages(number):
                    seen = pathlib.Path(f"seen-{number}")
                    known = seen.exists()
                    seen.touch()
                    assert known

                @pytest.mark.parametrize("number", range(20))
                def test_fine(number):
                    assert number < 20
            """
        }
    )

    ended = scan(root, "--reruns", "2")

    failed = [test for test in ended.tests.values() if test["outcome"] == "failed"]
    assert len(failed) == 6
    assert [test["flaky"] for test in failed] == [True] * 6
