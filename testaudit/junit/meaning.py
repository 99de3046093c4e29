"""A case -> one attempt of a test: what all runners mean by what they write, and pytest by its own words.

What pytest's writer does, all versions since 7.0: an error in set-up or teardown is an `<error>` (a failing test whose
teardown fails too becomes two cases), an xfail is a `<skipped type="pytest.xfail">`, a strict xpass is a `<failure>`, a
non-strict one has no mark, a module that does not import is a case without classname. Other runners' dialects have
been put into these terms before (`dialects/`); what their traces say is read by `traces.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from testaudit.junit.cases import FINAL, INTERIM, MESSAGE_CHARACTERS, OUTPUT_CHARACTERS, TEXT_CHARACTERS
from testaudit.junit.traces import read_reason, read_trace
from testaudit.masking.interface import cap, clean, mask, mask_together
from testaudit.model import Attempt, Frame, Kind, Outcome, Trouble

if TYPE_CHECKING:
    from typing import Literal

    from testaudit.junit.cases import Case, Result

XFAIL = "pytest.xfail"
STRICT_XPASS = "[XPASS(strict)]"
CRASH = re.compile(r"(?:failed on \w+ with \")?worker '[\w.-]+' crashed while running ")
PHASE = re.compile(r"failed on (setup|teardown) with \"(.*)\"\Z", re.DOTALL)
PLACE = re.compile(
    r"^(?P<path>[^\s:][^:\n]*\.py):(?P<line>\d+): ?(?P<what>in (?P<function>\S+)|[A-Za-z_][\w.]*)?$", re.MULTILINE
)
RAISED = re.compile(r"(?P<type>[A-Za-z_][\w.]*): (?P<message>.*)", re.DOTALL)
COLLECTED_SKIP = re.compile(
    r"\('(?P<path>[^']*)', (?P<line>\d+), ['\"](?:Skipped: )?(?P<reason>.*)['\"]\)\Z", re.DOTALL
)
SITE = re.compile(r"(?P<path>[^\n:]+(?::[\\/][^\n:]+)?):(?P<line>\d+): ")
UNCONDITIONAL = "unconditional skip"
"""pytest's own reason for a bare `@pytest.mark.skip`."""
NOT_RUN = frozenset(
    {"skipped", "skip", "notrun", "not run", "not_run", "disabled", "ignored", "pending", "todo", "untested"}
)
"""Values of `status=` that mean a skip where no child says so: GoogleTest, ctest, behave."""
NOT_WELL = frozenset({"fail", "failed", "failure", "undefined", "error", "hook_error", "cleanup_error"})
"""The same for a failure."""
SPEAKS_PYTHON = ("", "?", "pytest")
"""Dialects whose skips are read by pytest's words."""
SAID_IN_OUTPUT = ("libtest", "ctest")
"""Dialects whose failures have no text: the test's output tells."""
NO_REASON = " failed, and nothing is said of it"
"""Behind the test's name: failures of which nothing is known are not alike."""
STANDS_FOR_OTHERS = re.compile(
    r"(?:setUp|tearDown)(?:Class|Module)\b|.*\"(?:before|after) (?:all|each)\" hook\b|initializationError|classMethod"
    r"|executionError|(?:setup|teardown)_(?:file|suite)\Z|.*-setup-teardown\Z| ?Test execution failure: |\Z",
    re.DOTALL,
)
"""Names of cases that a runner writes for a set-up or teardown of a class, file or suite."""


class Told(NamedTuple):
    """What one case tells."""

    attempts: tuple[Attempt, ...]
    """Earlier ones that the runner names, then the one that it ended with."""
    reason: str = ""
    kind: Kind | None = None
    """None: the file names the place, and the source may tell."""
    site: Frame | None = None
    is_teardown_error: bool = False
    """Nothing but the teardown failed here: pytest writes it as a second case beside a failure."""


def tell(case: Case, *, is_module: bool = False) -> Told:
    """The attempts of one case; passed where nothing stands in it. `is_module`: it stands for a whole module."""
    if not case.results:
        return _bare(case)
    final = [result for result in case.results if result.tag in FINAL]
    earlier = [result for result in case.results if result.tag in INTERIM]
    if not final and earlier[-1].tag.startswith(
        "rerun"
    ):  # every attempt is told of, and the last one failed like the others
        final = [earlier.pop()]
    outcome = _outcome(final)
    troubles = tuple(_trouble(result, case, is_module=is_module) for result in final if result.tag != "skipped")
    first = next((result for result in final if result.tag == "skipped"), None)
    reason, kind, site = "", None, None
    if outcome in ("skipped", "xfailed") and first is not None:
        if case.suite.dialect not in SPEAKS_PYTHON:
            first = first._replace(message=read_reason(first.message, first.text), text="")
        reason, kind, site = _excuse(first)
        troubles = ()
    attempts = (
        *(Attempt(_outcome([result]), 0.0, "main", (), _troubles_of(result, case)) for result in earlier),
        Attempt(outcome, case.time_s, "main", (), troubles),
    )
    only_teardown = bool(troubles) and all(trouble.phase == "teardown" for trouble in troubles)
    return Told(attempts, reason, kind, site, only_teardown)


