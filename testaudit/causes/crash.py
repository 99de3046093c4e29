"""`crash`: the process died in the test (a segfault, `os._exit`, out of memory)."""

from __future__ import annotations

from testaudit.causes.interface import Explanation, Group
from testaudit.model import Evidence


def explain(group: Group) -> Explanation | None:
    """Proven by the log: the test began, and no end of it or of the session was written."""
    if group.tests[0].outcome != "crashed":
        return None
    return Explanation(
        "crash",
        (Evidence("runtime", f"the process ended in {group.tests[0].node_id}; the tests after it ran in a new one"),),
        "Run this test alone with `python -X faulthandler -m pytest` and look at the last stack.",
    )
