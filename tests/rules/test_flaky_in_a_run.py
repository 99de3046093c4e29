"""What only a run shows of ports, coroutines and retries, asked by the command on small projects."""

from __future__ import annotations

import socket
import sys

ANY = ("--python", sys.executable, "--confidence", "medium", "--reruns", "0", "--output", "json")


def findings(ended, slug):
    return [finding for finding in ended.audit["findings"] if finding["name"] == slug]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_a_port_that_was_bound_and_stands_in_the_source(project, testaudit):
    port = free_port()
    text = f"import socket\nPORT = {port}\ndef listen(at):\n    return socket.create_server(('127.0.0.1', at))\n"
    test = "def test_a():\n    with listen(PORT) as server:\n        assert server\n"

    ended = testaudit("scan", "--select", "fixed-port", *ANY, cwd=project({"test_x.py": text + test}))

    (found,) = findings(ended, "fixed-port")
    assert str(port) in found["message"]
    assert found["evidence"][-1]["kind"] == "runtime"


def test_a_port_that_was_found_free_is_none(project, testaudit):
    text = (
        "import socket\n"
        "def test_a():\n"
        "    with socket.create_server(('127.0.0.1', 0)) as first:\n        port = first.getsockname()[1]\n"
        "    with socket.create_server(('127.0.0.1', port)) as second:\n        assert second\n"
    )

    ended = testaudit("scan", "--select", "fixed-port", *ANY, cwd=project({"test_x.py": text}))

    assert findings(ended, "fixed-port") == []


def test_a_coroutine_that_python_missed_is_named_with_its_test(project, testaudit):
    text = (
        "import gc\n"
        "def made():\n    async def fill():\n        pass\n    return fill\n"
        "def test_a():\n    fill = made()\n    fill()\n    gc.collect()\n    assert fill\n"
        "def test_b():\n    assert made()\n"
    )

    ended = testaudit("scan", "--select", "missing-await", *ANY, cwd=project({"test_x.py": text}))

    (found,) = findings(ended, "missing-await")
    assert found["node_ids"] == ["test_x.py::test_a"]
    assert "fill" in found["message"]


def test_a_retry_for_the_whole_suite_is_named_in_the_configuration(project, testaudit):
    made = project(
        {
            "pytest.ini": "[pytest]\naddopts = -p no:cacheprovider --reruns=2\n",
            "test_x.py": "def test_a():\n    assert 1 + 1\n",
        }
    )

    ended = testaudit("scan", "--no-run", "--select", "rerun-marker", *ANY[2:], cwd=made)

    (found,) = findings(ended, "rerun-marker")
    assert (found["path"], found["line"]) == ("pytest.ini", 2)
    assert "--reruns=2" in found["message"]


def test_no_retry_is_no_finding(project, testaudit):
    made = project({"pytest.ini": "[pytest]\naddopts = --reruns 0\n", "test_x.py": "def test_a():\n    assert 1 + 1\n"})

    ended = testaudit("scan", "--no-run", "--select", "rerun-marker", *ANY[2:], cwd=made)

    assert findings(ended, "rerun-marker") == []
