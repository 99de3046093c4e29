"""Commands typed in this process, and the audits that they judge: a hundred of them for the price of one scan.

Argv goes in where `python -m testaudit` takes it, and exit code, standard output and standard error come out; only
Python's own start is spared. What needs a process of its own (signals, a full disk) asks `testaudit` of conftest.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

from testaudit.__main__ import run
from testaudit.model import Audit
from testaudit.report import json_v1
from tests.conftest import Ended, environment

BASELINE = ".testaudit/baseline.json"
LAST = ".testaudit/local/last-audit.json"


def typed(*args: str | Path, cwd: Path, env: Mapping[str, str | None] | None = None) -> Ended:
    """Run `testaudit ARGS` in a folder; no traceback may be seen, whatever was typed."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape") for _ in range(2))
    with _surroundings(cwd, {"COLUMNS": "200", **(env or {})}):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(list(map(str, args)))
        out.flush()
        err.flush()
    said = (stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, err))
    ended = Ended(code, *said)
    ended.assert_no_traceback()
    assert code != 4, ended.stderr
    return ended


def saved(project: Path, audit: Audit, name: str = "audit.json") -> Path:
    """The audit in a file beside the project, as `--output json=FILE` leaves it."""
    path = project.parent / name
    path.write_text(json_v1.dump(audit), encoding="utf-8", errors="surrogatepass")
    return path


def report(project: Path, *cases: str, name: str = "report.xml", suite: str = "pytest") -> Path:
    """A JUnit file beside the project."""
    path = project.parent / name
    text = f'<testsuites><testsuite name="{suite}" tests="{len(cases)}">{"".join(cases)}</testsuite></testsuites>'
    path.write_text(text, encoding="utf-8")
    return path


def xml(name: str, inside: str = "", classname: str = "tests.test_x", more: str = "") -> str:
    """A case of a JUnit file; `inside` may be the word `failure` or `skipped`."""
    inside = {"failure": '<failure message="assert 0">E  assert 0</failure>', "skipped": "<skipped/>"}.get(
        inside, inside
    )
    return f'<testcase classname="{classname}" name="{name}" time="0.01"{more}>{inside}</testcase>'


@contextlib.contextmanager
def _surroundings(cwd: Path, env: Mapping[str, str | None]) -> Iterator[None]:
    """Folder, variables, signal handlers and garbage collection as a process of its own would have them."""
    here, handlers = Path.cwd(), {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    thresholds = gc.get_threshold()
    os.chdir(cwd)
    try:
        with mock.patch.dict(os.environ, environment(**env), clear=True):
            yield
    finally:
        os.chdir(here)
        gc.set_threshold(*thresholds)
        for number, handler in handlers.items():
            signal.signal(number, handler)
