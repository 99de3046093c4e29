"""A permission, space, descriptors or memory that the machine does not give; a port that something else holds.

Proven by the operating system's error number. Silent on the application's own refusals (a `PermissionError` without
number), on what a double or a `raise` of the project makes, and on files in a test's temporary folder: the test itself
took that permission away. A port is taken by the surroundings only where the test failed alone as well.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import DOUBLES, SUPERUSER, Spoken, all_spoken, function_around, spoken, words_of
from testaudit.causes.signature import is_assertion
from testaudit.model import RED, Evidence


class _Lack(NamedTuple):
    pattern: re.Pattern[str]
    subject: str
    advice: str


_LACKS = (
    _Lack(
        re.compile(
            r"\[(?:Errno 28|Errno 122|WinError 112)\]|\bENOSPC\b|No space left on device|[Dd]isk quota exceeded"
            r"|database or disk is full"
        ),
        "space on the disk",
        "Free space on the disk that the tests write to.",
    ),
    _Lack(
        re.compile(r"\[Errno 30\]|\bEROFS\b|Read-only file system"),
        "a disk to write to",
        "Give the tests a disk that they may write to.",
    ),
    _Lack(
        re.compile(r"\[(?:Errno 24|Errno 23)\]|\bEMFILE\b|Too many open files"),
        "file descriptors",
        "Raise the limit of open files (`ulimit -n`), and look for tests that leave files open.",
    ),
    _Lack(
        re.compile(r"\[Errno 12\]|Cannot allocate memory|\bENOMEM\b"),
        "memory",
        "Give the tests more memory, or run fewer of them at a time.",
    ),
    _Lack(
        re.compile(r"\[(?:Errno 13|Errno 1|WinError 5)\]|\b(?:EACCES|EPERM): |java\.nio\.file\.AccessDeniedException"),
        "permission",
        "Give the tests' user that permission, or let the tests use a place of their own.",
    ),
)
_IN_USE = re.compile(r"\[(?:Errno 98|Errno 48|WinError 10048)\]|\bEADDRINUSE\b")
_PORT = re.compile(r"\(['\"][\w.:-]*['\"], ?(?P<a>\d+)|:(?P<b>\d{2,5})\b|port (?P<c>\d+)")
_KINDS = re.compile(
    r"^(?:PermissionError|OSError|IOError|BlockingIOError|error|Error|)$|OperationalError|IOException|AccessDenied"
    r"|DiskFull"
)
_PATH = re.compile(r": ['\"](?P<path>[^'\"]+)['\"]|(?:open|mkdir|unlink) ['\"](?P<node>[^'\"]+)['\"]")
_TEMPORARY = re.compile(r"/pytest-of-|^/(?:private/)?(?:tmp|var/folders|var/tmp)/|[\\/]Temp[\\/]", re.IGNORECASE)
_FULL = "space on the disk"
_USER_ID = re.compile(r"\be?[ug]id\b|\bgete?[ug]id\b|\bgetuser\b")
_REFUSES = re.compile(
    r"must not|may not|should ?n[o']t|cannot|can't|can ?not|not be|don't|do not|refus|not allowed|bad idea|forbid"
)


def explain(group: Group) -> Explanation | None:
    """Proven by the error number; of the superuser by words and source together."""
    superuser = _superuser(group)
    if superuser is not None:
        return superuser
    for one in reversed(spoken(group)):
        if not _KINDS.search(one.name):
            continue
        if _IN_USE.search(one.message):
            return _taken(one, group)
        lack = next((lack for lack in _LACKS if lack.pattern.search(one.message)), None)
        if lack is None or (one.name == "" and "assert" in one.message):
            continue
        found = _PATH.search(one.message)
        path = (found["path"] or found["node"]) if found else ""
        if path and lack.subject == "permission" and (_TEMPORARY.search(path) or _is_locked_here(group)):
            return None
        subject = f"permission for {path}" if path and lack.subject == "permission" else lack.subject
        where = f" It asked for `{path}`." if path else ""
        return Explanation("environment", (Evidence("runtime", words_of(one)),), lack.advice + where, None, subject)
    return None


def _superuser(group: Group) -> Explanation | None:
    """A program that refuses to run as root, where it looked at the user's id, or its message tells that."""
    for one in all_spoken(group):
        if is_assertion(one.type) or not one.type or DOUBLES.search(one.raised.path if one.raised else ""):
            continue
        said = " ".join(one.message.split())[:1_000]
        if not SUPERUSER.search(said) or not _REFUSES.search(said):
            continue
        if _USER_ID.search(group.test_text) or not _USER_ID.search(f"{said} {function_around(group, one.raised)}"):
            return None
        advice = "Run the tests as an ordinary user: the code refuses to work with all rights, and that check is right."
        return Explanation("environment", (Evidence("runtime", words_of(one)),), advice, None, "an ordinary user")
    return None


