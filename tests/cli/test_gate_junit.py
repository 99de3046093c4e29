"""`testaudit gate --junit`: files of any runner, alone, together, against a baseline of their own or of a scan."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from tests.baseline.suites import audit, case, cases
from tests.cli.typed import BASELINE, report, saved, typed, xml

SUITE = {
    "tests/test_a.py": """
        import pytest

        def test_a(): assert abs(1)
        def test_b(): assert abs(2)

        class TestC:
            def test_c(self): assert abs(3)

        @pytest.mark.parametrize("n", [1, 2])
        def test_p(n): assert n
        """,
    "tests/deep/test_d.py": "def test_d(): assert abs(4)\n",
}
IDS = [
    "tests/test_a.py::test_a", "tests/test_a.py::test_b", "tests/test_a.py::TestC::test_c", "tests/test_a.py::test_p[1]",
    "tests/test_a.py::test_p[2]", "tests/deep/test_d.py::test_d",
]  # fmt: skip
A, B, C, P1, P2, D = IDS
SKIPPED = '<skipped type="pytest.skip" message="{}">tests/test_a.py:4: {}</skipped>'
XFAILED = '<skipped type="pytest.xfail" message="{}"/>'


def address(node_id):
    path, *names = node_id.split("::")
    return ".".join([path.removesuffix(".py").replace("/", "."), *names[:-1]]), names[-1]


def of_pytest(inside=None, *, but=(), prefix="", cut=""):
    """The cases as pytest writes them: `inside` what stands in some, `but` without these."""
    found = []
    for node_id in IDS:
        classname, name = address(node_id)
        if node_id not in but:
            found.append(xml(name, (inside or {}).get(node_id, ""), classname=prefix + classname.removeprefix(cut)))
    return found


def gate(project, *files, more=(), env=None):
    options = [word for file in files for word in ("--junit", file)]
    return typed("gate", *options, *more, "--output", "json", cwd=project, env=env)


@pytest.fixture
def suite(project):
    """A suite with the baseline of a scan."""
    made = project(SUITE)
    assert typed("baseline", "write", "--audit", saved(made, audit(*cases(*IDS))), cwd=made).code == 0
    return made


# ---------------------------------------------------------------- pytest's files against a scan's baseline


@pytest.mark.parametrize(
    "named",
    [{}, {"cut": "tests."}, {"prefix": "build.src."}],
    ids=["from the root", "from a folder below", "from above"],
)
def test_cases_are_joined_with_the_tests_of_the_scan(suite, named):
    green = gate(suite, report(suite, *of_pytest(**named)))
    red = gate(suite, report(suite, *of_pytest({C: "failure", P2: "failure"}, **named)))

    assert (green.code, red.code) == (0, 1), green.stdout
    assert red.audit["comparison"]["new_failures"] == [C, P2]


def test_cases_that_no_file_explains_are_joined_by_their_junit_key(project):
    made = project({"README.md": "The tests lie in another repository.\n"})
    typed("baseline", "write", "--audit", saved(made, audit(*cases(*IDS))), cwd=made)

    green = gate(made, report(made, *of_pytest()))
    red = gate(made, report(made, *of_pytest({C: "failure"})))

    assert green.code == 0, green.stdout
    assert red.code == 1
    assert len(red.audit["comparison"]["new_failures"]) == 1


@pytest.mark.parametrize(("inside", "check"), [("failure", "new-failures"), (SKIPPED.format("later", "later"), "new-skips"), ("skipped", "new-skips"), (XFAILED.format("later"), "new-xfails")], ids=["fails", "skipped", "skipped somehow", "xfailed"])  # fmt: skip
def test_what_was_green_and_is_not_blocks(suite, inside, check):
    ended = gate(suite, report(suite, *of_pytest({A: inside})))

    assert ended.code == 1
    assert ended.checks[check] is False
    assert ended.audit["comparison"][check.replace("-", "_")] == [A]


@pytest.mark.parametrize("inside", [SKIPPED.format("#12: later", "#12: later"), XFAILED.format("#12: later")])
def test_what_an_issue_tracks_does_not(suite, inside):
    ended = gate(suite, report(suite, *of_pytest({A: inside})))

    assert ended.code == 0, ended.stdout


def test_a_skip_that_was_there_stays_without_a_word(project):
    made = project(SUITE)
    tests = (case(A, "skipped", skip_kind="conditional"), *cases(*IDS[1:]))
    typed("baseline", "write", "--audit", saved(made, audit(*tests)), cwd=made)

    ended = gate(made, report(made, *of_pytest({A: "skipped"})))

    assert ended.code == 0, ended.stdout


@pytest.mark.parametrize(
    ("but", "gone"),
    [((B,), (B, 1, 0)), ((P2,), ("tests/test_a.py::test_p", 2, 1)), ((D,), (D, 1, 0))],
    ids=["a test", "a case", "a file"],
)
def test_what_has_no_result_is_named(suite, but, gone):
    ended = gate(suite, report(suite, *of_pytest(but=but)))

    compared = ended.audit["comparison"]
    missing = [*compared.get("gone", ()), *compared.get("unselected", ())]
    assert ended.code == 1
    assert [(one["node_id"], one["before"], one["now"]) for one in missing] == [gone]


def test_known_failures_of_the_scan_are_known_here(suite):
    typed("baseline", "accept", C, P1, "--issue", "A-1", cwd=suite)

    ended = gate(suite, report(suite, *of_pytest({C: "failure", P1: "failure"})))

    assert ended.code == 0, ended.stdout
    assert [one["node_id"] for one in ended.audit["comparison"]["known_failures"]] == [C, P1]


def test_a_removal_on_record_is_right_here_too(suite):
    typed("baseline", "accept", "--removed", D, "--why", "#12", cwd=suite)
    (suite / "tests/deep/test_d.py").unlink()

    assert gate(suite, report(suite, *of_pytest(but=(D,)))).code == 0


def test_a_quarantined_test_does_not_block_here_either(suite):
    typed("quarantine", "add", A, "--owner", "me", "--issue", "A-1", cwd=suite)

    ended = gate(suite, report(suite, *of_pytest({A: "failure"})))

    assert ended.code == 0, ended.stdout
    assert [one["outcome"] for one in ended.audit["comparison"]["quarantined"]] == ["failed"]


RETRIES = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="cart.spec.js" tests="2" failures="{failures}" errors="0" skipped="0" time="0.4">
 <testcase name="adds" classname="cart" time="0.1">{inside}</testcase>
 <testcase name="empties" classname="cart" time="0.1"/>
</testsuite>"""
ONCE = '<flakyFailure message="1 &lt; 2" type="AssertionError">at Cart.adds</flakyFailure>'
BROKEN = '<failure message="1 &lt; 2" type="AssertionError">at Cart.adds</failure>'


