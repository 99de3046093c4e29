"""What folders and conftest files say about the level of the tests below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testaudit.source.project import Sources

FOLDERS = {
    "integration": "integration",
    "integration_tests": "integration",
    "tests_integration": "integration",
    "e2e": "e2e",
    "e2e_tests": "e2e",
    "end_to_end": "e2e",
}


def level_of_folder(path: str) -> str:
    """`integration` or `e2e` where the innermost telling folder of a file says so; empty otherwise."""
    for part in reversed(path.lower().split("/")[:-1]):
        if part in FOLDERS:
            return FOLDERS[part]
    return ""


def hook_marks(sources: Sources, path: str) -> bool:
    """Whether a conftest above a file marks tests while they are collected (`add_marker` in a hook)."""
    for conftest in sources.conftests:
        folder = conftest.rpartition("/")[0]
        if folder and not path.startswith(f"{folder}/"):
            continue
        file = sources.file(conftest)
        if file is not None and "add_marker" in file.text and any(True for _ in file.calls("add_marker")):
            return True
    return False
