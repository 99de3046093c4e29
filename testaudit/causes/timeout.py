"""`timeout`: the test ran longer than a test may and was ended."""

from __future__ import annotations

from testaudit.causes.interface import Explanation, Group
from testaudit.model import Evidence


def explain(group: Group) -> Explanation | None:
    """Proven by the engine, which ended it."""
    if group.tests[0].outcome != "timed-out":
        return None
    return Explanation(
        "timeout",
        (Evidence("runtime", f"{group.tests[0].node_id} was still running when its time was up"),),
        "Bound what it waits for, or raise `--timeout` if it really needs that long.",
    )
