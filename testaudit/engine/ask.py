"""Ask a Python what it is: one short process, bounded in time and size, safe against noise on its output.

Files on disk do not tell what a Python really finds (`PYTHONPATH`, `.pth` files, system packages), so it is started.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from testaudit.background import Background
from testaudit.masking.interface import clean, mask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testaudit.engine.environments import Candidate, Declared

OLDEST_PYTHON = (3, 8)
OLDEST_PYTEST = (7, 0)
PATIENCE_S = 20.0
"""What a Python may take to say what it is: conda on a cold network disk takes seconds."""
LIMIT_BYTES = 1_000_000
"""What it may say before: noise of a `sitecustomize`, no endless stream."""
Reason = Literal["", "no-python", "old", "no-pytest"]
MARK = "testaudit-answer-7c1e"

QUESTION = r"""
import sys
sys.path[:] = [folder for folder in sys.path if folder not in ("", ".")]
import json, os
answer = {"version": ".".join(map(str, sys.version_info[:3])), "prefix": sys.prefix}
if sys.version_info >= (3, 8):
    import platform
    import importlib.util
    from importlib import metadata
    def version(name):
        try:
            return metadata.version(name) or ""
        except Exception:
            return ""
    def found(name):
        try:
            return importlib.util.find_spec(name) is not None
        except Exception:
            return False
    def origin(name):
        try:
            it = metadata.distribution(name)
        except Exception:
            return None
        try:
            direct = json.loads(it.read_text("direct_url.json") or "{}")
        except Exception:
            direct = {}
        return [os.path.realpath(str(it.locate_file(""))), str(direct.get("url", "")), "dir_info" in direct]
    answer.update(
        implementation=platform.python_implementation(), platform=platform.platform(terse=True),
        pytest=version("pytest"), xdist=version("pytest-xdist"), django=version("pytest-django"), pip=found("pip"),
        origins=[origin(name) for name in sys.argv[2:]],
    )
    if not answer["pytest"] and found("pytest"):
        try:
            import pytest
            answer["pytest"] = str(pytest.__version__)
        except Exception:
            pass
text = sys.argv[1] + "<" + json.dumps(answer) + ">" + sys.argv[1]
os.write(1, text.encode("ascii"))
"""
"""Asked of any Python, 2.7 included. The working directory is not searched: a `json.py` there is the project's."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that runs the project's tests, by its own account."""

    executable: str
    """Absolute; links are kept, because a link decides which environment it is."""
    source: str
    """How it was found: `--python`, `.venv`, `the active virtual environment`, `.tox/py311`, …"""
    python_version: str
    pytest_version: str
    implementation: str = "CPython"
    platform: str = ""
    xdist_version: str = ""
    """Empty: pytest-xdist is not installed there."""
    has_pytest_django: bool = False
    has_pip: bool = True
    installed: bool = False
    """The project is installed there."""

    @property
    def has_xdist(self) -> bool:
        """`-n` means something there."""
        return bool(self.xdist_version)


@dataclass(frozen=True, slots=True)
class Asked:
    """A candidate with its answer: an Interpreter, or why it does not fit."""

    candidate: Candidate
    interpreter: Interpreter | None
    problem: str = ""
    why: Reason = ""
    has_pip: bool = True

    @property
    def fits(self) -> bool:
        """It can run the tests."""
        return self.interpreter is not None


def ask_all(candidates: Sequence[Candidate], root: Path, environ: Mapping[str, str], said: Declared) -> list[Asked]:
    """Each candidate with its answer, in their order; they are asked at the same time."""
    started: list[subprocess.Popen[bytes]] = []
    asking = [Background(partial(_ask, candidate, root, environ, said, started)) for candidate in candidates]
    for question in asking:
        question.start()
    try:
        return [question.result() for question in asking]
    except BaseException:
        # Interrupted: nobody waits for the answers any more.
        for process in started:
            _end(process)
        raise


def _ask(
    candidate: Candidate,
    root: Path,
    environ: Mapping[str, str],
    said: Declared,
    started: list[subprocess.Popen[bytes]],
) -> Asked:
    if candidate.problem:
        return Asked(candidate, None, candidate.problem, "no-python")
    if not os.path.isfile(candidate.python):  # noqa: PTH113 - Path.is_file can raise
        return Asked(candidate, None, f"its Python is gone ({candidate.python})", "no-python")
    text, trouble = _run([candidate.python, "-c", QUESTION, MARK, *said.names], root, environ, started)
    match = re.search(f"{MARK}<(.*?)>{MARK}", text, re.DOTALL)
    try:
        answer = json.loads(match[1]) if match else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        lines = text.strip().splitlines() or [""]
        last = clean(mask(lines[-1 if "Traceback" in text else 0][:200]))
        if QUESTION[:20] in text:
            last = ""  # it only repeats what it was asked
        return Asked(
            candidate, None, trouble or ("it is no Python" + (f"; it says: {last}" if last else "")), "no-python"
        )
    problem, why = _misfit(str(answer["version"]), str(answer.get("pytest") or ""))
    pip = bool(answer.get("pip"))
    if problem:
        return Asked(candidate, None, problem, why, pip)
    found = Interpreter(
        executable=candidate.python,
        source=candidate.name if not candidate.name.startswith("--python ") else "--python",
        python_version=str(answer["version"]),
        pytest_version=str(answer["pytest"]),
        implementation=str(answer.get("implementation")),
        platform=str(answer.get("platform")),
        xdist_version=str(answer.get("xdist") or ""),
        has_pytest_django=bool(answer.get("django")),
        has_pip=pip,
        installed=any(map(_is_this_project, said.names, answer.get("origins") or (), repeat(root))),
    )
    return Asked(candidate, found, has_pip=pip)


def _misfit(python: str, pytest: str) -> tuple[str, Reason]:
    if numbers(python) < OLDEST_PYTHON:
        return f"Python {python} is older than 3.8", "old"
    if not pytest:
        return f"Python {python} without pytest", "no-pytest"
    if numbers(pytest) < OLDEST_PYTEST:
        return f"Python {python} with pytest {pytest}, which is older than 7.0", "no-pytest"
    return "", ""


def _is_this_project(name: str, origin: object, root: Path) -> bool:
    """Whether the distribution of that name is this checkout: testaudit's own environment holds releases of others."""
    if not isinstance(origin, list):
        return False
    location, url, is_folder = str(origin[0]), str(origin[1]), bool(origin[2])
    real = Path(os.path.realpath(root))
    if Path(location).is_relative_to(real) and not location.endswith(("site-packages", "dist-packages")):
        return True  # `setup.py develop`
    if url.startswith("file:"):
        path = Path(os.path.realpath(_path_of(url)))
        if path.is_relative_to(real) or real.is_relative_to(path):
            return True
        if is_folder:
            return False  # another checkout
    return name not in own_requirements()


