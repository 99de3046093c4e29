"""unittest's two writers of JUnit files: nose2, and unittest-xml-reporting (`xmlrunner`).

Both write a failing subtest as a case of its own, `test_x (i=1)`, and the other subtests not at all; a test whose
`tearDown` fails as well is two cases; a broken `setUpClass` stands for all tests of its class, which are absent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.junit.cases import Result

if TYPE_CHECKING:
    from testaudit.junit.cases import Case

_SUBTEST = re.compile(r"(?P<test>\w+) (?:\[.*\]|\(.*=.*\)|\[.*\] \(.*\)|\(<subtest>\))", re.DOTALL)
_FIXTURE = re.compile(r"(?P<name>(?:setUp|tearDown)(?:Class|Module)) \((?P<of>[^()]*)\)")
_RAISED = re.compile(r"\Aexpected failure: \(<class '[\w.]+'>, ")
_NOT_LOADED = ("nose2.loader.ModuleImportFailure", "nose2.loader.LoadTestsFailure", "unittest.loader._FailedTest")
XFAIL = "pytest.xfail"
LONGEST_NAME = 2_000
"""Characters of a name that may be a subtest's."""


def nose2(case: Case) -> Case:
    """A class's set-up is split at the dot; expected failures and unexpected successes are both skips."""
    if (found := _FIXTURE.fullmatch(f"{case.classname}.{case.name}")) is not None:
        return _fixture(case, found)
    return _subtest(case._replace(results=tuple(map(_unskipped, case.results))) if case.results else case)


def xmlrunner(case: Case) -> Case:
    """An expected failure is `<skipped type="XFAIL">`, an unexpected success an `<error>`."""
    if (found := _FIXTURE.fullmatch(case.name)) is not None:
        return _fixture(case, found)
    if not case.results:
        return case
    return _subtest(case._replace(results=tuple(map(_expected, case.results))))


def _expected(result: Result) -> Result:
    if result.tag != "skipped" or result.type != "XFAIL":
        return result
    return result._replace(type=XFAIL, message=_RAISED.sub("", result.message).partition(", <traceback object at ")[0])


def _unskipped(result: Result) -> Result:
    if result.tag != "skipped" or result.message != "expected test failure":
        return (
            result._replace(message=result.message.removeprefix("test skipped: "))
            if result.tag == "skipped"
            else result
        )
    return result._replace(type=XFAIL, message=(result.text.strip().splitlines() or [""])[-1])


def _fixture(case: Case, found: re.Match[str]) -> Case:
    phase = "setup" if found["name"].startswith("setUp") else "teardown"
    results = tuple(r._replace(message=f'failed on {phase} with "{_told(r)}"') for r in case.results)
    return case._replace(classname=found["of"], name=found["name"], results=results)


def _told(result: Result) -> str:
    """`Type: message`, as pytest would write it: the last line of the traceback."""
    last = (result.text.strip().splitlines() or [result.message])[-1]
    return last if result.type in ("", last.partition(":")[0]) else f"{result.type}: {result.message}"


def _subtest(case: Case) -> Case:
    found = _SUBTEST.fullmatch(case.name) if len(case.name) < LONGEST_NAME else None
    is_module = case.classname in _NOT_LOADED
    if is_module:  # the attributes speak of the loader, the text ends with the reason
        case = case._replace(results=tuple(Result(result.tag, "", "", result.text) for result in case.results))
    return case._replace(
        classname="" if is_module else case.classname,
        name=found["test"] if found is not None else case.name,
        is_part=True,
        is_module=is_module,
    )
