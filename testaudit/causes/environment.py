"""`environment`: a service, network, package, variable, program, file, permission, disk or locale is not there.

It is missing where the tests ran; one need a file in `needs/`. Spoken only where the machine, or a library at its
border, says so itself. A failed assertion is never environment, but for one on how a program ended that says so; nor is
a failure that passed when it was run again: what was missing was there then.
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
    if group.trouble.type == "SystemExit" or group.passed_again or group.flaky or group.order:
        return None
    needs = (network,) if group.trouble.type == "AssertionError" else NEEDS
    for need in needs:
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
