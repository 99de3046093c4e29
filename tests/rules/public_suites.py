"""Public suites at the version in which their findings were read: from a folder that has them, or as sdists."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

KEPT = (".py", ".toml", ".cfg", ".ini")
WAIT_S = 60


def suite(project: str, version: str, folder: Path) -> Path | None:
    """The project's files below `folder`; None where they cannot be had.

    `TESTAUDIT_SUITES` names a folder that holds some, each with its version in a file `.VERSION`: those that are no
    sdist (a commit of a repository) can only come from there.
    """
    own = Path(os.environ.get("TESTAUDIT_SUITES", os.devnull)) / project
    if own.is_dir():
        there = (own / ".VERSION").read_text(encoding="utf-8").strip()
        # A commit may be written shorter or longer.
        same = there == version or ("." not in version and (there.startswith(version) or version.startswith(there)))
        return own if same else None
    if "." not in version:
        return None
    data = _sdist(project, version)
    if data is None:
        return None
    for name, content in _members(data):
        _, _, inside = name.partition("/")
        target = folder / inside
        if inside.endswith(KEPT) and folder.resolve() in target.resolve().parents:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return folder


def _sdist(project: str, version: str) -> bytes | None:
    page = f"{_index()}/{project}/"
    request = urllib.request.Request(page, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            files = json.load(answer)["files"]
        ends = tuple(f"-{version}{end}" for end in (".tar.gz", ".zip"))
        url = next((file["url"] for file in files if file["filename"].endswith(ends)), None)
        if url is None:
            return None
        with urllib.request.urlopen(urllib.parse.urljoin(page, url), timeout=WAIT_S) as answer:
            data = answer.read()
            return data if isinstance(data, bytes) else None
    except (OSError, ValueError, KeyError):
        return None


def _index() -> str:
    """The package index that pip uses here."""
    told = (
        os.environ.get("PIP_INDEX_URL")
        or subprocess.run(
            (sys.executable, "-m", "pip", "config", "get", "global.index-url"),
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
    )
    if not told:
        from pip._internal.models.index import PyPI

        told = str(PyPI.simple_url)
    return told.rstrip("/")


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    stream = io.BytesIO(data)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist() if not name.endswith("/"))
        return
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content.read()
