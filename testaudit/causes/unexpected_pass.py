"""`unexpected-pass`: a strict xfail passed. The bug it waited for is gone; the marker is not."""

from __future__ import annotations

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import first_line
from testaudit.causes.signature import is_assertion
from testaudit.model import Evidence


def explain(group: Group) -> Explanation | None:
    """Proven by pytest's own words, or unittest's."""
    trouble = group.trouble
    said = (trouble.message or trouble.text).lstrip()
    if not said.startswith(("[XPASS(strict)]", "Unexpected success")) or (
        trouble.type and not is_assertion(trouble.type) and not trouble.type.endswith("UnexpectedSuccess")
    ):
        return None
    marker = "`expectedFailure`" if said.startswith("Unexpected") else "strict `xfail` marker"
    return Explanation(
        "unexpected-pass",
        (Evidence("runtime", first_line(said)),),
        f"Remove the {marker} of {group.tests[0].node_id}: the test passes now.",
        "xfail-as-expected",
    )


PROVEN = (
    Example("a strict xfail", "Failed", "[XPASS(strict)] bug 12", says="bug 12"),
    Example("a strict xfail in a foreign file", "", "[XPASS(strict)] ", says="xfail"),
    Example("unittest's", "", "Unexpected success", says="expectedFailure"),
)
SILENT = (
    Example("somebody's words", "ValueError", "Unexpected success of the payment"),
    Example("in the middle of a message", "Failed", "got [XPASS(strict)]"),
    Example("an assertion on it", message="assert '[XPASS(strict)] x' in ''"),
)
