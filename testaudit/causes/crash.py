"""`crash`: the process died in the test (a segfault, `os._exit`, out of memory)."""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.model import Evidence

_HOW = re.compile(
    r"Fatal Python error: [^\n]{1,200}|Segmentation fault|SIG(?:SEGV|KILL|ABRT|BUS|ILL|FPE)\b[^\n]{0,80}"
    r"|signal \d+|exit(?:ed with)? (?:status|code) -?\d+|out of memory|worker '[\w.-]+' crashed",
    re.IGNORECASE,
)


def explain(group: Group) -> Explanation | None:
    """Proven by the log: the test began, and no end of it or of the session was written."""
    if group.tests[0].outcome != "crashed":
        return None
    trouble = group.trouble
    name = group.tests[0].node_id
    evidence = [Evidence("runtime", f"the process ended in {name}; the tests after it ran in a new one")]
    how = _HOW.search(f"{trouble.message}\n{trouble.text}\n{trouble.output}")
    if how is not None:
        evidence.append(Evidence("runtime", " ".join(how[0].split())))
    advice = f"Run `python -X faulthandler -m pytest '{name}'` alone and look at the last stack."
    return Explanation("crash", tuple(evidence), advice)


PROVEN = (
    Example(
        "nothing is known but the end", "", "its process died while it ran", outcome="crashed", says="faulthandler"
    ),
    Example(
        "faulthandler spoke",
        "",
        "its process died while it ran",
        outcome="crashed",
        text="Fatal Python error: Segmentation fault\n\nCurrent thread",
        says="Segmentation fault",
    ),
    Example(
        "xdist saw a worker die", "", "worker 'gw0' crashed while running 'a.py::b'", outcome="crashed", says="gw0"
    ),
)
SILENT = (
    Example("a child of the test died", "subprocess.CalledProcessError", "died with <Signals.SIGSEGV: 11>."),
    Example("the test asserts on a crash", message="assert 'Segmentation fault' in ''"),
    Example("the test exits", "SystemExit", "1"),
)