@pytest.mark.parametrize(
    ("inside", "flaky", "failing"), [(ONCE, 1, []), (BROKEN, 0, ["cart::adds"])], ids=["once", "for good"]
)
def test_what_its_runner_retried_with_success_is_flaky_and_not_broken(project, inside, flaky, failing):
    made = project({"README.md": "\n"}, settings=False)
    path = made.parent / "retries.xml"
    path.write_text(RETRIES.format(inside="", failures=0), encoding="utf-8")
    typed("baseline", "write", "--junit", path, cwd=made)
    path.write_text(RETRIES.format(inside=inside, failures=len(failing)), encoding="utf-8")

    ended = gate(made, path)

    assert ended.audit["summary"]["flaky"] == flaky
    assert ended.audit["comparison"].get("new_failures", []) == failing
    assert ended.code == int(bool(failing))


def test_the_other_way_round_a_scan_is_judged_by_a_baseline_of_files(project):
    made = project(SUITE)
    typed("baseline", "write", "--junit", report(made, *of_pytest()), cwd=made)

    green = typed("gate", "--audit", saved(made, audit(*cases(*IDS))), cwd=made)
    red = typed("gate", "--audit", saved(made, audit(*cases(*IDS[1:]), case(A, "failed"))), cwd=made)

    assert (green.code, red.code) == (0, 1), green.stdout


# ---------------------------------------------------------------- other runners

JEST = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="3" failures="{failures}" errors="0" time="0.9">
 <testsuite name="cart" errors="0" failures="{failures}" skipped="0" timestamp="2026-11-21T02:42:43" time="0.4" tests="3">
  <testcase classname="cart adds an article" name="cart adds an article" time="0.001"></testcase>
  <testcase classname="cart is emptied" name="cart is emptied" time="0.001">{inside}</testcase>
  <testcase classname="cart shows &quot;0&quot; &amp; EUR" name="cart shows &quot;0&quot; &amp; EUR" time="0.001"></testcase>
 </testsuite>
