"""JUnit files -> a Run: cases grouped into tests, what is missing, and what the files say differently themselves."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

from testaudit.errors import ImpossibleError
from testaudit.junit.addresses import Addresses
from testaudit.junit.cases import whole
from testaudit.junit.grouping import read_file
from testaudit.masking.interface import clean, mask
from testaudit.model import GREEN, RED, AuditedTest, Frame, Gap, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from testaudit.junit.grouping import FileOfTests, Seen
    from testaudit.model import NodeId

LONGEST_NUMBER = 9
SILENT = ("node",)
"""Dialects whose suites count what stands directly in them, suites too: that says nothing about the file's tests."""
KNOWN = 8
"""How many names a note lists."""


def run_from_junit(files: Sequence[Path], *, known_files: Iterable[str] = ()) -> Run:
    """The results of these files as one Run; a test in several of them has an attempt in each.

    Args:
        files: any number; one that is named twice is read once.
        known_files: test files of the project, relative to its root, by which classnames are resolved.

    Raises:
        ImpossibleError: not one of them could be read.

    """
    collecting = gc.isenabled()
    gc.disable()  # nothing here is cyclic, and looking for cycles in a million values takes half the time
    try:
        return _run(files, Addresses(known_files))
    finally:
        if collecting:
            gc.enable()


def _run(files: Sequence[Path], addresses: Addresses) -> Run:
    read = [read_file(path, addresses) for path in {os.path.realpath(path): path for path in files}.values()]
    if all(file.reading.problem and not file.reading.cases for file in read):
        listed = "".join(f"\n  {_shown(file.reading.path)}: {file.reading.problem}" for file in read)
        raise ImpossibleError(
            f"No results could be read:{listed or ' no file was named'}",
            "name JUnit files as a runner writes them: pytest --junit-xml=report.xml",
        )
    grouped: dict[NodeId, list[Seen]] = {}
    for file in read:
        for seen in file.tests:
            grouped.setdefault(seen.address.node_id, []).append(seen)
    tests = tuple(_test(node_id, parts) for node_id, parts in grouped.items())
    broken = [test for test in tests if grouped[test.node_id][0].address.is_module and test.outcome in RED]
    files_broken = {test.path for test in broken if test.path}
    return Run(
        tests=tests,
        duration_s=round(sum(file.reading.totals.time_s for file in read), 6),
        gaps=(*(gap for file in read for gap in _gaps(file)), *map(_not_collected, broken)),
        notes=tuple(filter(None, (*(note for file in read for note in _notes(file)), _differing(grouped)))),
        collected_files=frozenset(test.path for test in tests if test.path and test.path not in files_broken),
        broken_files=tuple(sorted(files_broken)),
    )


# ---------------------------------------------------------------- one file


def _gaps(file: FileOfTests) -> Iterable[Gap]:
    reading = file.reading
    if reading.problem:
        yield Gap("junit", _shown(reading.path), reading.problem)
    if file.internal:
        last = clean(mask(file.internal.strip().rpartition("\n")[2][:500]))
        yield Gap("internal-error", _shown(reading.path), f"pytest itself broke down: {last}")
    elif not reading.problem and not reading.cases:
        yield Gap("junit", _shown(reading.path), "it holds no test")


def _notes(file: FileOfTests) -> Iterable[str]:
    """What was mended in the file, how its tests were counted, and what it says differently itself."""
    reading, where = file.reading, _shown(file.reading.path)
    if reading.repaired:
        many = "s in it were" if reading.repaired > 1 else " in it was"
        yield f"{where} is not well-formed: {reading.repaired:,} raw control character{many} replaced"
    if reading.documents > 1:
        yield f"{where} is not well-formed: {reading.documents:,} documents in it, one after the other; all were read"
    if reading.words:
        yield f"{where} is not well-formed: other output stands before its first element"
    yield from (f"{where}: {note}" for note in file.notes)
    yield _totals(file)


