"""What the README repeats of the program: the rule table and the commands, made from the program itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys


def rules() -> str:
    """The rule table."""
    from testaudit.model import ANTIPATTERNS
    from testaudit.rules.registry import all_rules

    rows = ["| code | rule | anti-pattern | severity | confidence |", "|---|---|---|---|---|"]
    for rule in all_rules():
        worth = " / ".join(f"{confidence} ({kind})" for kind, confidence in rule.confidence)
        rows.append(f"| {rule.code} | `{rule.slug}` | {ANTIPATTERNS[rule.antipattern]} | {rule.severity} | {worth} |")
    return "\n".join(rows)


def causes() -> str:
    """The causes, in the order in which they are asked, as their files introduce themselves."""
    from testaudit.causes.registry import CAUSES

    rows = ["| cause | a failure has it when |", "|---|---|"]
    for cause in CAUSES:
        name, _, means = " ".join((cause.__doc__ or "").split("\n\n")[0].split()).partition(": ")
        rows.append(f"| {name} | {means} |")
    return "\n".join(rows)


def checks() -> str:
    """The checks of the gate, in the order in which they are asked, as their files introduce themselves."""
    from testaudit.config import GateConfig
    from testaudit.gate import CHECKS

    rows = ["| check | passes when | else |", "|---|---|---|"]
    for check in CHECKS:
        name, _, means = " ".join((check.__doc__ or "").split("\n\n")[0].split()).partition(": ")
        level = GateConfig().of(name.strip("`")).level
        rows.append(f"| {name} | {means} | {'blocks' if level == 'block' else 'warns'} |")
    return "\n".join(rows)


def commands() -> str:
    """`testaudit --help` and `testaudit scan --help`, as an 100 columns wide terminal shows them."""
    return "\n\n".join(
        f"```\n$ testaudit {' '.join(words)}\n{_said(*words)}\n```" for words in (["--help"], ["scan", "--help"])
    )


def _said(*words: str) -> str:
    environ = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "testaudit", *words]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def part(text: str, name: str) -> str:
    """What stands between the marks of a generated part."""
    found = re.search(f"<!-- {name}: begin -->\n(.*?)\n?<!-- {name}: end -->", text, re.DOTALL)
    return found[1] if found else ""


def replaced(text: str, name: str, new: str) -> str:
    """The text with a generated part replaced."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{new}\n{end}{rest.partition(end)[2]}"
