"""Whose code a dotted name is: followed to where it comes from, so that `shop.service.requests.get` is `requests.get`.

A patch names the place where a name is looked up, which says little about whose it is. The import in the patched
module says it; it is followed as far as the project defines the modules.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from testaudit.source.vocabulary import BOUNDARY_WORDS, INFRASTRUCTURE_WORDS
from testaudit.source.wording import words

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

Whose: TypeAlias = Literal["first-party", "boundary", "library", "suite", "unknown"]
"""The project's own; where it ends and something begins that a test cannot own; other people's code (the standard
library among it); the test suite's; cannot be told."""

MAX_HOPS = 6
_TESTING = frozenset({"test", "tests", "testing", "testsuite", "unit_tests", "integration_tests", "functional_tests"})
_SETTINGS = frozenset({"settings", "config", "conf", "options", "environ", "flags"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a dotted name means."""

    name: str
    """As it was written."""
    origin: str
    """Where it is defined, as far as it can be followed: `shop.service.requests.get` -> `requests.get`."""
    whose: Whose
    is_infrastructure: bool
    """A database, cache, queue, session or store by its name."""
    is_setting: bool
    """A constant or a setting: what a test may set as it likes."""
    module: str = ""
    """The project's file that defines it; empty when it is not the project's."""


def target_of(sources: Sources, dotted: str, near: str) -> Target:
    """What a dotted name means for the file `near`; remembered."""
    if not dotted:
        return Target("", "", "unknown", False, False)
    key = ("target", dotted, near.rpartition("/")[0])
    memo = sources._memo  # noqa: SLF001 - the family shares one memory
    known = memo.get(key)
    if isinstance(known, Target):
        return known
    origin, whose, module = _follow(sources, dotted, near)
    last = dotted.rpartition(".")[2]
    found = Target(
        dotted,
        origin,
        "boundary" if whose != "suite" and is_boundary(sources, dotted, origin) else whose,
        bool(words(last) & INFRASTRUCTURE_WORDS),
        last.isupper() or bool(_SETTINGS.intersection(dotted.lower().split(".")[-2:])),
        module,
    )
    memo[key] = found
    return found


def is_boundary(sources: Sources, *names: str) -> bool:
    """Whether one of the names speaks of HTTP, mail, payment, a clock, … in its last two parts, or is configured so."""
    configured = sources.config.boundaries
    for dotted in names:
        if any(dotted == module or dotted.startswith(f"{module}.") for module in configured):
            return True
        said = frozenset().union(*(words(part) for part in dotted.split(".")[-2:]))
        if said & BOUNDARY_WORDS or said & {word.lower() for word in configured}:
            return True
    return False


def _follow(sources: Sources, dotted: str, near: str) -> tuple[str, Whose, str]:
    """(origin, whose, the file that defines it)."""
    seen: set[str] = set()
    for _ in range(MAX_HOPS):
        head = dotted.partition(".")[0]
        if dotted in seen:
            break
        seen.add(dotted)
        if not sources.is_first_party(dotted) and (head in sys.stdlib_module_names or head == "builtins"):
            return dotted, "library", ""
        module, rest = _module_of(sources, dotted, near)
        if module is None:
            if sources.is_first_party(dotted):
                return dotted, "first-party", ""
            # A single name is no module's: neither imported nor defined here, it counts as the project's own.
            return dotted, "library" if "." in dotted else "unknown", ""
        if is_of_suite(sources, module):
            file = sources.file(module)
            if file is None or not rest or _defines(file, rest[0]):
                return dotted, "suite", module
        following = _next(sources, module, rest)
        if following is None:
            return dotted, "first-party", module
        near = module
        dotted = following
    return dotted, "unknown", ""


def is_of_suite(sources: Sources, path: str) -> bool:
    """Whether a file is the suite's: collected, or beside what is, and placed or named like it.

    A project that collects `*.py` does not make its own code a test thereby.
    """
    if not sources.is_suite_file(path):
        return False
    folders, _, name = path.rpartition("/")
    return bool(_TESTING.intersection(folders.split("/"))) or name.startswith(("test", "conftest"))


def _module_of(sources: Sources, dotted: str, near: str) -> tuple[str | None, list[str]]:
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = sources.module_path(".".join(parts[:length]), near)
        if path is not None:
            return path, parts[length:]
    return None, parts


def _next(sources: Sources, module: str, rest: list[str]) -> str | None:
    """The dotted name that a name in a module stands for; None when the module defines it itself."""
    if not rest:
        return None
    file = sources.file(module)
    if file is None or _defines(file, rest[0]):
        return None
    imported = file.imports.get(rest[0])
    if imported is not None:
        return ".".join([imported, *rest[1:]])
    made = _maker(file, rest[0])
    if made and len(rest) > 1:
        # `client = httpx.Client()`: what is replaced of it is its class's.
        return ".".join([made, *rest[1:]])
    return None


def _defines(file: SourceFile, name: str) -> bool:
    return name in file.top_level or name in file.classes_by_name


def _maker(file: SourceFile, name: str) -> str:
    values = file.module.assignments.get(name)
    if not values or not isinstance(values[-1][0], ast.Call):
        return ""
    dotted = file.dotted(values[-1][0].func)
    head = dotted.partition(".")[0]
    return dotted if dotted and head in {imported.partition(".")[0] for imported in file.imports.values()} else ""