def _path_of(url: str) -> str:
    from urllib.parse import urlsplit  # rarely needed, and slow to import
    from urllib.request import url2pathname

    return url2pathname(urlsplit(url).path)


def own_requirements() -> frozenset[str]:
    """What came with testaudit, to any depth: that it is there does not mean that somebody installed the project."""
    waiting, seen = ["testaudit"], set[str]()
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(metadata.PackageNotFoundError):
            for line in metadata.requires(name) or ():
                required = re.sub(r"[-_.]+", "-", re.match(r"[\w.-]*", line)[0]).lower()  # type: ignore[index]  # it matches always
                if required not in seen and "extra ==" not in line:
                    seen.add(required)
                    waiting.append(required)
    return frozenset(seen)


def numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version, to compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _run(
    command: Sequence[str], root: Path, environ: Mapping[str, str], started: list[subprocess.Popen[bytes]]
) -> tuple[str, str]:
    """What the command says until the answer is complete, and what went wrong: bounded in time and in size."""
    try:
        process = subprocess.Popen(  # noqa: S603 - an interpreter that the user named, or that lies in the project
            list(command),
            cwd=root,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return "", f"it cannot be started: {(error.strerror if isinstance(error, OSError) else None) or error}"
    started.append(process)
    said = bytearray()
    reader = threading.Thread(target=_read, args=(process, said), daemon=True)
    reader.start()
    reader.join(PATIENCE_S)
    late = reader.is_alive()
    _end(process)
    reader.join(1.0)
    if process.stdout is not None and not reader.is_alive():
        process.stdout.close()
    text = said.decode("utf-8", "replace")
    return text, f"it did not answer within {PATIENCE_S:.0f} seconds" if late else ""


def _read(process: subprocess.Popen[bytes], said: bytearray) -> None:
    stream = process.stdout
    end = f">{MARK}".encode()
    while stream is not None and len(said) < LIMIT_BYTES and end not in said:
        chunk = os.read(stream.fileno(), 65536)
        if not chunk:
            break
        said += chunk


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what was started, with its children: a candidate may be any program."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # not waited for yet: the number is still its own
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1.0)
