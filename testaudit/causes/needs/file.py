"""A file or folder that the project does not make itself: outside of it, or its data that is not in this checkout.

An absolute path outside the project and the temporary folders is the machine's: `/etc`, `/data`, `/run/secrets`, a
home. Inside, only a path below a folder of test data that is absent altogether, or that `.gitignore` names: everything
else may as well be the code's own mistake, and is left alone. So are names that say there is no such file.
"""

from __future__ import annotations

import ast
import fnmatch
import os
import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import Spoken, is_meant, spoken, words_of
from testaudit.model import Evidence
from testaudit.source.literals import literal_texts

_NO_FILE = re.compile(
    r"\[(?:Errno 2|Errno 20|WinError [23])\] [^:]*: (?:b?['\"](?P<a>[^'\"]+)['\"]|(?P<b>\S+))"
    r"|ENOENT: no such file or directory, \w+ ['\"](?P<c>[^'\"]+)['\"]"
    r"|open (?P<d>/\S+): no such file or directory|(?P<e>/\S+) \(No such file or directory\)"
)
_KINDS = frozenset(
    {"FileNotFoundError", "IOError", "OSError", "Error", "", "NoSuchFileException", "NotADirectoryError"}
)
_OUTSIDE = re.compile(
    r"^/(?:etc|data|datasets?|var/(?:lib|log|data|run|opt|cache|www)|opt|mnt|media|srv|run|usr|nfs|shared?|volumes?"
    r"|Volumes|proc|sys|dev|lib|models?|secrets?|certs?|keys?|config|credentials)/|^~/|^/(?:home|Users)/|^/root/"
    r"|^[C-Z]:[\\/](?:ProgramData|Program Files|data|Users)",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(
    r"/pytest-of-|^/(?:private/)?(?:tmp|var/folders|var/tmp|dev/shm)/|[\\/]Temp[\\/]", re.IGNORECASE
)
_DATA = re.compile(
    r"(?:^|[/_])(?:test_?data|data|datasets?|fixtures?|samples?|assets|resources|corpus|cassettes|golden|snapshots?"
    r"|testfiles|files|images|vectors)(?=/)",
    re.IGNORECASE,
)


def explain(group: Group) -> Explanation | None:
    """Proven by the system's words, and by where the path lies."""
    for one in reversed(spoken(group)):
        path = _path(one, group)
        if not path:
            continue
        temporary = _TEMPORARY.search(path) and not _is_inside(path, group)
        if is_meant(path) or temporary or _is_written_here(path, group):
            return None
        why = _why(path, one, group)
        if not why:
            return None
        return Explanation(
            "environment",
            (Evidence("runtime", words_of(one)), Evidence("static", why)),
            f"Put `{path}` where the tests run, or let the tests bring a file of their own.",
            None,
            f"file {_missing(path)}",
        )
    return None


def _path(one: Spoken, group: Group) -> str:
    """The path that an exception names; of a database that does not open, the one that the failing line gives."""
    if one.name == "OperationalError" and "unable to open database file" in one.message:
        return _written(group)
    found = _NO_FILE.search(one.message) if one.name in _KINDS else None
    return next(value for value in found.groups() if value) if found is not None else ""


def _written(group: Group) -> str:
    """A path outside the project in the failing line, or in what its names were given."""
    statement = group.facts.statement(group.trouble.frame)
    file = group.facts.file(group.trouble.frame.path) if group.trouble.frame is not None else None
    if statement is None or file is None or hasattr(statement.node, "body"):
        return ""
    names = {node.id for node in ast.walk(statement.node) if isinstance(node, ast.Name)}
    values = [
        value
        for home in (statement.function, file.module)
        for name in names
        for value, _ in home.assignments.get(name, ())
    ]
    texts = [text for node in (statement.node, *values) for text, _ in literal_texts(node)]
    return next((text for text in sorted(texts) if _OUTSIDE.search(text)), "")


def _missing(path: str) -> str:
    """The first part of an absolute path that is not there: what lies below it is missing with it."""
    plain = path.replace("\\", "/")
    if not plain.startswith("/") or os.path.exists(plain):  # noqa: PTH110 - a path of the target's, as text
        return path
    parts = plain.strip("/").split("/")
    for at in range(1, len(parts) + 1):
        folder = "/" + "/".join(parts[:at])
        if not os.path.exists(folder):  # noqa: PTH110 - as above
            return folder if at > 1 else path
    return path


def _why(path: str, one: Spoken, group: Group) -> str:
    """Why the file belongs to the surroundings; empty where it may be the code's own mistake."""
    sources = group.facts.sources
    root = str(sources.root) if sources is not None else ""
    plain = path.replace("\\", "/")
    inside = _is_inside(plain, group)
    if not inside and (plain.startswith(("/", "~")) or plain[1:2] == ":"):
        return "the path lies outside the project" if _OUTSIDE.search(path) else ""
    relative = plain[len(root.rstrip("/")) + 1 :] if inside else plain.removeprefix("./")
    if sources is None or relative.startswith("../") or not _is_suite(one, group):
        return ""
    folder = _DATA.search(relative)
    if folder is not None:
        data = relative[: folder.end()]
        if not os.path.isdir(os.path.join(root, data)):  # noqa: PTH112, PTH118 - a path of the target's, as text
            return f"the folder {data}/ is not in this checkout"
    ignored = _ignored(root, relative)
    return f"`.gitignore` leaves it out: {ignored}" if ignored else ""


def _is_inside(path: str, group: Group) -> bool:
    """Whether an absolute path lies inside the project."""
    sources = group.facts.sources
    return sources is not None and path.startswith(str(sources.root).rstrip("/") + "/")


def _is_suite(one: Spoken, group: Group) -> bool:
    """Whether the suite itself opens the file, and no code under test."""
    sources = group.facts.sources
    frame = group.trouble.frame
    if one.raised is not None and not one.raised.path.startswith(("/", "<")):
        frame = one.raised
    return (
        sources is not None
        and frame is not None
        and (sources.is_suite_file(frame.path) or frame.path == group.tests[0].path)
    )


def _is_written_here(path: str, group: Group) -> bool:
    """Whether the test's own function writes a file of that name: then it is missing by the code's mistake."""
    name = path.replace("\\", "/").rpartition("/")[2]
    text = group.test_text
    if not name or name not in text:
        return False
    quoted = re.escape(name)
    return bool(re.search(rf"{quoted}['\"]\)?[^\n]{{0,40}}(?:write_|touch\(|mkdir\(|,\s*['\"][wax])", text))


def _ignored(root: str, relative: str) -> str:
    """The line of the root's `.gitignore` that leaves the path out."""
    try:
        with open(os.path.join(root, ".gitignore"), encoding="utf-8", errors="replace") as stream:  # noqa: PTH118, PTH123 - a path as text
            lines = stream.read(100_000).splitlines()
    except OSError:
        return ""
    name = relative.rpartition("/")[2]
    for line in lines:
        pattern = line.strip()
        if not pattern or pattern.startswith(("#", "!")):
            continue
        bare = pattern.strip("/")
        if "/" in bare or pattern.startswith("/"):
            if relative == bare or relative.startswith(bare + "/") or fnmatch.fnmatch(relative, bare):
                return pattern
        elif fnmatch.fnmatch(name, bare) or any(fnmatch.fnmatch(part, bare) for part in relative.split("/")[:-1]):
            return pattern
    return ""


_TEST = """from pathlib import Path

def test_example():
    Path(__file__).with_name('data').joinpath('big.bin').read_bytes()  # <-
"""
PROVEN = (
    Example(
        "the machine's configuration",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/etc/shop/config.yml'",
        raised="shop/config.py:load",
        says="/etc/shop/config.yml",
    ),
    Example(
        "a mounted folder",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/data/models/v3.bin'",
        says="outside the project",
    ),
    Example(
        "data that is not in the checkout",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/checkout/tests/data/big.bin'",
        code=_TEST,
        says="tests/data/",
    ),
    Example(
        "the project's own words, made of it",
        "shop.ConfigError",
        "no configuration",
        raised="shop/config.py:load",
        root="FileNotFoundError: [Errno 2] No such file or directory: '/run/secrets/key'",
        root_raised="shop/config.py:read",
        says="/run/secrets/key",
    ),
    Example("node", "Error", "ENOENT: no such file or directory, open '/etc/shop.json'", says="/etc/shop.json"),
)
SILENT = (
    Example(
        "a relative path",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: 'config.json'",
        raised="shop/config.py:load",
    ),
    Example(
        "what the code should have written",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/tmp/pytest-of-me/pytest-3/test_a0/out.csv'",
    ),
    Example(
        "a name that says there is none", "FileNotFoundError", "[Errno 2] No such file or directory: '/etc/nonexistent'"
    ),
    Example(
        "raised by hand",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/etc/shop/a'",
        code="def test_example():\n    raise FileNotFoundError(2, 'No such file or directory', '/etc/shop/a')  # <-\n",
    ),
    Example("the application's own words", "FileNotFoundError", "no invoice 12"),
    Example("an assertion about it", message="assert \"[Errno 2] No such file or directory: '/etc/a'\" == ''"),
    Example(
        "product code in its own folder",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/checkout/shop/data/rates.csv'",
        raised="shop/rates.py:load",
    ),
)
