"""`collection`: a module does not import, so none of its tests can run."""

from __future__ import annotations

from testaudit.causes.interface import Explanation, Group
from testaudit.model import Evidence


def explain(group: Group) -> Explanation | None:
    """Proven by the collector's own report."""
    trouble = group.trouble
    if trouble.phase != "collect":
        return None
    where = f"{trouble.frame.path}:{trouble.frame.line}" if trouble.frame else group.tests[0].path
    return Explanation(
        "collection",
        (
            Evidence(
                "runtime", f"{where} raised {trouble.type or 'an error'} while pytest imported {group.tests[0].path}"
            ),
        ),
        f"Make `{group.tests[0].path}` importable; its tests were not even counted.",
    )
