"""What an audit is held against: the baseline and the quarantine on disk, the merge base in git -> Grounds.

Read before the tests start: whoever has a broken baseline learns it in the first second, not after the suite.
"""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.baseline.interface import DEFAULT, DEFAULT_LABEL
from testaudit.baseline.read import LARGEST, parse
from testaudit.before import findings_before
from testaudit.checks.interface import named
from testaudit.comparison.interface import Grounds
from testaudit.comparison.settings import loosened_settings
from testaudit.config import load
from testaudit.errors import AuditError, UsageError
from testaudit.quarantine import FILE, read_quarantine
from testaudit.quarantine import parse as parse_quarantine
from testaudit.revision.interface import read_since
from testaudit.source.before import functions_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from testaudit.baseline.interface import Baseline
    from testaudit.collect import Options
    from testaudit.config import Config
    from testaudit.model import Finding
    from testaudit.quarantine import Quarantine
    from testaudit.revision.interface import Since
    from testaudit.rules.interface import Rule
    from testaudit.source.interface import Sources


def read_grounds(options: Options) -> Grounds:
    """The grounds of one project's audit; the functions of the merge base are added once the suite is read.

    Raises:
        UsageError: a baseline, quarantine or revision that was named and cannot be used.

    """
    since = read_since(options.root, options.since) if options.since else None
    path, asked = baseline_path(options)
    baseline = read_baseline(path, shown(path, options.root), required=asked and not options.new_baseline)
    quarantine = read_quarantine(options.root)
    then = _config_then(since) if since is not None else None
    base, note = _base(since, then, path if options.baseline is not None else None, options.root)
    return Grounds(
        today=today(),
        label=options.label or DEFAULT_LABEL,
        baseline=baseline if baseline is not None else base,
        name=shown(path, options.root) if baseline is not None or base is not None else "",
        base=base,
        deleted=baseline is None and base is not None,
        switched=loosened_settings(then, options.config) if then is not None else (),
        quarantine=quarantine,
        since=since,
        notes=tuple(filter(None, (note, _put_aside(since, quarantine)))),
    )


def for_findings(options: Options) -> Grounds:
    """What tells which findings are new: the merge base, else the baseline."""
    path, asked = baseline_path(options)
    name = shown(path, options.root)
    baseline = read_baseline(path, name, required=asked)
    since = read_since(options.root, options.since) if options.since else None
    return Grounds(today=today(), baseline=baseline, name=name if baseline is not None else "", since=since)


def with_suite(grounds: Grounds, sources: Sources) -> Grounds:
    """The grounds with the merge base's tests, in the files that differ."""
    return grounds if grounds.since is None else replace(grounds, before=functions_before(grounds.since, sources))


def findings_then(
    grounds: Grounds, sources: Sources, findings: Iterable[Finding], rules: Sequence[Rule]
) -> tuple[Finding, ...] | None:
    """The findings that the merge base had; None where no `--since` was given."""
    if grounds.since is None:
        return None
    return findings_before(grounds.since, sources, findings, sources.config, rules)


def _config_then(since: Since) -> Config | None:
    """The project's configuration at the merge base; None where it was wrong."""
    with tempfile.TemporaryDirectory(prefix="testaudit-") as scratch:
        folder = Path(scratch)
        for name in ("pyproject.toml", "testaudit.toml"):
            if (data := since.text(name)) is not None:
                (folder / name).write_bytes(data)
        try:
            return load(folder)
        except AuditError:
            return None


def _put_aside(since: Since | None, quarantine: Quarantine) -> str:
    """Which tests this change itself quarantines: a reviewer has to know."""
    if since is None or FILE.as_posix() not in since.changed:
        return ""
    data = since.text(FILE.as_posix())
    try:
        before = {entry.test for entry in parse_quarantine(data.decode("utf-8", "replace")).entries} if data else set()
    except AuditError:
        before = set()
    new = [entry.test for entry in quarantine.entries if entry.test not in before]
    return f"this change quarantines {named(new)}" if new else ""


def today() -> date:
    """By UTC, as CI servers have it."""
    return datetime.now(timezone.utc).date()


def baseline_path(options: Options) -> tuple[Path, bool]:
    """Where the baseline is, and whether somebody asked for it there."""
    if options.baseline is not None:
        return options.baseline, True
    if options.config.baseline is not None:
        return options.root / options.config.baseline, True
    return options.root / DEFAULT, False


def shown(path: Path, root: Path) -> str:
    """The path as messages call it: from the project's root where it lies inside."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - links stay as they are named
    inside = os.path.relpath(absolute, root)
    return str(path) if inside.startswith("..") else inside.replace(os.sep, "/")


def read_baseline(path: Path, name: str, *, required: bool = False) -> Baseline | None:
    """The baseline of a file; None where there is none and nobody named one.

    Raises:
        UsageError: it cannot be used, or is not where somebody said.

    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise UsageError(f"{name} is not a regular file", "replace it by a file, or remove it")
        if about.st_size > LARGEST:
            raise UsageError(f"{name} is larger than {LARGEST >> 20} MB", "that is no baseline; name another file")
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise UsageError(f"{name} is a link to nowhere", "mend the link, or remove it") from None
        if not required:
            return None
        raise UsageError(
            f"there is no baseline {name}", "name the file that holds it, or write it: testaudit baseline write"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{name} cannot be read: {reason}", "make it readable for this user") from None
    return parse(data, name)


def _base(since: Since | None, then: Config | None, path: Path | None, root: Path) -> tuple[Baseline | None, str]:
    """The baseline of the merge base: this change is judged by it too, also where it moves the file elsewhere."""
    if since is None:
        return None, ""
    configured = then.baseline if then is not None else None
    name = shown(path, root) if path is not None else configured or DEFAULT.as_posix()
    data = since.text(name) if not os.path.isabs(name) else None  # noqa: PTH117 - of a text
    if data is None:
        return None, ""
    try:
        return parse(data, name), ""
    except AuditError as error:
        return None, f"the merge base's baseline cannot be read, so it judges nothing: {error.message}"
