"""How a run ended: what is missing and why, what selected a part of it, and why there may be nothing at all."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.masking.interface import cap, mask
from testaudit.model import Gap, NodeId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.engine.interface import RunFiles
    from testaudit.engine.log import Record

_CLOSING = re.compile(
    r"^(?:=+ )?((?:\d+ [a-z]+|no tests \w+)(?:, \d+ [a-z ]+)* in [\d.]+s[^=\n]*?)(?: =+)?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Ending:
    """What the log told about the end."""

    session: Record | None
    """None: the plugin never came up."""
    stop: Record | None
    """pytest could not be started."""
    returned: int | None
    """pytest's exit status, None where it did not end by itself."""
    missing: tuple[NodeId, ...]
    """Selected tests without an outcome."""
    broken: tuple[tuple[NodeId, str], ...]
    """Modules that failed to collect, and the line that says why."""
    unread: int
    """Records of the log that could not be understood."""


def gaps(ending: Ending, files: RunFiles) -> list[Gap]:
    """Why the run is not complete; empty where it is."""
    found = []
    died = ending.session is not None and ending.returned is None
    if files.interrupted:
        found.append(Gap("interrupted", "the run", f"it was ended by signal {files.interrupted}"))
    elif files.mute:
        why = f"from {files.mute} on, the probe could not write its log (is the disk full, or a limit set?)"
        found.append(Gap("log", "the probe's log", why))
    elif files.stalled:
        found.append(Gap("stalled", "the run", _stalled(files)))
    elif files.gave_up:
        why = f"pytest died {files.restarts + 1} times; no further restart was made"
        found.append(Gap("gave-up", "the run", why))
    elif died and (ending.missing or not files.culprits):
        how = f"was killed by signal {files.signal}" if files.signal else "ended without finishing its session"
        found.append(Gap("pytest-died", "the run", f"pytest {how}"))
    if ending.returned == 3:
        found.append(Gap("internal-error", "pytest", _internal_error(files.output)))
    if ending.missing:
        found.append(_missing(ending, files))
    found.extend(Gap("not-collected", node, mask(why)) for node, why in ending.broken)
    if ending.unread:
        found.append(Gap("log", "the probe's log", f"{ending.unread} records could not be read"))
    return found


def _missing(ending: Ending, files: RunFiles) -> Gap:
    first = ", ".join(ending.missing[:3]) + (", ..." if len(ending.missing) > 3 else "")
    stopped = (ending.session or {}).get("maxfail")
    why = (
        f"pytest stopped after {stopped} failure(s) (-x or --maxfail); `-- --maxfail=0` lets it go on"
        if stopped
        else f"the run ended before them{_last_words(files.output)}"
    )
    return Gap("no-outcome", f"{len(ending.missing)} tests ({first})", why)


def _stalled(files: RunFiles) -> str:
    return f"nothing happened for longer than a test may take (--timeout) {files.stalled}; pytest was ended"


def notes(files: RunFiles) -> tuple[str, ...]:
    """What is worth saying about a run that is complete all the same."""
    said = []
    if files.restarts:
        times = files.restarts + 1
        said.append(
            f"pytest was started {times} times: each time a test ended its process, the run went on with the rest"
        )
    if files.lingered:
        said.append(
            "pytest ended, its process did not (a thread that is no daemon was still running): testaudit ended it"
        )
    return tuple(said)


def diagnosis(ending: Ending, files: RunFiles) -> str:
    """Why there are no results at all; empty where there are."""
    tail = mask(cap(files.output.strip(), 3_000))
    if ending.stop is not None:
        if ending.stop["why"] == "no-pytest":
            return "pytest is not installed in the tests' environment"
        return f"pytest could not be imported: {mask(ending.stop['text'])}"
    if ending.session is not None or files.interrupted:
        return ""
    if ending.returned in {0, 1, 5}:
        return f"testaudit's probe was not loaded (`-p no:...`, or an option that only prints):\n{tail}"
    if ending.returned is not None:
        return f"pytest stopped before any test (status {ending.returned}):\n{tail}"
    signalled = f" (signal {files.signal})" if files.signal else ""
    said = _stalled(files) if files.stalled else f"the interpreter ended without a word{signalled}"
    return f"{said}\n{tail}".strip()


def closing_line(output: str) -> str:
    """Pytest's own last line: `3 failed, 5 passed in 0.12s`."""
    found = _CLOSING.findall(output[-4_000:])
    return str(found[-1]).strip() if found else ""


def last_error(text: str) -> str:
    """The line that says what went wrong, of a long text."""
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E ") and line[1:].strip()]
    return (errors or lines or [""])[-1][:500]


def _last_words(output: str) -> str:
    """What the end of pytest's output says of an error that belongs to no test (xdist's, a plugin's)."""
    lines = [line.strip() for line in output[-8_000:].splitlines()]
    told = [line for line in lines if line.startswith(("ERROR", "Exit:", "!!!")) and not line.startswith("ERROR:root")]
    return mask(f": {told[-1].strip('! ')[:300]}") if told else ""


def _internal_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("INTERNALERROR>")]
    said = lines[-1].removeprefix("INTERNALERROR>").strip()[:500] if lines else "pytest reported an internal error"
    return mask(said)


def selection(session: Record) -> tuple[str, ...]:
    """What selects a part of the suite, beyond what the configuration itself says (`addopts`, `PYTEST_ADDOPTS`)."""
    addopts = session.get("ini", {}).get("addopts") or ""
    configured = spelled(
        [*(addopts if isinstance(addopts, list) else _words(addopts)), *_words(os.environ.get("PYTEST_ADDOPTS", ""))]
    )
    options = (("-k", session.get("keyword", "")), ("-m", session.get("markexpr", "")))
    parts = [f"{option} {value}" for option, value in options if value]
    parts.extend(session.get("paths", ()))
    parts.extend(f"--deselect={prefix}" for prefix in session.get("deselect", ()))
    parts.extend(f"--ignore={path}" for path in session.get("ignore", ()))
    if session.get("lf"):
        parts.append("--lf")
    return tuple(part for part in parts if part not in configured)


def spelled(words: Sequence[str]) -> frozenset[str]:
    """The selecting ones among pytest's arguments, as `selection` writes them: exactly these are no surprise."""
    found = set(words)
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, equals, value = word.partition("=")
        value = value if equals else following
        if option in {"-k", "-m"}:
            found.add(f"{option} {value}")
        elif word[:2] in {"-k", "-m"}:
            found.add(f"{word[:2]} {word[2:]}")
        elif option in {"--deselect", "--ignore", "--ignore-glob"}:
            found.add(f"{option.removesuffix('-glob')}={value}")
        elif option == "--last-failed":
            found.add("--lf")
    return frozenset(found)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
