"""Where `gate` and `baseline` take results from: `--audit`, `--junit`, the last scan of this checkout, or a new one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from testaudit.collect import Options
    from testaudit.comparison.interface import Grounds
    from testaudit.model import Audit, Confidence
    from testaudit.source.interface import Sources


def from_file(path: Path, options: Options, confidence: Confidence | None = None) -> tuple[Audit, Grounds, Sources]:
    """A saved audit, judged against the grounds of today; without a confidence of its own it keeps the audit's.

    Raises:
        ImpossibleError: it cannot be read.

    """
    from testaudit.errors import ImpossibleError
    from testaudit.report import json_v1

    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise ImpossibleError(message, "Name a file that `testaudit scan --output json=FILE` wrote.") from error
    audit = json_v1.load(data, name=str(path))
    if not audit.summary.collected and not audit.impossible:
        message = f"{path} holds no outcomes: it was made by `lint`, or with --no-run."
        raise ImpossibleError(message, "Name an audit of tests that were run: testaudit scan --output json=FILE")
    return rejudged(audit, options, confidence)


def rejudged(audit: Audit, options: Options, confidence: Confidence | None = None) -> tuple[Audit, Grounds, Sources]:
    """A saved audit with the verdict that it has today: runs nothing."""
    from dataclasses import replace

    from testaudit import collect, grounds
    from testaudit.judgement import Held, judged
    from testaudit.rules.registry import resolve

    held_against = grounds.read_grounds(options)
    sources = collect.read_suite(options)
    rules = resolve(options.select, options.ignore, options.config)
    held = Held(
        grounds.with_suite(held_against, sources),
        sources,
        lambda: grounds.findings_then(held_against, sources, audit.findings, rules),
    )
    label = options.label or audit.environment.label
    if label != held_against.label and label:
        held = replace(held, grounds=replace(held.grounds, label=label))
    audit = replace(
        audit,
        project=replace(audit.project, root=str(options.root)),
        environment=replace(audit.environment, label=label),
        confidence=confidence or audit.confidence,
    )
    audit = judged(audit, held, options, None, by_hand=audit.partial)
    return audit, held.grounds, sources


def last(options: Options) -> tuple[Audit | None, str]:
    """The last audit of this checkout where it still tells the truth; else None, and why it does not."""
    from testaudit.earlier import LAST
    from testaudit.errors import AuditError
    from testaudit.report import json_v1
    from testaudit.revision.interface import read_revision

    path = options.root / LAST
    try:
        data = path.read_bytes()
        made = path.stat().st_mtime
        audit = json_v1.load(data, name=LAST.as_posix())
    except (OSError, AuditError):
        return None, "no scan of this checkout was kept"
    commit = read_revision(options.root)[0]
    if audit.project.commit != commit:
        return None, f"the last scan is of commit {(audit.project.commit or 'unknown')[:10]}"
    if not audit.summary.collected:
        return None, "the last scan ran no test"
    if gone := next((test.path for test in audit.tests if test.line and not (options.root / test.path).exists()), None):
        return None, f"{gone} is gone since the last scan"
    if changed := _younger(options.root, made):
        return None, f"{changed} was changed after the last scan"
    return audit, ""


def _younger(root: Path, made: float) -> str:
    """A file of the project that was written after this moment: sources, and what configures the tests."""
    ending = (".py", ".toml", ".ini", ".cfg", ".json", ".yaml", ".yml", ".txt")
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _NO_SOURCES]
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 - called for every file
            if name.endswith(ending):
                try:
                    if os.stat(path).st_mtime > made:  # noqa: PTH116 - called for every file
                        return os.path.relpath(path, root)
                except OSError:
                    continue
    return ""


_NO_SOURCES = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})
