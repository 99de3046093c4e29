"""What the gate costs on a legacy suite: 5,000 tests, 200 failures of eleven causes, some 3,000 findings, all in turn.

    python tests/benchmarks/bench_gate.py [-n 3] [--files 150] [--commits 200]

A round is: `scan` without a baseline, `baseline write` and a second one, a commit that changes one file, `scan` against
the baseline, the same with `--since` its parent, then `gate --audit`, and `explain` as the start of the program alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

TESTS, FAILURES, FINDINGS = 5000, 200, 3000
SHOP = """
import os, socket
def reg(n):
    assert n < 0, 'totals differ'
def conn(n):
    socket.create_connection(('127.0.0.1', 1), 1)
def miss(n):
    return open('/nonexistent/fixture.json').read()
def key(n):
    return {'a': 1}['missing']
def attr(n):
    return n.nothing
def val(n):
    return int('twelve')
def kind(n):
    return 'a' + 1
def env(n):
    return os.environ['LEGACY_DB_URL']
def zero(n):
    return n / 0
def imp(n):
    import legacy_missing_pkg
def exc(n):
    raise RuntimeError('the order was refused')
def known(n):
    return n >= 0
"""
CAUSES = ("reg", "conn", "miss", "key", "attr", "val", "kind", "env", "zero", "imp", "exc")
SICK = (
    "def test_env_{n}():\n    os.environ['LEGACY_{n}'] = '1'\n    assert shop.known({n})\n",
    "def test_dead_{n}():\n    with pytest.raises(ValueError) as info:\n        shop.val({n})\n        assert '{n}' in str(info.value)\n",
)
SKIPPED = "@pytest.mark.skip(reason='later')\ndef test_skip_{n}():\n    assert shop.known({n})\n"
CAUSE = "def test_{cause}_{n}():\n    assert shop.{cause}({n}) == {n}\n"
GOOD = "def test_good_{n}():\n    assert shop.known({n})\n"
PEOPLE = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false")


def test(number: int) -> str:
    step = TESTS // FAILURES
    if number % step == 0:
        return CAUSE.format(cause=CAUSES[number // step % len(CAUSES)], n=number)
    if number > FINDINGS * step // (step - 1):
        return GOOD.format(n=number)
    return (SKIPPED if number % 8 == 7 else SICK[number % 2]).format(n=number)


def write(folder: Path, files: int, commits: int) -> None:
    (folder / "tests").mkdir(parents=True)
    (folder / "shop.py").write_text(SHOP)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\ntestpaths = tests\n")
    (folder / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n")
    for file in range(files):
        numbers = range(file * TESTS // files, (file + 1) * TESTS // files)
        text = "import os\n\nimport pytest\n\nimport shop\n\n\n" + "\n\n".join(map(test, numbers))
        (folder / "tests" / f"test_area_{file:03}.py").write_text(text)
    git(folder, "init", "-q")
    for number in range(commits):
        (folder / "CHANGES").write_text(f"{number}\n")
        commit(folder, f"change {number}")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *PEOPLE, *words], cwd=folder, check=True, timeout=300)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)


def seconds(folder: Path, *words: str, expected: int = 0) -> float:
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "testaudit", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    if done.returncode != expected:
        message = f"{words[0]} ended in {done.returncode}, not in {expected}:\n{done.stdout[-3000:]}{done.stderr}"
        raise SystemExit(message)
    return time.perf_counter() - begin


def one_round(folder: Path, number: int, audit: Path) -> dict[str, float]:
    shutil.rmtree(folder / ".testaudit", ignore_errors=True)
    scan = ["scan", "--python", sys.executable, "--reruns", "0", "--quiet", "--output", f"json={audit}"]
    taken = {"scan": seconds(folder, *scan, expected=1)}
    taken["baseline write"] = seconds(folder, "baseline", "write", "--audit", str(audit))
    taken["baseline write again"] = seconds(folder, "baseline", "write", "--audit", str(audit))
    commit(folder, "accept today's state")
    with (folder / "tests" / "test_area_000.py").open("a") as file:
        file.write(f"\n\ndef test_new_{number}():\n    assert shop.known({number})\n")
    commit(folder, "a new test")
    against = ["--since", "HEAD~1"]
    taken["scan with baseline"] = seconds(folder, *scan)
    taken["scan with both"] = seconds(folder, *scan, *against)
    taken["gate --audit"] = seconds(folder, "gate", "--audit", str(audit), *against, "--quiet")
    taken["start alone"] = seconds(folder, "explain")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3, help="rounds, after one that is not counted")
    parser.add_argument("--files", type=int, default=150, help="test files")
    parser.add_argument("--commits", type=int, default=200, help="commits that the repository has already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, audit = Path(place) / "legacy", Path(place) / "audit.json"
        write(folder, options.files, options.commits)
        rounds = [one_round(folder, number, audit) for number in range(options.n + 1)][1:]
        told = json.loads(audit.read_text(encoding="utf-8"))
        size = (folder / ".testaudit" / "baseline.json").stat().st_size
    counts = told["summary"]
    failing = counts["failed"] + counts["error"]
    print(
        f"{counts['collected']:,} tests in {options.files} files, {failing} fail, {len(told['failures'])} causes,"
        f" {len(told['findings']):,} findings; the baseline has {size:,} bytes"
    )
    for name in rounds[0]:
        taken = [one[name] for one in rounds]
        ratios = [one[name] / one["scan"] for one in rounds]
        print(
            f"  {name:<20} {median(taken):6.2f} s, {median(ratios):6.1%} of a bare scan, {min(taken):.2f} to {max(taken):.2f} s"
        )
    extra = [one["scan with both"] - one["scan"] for one in rounds]
    share = median(one["scan with both"] / one["scan"] - 1 for one in rounds)
    print(f"a baseline and --since add {median(extra):.2f} s, {share:.1%}; all {min(extra):.2f} to {max(extra):.2f} s")


if __name__ == "__main__":
    main()