</testsuites>"""
JEST_FAILURE = (
    "<failure>Error: expect(received).toBe(expected)\n    at Object.&lt;anonymous&gt; (cart.test.js:4:30)</failure>"
)
GO = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="{failures}" errors="0" time="0.5">
 <testsuite tests="3" failures="{failures}" time="0.004" name="example.com/shop/stock" timestamp="2026-11-21T10:15:44Z">
  <properties><property name="go.version" value="go1.21 linux/amd64"></property></properties>
  <testcase classname="example.com/shop/stock" name="TestReserve" time="0.000"></testcase>
  <testcase classname="example.com/shop/stock" name="TestReserve/too_many" time="0.000">{inside}</testcase>
  <testcase classname="example.com/shop/stock" name="TestRestock" time="0.000"></testcase>
 </testsuite>
</testsuites>"""
GO_FAILURE = (
    '<failure message="Failed" type="">=== RUN   TestReserve/too_many&#xA;    stock_test.go:9: sold out&#xA;</failure>'
)
SUREFIRE = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="org.example.StockTest" time="0.02" tests="3" errors="0" skipped="0" failures="{failures}">
  <testcase name="reserves" classname="org.example.StockTest" time="0.01"/>
  <testcase name="refuses[1: many]" classname="org.example.StockTest" time="0.01">{inside}</testcase>
  <testcase name="refuses[2: none]" classname="org.example.StockTest" time="0.01"/>
