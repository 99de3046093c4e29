"""Identity: node ids and JUnit keys are relative to the project's root, unique where they can be, whatever they hold."""

from __future__ import annotations

import json
import sys
from xml.etree import ElementTree as ET

import pytest

HOSTILE = [
    "[brackets]",
    "a/b\\c",
    "ünïcødé ✓ 漢字",
    "semi;colon::double",
    "x" * 10_000,
    "tab\tline\nfeed",
    "escape\x1b[31mred",
    "bell\x07",
    "rtl\u202eevil",
    "half\ud800surrogate",
    "",
    " ",
    "<b>&amp;</b>",
    "../../etc",
    "]] ]",
]


def test_a_rootdir_above_the_project_is_taken_from_the_ids(project, scan):
    top = project(
        {
            "pytest.ini": "[pytest]\n",
            "package/setup.py": "",
            "package/tests/test_x.py": "class TestX:\n    def test_a(self): pass\n",
        }
    )

    result = scan(top / "package")

    assert list(result.outcomes) == ["tests/test_x.py::TestX::test_a"]
    assert result.tests["tests/test_x.py::TestX::test_a"]["path"] == "tests/test_x.py"
    assert result.tests["tests/test_x.py::TestX::test_a"]["line"] == 2


def test_a_rootdir_below_the_project_is_put_before_the_ids(project, scan):
    made = project(
        {
            "testaudit.toml": 'pytest-args = ["tests"]\n',
            "tests/pytest.ini": "[pytest]\n",
            "tests/unit/test_x.py": "def test_a(): pass\n",
        }
    )

    result = scan(made)

    assert list(result.outcomes) == ["tests/unit/test_x.py::test_a"]
    assert result.tests["tests/unit/test_x.py::test_a"]["path"] == "tests/unit/test_x.py"


def test_a_rootdir_beside_the_ids_changes_no_finding(project, scan):
    source = "import time\n\ndef test_a():\n    time.sleep(0.01)\n    assert 1\n"
    top = project({"pytest.ini": "[pytest]\n", "package/setup.py": "", "package/tests/test_x.py": source})

    result = scan(top / "package", "--select", "sleep-in-test", "--confidence", "medium")
    finding = result.audit["findings"][0]

    assert finding["path"] == "tests/test_x.py"
    assert finding["node_ids"] == ["tests/test_x.py::test_a"]


def test_the_place_from_where_it_is_called_changes_no_id(project, testaudit):
    made = project({"tests/test_x.py": "def test_a(): pass\n"})

    result = testaudit("scan", made, "--python", sys.executable, "--output", "json", cwd=made.parent)

    assert list(result.outcomes) == ["tests/test_x.py::test_a"]
    assert result.audit["partial"] is False


def test_a_linked_project_has_the_ids_of_the_real_one(project, testaudit):
    made = project({"tests/test_x.py": "def test_a(): pass\n"})
    link = made.parent / "link"
    link.symlink_to(made)

    result = testaudit("scan", link, "--python", sys.executable, "--output", "json", cwd=made.parent)

    assert list(result.outcomes) == ["tests/test_x.py::test_a"]


def test_hostile_ids_are_kept_apart_and_break_nothing(project, scan):
    cases = ", ".join(f"{value!a}" for value in HOSTILE)
    made = project(
        {
            "test_x.py": f"""
                import pytest

                CASES = [{cases}]

                @pytest.mark.parametrize("value", CASES, ids=range(len(CASES)))
                def test_numbered(value): pass

                @pytest.mark.parametrize("value", CASES)
                def test_shown(value):
                    assert value == "nothing of this kind"
                """
        }
    )

    result = scan(made)

    assert result.counts == {"collected": 2 * len(HOSTILE), "passed": len(HOSTILE), "failed": len(HOSTILE)}
    assert len(result.outcomes) == 2 * len(HOSTILE)


ITEMS = """
    import pytest

    NAMES = {names}

    class Case(pytest.Item):
        def runtest(self):
            assert self.number != 1, "on purpose"

        def reportinfo(self):
            return self.path, 0, self.name

    class Cases(pytest.File):
        def collect(self):
            for number, name in enumerate(NAMES):
                case = Case.from_parent(self, name=name)
                case.number = number
                yield case

    def pytest_collect_file(file_path, parent):
        if file_path.suffix == ".case":
            return Cases.from_parent(parent, path=file_path)
"""


