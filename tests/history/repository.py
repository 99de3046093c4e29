"""A git repository that a pull request is made in, and the commands that its author and its CI would type."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any

BASELINE = ".testaudit/baseline.json"
QUARANTINE = ".testaudit/quarantine.toml"
GREEN, RED = 0, 1

_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}
_ENV = {
    "COLUMNS": "300",  # a node id is never broken over two lines
    "PYTHONDONTWRITEBYTECODE": "1",  # two edits within a second would share one .pyc
    "COURIER_LOG": None,
}


@dataclass(frozen=True)
class Verdict:
    """What a command said, on the terminal and in its audit."""

    code: int
    stdout: str
    stderr: str
    audit: Any
    """The audit that it wrote; empty where it wrote none."""

    @cached_property
    def words(self) -> str:
        """What a person reads, without line breaks and letter case."""
        return " ".join(f"{self.stdout} {'' if self.audit else self.stderr}".split()).casefold()

    @cached_property
    def headline(self) -> str:
        """The verdict, and what it stands on: the report's first paragraph."""
        return self.stdout.strip().split("\n\n")[0].casefold()

    @cached_property
    def checks(self) -> dict[str, Any]:
        """Each check by its name."""
        return {check["name"]: check for check in self.audit.get("gate", {}).get("checks", ())}

    @property
    def failed(self) -> set[str]:
        """The checks that block."""
        return {name for name, check in self.checks.items() if not check["passed"] and check.get("blocking", True)}

    @property
    def warned(self) -> set[str]:
        """The checks that failed and do not block."""
        return {name for name, check in self.checks.items() if not check["passed"] and not check.get("blocking", True)}

    @property
    def comparison(self) -> Any:
        """What changed, as the audit holds it."""
        return self.audit.get("comparison") or {}

    def __str__(self) -> str:
        failed = [self.checks[name] for name in sorted(self.failed | self.warned)]
        return f"ended with {self.code}\n{json.dumps(failed, indent=1)}\n{self.stdout}\n{self.stderr}"