def _totals(file: FileOfTests) -> str:
    """Where the file's own totals differ from its cases; pytest's `tests` counts subtests, and is no evidence.

    Some runners count the tests that failed, some the failures, of which a test can have several: both are right.
    """
    reading = file.reading
    if reading.problem or not file.dialects.isdisjoint(SILENT):
        return ""
    totals, root = reading.totals, reading.root if reading.documents == 1 else {}
    wrong: list[str] = []
    for what, said, counted in (
        ("tests", totals.tests, None if "pytest" in file.dialects else {reading.cases}),
        ("failures", totals.failures, {file.counts["failure"], file.cases["failure"]}),
        ("errors", totals.errors, {file.counts["error"], file.cases["error"]}),
        ("skipped", totals.skipped, {file.counts["skipped"], file.cases["skipped"]}),
    ):
        wrong += [
            f"{told} {what}, its cases show {min(counted)}"
            for told in dict.fromkeys((said, whole(root.get(what, ""))))
            if told is not None and counted is not None and told not in counted
        ]
    return f"{_shown(reading.path)} says {'; '.join(wrong)}: the cases count" if wrong else ""


# ---------------------------------------------------------------- one test


def _test(node_id: NodeId, parts: list[Seen]) -> AuditedTest:
    """One test of all its attempts. Files are other environments or shards, no retries: the worst one decides."""
    key = "::".join(parts[0].key)
    if len(parts) == len(parts[0].told) == 1 and parts[0].outcome == "passed":  # nearly all: quick
        (seen,) = parts
        line = _line(seen) if seen.line else 0
        return AuditedTest(node_id, key, seen.address.path, line, "passed", seen.told[0].attempts, _is_flaky(seen))
    ordered = sorted(parts, key=lambda seen: seen.outcome in RED)
    attempts = tuple(attempt for seen in ordered for told in seen.told for attempt in told.attempts)
    seen, last = ordered[-1], ordered[-1].told[-1]
    address, outcome = seen.address, seen.outcome
    excused = outcome in {"skipped", "xfailed"}
    site, kind = last.site, last.kind
    if site is not None and not (
        address.path and (site.path == address.path or site.path.endswith(f"/{address.path}"))
    ):
        site, kind = None, kind or "unknown"  # raised in a place that is not known here
    return AuditedTest(
        node_id=node_id,
        junit_key=key,
        path=address.path,
        line=_line(seen),
        outcome=outcome,
        attempts=attempts,
        flaky=any(map(_is_flaky, parts)),
        reason=last.reason if excused else "",
        skip_kind=kind if excused else None,
        skip_site=Frame(address.path, site.line, "") if excused and site is not None else None,
        skip_by="junit" if excused else "",
    )


def _line(seen: Seen) -> int:
    """Of pytest: its xunit1 counts lines from 0."""
    known = seen.address.path and not seen.address.is_module
    return (
        int(seen.line) + (seen.suite.dialect == "pytest")
        if known and seen.line.isdecimal() and len(seen.line) < LONGEST_NUMBER
        else 0
    )


def _is_flaky(seen: Seen) -> bool:
    """Attempts that a runner records for one test in one file ran in one order and one condition."""
    if len(seen.told) == len(seen.told[0].attempts) == 1:
        return False
    outcomes = {attempt.outcome for told in seen.told for attempt in told.attempts}
    return bool(outcomes & RED) and bool(outcomes & GREEN)


def _not_collected(test: AuditedTest) -> Gap:
    trouble = test.attempts[-1].troubles[0]
    why = f"{trouble.type}: {trouble.message}" if trouble.type else trouble.message
    return Gap("not-collected", test.node_id, why or "it failed to collect")


def _differing(grouped: dict[NodeId, list[Seen]]) -> str:
    names = [
        node_id
        for node_id, parts in grouped.items()
        if len(parts) > 1 and len({seen.outcome in RED for seen in parts}) > 1
    ]
    listed = ", ".join(map(clean, names[:KNOWN])) + (f", and {len(names) - KNOWN} more" if len(names) > KNOWN else "")
    return f"{len(names)} tests fail in one file and not in another; the failure counts: {listed}" if names else ""


# ---------------------------------------------------------------- small things


def _shown(path: Path) -> str:
    text = os.fspath(path)
    try:
        near = os.path.relpath(text)
    except ValueError:  # another drive
        return clean(text)
    return clean(text if near.startswith("..") else near)