def says_nothing(told: Told) -> bool:
    """Whether no reason is known of a failure."""
    return all(trouble.message.endswith(NO_REASON) for trouble in told.attempts[-1].troubles)


def stands_for_others(case: Case) -> bool:
    """Whether a red case is no test, but the set-up or teardown of tests that may be absent."""
    return STANDS_FOR_OTHERS.match(case.name) is not None and bool(case.name or case.classname)


def _bare(case: Case) -> Told:
    """What the attribute `status` says, where the runner has one."""
    status = case.status.lower()
    if status in NOT_RUN:
        return Told((Attempt("skipped", case.time_s),), "", "unknown")
    return Told((Attempt("failed" if status in NOT_WELL else "passed", case.time_s),))


def _troubles_of(result: Result, case: Case) -> tuple[Trouble, ...]:
    """Of an earlier attempt; none where its runner left nothing but the fact."""
    return (_trouble(result, case, is_module=False),) if any(result[1:]) else ()


def _outcome(results: list[Result]) -> Outcome:
    """One outcome for all that stands in a case. A skip wins over a failure; a broken set-up or teardown over both."""
    errors = [result for result in results if result.tag.lower().endswith("error")]
    if any(CRASH.match(result.message) or CRASH.match(result.text) for result in results):
        return "crashed"
    skips = [result for result in results if result.tag == "skipped"]
    if skips and not any(PHASE.match(error.message) for error in errors):
        return "xfailed" if skips[0].type == XFAIL else "skipped"
    if errors:
        return "error"
    return "failed" if results else "passed"


def _excuse(result: Result) -> tuple[str, Kind | None, Frame | None]:
    """Reason, kind and place of a skip or xfail."""
    reason, text = result.message, result.text
    if reason == "collection skipped" and (match := COLLECTED_SKIP.search(text)):
        reason = match["reason"]
        return _tidy(reason), "conditional" if reason.startswith("could not import") else "unknown", None
    reason = reason.removeprefix("Skipped: ") or text.strip()
    if result.type == XFAIL:
        return _tidy(reason.removeprefix("reason: ")), "unknown", None
    match = SITE.match(text) if result.type == "pytest.skip" else None
    site = Frame(match["path"].replace("\\", "/"), int(match["line"]), "") if match and len(match["line"]) < 9 else None
    if reason.startswith("could not import"):
        return _tidy(reason), "conditional", site
    return _tidy(reason), "unconditional" if reason == UNCONDITIONAL else "unknown" if site is None else None, site


def _trouble(result: Result, case: Case, *, is_module: bool) -> Trouble:
    phase: Literal["setup", "call", "teardown", "collect"] = "call"
    message, text = result.message, result.text
    if is_module:
        phase = "collect"
        message = _last_error(text) or message
    elif match := PHASE.match(message):
        phase = "setup" if match[1] == "setup" else "teardown"
        message = match[2]
    elif message in ("test setup failure", "test teardown failure"):  # pytest 7 and older in some shapes
        phase = "setup" if "setup" in message else "teardown"
        message = _last_error(text) or message
    places = list(PLACE.finditer(text))
    raised = next((place["what"] for place in reversed(places) if place["what"] and not place["function"]), "")
    kind, frame = result.type or raised, _frame(places)
    if not places and case.suite.dialect != "pytest":
        kind = "" if kind == case.name else kind  # an old writer for Ruby
        outputs = not (text or message) and case.suite.dialect in SAID_IN_OUTPUT
        kind, message, frame = read_trace(kind, message, case.output if outputs else text)
        message = message or f"{case.name}{NO_REASON}"
    elif match := RAISED.match(message):
        if not kind and (match["type"][0].isupper() or "." in match["type"]):
            kind = match["type"]
        if kind in (match["type"], match["type"].rpartition(".")[2]):
            message = match["message"]
    message = message or next(iter(text.strip().splitlines()), "")
    message, text, output = mask_together(message, text, case.output)
    return Trouble(
        phase=phase,
        type=clean(mask(cap(kind, 200))),
        message=clean(cap(message, MESSAGE_CHARACTERS)),
        frame=frame,
        text=clean(cap(text, TEXT_CHARACTERS)),
        output=clean(cap(output, OUTPUT_CHARACTERS)),
    )


def _frame(places: list[re.Match[str]]) -> Frame | None:
    """The deepest place that is neither installed nor outside: those are absolute, or in an environment's folder."""
    for place in reversed(places):
        path = place["path"].replace("\\", "/").removeprefix("./")
        outside = path.startswith(("/", "..", "<")) or path[1:2] == ":" or "site-packages/" in path
        if not outside and len(place["line"]) < 9:
            return Frame(path, int(place["line"]), place["function"] or "")
    return None


def _last_error(text: str) -> str:
    lines = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    return lines[-1] if lines else ""


def _tidy(text: str) -> str:
    return clean(cap(mask(text), MESSAGE_CHARACTERS))
