"""The table of a history: each pull request with the verdict that a careful reviewer would give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.history.repository import GREEN, RED, Repository, Verdict

Edit = Callable[[Repository], None]


@dataclass(frozen=True)
class Case:
    """A pull request: what its author did, and what the reviewer says."""

    edit: Edit
    fails: frozenset[str]
    """The checks that block, exactly; empty: it may be merged."""
    either: frozenset[str]
    """At least one of these blocks as well, and each may: which one it is, is taste."""
    also: frozenset[str]
    """Checks that may block beside them: a test that fails now lowers the rate too, for one."""
    says: tuple[str, ...]
    """What the report must name."""
    warns: frozenset[str]
    """The checks that fail and do not block, exactly."""
    scan: dict[str, Any]
    """Arguments of `Repository.scan`; `env_label` is the name of its environment."""
    first: str
    """What the first paragraph must name."""
    holds: dict[str, Any]
    """Fields of the audit's `comparison`."""

    def __str__(self) -> str:
        return self.edit.__name__

    def judge(self, repository: Repository) -> Verdict:
        """Make the pull request, have it scanned, and hold the verdict against the reviewer's."""
        self.edit(repository)
        repository.commit()
        label = ("--env", self.scan["env_label"]) if "env_label" in self.scan else ()
        verdict = repository.scan(*label, **{name: value for name, value in self.scan.items() if name != "env_label"})
        self.check(verdict)
        return verdict

    def check(self, verdict: Verdict) -> None:
        """The verdict is the reviewer's."""
        red = bool(self.fails or self.either)
        assert verdict.code == (RED if red else GREEN), str(verdict)
        assert verdict.failed - self.either - self.also == set(self.fails), str(verdict)
        assert not self.either or verdict.failed & self.either, str(verdict)
        assert verdict.warned == set(self.warns), str(verdict)
        assert [word for word in self.says if word.casefold() not in verdict.words] == [], str(verdict)
        assert self.first.casefold() in verdict.headline, str(verdict)
        assert {name: verdict.comparison.get(name) for name in self.holds} == self.holds, str(verdict)
        assert all(check["why"] and check["what_to_do"] for check in _failing(verdict)), str(verdict)


@dataclass
class Table:
    """The cases of a module, in their order."""

    cases: list[Case] = field(default_factory=list)

    def green(self, *says: str, warns: str = "", first: str = "", holds: Any = None, **scan: Any) -> Any:
        """The reviewer merges what the decorated function does."""
        return self._add("", "", "", says, warns, first, holds, scan)

    def red(
        self, fails: str, *says: str, either: str = "", also: str = "", warns: str = "", holds: Any = None, **scan: Any
    ) -> Any:
        """The reviewer asks for changes; the checks are separated by spaces."""
        return self._add(fails, either, also, says, warns, "", holds, scan)

    def _add(
        self,
        fails: str,
        either: str,
        also: str,
        says: tuple[str, ...],
        warns: str,
        first: str,
        holds: Any,
        scan: dict[str, Any],
    ) -> Callable[[Edit], Edit]:
        def add(edit: Edit) -> Edit:
            words = [frozenset(names.split()) for names in (fails, either, also, warns)]
            self.cases.append(Case(edit, words[0], words[1], words[2], says, words[3], scan, first, holds or {}))
            return edit

        return add


def _failing(verdict: Verdict) -> list[Any]:
    return [check for check in verdict.checks.values() if not check["passed"]]
