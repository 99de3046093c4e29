"""One way to ask git: reading only, with nothing of the audited repository executed and nothing fetched.

A repository's own configuration may name programs: hooks, a file system monitor, filters, text converters, a
signature checker, transports. Each is switched off here by an option that outranks the configuration. A submodule is a
repository with a configuration of its own that no option reaches, so git is never sent into one.

The variables of a surrounding hook (`GIT_DIR`, `GIT_INDEX_FILE`, ...) would make git answer for another repository or
another index. GitPython can add variables but take none away; `env -u` does. What the user says about git as a
whole stays: the places of its configuration, and what is safe.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

TIMEOUT_S = 120.0
"""Beyond this git is stuck on something that waiting does not mend."""
LIMIT_BYTES = 64_000_000
"""Half a million changed paths; more is cut, and refused by those who cannot do with a part."""
_KEPT = (
    "GIT_CONFIG_",
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_TEST_ASSUME_DIFFERENT_OWNER",
)
_SAFE = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
"""No transport (a lazy clone would fetch what is missing), no write of a refreshed index, no question."""
_OVERRIDES = (
    "core.fsmonitor=",
    f"core.hooksPath={os.devnull}",
    "core.safecrlf=false",
    "diff.external=",
    f"diff.orderFile={os.devnull}",
    "log.showSignature=false",
    "protocol.allow=never",
    "submodule.recurse=false",
)
_MAX_FILTERS = 200


class NoGitError(UsageError):
    """There is no git to ask on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "git is not installed on this machine, and --since needs it.",
            "Install git (apt-get install git, apk add git, dnf install git), or leave --since out.",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said."""

    code: int
    """Its exit status; -1: it was ended because it took too long."""
    out: bytes
    err: str
    cut: bool = False
    """There was more than asked for."""

    @property
    def line(self) -> str:
        """Standard output without the line feed that ends it, as a path or a name."""
        return os.fsdecode(self.out.removesuffix(b"\n"))

    @property
    def names(self) -> tuple[str, ...]:
        """Standard output as names that end with a null byte."""
        return tuple(os.fsdecode(name) for name in self.out.split(b"\0") if name)


class Repository:
    """Git, asked about the repository that holds a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.abspath(folder)  # noqa: PTH100 - a name that git takes as it is
        self._filters: tuple[str, ...] | None = None

    def ask(
        self,
        *words: str,
        text: bytes = b"",
        index: str = "",
        limit: int = LIMIT_BYTES,
        timeout_s: float | None = None,
    ) -> Answer:
        """Run a git command in the folder. `text` is its standard input, `index` another index file to work on.

        Without a `timeout_s` it may take two minutes.

        Raises:
            NoGitError: there is no git.
            UsageError: the repository's filters cannot be switched off.

        """
        overrides = (*_OVERRIDES, *self._no_filters())
        return self._run(overrides, words, text, index, limit, TIMEOUT_S if timeout_s is None else timeout_s)

    def _no_filters(self) -> tuple[str, ...]:
        """Overrides for each filter that a configuration names: comparing a file would run it."""
        if self._filters is None:
            found = self._run(
                _OVERRIDES, ("config", "--null", "--name-only", "--get-regexp", r"^filter\."), b"", "", 1_000_000, 30.0
            )
            names = sorted({name.removeprefix("filter.").rpartition(".")[0] for name in found.names})
            if found.cut or len(names) > _MAX_FILTERS or any("=" in name for name in names):
                message = "git's configuration names filters that cannot be switched off, and audits run no filter."
                raise UsageError(message, "Look at them: git config --get-regexp '^filter'")
            self._filters = tuple(
                f"filter.{name}.{key}"
                for name in names
                for key in ("clean=", "smudge=", "process=", "required=false")
                if name
            )
        return self._filters

    def _run(
        self, overrides: tuple[str, ...], words: tuple[str, ...], text: bytes, index: str, limit: int, timeout_s: float
    ) -> Answer:
        try:
            import git
        except ImportError:
            # GitPython refuses to be imported where there is no git.
            raise NoGitError from None
        misleading = [name for name in os.environ if name.startswith("GIT_") and not name.startswith(_KEPT)]
        argv = ["/usr/bin/env", *(f"-u{name}" for name in misleading)] if misleading else []
        set_here = {**_SAFE, "GIT_INDEX_FILE": index} if index else _SAFE
        # What `env` takes away comes back through `env` alone.
        argv += [f"{name}={value}" for name, value in set_here.items()] if misleading else []
        argv += [str(git.Git.GIT_PYTHON_GIT_EXECUTABLE), "--no-pager", "-C", self.folder]
        argv += [part for override in overrides for part in ("-c", override)]
        try:
            # Without a working folder of its own: GitPython would expand `$NAME` in it.
            started = git.Git().execute(
                [*argv, *words],
                as_process=True,
                env=set_here,
                istream=subprocess.PIPE,
                shell=False,
                start_new_session=True,  # so that it can be ended with whatever it started
            )
        except (git.GitError, OSError):
            raise NoGitError from None
        # The wrapper stays in a name until the end: it ends the process when it is collected.
        if started.proc is None:
            raise NoGitError
        answer = _talk(started.proc, text, limit, timeout_s)
        if argv[0].endswith("/env") and answer.code in {126, 127}:
            raise NoGitError
        return answer


def _talk(process: subprocess.Popen[bytes], text: bytes, limit: int, timeout_s: float) -> Answer:
    """Feed and read a process, all pipes at once, and never keep more than the limits."""
    ended_here = threading.Event()

    def end() -> None:
        ended_here.set()
        _kill(process)

    errors: list[bytes] = []
    helpers = [
        threading.Thread(target=lambda: errors.append(_read(process.stderr, 20_000)), daemon=True),
        threading.Thread(target=lambda: _write(process.stdin, text), daemon=True),
    ]
    clock = threading.Timer(timeout_s, end)
    clock.daemon = True
    for thread in (*helpers, clock):
        thread.start()
    try:
        out = process.stdout.read(limit + 1) if process.stdout is not None else b""
        cut = len(out) > limit
        if cut:
            _kill(process)
        code = process.wait()
    finally:
        clock.cancel()
        if process.returncode is None:
            _kill(process)
            process.wait()
        for thread in helpers:
            thread.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    err = b"".join(errors).decode("utf-8", "replace")
    return Answer(-1 if ended_here.is_set() else 0 if cut else code, out[:limit], err, cut)


def _kill(process: subprocess.Popen[bytes]) -> None:
    # Without a session of its own there would be no such group.
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(pipe: IO[bytes] | None, limit: int) -> bytes:
    """The beginning of a stream; the rest is read and dropped, so that nobody waits for a reader."""
    if pipe is None:
        return b""
    kept = pipe.read(limit)
    while pipe.read(limit):
        pass
    return kept


def _write(pipe: IO[bytes] | None, text: bytes) -> None:
    if pipe is None:
        return
    try:
        pipe.write(text)
        pipe.close()
    except OSError:
        # It ended without reading on: its status says why.
        try:
            pipe.close()
        except OSError:
            return
