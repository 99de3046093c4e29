"""`testaudit init`: what is in a project -> the files that it needs to be audited in CI, as values; then on disk.

Nothing that is there is written over: a file that exists is added to at its end, where that is safe, or left alone. A
link is never followed. What cannot be written for the person is shown to them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from testaudit import __version__
from testaudit.additions import DoubtError, add_toml_table, add_yaml_item, add_yaml_key
from testaudit.ci_server import Repository, Server, read_repository, server_of
from testaudit.errors import ImpossibleError, UsageError
from testaudit.installation import read_installation
from testaudit.templates_folder import templates_folder

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_BYTES = 4_000_000
_PRE_COMMIT = (".pre-commit-config.yaml", ".pre-commit-config.yml")
_TEST_FILES = r"(test_[^/]*|[^/]*_test|conftest)\.py$"
_OURS = re.compile(r"\btestaudit[ \t]+(?:scan|gate)\b|\bactions/testaudit\b")
"""What a CI file holds that runs testaudit already."""
_PACKAGE = "testaudit"


@dataclass(frozen=True, slots=True)
class Target:
    """One file of the plan."""

    path: Path
    shown: str
    """As the report names it: relative to the repository."""
    kind: Literal["new", "added", "kept", "by-hand"]
    """A file to make, one to add to, one that is left alone, one that the person adds to."""
    text: str = ""
    """The whole file that is to be; by hand: what to put into it."""
    before: bytes | None = None
    """The whole file as it was read; None: there was none."""
    why: str = ""
    """Why it is left alone, or to the person."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that `init` would do."""

    root: Path
    """The project."""
    top: Path
    """The repository; the project itself where there is none."""
    server: Server
    why: str
    """What told the CI server."""
    tool: str
    """What told how the project is installed; empty where no CI is set up."""
    targets: tuple[Target, ...]
    notes: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Target, ...]:
        """The files to write."""
        return tuple(target for target in self.targets if target.kind in {"new", "added"})


def plan(root: Path, server: Server | None = None, *, pre_commit: bool | None = None) -> Plan:
    """What is to be written for the project in `root`; None: what the files that are there suggest.

    Raises:
        UsageError: the project's path cannot be written into a file of CI.

    """
    repository = read_repository(root)
    folder = "" if root == repository.top else root.relative_to(repository.top).as_posix()
    if not folder.isprintable():
        raise UsageError(
            f"the path {folder!r} holds characters that no CI file can name safely",
            "rename the folder, or run init where the project is the repository",
        )
    chosen, why = (server, "--ci") if server else server_of(repository)
    targets = [_configuration(root, repository.top)]
    if chosen == "github":
        targets.append(_github(root, repository, folder))
    elif chosen == "gitlab":
        targets += _gitlab(root, repository, folder)
    hooks = _hooks(repository.top, folder, wanted=pre_commit)
    targets += hooks
    notes = [] if hooks or pre_commit is False else ["pre-commit is not used here; --pre-commit sets it up"]
    if chosen == "none" and server is None:
        notes.append("no CI server is known from here; --ci github or --ci gitlab sets one up")
    if not any(root.iterdir()):
        notes.insert(0, "the folder is empty; is this the project?")
    tool = "" if chosen == "none" else read_installation(root).tool
    return Plan(root, repository.top, chosen, why, tool, tuple(targets), tuple(notes))


def write(target: Target) -> None:
    """Write one file of the plan: whole or not at all, and never over what came there since it was planned.

    Raises:
        ImpossibleError: it cannot be written.

    """
    try:
        target.path.parent.mkdir(parents=True, exist_ok=True)
        _put(target)
    except FileExistsError:
        raise ImpossibleError(f"{target.shown} came to be in the meantime; it is left alone", _AGAIN) from None
    except OSError as error:
        raise ImpossibleError(f"{target.shown} could not be written: {error.strerror or error}", _AGAIN) from error


_AGAIN = "mend that and run testaudit init again: what it wrote it leaves alone; --dry-run shows what is missing"


