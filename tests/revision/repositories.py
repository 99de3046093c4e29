"""A repository in a folder, and git in it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

WHO = {
    "GIT_AUTHOR_NAME": "Jane Doe",
    "GIT_AUTHOR_EMAIL": "jane@example.org",
    "GIT_COMMITTER_NAME": "Jane Doe",
    "GIT_COMMITTER_EMAIL": "jane@example.org",
    "GIT_AUTHOR_DATE": "2026-11-20T10:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-20T10:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True)
class Clone:
    """A folder that git knows."""

    root: Path

    @classmethod
    def made(cls, root: Path, *options: str) -> Clone:
        """A new repository with the branch `main`."""
        root.mkdir(parents=True, exist_ok=True)
        made = cls(root)
        made.git("init", "--quiet", "-b", "main", *options)
        return made

    @classmethod
    def of(cls, origin: Clone, root: Path, *options: str) -> Clone:
        """A clone of another one, as over a network (so that it can be shallow)."""
        origin.git("clone", "--quiet", *options, origin.root.as_uri(), str(root))
        return cls(root)

    def git(self, *words: str, env: dict[str, str] | None = None, ok: tuple[int, ...] = (0,)) -> str:
        """Run git here; its standard output."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env={**kept, **WHO, **(env or {})},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            timeout=60,
        )
        assert done.returncode in ok, done.stderr
        return done.stdout.strip()

    def write(self, **files: str) -> Clone:
        """Write files: `a_b="x"` is not enough for paths, so pass them as `**{"tests/test_a.py": "x"}`."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def commit(self, message: str = "more", **files: str) -> str:
        """Write files and commit everything; the new commit."""
        self.write(**files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")
