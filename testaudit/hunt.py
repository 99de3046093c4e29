"""A budget of experiments -> evidence of what a failure depends on. A re-run of failing tests is the smallest hunt.

The failing tests run again together, in their order, as often as `--reruns` says; then one representative of each
signature alone; then what failed in the suite and passed without it runs behind the tests that ran before it. What
there was no time for is said. An outcome never changes by it: re-runs only add evidence.
"""

from __future__ import annotations

import signal
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING

from testaudit import parse
from testaudit.causes.registry import classify_failures
from testaudit.engine.interface import Chosen, Silence
from testaudit.engine.run import running
from testaudit.errors import ImpossibleError, Terminated
from testaudit.experiments.alone import alone
from testaudit.experiments.interface import WORDS
from testaudit.experiments.replay import replay, replay_file
from testaudit.experiments.together import together
from testaudit.experiments.verdicts import TWICE, judged
from testaudit.model import GREEN, RED, Gap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testaudit.engine.interface import Listener, RunRequest
    from testaudit.experiments.interface import Condition, Experiment
    from testaudit.model import Attempt, AuditedTest, Failure, NodeId, OrderDependence, Run
    from testaudit.paths import Paths
    from testaudit.source.interface import Sources

MOST_TESTS = 50
LEAST_BUDGET_S = 30.0
SHARE_OF_SUITE = 0.25
_SHARE_TOGETHER = 0.6
"""Of the budget, at most, for the runs of the failing tests together."""
_LEAST_START_S = 0.3
_PROVEN_BEFORE = frozenset({"collection", "crash", "timeout", "environment", "fixture"})
"""Causes that come before those which a further run can prove."""


def rerun(run: Run, request: RunRequest, sources: Sources, paths: Paths, times: int, listener: Listener) -> Run:
    """The run with the attempts of further runs on its failing tests, and what all its attempts prove.

    Args:
        run: the main run.
        request: how it was started.
        sources: the test sources, which tell failures apart.
        paths: how this project writes paths.
        times: how often the failing tests run together again; 0: no further run.
        listener: told how many executions will be made.

    """
    failures, _, subjects = classify_failures(run.tests, sources=sources, warnings=run.warnings)
    again, why_not = _worth(run, failures, subjects) if times else ([], "")
    if again:
        hunt = _Hunt(run, request, paths.with_rootdir(run.rootdir), listener)
        run = hunt.go(again, failures, times)
    elif why_not:
        run = replace(run, notes=(*run.notes, why_not))
    if not any(len(test.attempts) > 1 or test.reruns for test in run.tests):
        return run
    tests = tuple(map(judged, run.tests))
    return replace(run, tests=_represented(tests, _groups(tests, failures)))


def _represented(tests: tuple[AuditedTest, ...], groups: Sequence[Sequence[AuditedTest]]) -> tuple[AuditedTest, ...]:
    """What the representative of a signature proved of order holds for those that fail alike and say nothing else."""
    order: dict[NodeId, OrderDependence] = {}
    for group in groups:
        red = [test for test in group if test.outcome in RED]
        said = {test.order for test in red if test.reruns and not test.flaky}
        if "" in said or not said:
            continue
        answer: OrderDependence = "proven" if "proven" in said else "candidate"
        order.update({test.node_id: answer for test in red if not test.flaky})
    return tuple(replace(test, order=order[test.node_id]) if test.node_id in order else test for test in tests)


def _worth(run: Run, failures: Sequence[Failure], subjects: Mapping[str, str]) -> tuple[list[AuditedTest], str]:
    """The tests that a further run could say something of; or why there is none."""
    again = [test for test in run.tests if test.outcome in {"failed", "error"} and not _is_module(test)]
    if run.ended_by or not again:
        return [], ""
    red = sum(test.outcome in RED for test in run.tests)
    executed = sum(test.outcome in RED or test.outcome in GREEN for test in run.tests)
    if red * 2 > executed:
        return [], f"no test was run again: {red:,} of {executed:,} failed, which no chance explains"
    by_subject: defaultdict[str, int] = defaultdict(int)
    for failure in failures:
        if failure.cause == "environment" and failure.id in subjects:
            by_subject[subjects[failure.id]] += len(failure.node_ids)
    for subject, count in by_subject.items():
        if count * 2 > red:
            return [], f"no test was run again: {count:,} of {red:,} failures have one cause ({subject})"
    return again, ""


def _is_module(test: AuditedTest) -> bool:
    troubles = test.attempts[-1].troubles if test.attempts else ()
    return any(trouble.phase == "collect" for trouble in troubles)


