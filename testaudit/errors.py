"""The errors that a person is meant to read: one root, one catch (in `cli`), one exit code each.

Exit codes are the contract's: 2 wrong use, 3 no audit was possible, 4 testaudit itself failed.
"""

from __future__ import annotations


class AuditError(Exception):
    """Something a person can act on. `message` names the thing; `hint` is the next step to type or to do."""

    exit_code = 4

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AuditError):
    """Wrong use: an option, a configuration key, a rule name that does not exist (exit 2)."""

    exit_code = 2


class ImpossibleError(AuditError):
    """No audit was possible: no interpreter, no pytest there, no readable result at all (exit 3)."""

    exit_code = 3


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised where Ctrl-C would be: both end the run in order and keep what was seen."""