</testsuite>"""
SUREFIRE_FAILURE = '<failure message="expected: &lt;1&gt; but was: &lt;2&gt;" type="org.opentest4j.AssertionFailedError">org.opentest4j.AssertionFailedError\n\tat org.example.StockTest.refuses(StockTest.java:12)</failure>'
RUNNERS = {"jest": (JEST, JEST_FAILURE), "go": (GO, GO_FAILURE), "surefire": (SUREFIRE, SUREFIRE_FAILURE)}
NO_PYTHON = {"package.json": "{}\n", "go.mod": "module example.com/shop\n", "cart.test.js": "// a test\n"}


def file_of(project, runner, name, *, red=False, skipped=False):
    text, failure = RUNNERS[runner]
    inside = failure if red else "<skipped/>" if skipped else ""
    path = project.parent / name
    path.write_text(text.format(inside=inside, failures=int(red)), encoding="utf-8")
    return path


@pytest.mark.parametrize("runner", RUNNERS)
def test_no_python_is_needed(project, runner):
    made = project(NO_PYTHON, settings=False)

    green = gate(made, file_of(made, runner, "green.xml"))
    red = gate(made, file_of(made, runner, "red.xml", red=True))

    assert (green.code, red.code) == (0, 1), green.stdout
    assert green.checks == {"complete": True, "pass-rate": True, "failures": True}
    assert red.audit["summary"]["failed"] == 1


@pytest.mark.parametrize("runner", RUNNERS)
def test_any_runner_has_a_baseline_that_rises(project, runner):
    made = project(NO_PYTHON, settings=False)
    green, red, skipped = (
        file_of(made, runner, f"{name}.xml", **options)
        for name, options in (("green", {}), ("red", {"red": True}), ("skipped", {"skipped": True}))
    )

    wrote = typed("baseline", "write", "--junit", red, "--issue", "A-1", cwd=made)
    known, mended = gate(made, red), gate(made, green)
    raised = typed("baseline", "write", "--junit", green, cwd=made)
    again, hidden = gate(made, red), gate(made, skipped)

    assert [one.code for one in (wrote, known, mended, raised, again, hidden)] == [0, 0, 0, 0, 1, 1], wrote.stderr
    assert len(mended.audit["comparison"]["fixed"]) == 1
    assert again.checks["new-failures"] is False
    assert hidden.checks["new-skips"] is False


@pytest.mark.parametrize("missing", ["pytest", *RUNNERS])
def test_several_runners_are_one_suite_and_none_may_be_missing(project, missing):
    made = project({**SUITE, **NO_PYTHON})
    files = {runner: file_of(made, runner, f"{runner}.xml") for runner in RUNNERS}
    files["pytest"] = report(made, *of_pytest(), name="pytest.xml")
    options = [word for file in files.values() for word in ("--junit", file)]
    assert typed("baseline", "write", *options, cwd=made).code == 0

    whole = gate(made, *files.values())
    part = gate(made, *(file for runner, file in files.items() if runner != missing))

    assert whole.code == 0
    assert whole.audit["summary"]["collected"] == 6 + 3 * len(RUNNERS)
    assert part.code == 1
    assert {"disappeared-tests", "deselected"} & {name for name, passed in part.checks.items() if not passed}


def test_a_failure_of_one_runner_is_not_made_up_for_by_another(project):
    made = project(NO_PYTHON, settings=False)
    red, green = file_of(made, "jest", "jest.xml", red=True), file_of(made, "go", "go.xml")
    typed("baseline", "write", "--junit", red, "--junit", green, cwd=made)

    ended = gate(made, file_of(made, "jest", "jest.xml"), file_of(made, "go", "go.xml", red=True))

    assert ended.code == 1
    assert len(ended.audit["comparison"]["fixed"]) == len(ended.audit["comparison"]["new_failures"]) == 1


def test_rows_of_a_matrix_come_from_files_too(project):
    made = project(NO_PYTHON, settings=False)
    green, skipped = file_of(made, "go", "linux.xml"), file_of(made, "go", "windows.xml", skipped=True)
    typed("baseline", "write", "--junit", green, "--env", "linux", cwd=made)
    row = ("baseline", "write", "--junit", skipped, "--env", "windows")
    refused = typed(*row, cwd=made)  # such a file does not tell a condition from a whim: somebody has to say why
    wrote = typed(*row, "--lower", "--why", "no links there, #12", cwd=made)

    codes = [
        gate(made, file, more=("--env", label)).code for label in ("linux", "windows") for file in (green, skipped)
    ]

    assert (refused.code, wrote.code) == (1, 0)
    assert codes == [0, 1, 0, 0]


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(("percent", "code"), [("50", 0), ("66.6", 0), ("66.7", 1)])
def test_fail_under_judges_files(project, percent, code):
    made = project(NO_PYTHON, settings=False)

    ended = gate(made, file_of(made, "go", "red.xml", red=True), more=("--fail-under", percent))

    assert ended.code == code


def test_quiet_says_the_verdict_and_verbose_every_test(suite):
    results = report(suite, *of_pytest({A: "failure"}))

    quiet, verbose = (typed("gate", detail, "--junit", results, cwd=suite) for detail in ("-q", "-v"))

    assert (quiet.code, verbose.code) == (1, 1)
    assert len(quiet.stdout.strip().splitlines()) <= 4
    assert A in quiet.stdout
    assert "assert 0" in verbose.stdout
    assert len(verbose.stdout.splitlines()) > 20


def test_a_glob_and_names_are_read_once_each(suite):
    report(suite, *of_pytest()[:3], name="one.xml")
    report(suite, *of_pytest()[3:], name="two.xml")

    ended = gate(suite, "../*.xml", "../one.xml")

    assert ended.code == 0
    assert ended.audit["summary"]["collected"] == len(IDS)


@pytest.mark.parametrize("pattern", ["../no.xml", "../*.no", "../**/*.no"])
def test_a_name_without_a_file_is_said(suite, pattern):
    ended = typed("gate", "--junit", pattern, cwd=suite)

    assert ended.code == 3
    assert f"--junit '{pattern}' matches no file" in ended.stderr


def test_a_missing_file_beside_a_whole_one_is_not_overlooked(suite):
    ended = typed("gate", "--junit", report(suite, *of_pytest()), "--junit", "../no.xml", cwd=suite)

    assert ended.code == 3


def test_the_baseline_of_another_project_finds_its_tests_missing(project, suite):
    other = project({"README.md": "\n"}, name="other", settings=False)
    typed("baseline", "write", "--junit", file_of(other, "go", "go.xml"), cwd=other)

    ended = gate(suite, report(suite, *of_pytest()), more=("--baseline", other / BASELINE))

    assert ended.code == 1
    assert sum(one["before"] for one in ended.audit["comparison"]["gone"]) == 3


# ---------------------------------------------------------------- files that are none


def text_file(project, data, name="odd.xml"):
    path = project.parent / name
    path.write_bytes(data)
    return path


WHOLE_FILE = '<testsuite name="pytest" tests="1"><testcase classname="tests.test_a" name="test_a"/></testsuite>'
EMPTY = {
    "no byte": b"",
    "blanks": b" \n\n",
    "no suite": b"<testsuites/>",
    "no case": b'<testsuite name="pytest" tests="0"/>',
    "HTML": b"<html><body>502</body></html>",
    "JSON": b'{"tests": 3}',
    "text": b"Segmentation fault\n",
    "zeroes": b"\0" * 100,
    "packed": gzip.compress(WHOLE_FILE.encode()),
    "cut in its first case": b'<testsuite name="pytest" tests="9"><testcase classname="a',
}


@pytest.mark.parametrize("data", EMPTY.values(), ids=EMPTY)
def test_no_result_at_all_is_no_verdict(suite, data):
    ended = typed("gate", "--junit", text_file(suite, data), cwd=suite)

    assert ended.code == 3
    assert "odd.xml" in ended.stderr


@pytest.mark.parametrize("data", EMPTY.values(), ids=EMPTY)
def test_no_result_beside_whole_ones_is_a_gap(suite, data):
    ended = gate(suite, report(suite, *of_pytest()), text_file(suite, data))

    assert ended.code == 1
    assert ended.checks["complete"] is False
    assert "odd.xml" in json.dumps(ended.audit["incomplete"])


def test_a_count_that_the_cases_do_not_reach_is_said(project):
    made = project(NO_PYTHON, settings=False)
    path = file_of(made, "jest", "jest.xml")
    path.write_text(path.read_text().replace('tests="3"', 'tests="9"'), encoding="utf-8")

    ended = gate(made, path)

    assert [note for note in ended.audit["notes"] if "jest.xml says 9 tests, its cases show 3" in note]


def test_a_folder_is_no_report(suite):
    ended = typed("gate", "--junit", "tests", cwd=suite)

    assert ended.code == 3
    assert "tests: " in ended.stderr


BOMBS = {
    "entities": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><testsuite tests="1"><testcase classname="c" name="&c;&c;&c;"/></testsuite>',
    "a file of the machine": '<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]><testsuite tests="1"><testcase classname="c" name="n"><failure message="&p;">&p;</failure></testcase></testsuite>',
    "depth": "<testsuites>" * 20_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_files_that_would_hurt_are_harmless(suite, text):
    ended = typed("gate", "--junit", text_file(suite, text.encode()), "--output", "json", cwd=suite)

    assert ended.code in {1, 3}
    assert "root:" not in ended.stdout + ended.stderr
    assert len(ended.stdout) < 200_000


HOSTILE = {
    "an escape": "test_h[\ufffd[31m]",
    "a line break": "test_h[&#10;::error::pwned]",
    "a carriage return": "test_h[&#13;::error::pwned]",
    "an annotation": "::error file=x,line=1::pwned",
    "an old annotation": "##[error]pwned",
    "10,000 characters": "test_" + "x" * 10_000,
    "markup": "test_h[&lt;script&gt;alert(1)&lt;/script&gt;|`]",
    "a way out": "../../../etc/passwd::x",
    "direction marks": "test_h[\u202egnp]",
    "empty": "",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("shown", ["terminal", "github", "markdown"])
def test_names_of_cases_forge_nothing(suite, name, shown):
    results = report(
        suite, *of_pytest(), xml(name, "failure", classname="tests.test_a"), xml(name, "failure", classname="")
    )

    ended = typed("gate", "--junit", results, "--output", shown, cwd=suite, env={"GITHUB_ACTIONS": "true"})

    lines = ended.stdout.splitlines()
    obeyed = lines[1:1] if lines[0].startswith("::stop-commands::") else lines
    assert ended.code == 1
    assert [line for line in obeyed if "pwned" in line and line.lstrip().startswith("::error file=x,line=1::")] == []
    assert [line for line in obeyed if line.lstrip().startswith("::error::pwned") or "##[error]" in line] == []
    assert not {"\x1b", "\r", "\u202e"} & set(ended.stdout)
    assert shown != "markdown" or "<script>" not in re.sub(r"(`+)[^`].*?(?<!`)\1(?!`)", "", ended.stdout)


@pytest.mark.parametrize("shown", ["terminal", "json", "github", "markdown", "sarif", "gitlab", "junit"])
def test_secrets_of_a_message_are_nowhere(suite, shown):
    token = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
    failure = f'<failure message="api_key={token}">password = "hunter2hunter2"\nE  AssertionError: {token}</failure>'
    results = report(suite, *of_pytest({A: failure + f"<system-out>TOKEN={token}</system-out>"}))

    ended = typed("gate", "-v", "--junit", results, "--output", shown, cwd=suite)

    assert ended.code == 1
    assert token not in ended.stdout + ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr


def test_five_thousand_cases_are_judged(project):
    made = project(NO_PYTHON, settings=False)
    many = [xml(f"case {number}", "failure" if number % 25 == 0 else "", classname="shop") for number in range(5_000)]
    results = report(made, *many)

    wrote = typed("baseline", "write", "--junit", results, "--issue", "A-1", cwd=made)
    judged = gate(made, results)

    assert (wrote.code, judged.code) == (0, 0), wrote.stderr
    assert len(judged.audit["comparison"]["known_failures"]) == 200
