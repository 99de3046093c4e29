"""`unexpected-pass`: a strict xfail passed. The bug it waited for is gone; the marker is not."""

from __future__ import annotations

from testaudit.causes.interface import Explanation, Group
from testaudit.model import Evidence


def explain(group: Group) -> Explanation | None:
    """Proven by pytest's own words, or unittest's."""
    said = (group.trouble.message or group.trouble.text).lstrip()
    if not said.startswith(("[XPASS(strict)]", "Unexpected success")):
        return None
    return Explanation(
        "unexpected-pass",
        (Evidence("runtime", said.splitlines()[0][:300]),),
        "Remove the xfail marker: the test passes now.",
        "xfail-as-expected",
    )
