"""A package that is not installed, or a shared library that one links to.

Silent on the project's own modules (one that went is the project's mistake), on names that say there is no such thing,
and on modules that the test itself makes and imports by a name in a string.
"""

from __future__ import annotations

import re
import sys

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import (
    DOUBLES,
    Spoken,
    all_spoken,
    function_around,
    is_meant,
    made,
    strings_near,
    words_of,
)
from testaudit.causes.signature import is_assertion
from testaudit.model import Evidence

_MODULE = re.compile(r"No module named ['\"]?(?P<name>[\w.]+)")
_METADATA = re.compile(
    r"No package metadata was found for (?P<a>[\w.-]+)|The '(?P<b>[\w.-]+)[^']*' distribution was not found"
)
_OPTIONAL = re.compile(
    r"Missing optional dependenc(?:y|ies) ['\"](?P<a>[\w.-]+)['\"]|(?:pip|conda|uv pip|poetry) (?:install|add) "
    r"(?:-U |--upgrade |-y )?['\"]?(?P<b>[A-Za-z][\w.-]*)"
    r"|['\"`]?(?P<c>[A-Za-z][\w.-]*)['\"`]? (?:package |library |module )?(?:is not installed|must be installed"
    r"|needs to be installed"
    r"|is required (?:to|for|but))|[Pp]lease install ['\"`]?(?P<d>[A-Za-z][\w.-]*)"
)
_REQUIRES = re.compile(
    r"(?:requires?|needs?) (?:the )?(?:optional )?['\"`]?(?P<name>[A-Za-z][\w.-]*)['\"`]? (?:python )?"
    r"(?:library|package|module)\b|['\"`]?(?P<other>[A-Za-z][\w.-]*)['\"`]? (?:library|package|module) "
    r"(?:is )?(?:required|missing|not (?:available|installed))",
    re.IGNORECASE,
)
_LIBRARY = re.compile(
    r"(?P<name>[\w.+-]+\.(?:so|dylib|dll)[\w.]*): cannot open shared object file|no library called "
    r"\"(?P<other>[\w.+-]+)\" was found"
    r"|Library not loaded: (?P<mac>\S+)"
)
_NODE = re.compile(r"Cannot find (?:module|package) ['\"](?P<name>[^.'\"/][^'\"]*)['\"]")
_PATCHES = re.compile(r"patch|importorskip|find_spec")


def explain(group: Group) -> Explanation | None:
    """Proven by the import system's words, or those of a package that asks for another."""
    for one in reversed(all_spoken(group)):
        if is_assertion(one.type):
            continue
        found = _missing(one, group)
        if found is not None:
            return found
    return None


def _missing(one: Spoken, group: Group) -> Explanation | None:
    importing = one.name in {"ModuleNotFoundError", "ImportError", "PackageNotFoundError", "DistributionNotFound"}
    library = _LIBRARY.search(one.message) if importing or one.name in {"OSError", "UnsatisfiedLinkError"} else None
    if library is not None:
        name = next(value for value in library.groups() if value)
        return _answer(one, f"library {name}", f"Install the system library `{name}` where the tests run.")
    if importing:
        return _import(one, group)
    node = _NODE.search(one.message)
    return _answer(one, f"package {node['name']}", f"Install `{node['name']}` where the tests run.") if node else None


def _import(one: Spoken, group: Group) -> Explanation | None:
    """An import that found nothing."""
    if (found := _MODULE.search(one.message)) is not None:
        name = found["name"].rstrip(".")
        if made(group, one.raised) or _is_own(name, group) or _is_made_here(name, group) or "__main__" in name:
            return None
        top = name.partition(".")[0]
        wanted = name if top in {"google", "azure", "zope", "sphinxcontrib", "backports"} else top
        guard = f", or guard the test with `pytest.importorskip({name!r})`"
        return _answer(one, f"package {name}", f"Install `{wanted}` in the tests' environment{guard}.")
    found = _METADATA.search(one.message) or _OPTIONAL.search(one.message)
    if found is None:
        found = _REQUIRES.search(one.message)
        if found is None or not _is_guarded(found["name"] or found["other"], one, group):
            return None
    name = next(value for value in found.groups() if value).rstrip(".")
    if is_meant(name):
        return None
    return _answer(one, f"package {name}", f"Install `{name}` in the tests' environment.")


def _is_guarded(name: str, one: Spoken, group: Group) -> bool:
    """Whether an installed library asks for it, or the project's own code that found its import to have failed."""
    if any(re.search(rf"\b{re.escape(name)}\b", text) for text, _ in strings_near(group)):
        return False
    if not made(group, one.raised):
        return True
    file = group.facts.file(one.raised.path) if one.raised is not None else None
    if file is None or DOUBLES.search(file.path):
        return False
    asked = re.compile(
        rf"\bif (?:not )?\w*{re.escape(name)}\w*(?: is None| is False)?:|\bif \w+ is None:", re.IGNORECASE
    )
    tried = re.compile(
        rf"^\s+(?:import|from) {re.escape(name)}\b[^\n]*\n(?:.*\n){{0,9}}?\s*except\b", re.IGNORECASE | re.MULTILINE
    )
    return bool(asked.search(function_around(group, one.raised)) and tried.search(file.text))