def _put(target: Target) -> None:
    fd, name = tempfile.mkstemp(prefix=f".{target.path.name[:100]}.", dir=target.path.parent)
    beside = Path(name)
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(target.text.encode())
        if target.before is None:
            umask = os.umask(0)
            os.umask(umask)
            beside.chmod(0o666 & ~umask)
            _place(beside, target.path)
        else:
            if target.path.is_symlink() or target.path.read_bytes() != target.before:
                raise ImpossibleError(f"{target.shown} changed in the meantime; it is left alone", _AGAIN)
            beside.chmod(stat.S_IMODE(target.path.stat().st_mode))
            beside.replace(target.path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _place(beside: Path, path: Path) -> None:
    """Give a finished file its name; FileExistsError where something has it by now (a rename would write over it)."""
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with path.open("xb") as stream:
            stream.write(beside.read_bytes())


# ---------------------------------------------------------------- one file each


def _configuration(root: Path, top: Path) -> Target:
    """`[tool.testaudit]` at the end of `pyproject.toml`, or a `testaudit.toml` where there is none."""
    own, pyproject = root / "testaudit.toml", root / "pyproject.toml"
    if os.path.lexists(own):
        return Target(own, _shown(own, top), "kept", why="it is there already")
    if not os.path.lexists(pyproject):
        return _new(own, top, _rendered("configuration.toml", table=False))
    table = _rendered("configuration.toml", table=True)
    added = _added(pyproject, top, table, lambda text: add_toml_table(text, ("tool", "testaudit"), table))
    if added.before is not None and _has_table(added.before):
        return Target(pyproject, added.shown, "kept", why="it has [tool.testaudit] already")
    return added


def _github(root: Path, repository: Repository, folder: str) -> Target:
    workflows = repository.top / ".github" / "workflows"
    name = _named(folder)
    for ending in ("yml", "yaml"):
        if os.path.lexists(there := workflows / f"{name}.{ending}"):
            return Target(there, _shown(there, repository.top), "kept", why="it is there already")
    if not folder and (runs := _runs_us(sorted([*workflows.glob("*.yml"), *workflows.glob("*.yaml")]))):
        return Target(runs, _shown(runs, repository.top), "kept", why="it runs testaudit already")
    installation = read_installation(root)
    # In `on`, a branch is a pattern: what would be special in it is escaped.
    branch = re.sub(r"([*?+\[\]!\\])", r"\\\1", repository.branch)
    text = _rendered(
        "github.yml",
        name=name,
        branch=quoted(branch),
        folder=quoted(_literal(folder)) if folder else "",
        python=installation.python,
        commands=installation.commands,
    )
    return _new(workflows / f"{name}.yml", repository.top, text)


def _gitlab(root: Path, repository: Repository, folder: str) -> list[Target]:
    """A file with the job, and its `include` in `.gitlab-ci.yml`."""
    top, name = repository.top, _named(folder)
    main, own = top / ".gitlab-ci.yml", top / ".gitlab" / f"{name}.yml"
    if os.path.lexists(own):
        return [Target(own, _shown(own, top), "kept", why="it is there already")]
    if not folder and (runs := _runs_us([main])):
        return [Target(runs, _shown(runs, top), "kept", why="it runs testaudit already")]
    installation = read_installation(root)
    job = _rendered(
        "gitlab.yml",
        name=name,
        folder=quoted(f"cd -- {shlex.quote(folder)}") if folder else "",
        python=installation.python,
        commands=[quoted(command) for command in installation.commands],
    )
    include = f"include:\n  - local: /.gitlab/{name}.yml\n"
    targets = [_new(own, top, job)]
    if not os.path.lexists(main):
        return [*targets, _new(main, top, include)]

    def add(text: str) -> str:
        if re.search(r"^[\"']?stages[\"']?\s*:", text, re.MULTILINE) and not re.search(r"[-\[,]\s*[\"']?test\b", text):
            raise DoubtError(f"it has no stage `test`: name one of its own in {targets[0].shown} too")
        return add_yaml_key(text, "include", include)

    return [*targets, _added(main, top, include, add)]


def _hooks(top: Path, folder: str, *, wanted: bool | None) -> list[Target]:
    """The hook in pre-commit's configuration; where there is none, only if somebody asked for it."""
    there = next((top / name for name in _PRE_COMMIT if os.path.lexists(top / name)), None)
    if wanted is False or (there is None and not wanted):
        return []
    below = f"^{re.escape(folder)}/(.*/)?" if folder else "(^|/)"
    item = _rendered("pre-commit.yml", files=quoted(below + _TEST_FILES))
    if there is None:
        shifted = "".join(f"  {line}\n" for line in item.splitlines())
        return [_new(top / _PRE_COMMIT[0], top, f"repos:\n{shifted}")]
    added = _added(there, top, item, lambda text: add_yaml_item(text, "repos", item))
    if added.before is not None and re.search(rb"\bid:\s*[\"']?testaudit\b|\btestaudit lint\b", added.before):
        return [Target(there, added.shown, "kept", why="it has the hook `testaudit` already")]
    return [added]


def _new(path: Path, top: Path, text: str) -> Target:
    """A file to make; where its folder is none, or leads out of the repository, it is the person's."""
    shown = _shown(path, top)
    for above in path.relative_to(top).parents:
        folder = top / above
        if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()) and folder != top:
            what = "a link" if folder.is_symlink() else "no folder"
            return Target(path, shown, "by-hand", text, why=f"{above.as_posix()} is {what}")
    return Target(path, shown, "new", text)


