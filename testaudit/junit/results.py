"""JUnit files -> a Run: cases grouped into tests, what is missing, and what the files say differently themselves."""

from __future__ import annotations

import gc
import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from testaudit.errors import ImpossibleError
from testaudit.junit.addresses import Addresses
from testaudit.junit.meaning import tell
from testaudit.junit.stream import read_junit
from testaudit.masking import clean, mask
from testaudit.model import GREEN, RED, AuditedTest, Frame, Gap, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from testaudit.junit.addresses import Address
    from testaudit.junit.meaning import Told
    from testaudit.junit.stream import Reading
    from testaudit.model import NodeId, Outcome

LONGEST_NUMBER = 9
INTERNAL = ("pytest", "internal")
"""Name of the case that pytest writes for an error of its own."""
KNOWN = 8
"""How many names a note lists."""


class _Seen(NamedTuple):
    """One test in one file."""

    key: tuple[str, str]
    told: list[Told]
    address: Address
    line: str

    @property
    def outcome(self) -> Outcome:
        """The one that its runner ended with in this file."""
        return self.told[-1].attempts[-1].outcome


class _File(NamedTuple):
    """What one file gave."""

    reading: Reading
    tests: dict[tuple[str, str], _Seen]
    """By classname and name, in the file's order."""
    counts: Counter[str]
    """Failures, errors and skips; a case can have several."""
    internal: str
    """pytest's own breakdown, as it wrote it; empty: none."""


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
    read = [_read(path, addresses) for path in {os.path.realpath(path): path for path in files}.values()]
    if all(file.reading.problem and not file.reading.cases for file in read):
        listed = "".join(f"\n  {_shown(file.reading.path)}: {file.reading.problem}" for file in read)
        raise ImpossibleError(
            f"No results could be read:{listed or ' no file was named'}",
            "name JUnit files as a runner writes them: pytest --junit-xml=report.xml",
        )
    grouped: dict[NodeId, list[_Seen]] = {}
    for file in read:
        for seen in file.tests.values():
            grouped.setdefault(seen.address.node_id, []).append(seen)
    tests = tuple(_test(node_id, parts) for node_id, parts in grouped.items())
    broken = [test for test in tests if grouped[test.node_id][0].address.is_module and test.outcome in RED]
    files_broken = {test.path for test in broken if test.path}
    return Run(
        tests=tests,
        duration_s=round(sum(file.reading.totals.time_s for file in read), 6),
        gaps=(*(gap for file in read for gap in _gaps(file)), *map(_not_collected, broken)),
        notes=tuple(note for note in (*map(_repaired, read), *map(_totals, read), _differing(grouped)) if note),
        collected_files=frozenset(test.path for test in tests if test.path and test.path not in files_broken),
        broken_files=tuple(sorted(files_broken)),
    )


# ---------------------------------------------------------------- one file


def _read(path: Path, addresses: Addresses) -> _File:
    reading = read_junit(path)
    tests: dict[tuple[str, str], _Seen] = {}
    counts: Counter[str] = Counter()
    internal = ""
    for case in reading:
        key = (_name(case.classname), _name(case.name))
        seen = tests.get(key)
        if not case.results and seen is None and case.classname:  # nearly all: quick
            tests[key] = _Seen(key, [tell(case)], addresses.find(*key, case.file), case.line)
            continue
        counts.update(result.tag for result in case.results)
        is_module = not case.classname and _is_pytest(reading)
        if is_module and not case.name:
            continue  # a test that was running when pytest itself broke down
        if case[:2] == INTERNAL and case.results and _is_pytest(reading):
            internal = case.results[0].text
            continue
        told = tell(case, is_module=is_module)
        if seen is None:
            address = addresses.module(key[1], case.file) if is_module else addresses.find(*key, case.file)
            tests[key] = _Seen(key, [told], address, case.line)
        elif told.is_teardown_error and seen.told[-1].attempts[-1].outcome == "failed":
            seen.told[-1] = _joined(seen.told[-1], told)
        else:
            seen.told.append(told)
    if _is_pytest(reading):
        _mark_reruns(reading, tests)
    return _File(reading, tests, counts, internal)


def _is_pytest(reading: Reading) -> bool:
    return reading.root_name == "pytest tests" or "pytest" in reading.suite_names


def _joined(failed: Told, teardown: Told) -> Told:
    """A failing test whose teardown failed as well: one attempt; `error` outranks `failed`."""
    first, second = failed.attempts[-1], teardown.attempts[-1]
    both = replace(
        first,
        outcome="error",
        duration_s=first.duration_s + second.duration_s,
        troubles=(*first.troubles, *second.troubles),
    )
    return failed._replace(attempts=(*failed.attempts[:-1], both))


