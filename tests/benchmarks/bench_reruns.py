"""What re-runs cost: one suite of 5,000 tests with 200 failures of eleven causes, scanned without and with them, in turn.

    python tests/benchmarks/bench_reruns.py [-n 3] [--each 0.02]

The extra time is to stay under a quarter of the suite's. `--each` is the seconds that a passing test takes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from textwrap import dedent

MODULES = 48
FAILING = """
    import json
    import os
    import socket
    from pathlib import Path
    from unittest.mock import MagicMock, Mock

    import pytest

    BASKET = []


    @pytest.fixture
    def ledger():
        raise RuntimeError("the ledger is locked")


    @pytest.mark.parametrize("number", range(40))
    def test_ledger(ledger, number):
        assert number


    @pytest.mark.parametrize("number", range(40))
    def test_store(number):
        socket.create_connection(("127.0.0.1", 5432))


    @pytest.mark.parametrize("number", range(20))
    def test_key(number):
        assert os.environ["SHOP_KEY"]


    @pytest.mark.parametrize("number", range(15))
    def test_calls(number):
        send = Mock(name="send")
        send.assert_called_once_with(number)


    @pytest.mark.parametrize("number", range(15))
    def test_leaked_mock(number):
        assert json.dumps({"price": MagicMock()})


    @pytest.mark.parametrize("number", range(15))
    def test_awaits(number):
        async def price():
            return number

        found = price()
        try:
            assert found == number
        finally:
            found.close()


    def test_fills():
        BASKET.append("tea")


    @pytest.mark.parametrize("number", range(10))
    def test_basket(number):
        assert BASKET == []


    @pytest.mark.parametrize("number", range(2))
    def test_now_and_then(number):
        counter = Path(os.environ["BENCH_STATE"]) / f"counter-{number}"
        times = len(counter.read_text()) if counter.exists() else 0
        counter.write_text("x" * (times + 1))
        assert times % 2 == 1


    @pytest.mark.parametrize("number", range(25))
    def test_sum(number):
        assert sum([number, 1]) == number


    @pytest.mark.parametrize("number", range(10))
    def test_lookup(number):
        assert {"tea": 1}["coffee"]


    @pytest.mark.parametrize("number", range(8))
    @pytest.mark.xfail(strict=True, reason="#12")
    def test_fixed(number):
        assert True
"""
PASSING = """
    import time

    import pytest


    @pytest.mark.parametrize("number", range(100))
    def test_passing(number):
        time.sleep({each})
        assert number < 100
"""


def write(folder: Path, each: float) -> None:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_m_failing.py").write_text(dedent(FAILING))
    for number in range(MODULES):
        name = f"test_{'a' if number % 2 else 'z'}_{number:02}.py"
        (folder / "tests" / name).write_text(dedent(PASSING).format(each=each))


def scan(folder: Path, reruns: int) -> tuple[float, dict]:
    with tempfile.TemporaryDirectory() as scratch:
        audit = Path(scratch) / "audit.json"
        command = [sys.executable, "-m", "testaudit", "scan", "--python", sys.executable, "--quiet"]
        command += ["--reruns", str(reruns), "--output", f"json={audit}"]
        env = {**os.environ, "BENCH_STATE": scratch, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        begin = time.perf_counter()
        subprocess.run(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, timeout=3600, check=False)
        return time.perf_counter() - begin, json.loads(audit.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3, help="pairs of scans")
    parser.add_argument("--each", type=float, default=0.02, help="seconds that a passing test takes")
    options = parser.parse_args()
    without, shares = [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write(folder, options.each)
        for _ in range(options.n):
            once, _ = scan(folder, 0)
            again, audit = scan(folder, 2)
            without.append(once)
            shares.append((again - once) / once)
    counts = audit["summary"]
    failing = counts["failed"] + counts["error"]
    print(f"{counts['collected']:,} tests, {failing} fail, {len(audit['failures'])} causes, {counts['flaky']} flaky")
    for failure in audit["failures"]:
        print(f"  {len(failure['node_ids']):>3} {failure['cause']:<16} {failure['message'][:80]}")
    for note in audit["notes"]:
        print(f"  note: {note}")
    print(
        f"without re-runs {median(without):.1f} s; extra {median(shares):.1%} of that"
        f" ({'within' if median(shares) < 0.25 else 'OVER'} a quarter), all {min(shares):.1%} to {max(shares):.1%}"
    )


if __name__ == "__main__":
    main()