def _answer(one: Spoken, subject: str, advice: str) -> Explanation:
    return Explanation("environment", (Evidence("runtime", words_of(one)),), advice, None, subject)


def _is_own(name: str, group: Group) -> bool:
    """Whether it would be the project's, the suite's, or Python's own."""
    sources = group.facts.sources
    top = name.partition(".")[0]
    if (
        top in sys.stdlib_module_names
        and "." not in name
        and top not in {"tkinter", "distutils", "_sqlite3", "readline", "imp"}
    ):
        return False
    if sources is None:
        return top in {"tests", "test", "conftest", "src"}
    return sources.is_first_party(name) or sources.is_suite_code(name, group.tests[0].path)


def _is_made_here(name: str, group: Group) -> bool:
    """Whether the test names the module in a string of its own: a plugin that it writes, or one that is not there."""
    if is_meant(name):
        return True
    for text, call in strings_near(group):
        if _PATCHES.search(call):
            continue
        if text == name or text.startswith(f"{name}.") or f"{name}.py" in text or f"import {name}" in text:
            return True
    return False


_GUARDED = (
    "try:\n    import pycurl\nexcept ImportError:\n    pycurl = None\n\ndef client():\n    if pycurl is None:\n"
    "        raise ImportError('The curl client requires the pycurl library.')  # <-\n\n"
)
PROVEN = (
    Example("imported in the body", "ModuleNotFoundError", "No module named 'redis'", says="Install `redis`"),
    Example(
        "a part of a family",
        "ModuleNotFoundError",
        "No module named 'google.cloud.storage'",
        says="google.cloud.storage",
    ),
    Example(
        "patched by name",
        "ModuleNotFoundError",
        "No module named 'boto3'",
        code='from unittest import mock\n\ndef test_example():\n    with mock.patch("boto3.client"):  # <-\n        '
        "pass\n",
        raised="/usr/lib/python3.11/importlib/__init__.py:import_module",
        says="boto3",
    ),
    Example(
        "pandas asks",
        "ImportError",
        "Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl.",
        says="openpyxl",
    ),
    Example(
        "a package asks",
        "ImportError",
        "Using http2=True, but the 'h2' package is not installed. Use `pip install httpx[http2]`.",
        says="h2",
    ),
    Example(
        "its metadata", "importlib.metadata.PackageNotFoundError", "No package metadata was found for shop", says="shop"
    ),
    Example(
        "a library",
        "ImportError",
        "libGL.so.1: cannot open shared object file: No such file or directory",
        says="libGL.so.1",
    ),
    Example(
        "the project's own words, made of it",
        "shop.ConfigError",
        "no backend",
        root="ModuleNotFoundError: No module named 'psycopg2'",
        root_raised="shop/backends.py:load",
        says="psycopg2",
    ),
    Example("node", "Error", "Cannot find module 'lodash'", says="lodash"),
    Example(
        "a library asks for another",
        "ImportError",
        "The curl client requires the pycurl library.",
        raised="/venv/site-packages/kombu/http.py:__init__",
        says="`pycurl`",
    ),
    Example(
        "the project's own code, whose import of it failed",
        "ImportError",
        "The curl client requires the pycurl library.",
        code=_GUARDED + "def test_example():\n    client()\n",
        says="Install `pycurl`",
    ),
)
SILENT = (
    Example("the project's own module went", "ModuleNotFoundError", "No module named 'shop.totals'"),
    Example(
        "a module that the test writes",
        "ModuleNotFoundError",
        "No module named 'my_plugin'",
        code='import importlib\n\ndef test_example(tmp_path):\n    (tmp_path / "my_plugin.py").write_text("")\n    '
        'importlib.import_module("my_plugin")  # <-\n',
    ),
    Example("a name that says there is none", "ModuleNotFoundError", "No module named 'nonexistent_module'"),
    Example("an assertion about it", message="assert \"No module named 'redis'\" in ''"),
    Example("the application's own words", "ValueError", "No module named 'checkout' in the course"),
    Example(
        "by hand, and no import of it was tried",
        "ImportError",
        "The course requires the chemistry module.",
        code="def enrol():\n    raise ImportError('The course requires the chemistry module.')  # <-\n\n"
        "def test_example():\n    enrol()\n",
    ),
    Example(
        "the test takes it away",
        "ImportError",
        "The curl client requires the pycurl library.",
        code=_GUARDED
        + "def test_example(monkeypatch):\n    monkeypatch.setattr('shop.http.pycurl', None)\n    client()\n",
    ),
    Example("a file of its own in node", "Error", "Cannot find module './totals'"),
)