def _mark_reruns(reading: Reading, tests: dict[tuple[str, str], _Seen]) -> None:
    """pytest-rerunfailures writes each failed attempt as a bare case, and does not count it in `tests`.

    Bare cases of one name can also be passes: a test that every worker runs (`--dist=each`). Those are counted.
    """
    repeated = [seen for seen in tests.values() if len(seen.told) > 1]
    if not repeated or reading.totals.tests is None or reading.problem:
        return
    bare = sum(told.attempts[-1].outcome == "passed" for seen in repeated for told in seen.told[:-1])
    if reading.cases - reading.totals.tests < bare:
        return
    for seen in repeated:
        for at, told in enumerate(seen.told[:-1]):
            if told.attempts[-1].outcome == "passed":
                seen.told[at] = told._replace(attempts=(replace(told.attempts[-1], outcome="failed"),))


def _gaps(file: _File) -> Iterable[Gap]:
    reading = file.reading
    if reading.problem:
        yield Gap("junit", _shown(reading.path), reading.problem)
    if file.internal:
        last = clean(mask(file.internal.strip().rpartition("\n")[2][:500]))
        yield Gap("internal-error", _shown(reading.path), f"pytest itself broke down: {last}")
    elif not reading.problem and not reading.cases:
        yield Gap("junit", _shown(reading.path), "it holds no test")


def _repaired(file: _File) -> str:
    count = file.reading.repaired
    where = _shown(file.reading.path)
    return f"{where} is not well-formed: {count:,} raw control characters in it were replaced" if count else ""


def _totals(file: _File) -> str:
    """Where the file's own totals differ from its cases; pytest's `tests` counts subtests, and is no evidence."""
    reading, counts = file.reading, file.counts
    if reading.problem:
        return ""
    totals = reading.totals
    pairs = [
        ("tests", totals.tests, None if _is_pytest(reading) else reading.cases),
        ("failures", totals.failures, counts["failure"]),
        ("errors", totals.errors, counts["error"]),
        ("skipped", totals.skipped, counts["skipped"]),
    ]
    wrong = [
        f"{said} {what}, its cases show {counted}"
        for what, said, counted in pairs
        if None not in (said, counted) and said != counted
    ]
    return f"{_shown(reading.path)} says {'; '.join(wrong)}: the cases count" if wrong else ""


# ---------------------------------------------------------------- one test


def _test(node_id: NodeId, parts: list[_Seen]) -> AuditedTest:
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


def _line(seen: _Seen) -> int:
    """xunit1 counts lines from 0."""
    known = seen.address.path and not seen.address.is_module
    return int(seen.line) + 1 if known and seen.line.isdecimal() and len(seen.line) < LONGEST_NUMBER else 0


def _is_flaky(seen: _Seen) -> bool:
    """Attempts that a runner records for one test in one file ran in one order and one condition."""
    if len(seen.told) == len(seen.told[0].attempts) == 1:
        return False
    outcomes = {attempt.outcome for told in seen.told for attempt in told.attempts}
    return bool(outcomes & RED) and bool(outcomes & GREEN)


def _not_collected(test: AuditedTest) -> Gap:
    trouble = test.attempts[-1].troubles[0]
    why = f"{trouble.type}: {trouble.message}" if trouble.type else trouble.message
    return Gap("not-collected", test.node_id, why or "it failed to collect")


def _differing(grouped: dict[NodeId, list[_Seen]]) -> str:
    names = [
        node_id
        for node_id, parts in grouped.items()
        if len(parts) > 1 and len({seen.outcome in RED for seen in parts}) > 1
    ]
    listed = ", ".join(map(clean, names[:KNOWN])) + (f", and {len(names) - KNOWN} more" if len(names) > KNOWN else "")
    return f"{len(names)} tests fail in one file and not in another; the failure counts: {listed}" if names else ""


# ---------------------------------------------------------------- small things


def _name(text: str) -> str:
    """A name as it is compared. Without a limit, one name could be 8 MB."""
    return text if len(text) <= 20_000 else f"{text[:20_000]}…{len(text)}"


def _shown(path: Path) -> str:
    text = os.fspath(path)
    try:
        near = os.path.relpath(text)
    except ValueError:  # another drive
        return clean(text)
    return clean(text if near.startswith("..") else near)
