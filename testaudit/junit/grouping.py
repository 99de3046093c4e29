"""The cases of one file -> its tests: what is another attempt, what another test, and what a part of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from testaudit.junit.addresses import Address, relative
from testaudit.junit.cases import RESULTS, Suite
from testaudit.junit.dialects import absent, browsers, dialect
from testaudit.junit.meaning import Told, says_nothing, stands_for_others, tell
from testaudit.junit.stream import read_junit
from testaudit.model import RED, Attempt, NodeId

if TYPE_CHECKING:
    from pathlib import Path

    from testaudit.junit.addresses import Addresses
    from testaudit.junit.cases import Case
    from testaudit.junit.dialects import Dialect
    from testaudit.junit.stream import Reading
    from testaudit.model import Outcome

INTERNAL = ("pytest", "internal")
"""Name of the case that pytest writes for an error of its own."""
WORST = ("crashed", "timed-out", "error", "failed", "skipped", "xfailed", "xpassed", "passed")
"""Of the parts of a test, the first of these that one of them has."""
DEEPEST = 20
"""Levels of subtests that are looked through."""
UNNAMED = 10_000
"""At most so many tests are counted without a case of their own."""


class Seen(NamedTuple):
    """One test in one file."""

    key: tuple[str, str]
    told: list[Told]
    address: Address
    line: str
    suite: Suite

    @property
    def outcome(self) -> Outcome:
        """The one that its runner ended with in this file."""
        return self.told[-1].attempts[-1].outcome


class FileOfTests(NamedTuple):
    """What one file gave."""

    reading: Reading
    tests: list[Seen]
    """In the file's order."""
    counts: Counter[str]
    """Failures, errors and skips; a case can have several."""
    cases: Counter[str]
    """Cases that have one."""
    internal: str
    """pytest's own breakdown, as it wrote it; empty: none."""
    notes: tuple[str, ...]
    """What is to be known of how the tests were counted."""
    dialects: frozenset[str]


class _Sorter:
    """Takes the cases of one file in turn."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.tests: dict[tuple[str, ...], Seen] = {}
        """By classname and name (and variant), in the file's order; further ones of that name stand behind."""
        self.further: dict[tuple[str, ...], list[Seen]] = {}
        self.by_suite: dict[tuple[tuple[str, ...], tuple[str, ...]], Seen] = {}
        """Those among the further ones whose repeats may be attempts."""
        self.counts: Counter[str] = Counter()
        self.having: Counter[str] = Counter()
        self.skips: Counter[str] = Counter()
        """Cases without a run, of each dialect."""
        self.cases: Counter[Suite] = Counter()
        """So many of each suite."""
        self.repeated = False
        """There is a name with several cases, which are no parts of one."""
        self.second_records = 0
        """So many cases tell of the teardown alone, of a test that pytest counts once."""
        self.internal = ""
        self.pseudo: list[str] = []
        """Red cases of a set-up or teardown."""

    def take(self, case: Case, how: Dialect) -> None:
        """Any case but the plainest."""
        tags = [result.tag for result in case.results]
        for tag in tags:
            self.counts[tag] += 1
        for tag in set(tags):
            self.having[tag] += 1
        written = case
        if how.normal is not None:
            case = how.normal(case)
        is_pytest = case.suite.dialect == "pytest"
        if is_pytest and not case.classname and not case.is_module:
            if not case.name:
                return  # a test that was running when pytest itself broke down
            case = case._replace(is_module=True)
        if is_pytest and case[:2] == INTERNAL and case.results:
            self.internal = case.results[0].text
            return
        if not case.classname and not is_pytest and not case.is_module:
            case = case._replace(classname=" > ".join(filter(None, case.suite.names)))
        told = tell(case, is_module=case.is_module)
        outcome = told.attempts[-1].outcome
        self.skips[case.suite.dialect] += outcome == "skipped"
        if outcome in RED and not is_pytest and (stands_for_others(written) or stands_for_others(case)):
            self.pseudo.append(".".join(filter(None, (written.classname, written.name))))
        name = (_name(case.classname), _name(case.name))
        key: tuple[str, ...] = (*name, case.variant) if case.variant else name
        seen = self.tests.get(key)
        if is_pytest and seen is not None and seen.suite.at != case.suite.at:
            key = (*name, "", str(case.suite.at))  # another run, that a tool put into the same file
            seen = self.tests.get(key)
        if seen is None:
            self.tests[key] = Seen(name, [told], self.address(case, how, name), case.line, case.suite)
        elif case.is_part or (how.repeats == "attempts" and told.is_teardown_error and seen.outcome == "failed"):
            seen.told[-1] = _joined(seen.told[-1], told)
            self.second_records += is_pytest
        else:
            self._again(key, seen, told, case, how)

    def address(self, case: Case, how: Dialect, name: tuple[str, str]) -> Address:
        """Where its test lives; only Python's test files are known here."""
        if case.is_module:
            if how.is_python:
                return self.addresses.module(name[1], case.file)
            return Address(NodeId(name[1]), relative(name[1]), is_module=True)
        if how.is_python:
            return self.addresses.find(*name, case.file)
        node_id = "::".join(filter(None, name)) or "(a case without a name)"
        return Address(NodeId(f"{node_id} [{case.variant}]" if case.variant else node_id), "")

    def _again(self, key: tuple[str, ...], seen: Seen, told: Told, case: Case, how: Dialect) -> None:
        """A further case of a name that is known: an attempt, or another test."""
        self.repeated = True
        if how.repeats in {"attempts", "runs"}:
            seen.told.append(told)
            return
        another = seen._replace(told=[told], line=case.line, suite=case.suite)
        if how.repeats == "pattern":
            known = seen if seen.suite.names == case.suite.names else self.by_suite.get((key, case.suite.names))
            if known is not None:
                known.told.append(told)
                return
            self.by_suite[key, case.suite.names] = another
        self.further.setdefault(key, []).append(another)


