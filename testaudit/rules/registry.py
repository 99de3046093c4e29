"""All rules: loaded from their files, looked up by the names that people type, described for `explain`."""

from __future__ import annotations

import difflib
import importlib
import inspect
import json
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from testaudit import rules
from testaudit.errors import AuditError, UsageError
from testaudit.model import ANTIPATTERNS
from testaudit.rules.interface import Rule, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.config import Config
    from testaudit.rules.interface import Code, Option


_MOST = 1_000_000_000
"""Of a rule's option."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A second reading, in suites that were not looked at while the rule was made."""

    read: int
    right: int
    suites: int
    again_read: int = 0
    """What was wrong was mended, and so many others of the same suites were read then."""
    again_right: int = 0

    def __str__(self) -> str:
        text = f"{self.right} of {self.read} findings in {self.suites} suites that the rule was not made on were right"
        again = f"; mended since, {self.again_right} of {self.again_read} others" if self.again_read else ""
        return text + again


@dataclass(frozen=True, slots=True)
class Figures:
    """How often a rule was right, read in public suites."""

    read: int
    right: int
    suites: int
    evidence: str = "static"
    note: str = ""
    blind: Blind | None = None

    @property
    def share(self) -> float | None:
        """Right ones among those read, between 0 and 1; None when none was read."""
        return self.right / self.read if self.read else None

    def __str__(self) -> str:
        if self.share is None:
            return self.note or f"no {self.evidence} finding was read yet"
        text = f"{self.right} of {self.read} {self.evidence} findings read in {self.suites} public suites were right"
        return f"{text} ({self.share:.0%}){'; ' + self.note if self.note else ''}"


@dataclass(frozen=True, slots=True)
class Description:
    """Everything that `explain` shows about a rule."""

    rule: Rule
    antipattern: str
    """The name shown to people."""
    docs: str
    bad: tuple[Code, ...]
    good: tuple[Code, ...]
    options: tuple[Option, ...]
    figures: tuple[Figures, ...]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code. A rule file that does not load is an error: a broken rule must not read as a clean audit."""
    found: list[Rule] = []
    for folder in sorted(pkgutil.iter_modules(rules.__path__), key=lambda module: module.name):
        if not folder.ispkg:
            continue
        package = f"{rules.__name__}.{folder.name}"
        modules = pkgutil.iter_modules(importlib.import_module(package).__path__)
        found += [_load(f"{package}.{module.name}") for module in modules]
    by_code: dict[str, Rule] = {}
    for rule in found:
        for name in (rule.code, rule.slug):
            if name in by_code:
                raise AuditError(f"Two rules are called {name}: {by_code[name].slug} and {rule.slug}.")
            by_code[name] = rule
    return tuple(sorted(found, key=lambda rule: (len(rule.code), rule.code)))


def _load(module: str) -> Rule:
    try:
        rule = getattr(importlib.import_module(module), "RULE", None)
    except Exception as error:  # Whatever is wrong with a rule's file, nothing may be judged without it.
        raise AuditError(f"The rule {module} cannot be loaded: {error}", "This is a defect of testaudit.") from error
    if not isinstance(rule, Rule):
        raise AuditError(f"The file {module} defines no RULE.", "This is a defect of testaudit.")
    if not rule.module:
        raise AuditError(f"The rule {rule.slug} looks at nothing.", "This is a defect of testaudit.")
    return rule


def by_name(name: str) -> tuple[Rule, ...]:
    """The rules that a full code, a slug or an anti-pattern's slug means; an unknown name is a UsageError."""
    wanted = name.strip()
    found = tuple(
        rule for rule in all_rules() if wanted.upper() == rule.code or wanted.lower() in {rule.slug, rule.antipattern}
    )
    if found or wanted.lower() in ANTIPATTERNS:
        return found
    known = [word for rule in all_rules() for word in (rule.code, rule.slug)] + list(ANTIPATTERNS)
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`testaudit explain` lists the rules."
    raise UsageError(f"No rule is called {name!r}.", hint)


def resolve(select: Iterable[str], ignore: Iterable[str], config: Config) -> tuple[Rule, ...]:
    """The rules to run: options first, then the configuration, then those that are on by default."""
    chosen = tuple(select) or config.select
    wanted = set(_all_of(chosen)) if chosen else {rule for rule in all_rules() if rule.on_by_default}
    wanted |= set(_all_of(config.extend_select))
    dropped = set(_all_of((*ignore, *config.ignore)))
    for key in (*config.severity, *config.rules):
        by_name(key)
    for names in config.per_path_ignores.values():
        _all_of(names)
    return tuple(rule for rule in all_rules() if rule in wanted and rule not in dropped)


def _all_of(names: Iterable[str]) -> tuple[Rule, ...]:
    return tuple(rule for name in names for rule in by_name(name))


def settings_of(rule: Rule, config: Config) -> Settings:
    """The rule's options: its defaults, then what the configuration sets. An unknown option is a UsageError."""
    options: dict[str, object] = {option.name: option.default for option in rule.options}
    for name, value in config.rules.get(rule.slug, {}).items():
        if name not in options:
            near = difflib.get_close_matches(name, options, n=1, cutoff=0.4)
            known = f"Did you mean {near[0]}?" if near else f"It knows: {', '.join(options) or 'no options'}."
            raise UsageError(f"The rule {rule.slug} has no option {name!r}.", known)
        if allowed := _allowed(options[name], value):
            is_long = isinstance(value, int) and abs(value) > _MOST
            shown = "too large a number" if is_long else f"{str(value)[:60]!r}"
            message = f"The option {name} of the rule {rule.slug} is {shown}."
            raise UsageError(message, f"Allowed is {allowed}, as {options[name]}.")
        options[name] = value
    return Settings(options)


def _allowed(default: object, value: object) -> str:
    """What an option may be, where this value is something else; empty where it is right."""
    if isinstance(default, int | float) and not isinstance(default, bool):
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST
        return "" if is_number else f"a number from 0 to {_MOST}"
    if isinstance(default, tuple):
        is_list = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        return "" if is_list else "an array of texts"
    return "" if isinstance(value, type(default)) else f"a {type(default).__name__}"


def describe(rule: Rule) -> Description:
    """What `explain` shows."""
    docs = inspect.getdoc(importlib.import_module(rule.module)) or ""
    return Description(rule, ANTIPATTERNS[rule.antipattern], docs, rule.bad, rule.good, rule.options, figures_of(rule))


@cache
def _figures() -> dict[str, tuple[Figures, ...]]:
    from importlib.resources import files

    data = json.loads(files("testaudit.rules").joinpath("figures.json").read_text(encoding="utf-8"))
    return {slug: tuple(_figures_in(entry) for entry in entries) for slug, entries in data.items()}


def _figures_in(entry: dict[str, Any]) -> Figures:
    blind = entry.get("blind")
    return Figures(**{**entry, "blind": Blind(**blind) if blind is not None else None})


def figures_of(rule: Rule) -> tuple[Figures, ...]:
    """How often the rule was right in public suites, per kind of evidence; empty when it was not read yet."""
    return _figures().get(rule.slug, ())
