"""Shared by every test: a maker of small projects, and the command, run as a process of its own as a person would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# The machine's pace decides nothing here, and a pull request meets the same examples as the last one did. The nightly
# run explores: `--hypothesis-profile=explore`.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

_OURS = (
    "PYTEST",
    "TESTAUDIT",
    "COV_",
    "COVERAGE",
    "VIRTUAL_ENV",
    "GITHUB_",
    "COLUMNS",
    "NO_COLOR",
    "FORCE_COLOR",
    "TTY_",
)
"""What this suite's own surroundings must not tell the command."""
TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @cached_property
    def audit(self) -> Any:
        """Standard output as the audit that it holds, alone."""
        assert self.stdout.startswith("{"), f"no audit: ended with {self.code}\n{self.stdout}{self.stderr}"
        return json.loads(self.stdout)

    @cached_property
    def tests(self) -> dict[str, Any]:
        """The audit's tests by node id."""
        return {test["node_id"]: test for test in self.audit["tests"]}

    @cached_property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each node id."""
        return {node_id: test["outcome"] for node_id, test in self.tests.items()}

    @cached_property
    def checks(self) -> dict[str, bool]:
        """Each check of the gate, and whether it passed."""
        return {check["name"]: check["passed"] for check in self.audit["gate"]["checks"]}

    @cached_property
    def counts(self) -> dict[str, int]:
        """The summary's counts that are not zero."""
        names = (
            "collected",
            "deselected",
            "passed",
            "failed",
            "error",
            "skipped",
            "xfailed",
            "xpassed",
            "crashed",
            "timed_out",
        )
        return {name: self.audit["summary"][name] for name in names if self.audit["summary"][name]}

    def assert_no_traceback(self) -> None:
        """A person never sees Python's own words for an error of ours."""
        assert "Traceback (most recent call last)" not in self.stderr
        assert "Traceback (most recent call last)" not in self.stdout


def environment(**changes: str | None) -> dict[str, str]:
    """This process's variables without its own pytest's, and with no plugin but those that a test asks for."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "100"}
    for name, value in changes.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    return env


def start(
    *args: str | Path, cwd: Path | None = None, env: Mapping[str, str | None] | None = None, **popen: Any
) -> subprocess.Popen[bytes]:
    """Start `python -m testaudit ARGS` in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "testaudit", *map(str, args)],
        cwd=cwd,
        env=environment(**(env or {})),
        stdin=popen.pop("stdin", subprocess.DEVNULL),
        stdout=popen.pop("stdout", subprocess.PIPE),
        stderr=popen.pop("stderr", subprocess.PIPE),
        start_new_session=True,
        **popen,
    )


def finish(process: subprocess.Popen[bytes], text: bytes | None = None, timeout_s: float = TIMEOUT_S) -> Ended:
    """Wait for its end, and kill its whole session where that does not come."""
    try:
        out, err = process.communicate(text, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"did not end within {timeout_s:g} s\n{out!r}\n{err!r}")
    return Ended(
        process.returncode,
        (out or b"").decode("utf-8", "surrogateescape"),
        (err or b"").decode("utf-8", "surrogateescape"),
    )


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the command remembers lies in a folder of this run, not in the person's own cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def testaudit() -> Callable[..., Ended]:
    """Run `python -m testaudit ARGS`; `stdin` is text for its standard input."""

    def run(
        *args: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        stdin: str | bytes | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Ended:
        text = stdin.encode() if isinstance(stdin, str) else stdin
        process = start(*args, cwd=cwd, env=env, stdin=subprocess.DEVNULL if text is None else subprocess.PIPE)
        return finish(process, text, timeout_s)

    return run


@pytest.fixture(scope="session")
def scan(testaudit: Callable[..., Ended]) -> Callable[..., Ended]:
    """`testaudit scan` in a project, with this Python for its tests and the audit on standard output.

    Failing tests are run again only where a test asks for it: each further run starts pytest once more.
    """

    def run(
        project: Path, *args: str | Path, env: Mapping[str, str | None] | None = None, timeout_s: float = TIMEOUT_S
    ) -> Ended:
        once = () if "--reruns" in args else ("--reruns", "0")
        base = ("scan", "--python", sys.executable, "--output", "json", *once)
        return testaudit(*base, *args, cwd=project, env=env, timeout_s=timeout_s)

    return run


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start the command and go on; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def run(*args: str | Path, **more: Any) -> subprocess.Popen[bytes]:
        running.append(start(*args, **more))
        return running[-1]

    yield run
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture(scope="session")
def ended() -> Callable[..., Ended]:
    """Wait for a command that `started` started."""
    return finish


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below `root`; text is dedented."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode("utf-8", "surrogatepass"))
    return root


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Make a project: file name -> content. Without any settings of its own it gets an empty `pytest.ini`."""

    def make(files: Mapping[str, str | bytes], *, name: str = "project", settings: bool = True) -> Path:
        return _make(tmp_path / name, files, settings=settings)

    return make


@pytest.fixture(scope="module")
def module_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """As `project`, for a project that the tests of a module share: scanned once, asked often."""

    def make(files: Mapping[str, str | bytes], *, settings: bool = True) -> Path:
        return _make(tmp_path_factory.mktemp("shared") / "project", files, settings=settings)

    return make


def _make(root: Path, files: Mapping[str, str | bytes], *, settings: bool) -> Path:
    root.mkdir(parents=True)
    own = {"pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", "testaudit.toml"} & set(files)
    return write_files(root, {**({"pytest.ini": "[pytest]\n"} if settings and not own else {}), **files})