class _Hunt:
    """One budget, spent from the most telling experiment to the least."""

    def __init__(self, run: Run, request: RunRequest, paths: Paths, listener: Listener) -> None:
        self.run = run
        self.request = request
        self.paths = paths
        self.listener = listener
        self.budget_s = max(LEAST_BUDGET_S, SHARE_OF_SUITE * run.duration_s)
        self.spent_s = 0.0
        self.start_s = max(_LEAST_START_S, run.start_s)
        """Start and collection of everything."""
        self.narrow_s = self.start_s
        """Start and collection of a few modules; measured by the first further run."""
        self.orders = _orders(run)
        self.found: defaultdict[NodeId, list[Attempt]] = defaultdict(list)
        self.reduced: Sequence[NodeId] = ()
        """The order of the failing tests among themselves, as their first run together showed it."""
        self.gone: set[NodeId] = set()
        """Tests that were not there when the suite was collected again."""
        self.gave_up = False
        self.notes: list[str] = []
        self.ended_by: int | None = None

    def go(self, again: Sequence[AuditedTest], failures: Sequence[Failure], times: int) -> Run:
        """Spend the budget on these tests."""
        again = self._unmistakable(again)
        groups = _groups(again, failures)
        rounds = self._times(again, times)
        picked = self._chosen(groups, rounds)
        chosen = [test for test in again if test.node_id in picked]
        if chosen:
            self.listener.note(
                f"running {len(chosen):,} failing test{'s' if len(chosen) > 1 else ''} again, {rounds} times and then "
                f"alone (at most {self.budget_s:.0f} s)"
            )
        experiment = together(chosen)
        done = 0
        while done < rounds and self._fits_together(experiment, done) and self._made(experiment):
            done += 1
        if TWICE <= done < times:
            self.notes.append(f"failing tests ran again {done} times, not {times} (at most {self.budget_s:.0f} s)")
        # What passed without the others is asked first: it may prove something, the rest only confirms itself.
        passing, steady = self._heads(groups, picked)
        explained = {node_id for failure in failures if failure.cause in _PROVEN_BEFORE for node_id in failure.node_ids}
        steady = [head for head in steady if head.node_id not in explained]  # alone they would only take time
        not_alone = sum(not self._alone(head) for head in passing)
        not_replayed = self._replays(
            self._with_their_like([head for head in passing if self._is_candidate(head)], groups)
        )
        not_alone += sum(not self._alone(head) for head in steady)
        not_replayed += self._replays([head for head in steady if self._is_candidate(head)])
        if not self.gave_up:
            not_again = len(again) - (len(chosen) if done else len(self.gone))
            self._say(not_again, len(again), not_alone if done else 0, not_replayed)
        return self._attached()

    def _unmistakable(self, again: Sequence[AuditedTest]) -> list[AuditedTest]:
        """The tests without those whose node id another test has too: their outcomes could not be told apart."""
        counts = Counter(test.node_id for test in self.run.tests)
        single = [test for test in again if counts[test.node_id] == 1]
        if doubled := len(again) - len(single):
            what = "test shares its node id" if doubled == 1 else "tests share their node id"
            self.notes.append(f"{doubled:,} failing {what} with another, and nothing of that name was run again")
        return single

    def _times(self, again: Sequence[AuditedTest], times: int) -> int:
        """How often the failing tests run together: fewer times where that leaves room for all of them, but twice."""
        need_s = self.narrow_s + sum(sorted(test.duration_s for test in again)[:MOST_TESTS])
        return min(times, max(TWICE, int(self.budget_s * _SHARE_TOGETHER / need_s)))

    def _fits_together(self, experiment: Experiment, done: int) -> bool:
        """Whether another run together leaves the other experiments their share."""
        cost_s = self.narrow_s + experiment.seconds
        return done < TWICE or self.spent_s + cost_s <= self.budget_s * _SHARE_TOGETHER

    def _heads(
        self, groups: Sequence[Sequence[AuditedTest]], picked: frozenset[NodeId]
    ) -> tuple[list[AuditedTest], list[AuditedTest]]:
        """Of each signature the first test that passed without the others, and the first that did not."""
        passing, steady = [], []
        for group in groups:
            here = [test for test in group if test.node_id in picked]
            passed = [test for test in here if self._passed(test, "together")]
            passing.extend(passed[:1])
            steady.extend([test for test in here if not self._passed(test, "together")][:1])
        return passing, steady

    def _chosen(self, groups: Sequence[Sequence[AuditedTest]], times: int) -> frozenset[NodeId]:
        """At most fifty, one of each signature before a second of any."""
        room_s = self.budget_s * _SHARE_TOGETHER / times - self.narrow_s
        picked: set[NodeId] = set()
        for row in zip_longest(*groups):
            for test in row:
                if test is not None and len(picked) < MOST_TESTS and test.duration_s <= room_s:
                    picked.add(test.node_id)
                    room_s -= test.duration_s
        return frozenset(picked)

    def _say(self, not_again: int, failing: int, not_alone: int, not_replayed: int) -> None:
        """What was not run again, and why."""
        limits = f"at most {MOST_TESTS} tests and {self.budget_s:.0f} s"
        if self.gone:
            self.notes.append(
                f"{len(self.gone):,} of {failing:,} failing tests were not there when they were to run again"
            )
        if not_again:
            self.notes.append(f"{not_again:,} of {failing:,} failing tests were not run again ({limits})")
        if not_alone:
            self.notes.append(f"{not_alone:,} kinds of failure were not run alone ({limits})")
        if not_replayed:
            self.notes.append(
                f"{not_replayed:,} candidates for order dependence were not run behind their own prefix ({limits})"
            )

    # ------------------------------------------------------------ experiments

    def _alone(self, test: AuditedTest) -> bool:
        """Alone, and again where it passes: an accusation is confirmed. Whether there was time for it."""
        if judged(self._so_far(test)).flaky:
            return True
        made = self._made(alone(test))
        if made and self._passed(test, "alone"):
            self._made(alone(test))
        return made

    def _replays(self, victims: Sequence[AuditedTest]) -> int:
        """Behind the whole prefix where that fits, else behind the tests of their own file; how many got neither."""
        asked = {victim.node_id for victim in victims}
        missed = 0
        for order in self.orders:
            here = [test for test in order if test.node_id in asked]
            if not here:
                continue
            # What the main run showed after a restart is no evidence of order: then both replays have to be ours.
            times = 1 if here[0].attempts[-1].condition == "main" else TWICE
            if all(self._made(replay(here, _until(order, here[-1]))) for _ in range(times)):
                continue
            for victim in here:
                experiment = replay_file(victim, _until(order, victim))
                missed += not all(self._made(experiment) for _ in range(TWICE))
        return missed

    def _with_their_like(
        self, heads: Sequence[AuditedTest], groups: Sequence[Sequence[AuditedTest]]
    ) -> Sequence[AuditedTest]:
        """All that failed and passed like these, where there is time: one replay speaks for each of them."""
        wanted = {head.node_id for head in heads}
        mine = [group for group in groups if wanted & {test.node_id for test in group}]
        like = {test.node_id: test for group in mine for test in group if self._passed(test, "together")}
        cost_s = 0.0
        for order in self.orders:
            if here := [test for test in order if test.node_id in like]:
                cost_s += TWICE * (self.start_s + sum(test.duration_s for test in _until(order, here[-1])))
        return list(like.values()) if self.spent_s + cost_s <= self.budget_s else heads

    def _is_candidate(self, test: AuditedTest) -> bool:
        return judged(self._so_far(test)).order == "candidate"

    def _passed(self, test: AuditedTest, condition: Condition) -> bool:
        attempts = [attempt for attempt in self.found[test.node_id] if attempt.condition == condition]
        return bool(attempts) and all(attempt.outcome in GREEN for attempt in attempts)

    def _so_far(self, test: AuditedTest) -> AuditedTest:
        return replace(test, reruns=tuple(self.found[test.node_id]))

    def _made(self, experiment: Experiment) -> bool:
        """Whether the experiment was made, as far as the budget allows it."""
        left = self.budget_s - self.spent_s
        start_s = self.narrow_s if experiment.narrow else self.start_s
        if self.ended_by or self.gave_up or not experiment.node_ids or start_s + experiment.seconds > left:
            return False
        chosen = Chosen(
            tuple(map(self.paths.pytest_id, experiment.node_ids)),
            narrow=experiment.narrow,
            args=self.run.further_args,
            budget_s=left,
        )
        try:
            with running(replace(self.request, chosen=chosen), _Murmur(self.listener, experiment)) as files:
                run = parse.read_run(files, self.paths)
        except ImpossibleError as error:
            return self._give_up(str(error))
        except KeyboardInterrupt as interruption:
            # A second Ctrl-C, or one between two processes: what the main run showed is kept all the same.
            self.ended_by = signal.SIGTERM if isinstance(interruption, Terminated) else signal.SIGINT
            return False
        self.spent_s += files.duration_s
        if experiment.narrow and run.start_s:
            self.narrow_s = max(_LEAST_START_S, run.start_s)
        self.ended_by = files.interrupted
        if not (files.over_budget or self.ended_by):
            if run.diagnosis:
                return self._give_up(run.diagnosis)
            self.gone |= set(experiment.subjects).difference(test.node_id for test in run.tests)
        count = 0
        told = self._in_order(experiment, run.orders[0]) & set(experiment.subjects)
        for test in run.tests:
            if test.node_id in told and test.attempts and test.attempts[-1].condition == "main":
                self.found[test.node_id].extend(_kept(attempt, experiment.condition) for attempt in _telling(test))
                count += 1
        return count > 0

    def _give_up(self, why: str) -> bool:
        """Nothing can be started any more: say so once, and try no further."""
        self.notes.append(f"tests could not be run again: {' '.join(why.split())[:300]}")
        self.gave_up = True
        return False

    def _in_order(self, experiment: Experiment, went: Sequence[NodeId]) -> set[NodeId]:
        """The tests that ran behind those that they were to run behind, and behind no others.

        Collection may differ from time to time: parameters made anew, plugins that choose. Among the failing tests the
        first run together decides what their order is.
        """
        wanted: Sequence[NodeId] = experiment.node_ids
        if experiment.condition == "together":
            wanted = self.reduced = self.reduced or went
        return {node_id for node_id, _ in takewhile(lambda pair: pair[0] == pair[1], zip(wanted, went, strict=False))}

    def _attached(self) -> Run:
        run = self.run
        tests = tuple(
            replace(test, reruns=tuple(self.found[test.node_id])) if test.node_id in self.found else test
            for test in run.tests
        )
        gaps = run.gaps
        if self.ended_by:
            gaps = (*gaps, Gap("interrupted", "the re-runs", f"they were ended by signal {self.ended_by}"))
        return replace(
            run,
            tests=tests,
            gaps=gaps,
            ended_by=run.ended_by or self.ended_by,
            reruns_s=round(self.spent_s, 6),
            notes=(*run.notes, *self.notes),
        )


