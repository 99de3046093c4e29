"""`environment`: what the suite needs from its surroundings is not there. `needs/` says what, one need a file.

Spoken only where the machine, or a library at its border, says so itself. A failed assertion is never environment; nor
is a failure that passed when it was run again: what was missing was there then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.needs import disk, executable, file, locale, network, package, service, variable

if TYPE_CHECKING:
    from testaudit.causes.interface import Cause

NEEDS: tuple[Cause, ...] = (service, network, package, variable, executable, file, disk, locale)


def explain(group: Group) -> Explanation | None:
    """The first need that is proven to be missing."""
    if group.trouble.type in {"AssertionError", "SystemExit"} or group.passed_again or group.flaky or group.order:
        return None
    for need in NEEDS:
        found = need.explain(group)
        if found is not None:
            return found
    return None


_REFUSED = "[Errno 111] Connect call failed ('127.0.0.1', 5432)"
PROVEN = (
    Example("a service", "ConnectionRefusedError", _REFUSED, says="PostgreSQL"),
    Example("in a set-up", "ConnectionRefusedError", _REFUSED, "setup", says="PostgreSQL"),
    Example("failed again", "ConnectionRefusedError", _REFUSED, reruns=("together failed",), says="5432"),
)
SILENT = (
    Example("passed again", "ConnectionRefusedError", _REFUSED, reruns=("together passed",)),
    Example(
        "depends on the order",
        "KeyError",
        "'HOME_URL'",
        raised="<frozen os>:__getitem__",
        unset=("HOME_URL",),
        order="proven",
    ),
    Example("an assertion, made of a refusal", message="not reached", root=f"ConnectionRefusedError: {_REFUSED}"),
)