def _added(path: Path, top: Path, addition: str, add: Callable[[str], str]) -> Target:
    """A file to add to; where that is in doubt, `addition` is the person's to add."""
    shown = _shown(path, top)
    before: bytes | None = None
    try:
        before = _read(path)
        return Target(path, shown, "added", add(before.decode("utf-8")), before)
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    except DoubtError as doubt:
        why = str(doubt)
    except OSError as error:
        why = f"it cannot be read ({error.strerror or error})"
    return Target(path, shown, "by-hand", addition, before, why)


def _read(path: Path) -> bytes:
    if path.is_symlink():
        raise DoubtError("it is a link, and may be another project's")
    if not path.is_file():
        raise DoubtError("it is not a regular file")  # a FIFO would block for ever
    with path.open("rb") as stream:
        data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise DoubtError(f"it is larger than {LIMIT_BYTES // 1_000_000} MB")
    return data


# ---------------------------------------------------------------- what is there


def _runs_us(files: list[Path]) -> Path | None:
    """The first of these files that runs testaudit."""
    for file in files:
        with contextlib.suppress(OSError, DoubtError):
            if _OURS.search(_read(file).decode("utf-8", "replace")):
                return file
    return None


def _has_table(data: bytes) -> bool:
    try:
        tool = tomllib.loads(data.decode("utf-8").replace("\r\n", "\n")).get("tool")
    except (ValueError, RecursionError):
        return False
    return isinstance(tool, dict) and "testaudit" in tool


# ---------------------------------------------------------------- writing text


def package() -> str:
    """What CI installs: the repository and commit that this testaudit was installed from, or else the bare name."""
    from importlib import metadata

    with contextlib.suppress(metadata.PackageNotFoundError, ValueError, TypeError, AttributeError, KeyError):
        origin = json.loads(metadata.distribution(_PACKAGE).read_text("direct_url.json") or "{}")
        url, commit = origin["url"], origin["vcs_info"]["commit_id"]
        if re.fullmatch(r"https://[\w.-]+(?::\d+)?/[\w./~-]+", url, re.ASCII) and re.fullmatch(
            "[0-9a-f]{7,64}", commit
        ):
            return f"git+{url}@{commit}"
    return _PACKAGE


def quoted(text: str) -> str:
    """Printable text as a YAML string in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def _literal(text: str) -> str:
    """Text that GitHub does not take for an expression."""
    return text.replace("${{", "${{ '${{' }}")


def _named(folder: str) -> str:
    """The name of our file and job: the project's folder told apart from others."""
    slug = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")[:80]
    return f"{_PACKAGE}-{slug}" if slug else _PACKAGE


def _shown(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else str(path)


def _rendered(template: str, **values: object) -> str:
    """A template's text; `<< >>` and `<% %>` in it, because `{{ }}` is GitHub's."""
    import jinja2

    environment = jinja2.Environment(  # noqa: S701 - it writes YAML and TOML, each value quoted for its place
        loader=jinja2.FileSystemLoader(templates_folder() / "init"),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    chosen = package()
    common = {"package": quoted(chosen), "published_unknown": chosen == _PACKAGE, "version": __version__}
    return environment.get_template(template).render(**common, **values)