@dataclass(frozen=True)
class Repository:
    """A checkout, standing on the branch of a pull request against `main`."""

    root: Path
    run: Callable[..., Any]
    """The command `testaudit`, as a process of its own."""

    # ------------------------------------------------------------ files

    def text(self, path: str) -> str:
        """A file's text."""
        return (self.root / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a file; the text is dedented."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        """Write below what a file holds."""
        self.write(path, f"{self.text(path)}\n\n{dedent(text).strip()}\n")

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace what stands once in a file."""
        text = self.text(path)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        (self.root / path).write_text(text.replace(old, new), encoding="utf-8")

    def delete(self, path: str) -> None:
        """Delete a file."""
        (self.root / path).unlink()

    def move(self, old: str, new: str) -> None:
        """`git mv`."""
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        self.git("mv", old, new)

    def function(self, node_id: str) -> str:
        """The source of a test, with its decorators."""
        path, _, name = node_id.partition("::")
        lines = self.text(path).splitlines(keepends=True)
        first, last = _span(self.text(path), name)
        return "".join(lines[first:last])

    def cut(self, node_id: str) -> str:
        """Take a test out of its file; its source."""
        source = self.function(node_id)
        self.replace(node_id.partition("::")[0], source, "")
        return source

    def mark(self, node_id: str, marker: str) -> None:
        """Put a decorator above a test."""
        path, source = node_id.partition("::")[0], self.function(node_id)
        self.replace(path, source, f"{marker}\n{source}")
        if "import pytest" not in self.text(path):
            (self.root / path).write_text("import pytest\n\n" + self.text(path), encoding="utf-8")

    def body(self, node_id: str, body: str) -> None:
        """Give a test another body, of one line."""
        path, name = node_id.split("::")
        source = self.function(node_id)
        head = source[: source.index("\n", source.index(f"def {name}(")) + 1]
        self.replace(path, source, f"{head}    {body}\n")

    def addopts(self, *options: str) -> None:
        """Give pytest further options, in the project's configuration."""
        self.replace("pyproject.toml", '["--strict-markers"]', json.dumps(["--strict-markers", *options]))

    def setting(self, line: str) -> None:
        """Put a line below `[tool.testaudit]`."""
        self.replace("pyproject.toml", "[tool.testaudit]\n", f"[tool.testaudit]\n{line}\n")

    # ------------------------------------------------------------ git

    def git(self, *args: str, fails: bool = False) -> str:
        """A git command; what it prints."""
        command = ["git", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", *args]
        ended = subprocess.run(
            command, cwd=self.root, env={**os.environ, **_GIT}, capture_output=True, text=True, check=False, timeout=60
        )
        assert (ended.returncode != 0) is fails, f"{' '.join(args)}\n{ended.stdout}{ended.stderr}"
        return ended.stdout.strip()

    def commit(self, message: str = "What the pull request is about") -> None:
        """Commit all there is."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def merged_before(self, edit: Callable[[Repository], None]) -> None:
        """Have an edit on `main`, below this branch, which has no commit yet."""
        self.git("switch", "--quiet", "main")
        edit(self)
        self.commit("Merged before")
        self.git("switch", "--quiet", "--force-create", "pull-request")

    # ------------------------------------------------------------ testaudit

    @property
    def audit(self) -> Path:
        """The file of the last audit, outside of the checkout."""
        return self.root.parent / "audit.json"

    def testaudit(self, *args: str | Path, env: Mapping[str, str | None] | None = None) -> Verdict:
        """A command in the checkout."""
        self.audit.unlink(missing_ok=True)
        ended = self.run(*args, cwd=self.root, env={**_ENV, **(env or {})})
        ended.assert_no_traceback()
        audit = json.loads(self.audit.read_text(encoding="utf-8")) if self.audit.is_file() else {}
        return Verdict(ended.code, ended.stdout, ended.stderr, audit)

    def did(self, *args: str | Path, env: Mapping[str, str | None] | None = None) -> Verdict:
        """A command that has to succeed."""
        verdict = self.testaudit(*args, env=env)
        assert verdict.code == 0, str(verdict)
        return verdict

    def scan(
        self,
        *args: str | Path,
        since: str = "main",
        reruns: int = 0,
        env: Mapping[str, str | None] | None = None,
    ) -> Verdict:
        """`testaudit scan --since main`, as a pull request's CI does it."""
        against = ("--since", since) if since else ()
        return self._judged("scan", "--python", sys.executable, "--reruns", str(reruns), *against, *args, env=env)

    def gate(self, *args: str | Path, since: str = "main", env: Mapping[str, str | None] | None = None) -> Verdict:
        """`testaudit gate --since main`."""
        return self._judged("gate", *(("--since", since) if since else ()), *args, env=env)

    def _judged(self, command: str, *args: str | Path, env: Mapping[str, str | None] | None) -> Verdict:
        own = args.index("--") if "--" in args else len(args)
        return self.testaudit(command, *args[:own], "--output", f"json={self.audit}", *args[own:], env=env)

    def write_baseline(self, *args: str, reruns: int = 0, env: Mapping[str, str | None] | None = None) -> Verdict:
        """Scan, and `testaudit baseline write` from that scan."""
        self.scan(since="", reruns=reruns, env=env)
        return self.testaudit("baseline", "write", *args, env=env)

    def junit(self, name: str, *args: str) -> Path:
        """Results of pytest alone, outside of the checkout."""
        file = self.root.parent / name
        env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        env = {key: value for key, value in env.items() if key not in {"PYTEST_ADDOPTS", "COURIER_LOG"}}
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={file}", *args]
        subprocess.run(command, cwd=self.root, env=env, capture_output=True, check=False, timeout=300)
        assert file.is_file()
        return file


def _span(text: str, name: str) -> tuple[int, int]:
    """First and one past the last line of a function at the top of a module, counted from 0."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return min([node.lineno, *(mark.lineno for mark in node.decorator_list)]) - 1, node.end_lineno or 0
    raise AssertionError(f"no function {name}")