def read_file(path: Path, addresses: Addresses) -> FileOfTests:
    """The tests of one file."""
    reading = read_junit(path)
    sorter = _Sorter(addresses)
    tests = sorter.tests
    ways: dict[str, Dialect] = {}
    latest, how, number, since = None, dialect(""), 0, 0
    for number, case in enumerate(reading):
        if case.suite is not latest:
            if latest is not None:
                sorter.cases[latest] += number - since
            latest, since = case.suite, number
            how = ways.setdefault(latest.dialect, dialect(latest.dialect))
        if not case.results and case.classname and not case.status and how.normal is None:
            key = (_name(case.classname), _name(case.name))
            if key not in tests:  # nearly all: quick
                address = addresses.find(*key, case.file) if how.is_python else sorter.address(case, how, key)
                tests[key] = Seen(key, [tell(case)], address, case.line, latest)
                continue
        sorter.take(case, how)
    if latest is not None:
        sorter.cases[latest] += number + 1 - since
    if sorter.repeated:
        _mark_reruns(reading, sorter)
    if "go" in ways:
        _explain_parents(tests)
    notes = [*_unnamed(reading, sorter, set(ways)), *(_todos(tests) if "jest" in ways else ())]
    if sorter.pseudo:
        notes.append(_no_tests(sorter.pseudo))
    return FileOfTests(
        reading,
        _told_apart(sorter) if sorter.repeated else list(tests.values()),
        sorter.counts,
        sorter.having,
        sorter.internal,
        tuple(notes),
        frozenset(ways),
    )


def _told_apart(sorter: _Sorter) -> list[Seen]:
    """All tests, those of one name under node ids of their own."""
    apart: list[Seen] = []
    used: set[str] = set()
    for key, first in sorter.tests.items():
        of_name = [first, *sorter.further.get(key, ())] if sorter.further or len(first.told) > 1 else [first]
        if len(of_name) == len(first.told) == 1:
            apart.append(first)
            continue
        number = 0
        for one in [each for seen in of_name for each in _by_pattern(seen)]:
            number += 1
            if number > 1:
                used = used or {seen.address.node_id for seen in sorter.tests.values()}
                while (node_id := f"{first.address.node_id} #{number}") in used:
                    number += 1
                used.add(node_id)
                one = one._replace(address=one.address._replace(node_id=NodeId(node_id)))  # noqa: PLW2901 - the same test
            apart.append(one)
    return apart


def _by_pattern(seen: Seen) -> list[Seen]:
    """One test of attempts where only failures stand before what is not red; otherwise a test for each case."""
    repeats = dialect(seen.suite.dialect).repeats
    if len(seen.told) > 1 and repeats == "runs":
        seen.told.sort(key=lambda told: told.attempts[-1].outcome in RED)
    if len(seen.told) == 1 or repeats != "pattern":
        return [seen]
    red = [told.attempts[-1].outcome in RED for told in seen.told]
    if red[0] and red == sorted(red, reverse=True):
        return [seen]
    return [seen._replace(told=[told]) for told in seen.told]


def _joined(first: Told, second: Told) -> Told:
    """Two parts of one attempt; `error` outranks `failed`."""
    one, two = first.attempts[-1], second.attempts[-1]
    outcome = min(one.outcome, two.outcome, key=WORST.index)
    both = replace(
        one,
        outcome=outcome,
        duration_s=one.duration_s + two.duration_s,
        troubles=(*one.troubles, *two.troubles)[:RESULTS],
    )
    kept = first if one.outcome == outcome else second
    earlier = (*first.attempts[:-1], *second.attempts[:-1])[:RESULTS]
    return kept._replace(attempts=(*earlier, both))


