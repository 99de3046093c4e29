from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from testaudit.classify import Suspicions, suspicions
from testaudit.config import Config
from testaudit.source.interface import discover, read_sources
from tests.conftest import write_files

SLEEPY = """\
    import time
    from base import Base

    def test_worker(worker):
        worker.start()
        time.sleep(2)
        assert worker.done

    class TestMore(Base):
        def test_more(self, worker):
            worker.start()
            time.sleep(2)
            assert worker.done
    """


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(
        tmp_path / "project",
        {"pyproject.toml": "[tool.pytest.ini_options]\n", "base.py": "class Base:\n    pass\n", "test_a.py": SLEEPY},
    )


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def asked(project: Path, config: Config | None = None) -> Suspicions:
    config = config or Config()
    return suspicions(read_sources(discover(project, config), config), config, remember=True)


def database(cache: Path) -> Path:
    (file,) = cache.rglob("*.sqlite")
    return file


def rewritten(cache: Path, old: str, new: str) -> None:
    """Change what the cache says, as only its reader could tell."""
    with sqlite3.connect(database(cache)) as connection:
        connection.execute("UPDATE said SET text = replace(text, ?, ?)", (old, new))
    connection.close()


def messages(found: Suspicions) -> list[str]:
    return [finding.message for finding in found.findings]


def test_the_second_answer_is_the_first_one(project: Path) -> None:
    first, second = asked(project), asked(project)

    assert first.findings != ()
    assert replace(second, rules=first.rules) == first


def test_an_unchanged_file_is_not_read_again(project: Path, cache: Path) -> None:
    rewritten(cache, asked(project).findings[0].message, "REMEMBERED")

    assert "REMEMBERED" in messages(asked(project))


def test_a_changed_file_is_read_again(project: Path, cache: Path) -> None:
    asked(project)
    (project / "test_a.py").write_text("def test_quiet():\n    assert quiet()\n", encoding="utf-8")

    found = asked(project)

    assert found.findings == ()
    assert [name for _, name, _ in found.tests] == ["test_quiet"]


@pytest.mark.parametrize(
    ("name", "text", "tests"),
    [
        ("base.py", "class Base:\n    __test__ = False\n", ["test_worker"]),
        ("conftest.py", 'collect_ignore = ["test_a.py"]\n', []),
        ("pytest.ini", "[pytest]\npython_classes = Nothing\n", ["test_worker"]),
    ],
)
def test_what_a_file_rests_on_counts_too(project: Path, name: str, text: str, tests: list[str]) -> None:
    before = asked(project)
    (project / name).write_text(text, encoding="utf-8")

    after = asked(project)

    assert [name for _, name, _ in before.tests] == ["test_worker", "TestMore.test_more"]
    assert [name for _, name, _ in after.tests] == tests


def test_a_module_that_appears_is_followed(project: Path) -> None:
    (project / "base.py").rename(project / "later.py")
    before = asked(project)
    (project / "base").mkdir()
    (project / "base" / "__init__.py").write_text("class Base:\n    __test__ = False\n", encoding="utf-8")

    after = asked(project)

    assert "TestMore.test_more" in [name for _, name, _ in before.tests]
    assert "TestMore.test_more" not in [name for _, name, _ in after.tests]


def test_another_configuration_is_another_answer(project: Path) -> None:
    asked(project)

    assert asked(project, Config(per_path_ignores={"*.py": ("flaky",)})).findings == ()


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_cache_is_made_anew(project: Path, cache: Path, damage: bytes) -> None:
    first = asked(project)
    database(cache).write_bytes(damage)

    second, third = asked(project), asked(project)

    assert messages(second) == messages(third) == messages(first)
    with sqlite3.connect(database(cache)) as connection:
        assert connection.execute("SELECT count(*) FROM said").fetchone()[0] > 0
    connection.close()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[" * 90_000, json.dumps([[["x"]], 0, [], [], None]), json.dumps([1, 2, 3, 4, 5])]
)
def test_a_damaged_entry_is_made_anew(project: Path, cache: Path, text: str) -> None:
    first = asked(project)
    with sqlite3.connect(database(cache)) as connection:
        connection.execute("UPDATE said SET text = ?", (text,))
    connection.close()

    assert messages(asked(project)) == messages(first)


def test_without_a_place_for_it_there_is_no_cache(project: Path, cache: Path) -> None:
    cache.write_text("a file where the folder would be", encoding="utf-8")

    assert asked(project).findings != ()


def test_many_at_once_agree(project: Path) -> None:
    answers: list[list[str]] = []
    threads = [threading.Thread(target=lambda: answers.append(messages(asked(project)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [answers[0]] * 6


def test_a_broken_file_stays_broken(project: Path) -> None:
    (project / "test_b.py").write_text("def test_(:\n", encoding="utf-8")

    first, second = asked(project), asked(project)

    assert [path for path, _ in first.broken] == ["test_b.py"]
    assert second.broken == first.broken
