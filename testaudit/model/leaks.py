"""What a test left behind, and what it reached for while it ran: seen by the probe, not guessed from the source.

All of it is about the *function scope* of a test: its body and its function-scoped fixtures, set-up to teardown. What
wider fixtures set up, what a first import changed and what pytest does for itself is left out. `Run.watched` says what
was looked at; a kind that stands there and of which a test that ran has no `Leak` was put back, and that is proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from testaudit.model.frame import Frame

LeakKind = Literal[
    "environ",
    "cwd",
    "sys.path",
    "sys.argv",
    "sys.modules",
    "logging",
    "warnings",
    "locale",
    "socket-timeout",
    "signal",
    "thread",
    "process",
    "descriptor",
    "file",
]
LEAK_KINDS: frozenset[LeakKind] = frozenset(get_args(LeakKind))


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing that was otherwise after a test than before it, and that nobody put back."""

    kind: LeakKind
    what: str
    """Its name: the variable, the entry of `sys.path`, the module, `root` or another logger, the signal (`SIGALRM`),
    the thread's name, the process's command, what the descriptor leads to (a path, `socket`, `pipe`, `eventpoll`), the
    file (relative to the project's root where it lies inside, else absolute). Of `cwd`, `sys.argv`, `warnings`,
    `locale` and `socket-timeout` there is only one: their own name."""
    before: str = ""
    """Its value before, at most 200 characters, masked; empty where it was not there. A file that was there already and
    was written again is `there`."""
    after: str = ""
    """Its value after, likewise; empty where it was taken away. Of a thread: `daemon` or `not daemon`, and what it
    runs; of a process and a descriptor: their numbers; of a file: its size (`12 bytes`), or `folder`, `link`."""
    at: Frame | None = None
    """The nearest frame of a test module or conftest.py, else of first-party code, to the call that did it. None where
    that cannot be seen (`sys.path`, `sys.modules`, logging, signals: nothing tells when they change; threads before
    Python 3.12)."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that was asked for, or a name that was looked up, while a test ran; wider fixtures included."""

    host: str
    """The address as the socket was given it; empty where a name was only looked up."""
    port: int
    name: str = ""
    """The name that was looked up for it last, where one was."""
    loopback: bool = False
    """The address (or name) is this machine's own."""
    calls: int = 1
    at: Frame | None = None
    """As a leak's, of the first call; it may be in a fixture."""


@dataclass(frozen=True, slots=True)
class Bind:
    """A port that was bound while a test ran, wider fixtures included; those that the system chose (0) are left out."""

    host: str
    port: int
    at: Frame | None = None
    """As a leak's; it may be in a fixture."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file with an absolute path that the project's own code opened, whether or not it was there.

    Left out: what lies in the project, in folders for temporary files, of the interpreter, of installed packages, and
    below `/dev`, `/proc` and `/sys`. What was written *and* stays is a `Leak` of kind `file` besides.
    """

    path: str
    wrote: bool
    at: Frame | None = None
    """The first-party frame that opened it."""


@dataclass(frozen=True, slots=True)
class Double:
    """An attribute that a patch or `monkeypatch.setattr` replaced while a test ran (`patch.dict` is none)."""

    target: str
    """What was replaced, as a dotted name: `package.module.Class.method`. Of an attribute of an instance, the name of
    its class stands before it."""
    owner: Literal["module", "class", "instance"]
    by: Literal["patch", "monkeypatch"]
    """`patch`: `unittest.mock`'s in any syntax, pytest-mock included. `monkeypatch`: those that were
    there at the end of the call."""
    double: str
    """The type of what took its place: `MagicMock`, `function`, `int`."""
    calls: int | None = None
    """Calls of it and its attributes until the end of the test's call; None where it does not count them (no mock)."""
    active: int = 1
    """How many doubles were active when it was put in, itself counted: the highest of a test is the one to name."""
    wider: bool = False
    """A fixture of a wider scope than the test put it in."""
    at: Frame | None = None
    """As a leak's; of a decorator and of monkeypatch it is not known."""