def _is_locked_here(group: Group) -> bool:
    """Whether the test itself takes permissions away."""
    return bool(re.search(r"chmod\(|setuid|umask\(|S_IR|0o[0-7]{3}", group.test_text))


def _taken(one: Spoken, group: Group) -> Explanation | None:
    alone = [attempt for attempt in group.executions() if attempt.condition == "alone"]
    if not alone or any(attempt.outcome not in RED for attempt in alone):
        return None
    found = _PORT.search(one.message)
    port = next((value for value in found.groups() if value), "") if found else ""
    name = f"port {port}" if port else "a free port"
    return Explanation(
        "environment",
        (Evidence("runtime", words_of(one)), Evidence("runtime", "it failed alone as well")),
        f"Stop what listens on {name}, or let the tests ask for port 0." if port else "Let the tests ask for port 0.",
        None,
        name,
    )


PROVEN = (
    Example("no space", "OSError", "[Errno 28] No space left on device", says="space"),
    Example(
        "no permission",
        "PermissionError",
        "[Errno 13] Permission denied: '/var/log/shop.log'",
        raised="shop/log.py:open_log",
        says="/var/log/shop.log",
    ),
    Example("a read-only disk", "OSError", "[Errno 30] Read-only file system: '/app/out'", says="may write to"),
    Example("descriptors", "OSError", "[Errno 24] Too many open files", says="ulimit"),
    Example("SQLite on a full disk", "sqlite3.OperationalError", "database or disk is full", says="space"),
    Example(
        "a port that is taken, also alone",
        "OSError",
        "[Errno 98] error while attempting to bind on address ('127.0.0.1', 8080): address already in use",
        reruns=("alone failed",),
        says="port 8080",
    ),
    Example("node", "Error", "EACCES: permission denied, open '/var/shop'", says="/var/shop"),
    Example(
        "it refuses to run as root",
        "shop.SecurityError",
        "Running a worker with superuser privileges is a very bad idea!\n\nUser information: uid=0 euid=0",
        unset=("SHOP_FORCE_ROOT",),
        says="ordinary user",
    ),
    Example(
        "the code that refuses looks at the user",
        "RuntimeError",
        "the server must not be run as root",
        code="import os\n\ndef serve():\n    if os.geteuid() == 0:\n        raise RuntimeError('the server must not be "
        "run as root')  # <-\n\ndef test_example():\n    serve()\n",
        says="ordinary user",
    ),
)
SILENT = (
    Example("the application's own refusal", "PermissionError", "only the owner may cancel"),
    Example("an assertion about it", message="assert 'Permission denied' == ''"),
    Example(
        "a double",
        "OSError",
        "[Errno 28] No space left on device",
        raised="/usr/lib/python3.11/unittest/mock.py:_execute_mock_call",
    ),
    Example(
        "a stub raises it",
        "OSError",
        "[Errno 28] No space left on device",
        code="def test_example():\n    raise OSError(28, 'No space left on device')  # <-\n",
    ),
    Example(
        "the test took the permission away",
        "PermissionError",
        "[Errno 13] Permission denied: '/tmp/pytest-of-me/pytest-1/test_a0/x'",
    ),
    Example(
        "the test says who the user is",
        "RuntimeError",
        "the server must not be run as root (uid=0)",
        code="def test_example(monkeypatch):\n    monkeypatch.setattr('os.getuid', lambda: 0)\n    serve()  # <-\n",
    ),
    Example("the application's superuser", "ValueError", "a post must not be deleted by the superuser"),
    Example("a port that another test holds", "OSError", "[Errno 98] Address already in use", reruns=("alone passed",)),
)
