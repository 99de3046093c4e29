"""Where reports go: standard output holds the report alone, files are written whole, and nothing is lost silently."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from textwrap import dedent

import pytest

GREEN = {"test_x.py": "def test_a(): pass\n"}
RED = {"test_x.py": "def test_a(): assert 0\n"}
PYTHON = ("--python", sys.executable)
LAST = ".testaudit/local/last-audit.json"


def test_json_is_alone_on_standard_output(project, scan):
    result = scan(project(RED))

    assert result.audit["schema_version"].startswith("1.")
    assert "collected 1 test" in result.stderr


def test_the_terminal_report_is_alone_on_standard_output(project, testaudit):
    result = testaudit("scan", *PYTHON, cwd=project(RED))

    assert result.stdout.strip().splitlines()[0].startswith("✗ Gate failed")
    assert "collected 1 test" not in result.stdout


def test_a_file_is_added_to_the_terminal_report(project, testaudit):
    made = project(RED)

    result = testaudit("scan", *PYTHON, "--output", "json=one.json", "--output", "json=two.json", cwd=made)

    assert "Gate failed" in result.stdout
    assert json.loads((made / "one.json").read_text()) == json.loads((made / "two.json").read_text())


def test_the_terminal_report_as_a_file_beside_json_on_standard_output(project, scan):
    made = project(RED)

    result = scan(made, "--output", "terminal=report.txt")

    assert result.audit["gate"]["passed"] is False
    assert "Gate failed" in (made / "report.txt").read_text(encoding="utf-8")
    assert "\x1b" not in (made / "report.txt").read_text(encoding="utf-8")


def test_quiet_says_the_verdict_alone(project, testaudit):
    made = project(RED)

    result = testaudit("scan", *PYTHON, "--quiet", cwd=made)

    assert result.code == 1
    assert len(result.stdout.strip().splitlines()) <= 3
    assert result.stderr == ""


def test_verbose_says_everything(project, testaudit):
    many = "import pytest\n" + "".join(
        f"def test_{n}():\n    raise ValueError('number {'x' * n}')\n" for n in range(40)
    )
    made = project({"test_x.py": many})

    normal = testaudit("scan", *PYTHON, cwd=made)
    verbose = testaudit("report", "--verbose", cwd=made)

    assert "--verbose" in normal.stdout
    assert [n for n in range(40) if f"test_x.py::test_{n}\n" not in verbose.stdout.replace(" ", "")] == []


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["pipe", "FORCE_COLOR", "NO_COLOR too"],
)
def test_colour_follows_the_environment(project, testaudit, env, coloured):
    result = testaudit("scan", "--no-run", cwd=project(GREEN), env={**env, "TERM": "xterm-256color"})

    assert ("\x1b[1;3" in result.stdout or "\x1b[3" in result.stdout) is coloured


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
@pytest.mark.parametrize("output", ["json", "terminal"])
def test_any_encoding_of_standard_output_will_do(project, testaudit, encoding, output):
    made = project({"test_x.py": "def test_ünï():\n    assert '漢字' == '\\ud800'\n"})

    result = testaudit("scan", *PYTHON, "--output", output, cwd=made, env={"PYTHONIOENCODING": encoding})

    result.assert_no_traceback()
    assert result.code == 1


def test_the_last_audit_is_kept_where_git_does_not_see_it(project, testaudit):
    made = project(RED)

    testaudit("scan", *PYTHON, cwd=made)

    assert json.loads((made / LAST).read_text(encoding="utf-8"))["summary"]["failed"] == 1
    assert (made / ".testaudit/local/.gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.parametrize("blocked", [".testaudit", ".testaudit/local", LAST])
def test_a_project_that_cannot_be_written_is_audited_and_says_so(project, testaudit, blocked):
    made = project(RED)
    if blocked == LAST:
        (made / LAST / "folder").mkdir(parents=True)
    else:
        (made / blocked).parent.mkdir(exist_ok=True)
        (made / blocked).write_text("a file where a folder should be")

    result = testaudit("scan", *PYTHON, cwd=made)

    result.assert_no_traceback()
    assert result.code == 1
    assert "Gate failed" in result.stdout
    assert "cannot be written" in result.stderr


def test_a_report_file_that_cannot_be_written_ends_with_3(project, testaudit):
    result = testaudit("scan", *PYTHON, "--output", "json=/proc/audit.json", cwd=project(GREEN))

    result.assert_no_traceback()
    assert result.code == 3
    assert "/proc/audit.json could not be written" in result.stderr


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(project, testaudit):
    made = project(GREEN)
    (made / "out").mkdir()
    (made / "out/audit.json").write_text("old")

    testaudit("scan", "--no-run", "--output", "json=out/audit.json", cwd=made)

    assert os.listdir(made / "out") == ["audit.json"]
    assert json.loads((made / "out/audit.json").read_text())["gate"] is not None


def test_a_very_long_file_name_is_no_crash(project, testaudit):
    result = testaudit("scan", "--no-run", "--output", f"json={'x' * 300}", cwd=project(GREEN))

    result.assert_no_traceback()
    assert result.code == 3


def test_scan_leaves_nothing_else_in_the_project(project, testaudit):
    made = project(GREEN)

    testaudit("scan", *PYTHON, cwd=made, env={"PYTHONDONTWRITEBYTECODE": "1"})

    assert sorted(os.listdir(made)) == [".pytest_cache", ".testaudit", "pytest.ini", "test_x.py"]


def test_scan_leaves_no_temporary_folder(project, testaudit, tmp_path):
    made = project(GREEN)
    folder = tmp_path / "temporary"
    folder.mkdir()

    testaudit("scan", *PYTHON, cwd=made, env={"TMPDIR": str(folder)})

    assert [name for name in os.listdir(folder) if name.startswith("testaudit")] == []


# ---------------------------------------------------------------- an output that goes away


@pytest.mark.parametrize("output", ["json", "terminal"])
def test_a_reader_that_goes_away_is_no_verdict_and_no_traceback(project, started, output):
    made = project(RED)
    reading, writing = os.pipe()
    process = started("scan", *PYTHON, "--output", output, cwd=made, stdout=writing)
    os.close(writing)
    os.close(reading)
    _, said = process.communicate(timeout=120)

    assert process.returncode == 4
    assert b"Traceback" not in said
    assert b"Exception ignored" not in said


@pytest.mark.parametrize(
    "command", [("scan", *PYTHON), ("scan", "--no-run", "--output", "json"), ("schema",), ("explain",), ("--help",)]
)
def test_a_full_disk_behind_standard_output_is_said(project, started, command):
    made = project(RED)
    with open("/dev/full", "wb") as full:
        process = started(*command, cwd=made, stdout=full)
        _, said = process.communicate(timeout=120)

    assert process.returncode == 4
    assert b"could not be written" in said
    assert b"Traceback" not in said


def test_closed_streams_change_no_verdict(project):
    made = project(RED)

    ended = subprocess.run(
        f"exec {sys.executable} -m testaudit scan --python {sys.executable} --quiet <&- >&- 2>&-",
        shell=True,
        cwd=made,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 1


# ---------------------------------------------------------------- somebody ends it

SLEEPS = {
    "test_x.py": """
        import os
        import pathlib
        import subprocess
        import sys
        import time

        def test_first(): pass

        def test_sleeps():
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            pathlib.Path("pids.part").write_text(f"{os.getpid()} {child.pid}")
            os.rename("pids.part", "pids")
            time.sleep(600)

        def test_never(): pass
        """
}


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def wait_for(condition, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)],
    ids=["Ctrl-C", "SIGTERM", "the terminal goes"],
)
@pytest.mark.parametrize("more", [(), ("--quiet",)], ids=["with progress", "quiet"])
def test_an_ended_run_keeps_what_was_seen_and_leaves_no_orphan(project, started, ended, number, code, more):
    made = project(SLEEPS)
    process = started("scan", *PYTHON, "--output", "json", *more, cwd=made)
    assert wait_for((made / "pids").exists)
    pids = [int(pid) for pid in (made / "pids").read_text().split()]

    process.send_signal(number)
    result = ended(process)

    result.assert_no_traceback()
    assert result.code == code
    assert result.outcomes["test_x.py::test_first"] == "passed"
    assert result.audit["complete"] is False
    assert result.audit["incomplete"][0]["what"] == "interrupted"
    assert json.loads((made / LAST).read_text(encoding="utf-8"))["complete"] is False
    assert wait_for(lambda: not any(map(alive, pids)))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_an_end_while_the_report_is_written_has_the_same_code(project, started, ended, number, code):
    made = project({"test_x.py": "".join(f"def test_{n}(): pass\n" for n in range(2_000))})
    process = started("scan", "--no-run", "--output", "json", cwd=made)
    select.select([process.stdout], [], [], 60)

    process.send_signal(number)
    result = ended(process)

    result.assert_no_traceback()
    assert result.code == code


def test_an_impatient_second_signal_still_leaves_no_orphan(project, started, ended):
    stubborn = dedent(SLEEPS["test_x.py"]).replace("\n    time.sleep(600)", "\n    stay()") + dedent("""
        def stay():
            while True:
                try:
                    time.sleep(600)
                except BaseException:
                    pass
        """)
    made = project({"test_x.py": stubborn})
    process = started("scan", *PYTHON, "--output", "json", cwd=made)
    assert wait_for((made / "pids").exists)
    pids = [int(pid) for pid in (made / "pids").read_text().split()]

    process.send_signal(signal.SIGINT)
    said = b""
    while b"interrupted" not in said:
        said += os.read(process.stderr.fileno(), 1000) or b"interrupted"
    process.send_signal(signal.SIGINT)
    result = ended(process)

    result.assert_no_traceback()
    assert result.code == 130
    assert wait_for(lambda: not any(map(alive, pids)))