def test_hostile_names_of_a_plugins_items_reach_no_terminal(project, testaudit):
    made = project({"conftest.py": ITEMS.replace("{names}", f"{HOSTILE!a}"), "all.case": ""})

    result = testaudit(
        "scan", "--python", sys.executable, "--output", f"json={made / 'audit.json'}", "--verbose", cwd=made
    )
    saved = json.loads((made / "audit.json").read_text(encoding="utf-8"))

    result.assert_no_traceback()
    assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout + result.stderr)
    assert (saved["summary"]["collected"], saved["summary"]["failed"]) == (len(HOSTILE), 1)


def test_one_id_that_stands_twice_counts_twice(project, scan):
    made = project(
        {
            "conftest.py": """
                def pytest_collection_modifyitems(items):
                    items.append(items[0])
                """,
            "test_x.py": "RUNS = []\n\ndef test_a():\n    RUNS.append(1)\n    assert len(RUNS) == 1\n",
        }
    )

    result = scan(made)

    assert [test["outcome"] for test in result.audit["tests"]] == ["passed", "failed"]
    assert result.counts == {"collected": 2, "passed": 1, "failed": 1}


def test_items_of_one_id_each_have_their_outcome(project, scan):
    made = project({"conftest.py": ITEMS.replace("{names}", "['same'] * 3"), "all.case": ""})

    result = scan(made)

    assert [test["node_id"] for test in result.audit["tests"]] == ["all.case::same"] * 3
    assert [test["outcome"] for test in result.audit["tests"]] == ["passed", "failed", "passed"]
    assert result.audit["complete"] is True


def test_a_path_given_twice_is_run_as_pytest_runs_it(project, scan):
    made = project({"test_x.py": "def test_a(): pass\n"})

    result = scan(made, "--", "--keep-duplicates", "test_x.py", "test_x.py")

    assert result.counts == {"collected": 2, "passed": 2}
    assert result.audit["complete"] is True


def test_two_modules_of_one_name_without_packages_are_said_and_incomplete(project, scan):
    made = project({"a/test_x.py": "def test_a(): pass\n", "b/test_x.py": "def test_b(): pass\n"})

    result = scan(made)

    assert result.code == 1
    assert result.outcomes == {"a/test_x.py::test_a": "passed", "b/test_x.py": "error"}
    assert [(gap["what"], gap["where"]) for gap in result.audit["incomplete"]] == [("not-collected", "b/test_x.py")]


def test_doctests_and_files_of_plugins_have_their_own_ids(project, scan):
    made = project(
        {
            "pytest.ini": "[pytest]\naddopts = --doctest-modules --doctest-glob=*.md\n",
            "code.py": 'def f():\n    """\n    >>> 1 + 1\n    2\n    """\n',
            "README.md": ">>> 1 + 1\n3\n",
        }
    )

    result = scan(made)

    assert result.outcomes == {"code.py::code.f": "passed", "README.md::README.md": "failed"}
    assert result.audit["partial"] is False


@pytest.mark.parametrize(
    "files",
    [
        {
            "pytest.ini": "[pytest]\n",
            "p/setup.py": "",
            "p/tests/test_x.py": "class TestX:\n    def test_a(self): pass\n",
        },
        {
            "p/setup.py": "",
            "p/testaudit.toml": 'pytest-args = ["t"]\n',
            "p/t/pytest.ini": "[pytest]\n",
            "p/t/u/test_x.py": "def test_a(): pass\n",
        },
        {
            "p/pytest.ini": "[pytest]\n",
            "p/test_x.py": "import pytest\n@pytest.mark.parametrize('n', ['a.b/c', '[::]'])\ndef test_a(n): pass\n",
        },
    ],
    ids=["rootdir above", "rootdir below", "parameters"],
)
def test_junit_keys_are_those_of_pytests_own_file(project, scan, files):
    made = project(files, settings=False) / "p"

    result = scan(made, "--", "--junit-xml=report.xml")
    cases = [f"{case.get('classname')}::{case.get('name')}" for case in ET.parse(made / "report.xml").iter("testcase")]

    assert sorted(test["junit_key"] for test in result.tests.values()) == sorted(cases)
