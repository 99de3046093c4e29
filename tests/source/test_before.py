"""The suite as it was at the merge base: which findings are new, and which tests there were."""

from __future__ import annotations

import os

import pytest

from testaudit.before import findings_before
from testaudit.classify import suspicions
from testaudit.config import Config
from testaudit.revision.interface import Since, read_since
from testaudit.source.before import functions_before, functions_of, settings_before, sources_before
from testaudit.source.interface import discover, read_sources
from tests.revision.repositories import Clone

SLEEPY = "import time\n\n\ndef test_{0}():\n    time.sleep(5)\n    assert int('{0}') == {0}\n"
FILLED = "".join(f"\n\ndef test_plain_{number}():\n    assert int('{number}') == {number}\n" for number in range(8))


@pytest.fixture
def clone(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return Clone.made(tmp_path / "clone")


def read(clone: Clone):
    config = Config()
    return read_sources(discover(clone.root, config), config), read_since(clone.root, "main"), config


def new(clone: Clone) -> list[tuple[str, str, str]]:
    """(rule, path, function) of today's findings that the merge base did not have."""
    sources, since, config = read(clone)
    findings = suspicions(sources, config).findings
    old = {one.fingerprint for one in findings_before(since, sources, findings, config)}
    assert findings, "a test without findings shows nothing"
    return [(one.name, one.path, one.function) for one in findings if one.fingerprint not in old]


def branch(clone: Clone, **files: str) -> Clone:
    clone.commit("first", **files)
    clone.git("checkout", "--quiet", "-b", "topic")
    return clone


# ---------------------------------------------------------------- findings


def test_without_a_change_no_finding_is_new(clone):
    branch(clone, **{"tests/test_a.py": SLEEPY.format(1)})

    assert new(clone) == []


def test_a_finding_in_an_added_test_is_new_and_the_old_one_beside_it_is_not(clone):
    branch(clone, **{"tests/test_a.py": SLEEPY.format(1)})
    clone.commit(**{"tests/test_a.py": SLEEPY.format(2) + SLEEPY.format(1).replace("import time\n", "")})

    assert new(clone) == [("sleep-in-test", "tests/test_a.py", "test_2")]


def test_in_an_added_file_every_finding_is_new(clone):
    branch(clone, **{"tests/test_a.py": SLEEPY.format(1)})
    clone.write(**{"tests/test_new.py": SLEEPY.format(1)})

    assert new(clone) == [("sleep-in-test", "tests/test_new.py", "test_1")]


def test_in_a_renamed_file_the_old_findings_stay_old(clone):
    branch(clone, **{"tests/test_a.py": SLEEPY.format(1) + FILLED})
    clone.git("mv", "tests/test_a.py", "tests/test_moved.py")
    clone.commit(**{"tests/test_moved.py": SLEEPY.format(1) + FILLED + SLEEPY.format(9)})

    assert new(clone) == [("sleep-in-test", "tests/test_moved.py", "test_9")]


def test_a_reformatted_file_has_no_new_finding(clone):
    branch(clone, **{"tests/test_a.py": SLEEPY.format(1)})
    clone.commit(**{"tests/test_a.py": SLEEPY.format(1).replace("time.sleep(5)", "time.sleep(\n        5,\n    )")})

    assert new(clone) == []


def test_a_test_that_moved_within_its_file_has_no_new_finding(clone):
    branch(clone, **{"tests/test_a.py": "import time\n" + FILLED + SLEEPY.format(1).removeprefix("import time\n")})
    clone.commit(**{"tests/test_a.py": SLEEPY.format(1) + FILLED})

    assert new(clone) == []


def test_a_finding_that_a_changed_helper_brings_into_an_unchanged_file_is_new(clone):
    test = "from tests.helpers import wait\n\n\ndef test_it():\n    wait()\n    assert int('1') == 1\n"
    quiet, slow = "def wait():\n    return 1\n", "import time\n\n\ndef wait():\n    time.sleep(5)\n"
    branch(clone, **{"tests/__init__.py": "", "tests/helpers.py": quiet, "tests/test_a.py": test + SLEEPY.format(1)})
    clone.commit(**{"tests/helpers.py": slow})

    sources, since, _ = read(clone)
    before = sources_before(sources, since, ["tests/test_a.py"])

    assert before.find("tests/test_a.py", "wait").node.body[0].lineno == 2
    assert sources.find("tests/test_a.py", "wait").node.body[0].lineno == 5
    assert before.is_suite_file("tests/helpers.py")


def test_a_fixture_is_found_in_the_conftest_of_that_time(clone):
    branch(clone, **{"tests/conftest.py": "X = 1\n", "tests/test_a.py": SLEEPY.format(1)})
    clone.git("rm", "--quiet", "tests/conftest.py")
    clone.commit(**{"conftest.py": "X = 2\n", "tests/test_a.py": SLEEPY.format(2)})

    sources, since, _ = read(clone)
    before = sources_before(sources, since, ["tests/test_a.py"])

    assert (sources.conftests, before.conftests) == (("conftest.py",), ("tests/conftest.py",))
    assert before.file("tests/conftest.py").text == "X = 1\n"
    assert before.file("conftest.py") is None


def test_an_import_of_a_file_by_its_old_name_is_followed(clone):
    helper = "def wait():\n    return 1\n" + FILLED.replace("test_", "help_")
    branch(
        clone,
        **{
            "tests/old.py": helper,
            "tests/test_a.py": "from tests.old import wait\n\n\ndef test_a():\n    assert wait()\n",
        },
    )
    clone.git("mv", "tests/old.py", "tests/new.py")
    clone.commit(**{"tests/test_a.py": "from tests.new import wait\n\n\ndef test_a():\n    assert wait()\n"})

    sources, since, _ = read(clone)
    before = sources_before(sources, since, ["tests/test_a.py"])

    assert before.find("tests/test_a.py", "wait") is not None


def test_where_only_other_files_changed_nothing_is_read(clone):
    branch(clone, **{"tests/test_a.py": SLEEPY.format(1)})
    clone.write(**{"README.md": "now"})
    sources, since, config = read(clone)
    findings = suspicions(sources, config).findings
    unreadable = Since("main", since.merge_base, since.changed, since.added, read=pytest.fail)

    assert findings_before(unreadable, sources, findings, config) == findings


def test_a_file_that_did_not_parse_then_had_no_finding(clone):
    branch(clone, **{"tests/test_a.py": "def test_1(:\n"})
    clone.commit(**{"tests/test_a.py": SLEEPY.format(1)})

    assert new(clone) == [("sleep-in-test", "tests/test_a.py", "test_1")]


# ---------------------------------------------------------------- functions


def functions(clone: Clone) -> list[tuple[str, str, str]]:
    sources, since, _ = read(clone)
    return [(one.path, one.then, one.qualname) for one in functions_before(since, sources)]


def test_the_tests_of_changed_and_deleted_files_under_todays_or_their_last_name(clone):
    branch(
        clone,
        **{
            "tests/test_same.py": SLEEPY.format(1),
            "tests/test_changed.py": SLEEPY.format(2),
            "tests/test_gone.py": "class TestIt:\n    def test_3(self):\n        assert 3 == int('3')\n",
            "tests/test_moved.py": SLEEPY.format(4) + FILLED.replace("test_plain", "helper"),
        },
    )
    clone.git("rm", "--quiet", "tests/test_gone.py")
    clone.git("mv", "tests/test_moved.py", "tests/test_here.py")
    clone.commit(**{"tests/test_changed.py": SLEEPY.format(7), "tests/test_added.py": "def test_b():\n    pass\n"})

    assert functions(clone) == [
        ("tests/test_changed.py", "tests/test_changed.py", "test_2"),
        ("tests/test_gone.py", "tests/test_gone.py", "TestIt.test_3"),
        ("tests/test_here.py", "tests/test_moved.py", "test_4"),
    ]


def test_a_test_file_that_was_renamed_out_of_the_suite_is_not_forgotten(clone):
    branch(clone, **{"tests/test_a.py": SLEEPY.format(1) + FILLED})
    clone.git("mv", "tests/test_a.py", "tests/later_a.py")
    clone.commit()

    assert ("tests/later_a.py", "tests/test_a.py", "test_1") in functions(clone)


def test_a_helper_that_became_a_test_file_had_no_tests(clone):
    branch(clone, **{"tests/later_a.py": SLEEPY.format(1) + FILLED, "tests/test_b.py": "def test_b():\n    pass\n"})
    clone.git("mv", "tests/later_a.py", "tests/test_a.py")
    clone.commit()

    assert functions(clone) == []


@pytest.mark.parametrize(
    "settings",
    [
        "[pytest]\ntestpaths = tests\n",
        "[pytest]\naddopts = --ignore=other\n",
        "[pytest]\nnorecursedirs = other\n",
        "[pytest]\npython_files = check_*.py\n",
    ],
)
def test_what_pytest_did_not_collect_then_is_not_there(clone, settings):
    branch(
        clone,
        **{
            "pytest.ini": settings,
            "other/test_a.py": SLEEPY.format(1),
            "tests/check_b.py": "def test_b():\n    pass\n",
        },
    )
    clone.git("rm", "--quiet", "other/test_a.py")
    clone.commit()

    assert functions(clone) == []


def test_collect_ignore_of_that_time_counts(clone):
    branch(clone, **{"tests/conftest.py": "collect_ignore = ['test_a.py']\n", "tests/test_a.py": SLEEPY.format(1)})
    clone.git("rm", "--quiet", "tests/test_a.py", "tests/conftest.py")
    clone.commit(**{"tests/test_b.py": "def test_b():\n    pass\n"})

    assert functions(clone) == []


def test_the_settings_of_that_time_count(clone):
    branch(
        clone, **{"pytest.ini": "[pytest]\npython_files = check_*.py\n", "check_a.py": "def test_1():\n    assert 1\n"}
    )
    clone.git("rm", "--quiet", "check_a.py", "pytest.ini")
    clone.commit(**{"test_b.py": "def test_b():\n    pass\n"})

    sources, since, _ = read(clone)

    assert settings_before(sources, since).python_files == ("check_*.py",)
    assert functions(clone) == [("check_a.py", "check_a.py", "test_1")]


def test_the_body_recognises_a_test_whatever_its_name_and_layout(clone):
    text = "import pytest\n\n\n@pytest.mark.slow\n@pytest.mark.parametrize('x', [1,\n    2])\ndef test_one(x):\n    'Says why.'\n    assert f(x) == 'y'  # so\n"
    other = 'import pytest\n\n\ndef test_two(x):\n    assert f(\n        x\n    ) == "y"\n'
    branch(clone, **{"test_a.py": text})
    clone.commit(**{"test_a.py": other})
    sources, since, _ = read(clone)

    (before,) = functions_before(since, sources)
    (now,) = functions_of(sources, "test_a.py")

    assert before.tokens == now.tokens
    assert (before.body, before.line) == ("    assert f(x) == 'y'  # so", 7)
    assert before.decorators == "pytest.mark.slow\npytest.mark.parametrize('x', [1,\n    2])"


def test_a_body_on_the_line_of_its_def(clone):
    branch(clone, **{"test_a.py": "def test_one(): x = 1; assert x\n"})
    clone.commit(**{"test_a.py": "def test_two():\n    x = 1\n    assert x\n"})
    sources, since, _ = read(clone)

    (before,) = functions_before(since, sources)

    assert before.body == "x = 1\nassert x"
    assert before.tokens == functions_of(sources, "test_a.py")[0].tokens


def test_a_file_that_came_from_outside_the_project_had_no_tests_here(tmp_path, clone):
    branch(clone, **{"other/test_a.py": SLEEPY.format(1) + FILLED, "app/pytest.ini": "[pytest]\n"})
    clone.git("mv", "other/test_a.py", "app/test_a.py")

    app = Clone(clone.root / "app")

    assert functions(app) == []
    assert new(app) == []
