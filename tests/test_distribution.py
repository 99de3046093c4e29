"""The templates work from a wheel, from a source distribution and from this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A wheel and a source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def demo(package: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo with the package from this folder."""
    environ = {**os.environ, "PYTHONPATH": str(package)}
    command = [sys.executable, "-m", "testaudit", "demo", "--quiet"]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_the_demo_runs_from_a_wheel(built, tmp_path):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")

    shown = demo(tmp_path / "installed", tmp_path)

    assert (tmp_path / "installed" / "testaudit" / "templates" / "demo").is_dir()
    assert shown.returncode == 1
    assert "Gate failed" in shown.stdout


def test_the_demo_runs_from_a_source_distribution(built, tmp_path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        for member in archive:
            if member.isfile():
                archive.extract(member, tmp_path)

    shown = demo(next(tmp_path.glob("testaudit-*")), tmp_path)

    assert shown.returncode == 1
    assert "Gate failed" in shown.stdout
