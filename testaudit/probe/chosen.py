"""PYTEST_DONT_REWRITE. A further run: some tests only, in an order of their own, read from a file.

pytest takes its arguments apart by its own rules (spaces, brackets and slashes in parameters); a file has none.
"""

from __future__ import annotations

import os

import pytest

from . import log


def chosen_tests(folder: str, finished: dict) -> Chosen | None:
    """The plugin for a further run; None in the main one. `finished`: what ended before a crash, by node id."""
    try:
        with open(os.path.join(folder, "chosen"), encoding="ascii") as stream:
            chosen = log.decode(stream.read())
    except OSError:
        return None
    return Chosen(chosen["node_ids"], chosen["narrow"], finished)


class Chosen(object):
    """Leaves the chosen tests, in their order."""

    def __init__(self, names: list, narrow: bool, finished: dict) -> None:
        self.names = names
        self.finished = finished
        self.narrow = narrow
        self.files = {name.partition("::")[0] for name in names}

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: object, config: object) -> bool | None:
        """Do not import a module that holds none of them; a package's own file is no test module."""
        if not self.narrow or collection_path.is_dir() or collection_path.name == "__init__.py":
            return None
        try:
            relative = os.path.relpath(str(collection_path), str(config.rootpath))
        except ValueError:  # another drive
            return None
        return None if relative.replace(os.sep, "/") in self.files else True

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list) -> object:
        """Choose after every other plugin has sorted and deselected.

        A plugin that takes a share of what was collected takes another one where less is collected: what it left out
        runs all the same, as the main run had it.
        """
        collected = list(items)
        yield
        left = {id(item) for item in items}
        waiting: dict = {}
        for item in items + [item for item in collected if id(item) not in left]:
            if not self.finished.get(item.nodeid):
                waiting.setdefault(item.nodeid, []).append(item)
        items[:] = [waiting[name].pop(0) for name in self.names if waiting.get(name)]
