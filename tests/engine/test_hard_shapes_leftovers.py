"""Hard shapes: threads, servers, children and daemons that tests leave behind end with the run, however it ends; and the
command's exit codes say how it ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testaudit.engine.process import Child

TARGETS = Path(__file__).parent.parent / "targets"
PYTHON = ("--python", sys.executable, "--output", "json")


@pytest.fixture
def target(tmp_path):
    """A copy of a project in `tests/targets/`."""

    def make(name):
        return Path(shutil.copytree(TARGETS / name, tmp_path / name))

    return make


def alive(pid):
    """Whether a process lives; one that ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def left(root):
    return [int(line) for line in (root / "left.txt").read_text().split()]


def test_nothing_outlives_a_run(target, audited):
    root = target("leftovers")

    seen = audited(root, "-W", "ignore", timeout_s=5.0, idle_s=5.0)

    crashed = {name.rpartition("::")[2] for name, outcome in seen.outcomes.items() if outcome != "passed"}
    assert crashed == {"test_dies_with_a_child"}
    assert len(seen.run.tests) == 8
    assert seen.run.gaps == ()
    assert any("a thread that is no daemon" in note for note in seen.run.notes)
    assert len(left(root)) == 5
    assert not any(map(alive, left(root)))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_no_daemon_outlives_an_interrupted_run(target, started, ended, number, code):
    root = target("waits_beside_daemons")
    process = started("scan", *PYTHON, cwd=root)
    deadline = time.monotonic() + 60
    while not (root / "waits.txt").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    [daemon] = left(root)
    assert alive(daemon)

    process.send_signal(number)
    result = ended(process)

    assert result.code == code
    assert result.outcomes["test_waits.py::test_daemon"] == "passed"
    assert result.audit["incomplete"][0]["what"] == "interrupted"
    assert not alive(daemon)


def test_what_else_runs_in_our_own_session_is_left_alone(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    child = Child([sys.executable, "-c", "pass"], tmp_path)

    child.wait(60)
    child.end()

    assert other.poll() is None
    other.kill()
    other.wait()


def test_orphans_that_end_are_collected_while_the_run_goes_on(tmp_path):
    orphan = tmp_path / "orphan"
    text = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        open({str(orphan)!r}, 'w').write(str(os.getpid()))\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "time.sleep(600)\n"
    )
    child = Child([sys.executable, "-c", text], tmp_path)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (orphan.exists() and orphan.read_text()):
        child.wait(0.02)
    pid = int(orphan.read_text())

    while time.monotonic() < deadline and os.path.exists(f"/proc/{pid}"):
        child.wait(0.02)
    running = child.returncode is None
    child.end()

    assert running
    assert not os.path.exists(f"/proc/{pid}")


@pytest.mark.parametrize(
    ("name", "code", "complete"),
    [("exits", 1, True), ("surroundings", 1, False), ("full_disk", 1, False), ("stops", 1, False)],
)
def test_exit_codes_of_hard_shapes(target, scan, name, code, complete):
    result = scan(target(name))

    result.assert_no_traceback()
    assert result.code == code
    assert result.audit["complete"] is complete
    assert result.checks["complete"] is complete
    assert bool(result.audit["incomplete"]) is not complete


@pytest.mark.full
def test_a_start_that_never_ends_is_no_audit(target, scan):
    result = scan(target("hangs_at_start"), "--timeout", "1")

    assert result.code == 3
    assert "while pytest was starting" in result.stderr
    assert result.audit["complete"] is False
