"""`fixture`: a set-up or a teardown failed, and no body is to blame."""

from __future__ import annotations

from testaudit.causes.interface import Explanation, Group
from testaudit.model import Evidence


def explain(group: Group) -> Explanation | None:
    """Proven by the phase: the outcome is `error`, not `failed`."""
    trouble = group.trouble
    if group.tests[0].outcome != "error" or trouble.phase not in {"setup", "teardown"}:
        return None
    place = trouble.frame
    where = f"`{place.function}` ({place.path}:{place.line})" if place is not None else "a fixture"
    phase = "set-up" if trouble.phase == "setup" else "teardown"
    return Explanation(
        "fixture",
        (Evidence("runtime", f"{phase} of {len(group.tests)} test(s) failed in {where}"),),
        f"Mend {where}: every test that uses it fails with it.",
    )
