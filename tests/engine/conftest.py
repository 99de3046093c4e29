"""Environments that hold one pytest and nothing else, made once for all workers of the run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testaudit.engine.interface import RunRequest, Silence
from testaudit.engine.log import read_records
from testaudit.engine.run import running
from testaudit.parse import read_run
from testaudit.paths import Paths


class Recorder(Silence):
    """A listener that remembers."""

    def __init__(self):
        self.heard = []

    def collected(self, count):
        self.heard.append(("collected", count))

    def finished(self, outcome):
        self.heard.append(("finished", outcome))

    def note(self, text):
        self.heard.append(("note", text))


@pytest.fixture
def project(tmp_path):
    """A folder with these files: `project({"test_x.py": "..."})`."""

    def make(files):
        root = tmp_path / "project"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return make


@pytest.fixture
def audited():
    """Run a project's suite and read what the run left: `audited(root).outcomes`."""

    def run(root, *args, executable=sys.executable, **request):
        # Our own plugins (random order) would be in the way of what is asked here.
        own = ("-p", "no:randomly") if executable == sys.executable else ()
        listener = Recorder()
        with running(RunRequest(str(executable), root, (*own, *args), **request), listener) as files:
            result = read_run(files, Paths.of(root))
            records = list(read_records(files.log.read_bytes().splitlines()))
            kept = files.folder
        return Audited(result, records, files, listener.heard, kept)

    return run


class Audited:
    """What one run showed."""

    def __init__(self, run, records, files, heard, folder):
        self.run = run
        self.records = records
        self.files = files
        self.heard = heard
        self.folder = folder

    @property
    def outcomes(self):
        return {test.node_id: test.outcome for test in self.run.tests}

    def test(self, name):
        return next(test for test in self.run.tests if test.node_id.endswith(name))


@pytest.fixture(scope="session")
def environments(tmp_path_factory, worker_id):
    """A function: requirement on pytest, and more packages -> the Python of an environment that holds only them."""
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent

    def make(requirement, *packages):
        name = "-".join(("env", requirement.rstrip(".*") or "newest", *packages))
        return _made_once(shared / name, [f"pytest=={requirement}" if requirement else "pytest", *packages])

    return make


def _made_once(folder: Path, requirements: list[str]) -> Path:
    """Whoever comes first makes the environment; the others wait for it."""
    python = folder / "bin" / "python"
    done = folder.with_suffix(".done")
    try:
        folder.with_suffix(".lock").mkdir()
    except FileExistsError:
        for _ in range(1_800):
            if done.exists():
                return python
            time.sleep(0.1)
        raise TimeoutError(folder) from None
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120, env=environ)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", *requirements], check=True, timeout=300, env=environ)
    done.touch()
    return python
