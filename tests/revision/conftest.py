"""Real repositories, made by git itself, untouched by whatever the machine's own configuration says."""

from __future__ import annotations

import os
import sys

import pytest

from tests.revision.repositories import Clone


@pytest.fixture(autouse=True)
def _quiet_git(monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def clone(tmp_path):
    return Clone.made(tmp_path / "clone")


@pytest.fixture
def testaudit_python():
    return sys.executable
