"""The repository of the history: made once, with its baseline, and copied for each pull request."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import write_files
from tests.history.repository import BASELINE, Repository
from tests.history.shop import FILES


@pytest.fixture(scope="session")
def main(testaudit: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`main`: the shop, its baseline, and a second commit below it."""
    root = tmp_path_factory.mktemp("main") / "shop"
    root.mkdir()
    repository = Repository(root, testaudit)
    repository.git("init", "--quiet", "--template=")
    write_files(root, {name: text.lstrip("\n") for name, text in FILES.items()})
    repository.commit("A shop")
    written = repository.write_baseline("--issue", "SHOP-7", "--owner", "@shop/prices")
    assert written.code == 0, str(written)
    assert (root / BASELINE).is_file()
    repository.commit("What fails today is known")
    shutil.rmtree(root / ".testaudit/local", ignore_errors=True)  # CI has a fresh clone
    return root


@pytest.fixture
def pull_request(main: Path, testaudit: Callable[..., Any], tmp_path: Path) -> Repository:
    """A branch of `main` in a checkout of its own."""
    root = tmp_path / "shop"
    shutil.copytree(main, root, symlinks=True)
    repository = Repository(root, testaudit)
    repository.git("switch", "--quiet", "--create", "pull-request")
    return repository