class _Murmur(Silence):
    """Of a further run a person hears which test it is at, and what for; its outcomes are not counted again."""

    def __init__(self, listener: Listener, experiment: Experiment) -> None:
        self._listener = listener
        self._what = WORDS[experiment.condition]

    def started(self, node_id: str) -> None:
        self._listener.started(f"{self._what}: {node_id}")


def _groups(again: Sequence[AuditedTest], failures: Sequence[Failure]) -> list[list[AuditedTest]]:
    """The tests by signature, in the order of the main run; those whose cause is open first, then the largest."""
    failures = sorted(failures, key=lambda failure: (failure.cause in _PROVEN_BEFORE, failure.cause != "unknown"))
    place = {node_id: at for at, failure in enumerate(failures) for node_id in failure.node_ids}
    groups: defaultdict[int, list[AuditedTest]] = defaultdict(list)
    for test in again:
        if test.node_id in place:
            groups[place[test.node_id]].append(test)
    return [groups[at] for at in sorted(groups)]


def _orders(run: Run) -> list[list[AuditedTest]]:
    """The tests of each process of the main run, xdist's workers apart, in their order."""
    by_id = {test.node_id: test for test in run.tests if test.attempts}
    orders: defaultdict[tuple[int, str], list[AuditedTest]] = defaultdict(list)
    for number, order in enumerate(run.orders):
        for node_id in order:
            if test := by_id.get(node_id):
                orders[number, test.attempts[-1].worker].append(test)
    return list(orders.values())


def _until(order: Sequence[AuditedTest], test: AuditedTest) -> Sequence[AuditedTest]:
    """The tests up to this one."""
    return order[: next(at for at, other in enumerate(order) if other.node_id == test.node_id) + 1]


def _telling(test: AuditedTest) -> Sequence[Attempt]:
    """Of the attempts that the runner itself made in one process: all where they differ, else the one that counts."""
    outcomes = {attempt.outcome for attempt in test.attempts}
    return test.attempts if outcomes & RED and outcomes & GREEN else test.attempts[-1:]


def _kept(attempt: Attempt, condition: Condition) -> Attempt:
    """An attempt as evidence: what it ended with and why; its long texts are those of the main run again."""
    troubles = tuple(replace(trouble, text="", output="") for trouble in attempt.troubles)
    return replace(attempt, condition=condition, troubles=troubles, sleeps=())
