"""The static rules alone: nothing of the project is executed, nothing is judged by the gate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit import classify, collect
from testaudit.conclude import conclude
from testaudit.grounds import findings_then, for_findings
from testaudit.judgement import Held
from testaudit.rules.registry import resolve

if TYPE_CHECKING:
    from testaudit.collect import Options
    from testaudit.model import Audit
    from testaudit.source.interface import Sources


def lint(options: Options) -> Audit:
    """The findings in a project's sources; with `--since`, what of them is new."""
    return _lint(options, collect.read_suite(options))


def lint_text(options: Options, path: str, data: bytes) -> Audit:
    """As `lint`, for one file that is not on disk (an editor's buffer)."""
    return _lint(options, collect.read_text(options, path, data))


def _lint(options: Options, sources: Sources) -> Audit:
    rules = resolve(options.select, options.ignore, options.config)
    grounds = for_findings(options)
    suspected = classify.suspicions(sources, options.config, rules, remember=True, processes=classify.idle_processes())
    held = Held(grounds, sources, lambda: findings_then(grounds, sources, suspected.findings, rules))
    audit = conclude(options, None, sources, suspected, held, (None, None, None, ""))
    return replace(audit, verdict=None)