def _mark_reruns(reading: Reading, sorter: _Sorter) -> None:
    """What is known of bare cases before another one of their name.

    pytest-rerunfailures and `flaky` write each failed attempt as one, and do not count it in `tests`. They can also be
    passes: of a test that every worker runs (`--dist=each`). Those are counted. So are passed subtests, which have no
    case: more tests than cases say nothing, unless only some of the tests are repeated.
    """
    ours = [(suite, cases) for suite, cases in sorter.cases.items() if suite.dialect == "pytest"]
    known = not reading.problem and all(suite.tests is not None for suite, _ in ours)
    more = sum(cases - (suite.tests or 0) for suite, cases in ours) - sorter.second_records
    repeated = [seen for seen in sorter.tests.values() if len(seen.told) > 1]
    reran = known and (more > 0 or (more < 0 and len(repeated) < len(sorter.tests)))
    for seen in repeated:
        if dialect(seen.suite.dialect).bare_failed or (reran and seen.suite.dialect == "pytest"):
            for at, told in enumerate(seen.told[:-1]):
                if told.attempts[-1].outcome == "passed":
                    seen.told[at] = told._replace(attempts=(replace(told.attempts[-1], outcome="failed"),))


def _todos(tests: dict[tuple[str, ...], Seen]) -> list[str]:
    """Jest's todos are bare cases: skips, where the suite's own count leaves no doubt which ones they are."""
    by_suite: dict[Suite, list[Seen]] = {}
    for seen in tests.values():
        if seen.suite.dialect == "jest" and not seen.address.is_module and not seen.key[1].startswith(browsers.HOOKS):
            by_suite.setdefault(seen.suite, []).append(seen)
    doubtful = 0
    for suite, seen_there in by_suite.items():
        idle = [seen for seen in seen_there if seen.told[0].attempts == (IDLE,) and len(seen.told) == 1]
        count, certain = browsers.todos(sum(len(seen.told) for seen in seen_there), suite.tests, len(idle))
        if certain:
            for seen in idle:
                seen.told[:] = [Told((Attempt("skipped", 0.0),), "todo", "unknown")]
        else:
            doubtful += count
    return [f"{doubtful} todo(s) in it cannot be told from tests that passed"] if doubtful else []


IDLE = Attempt("passed", 0.0)


def _explain_parents(tests: dict[tuple[str, ...], Seen]) -> None:
    """A test of Go that failed because of its subtests, and says nothing itself, failed for their reason."""
    for (classname, name, *_), seen in tests.items():
        if seen.outcome not in RED or seen.suite.dialect != "go" or name.count("/") > DEEPEST:
            continue
        above = name
        while "/" in above:
            above = above.rpartition("/")[0]
            parent = tests.get((classname, above))
            if parent is None:
                continue
            if parent.outcome not in RED or not says_nothing(parent.told[-1]):
                break
            last = parent.told[-1]
            troubles = seen.told[-1].attempts[-1].troubles
            attempts = (*last.attempts[:-1], replace(last.attempts[-1], troubles=troubles))
            parent.told[-1] = last._replace(attempts=attempts)


def _unnamed(reading: Reading, sorter: _Sorter, dialects: set[str]) -> list[str]:
    """Adds the skipped tests that the file counts and does not name."""
    if len(dialects) != 1 or reading.problem:
        return []
    (name,) = dialects
    missing = absent.unnamed_skips(name, reading.root, reading.totals, sorter.skips[name], reading.cases)
    missing, where = min(missing, UNNAMED), "/".join(reading.path.parts[-2:])  # files of one name lie in many folders
    for number in range(1, missing + 1):
        label = f"skipped test {number} of {missing} that {where} does not name"
        told = Told((Attempt("skipped", 0.0),), "", "unknown")
        sorter.tests["", label] = Seen(("", label), [told], Address(NodeId(f"({label})"), ""), "", Suite(dialect=name))
    return [f"{missing} skipped test(s) in it have no name: they are counted"] if missing else []


def _no_tests(names: list[str]) -> str:
    shown = ", ".join(names[:5]) + (f", and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{len(names)} case(s) in it are no tests but a set-up or teardown, whose tests can be absent: {shown}"


def _name(text: str) -> str:
    """A name as it is compared. Without a limit, one name could be 8 MB."""
    return text if len(text) <= 20_000 else f"{text[:20_000]}…{len(text)}"
