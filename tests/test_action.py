"""The composite action and the workflows: what they say as YAML, and what their scripts do, run by bash as a runner would.

`testaudit` itself is replaced by a recorder here, except in the test that is marked `full`: what is tested is the way
from the event and the inputs to the command line, and from its end to the outputs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.conftest import environment

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / ".github" / "actions" / "testaudit" / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RECORDER = """#!{python}
import json, os, sys
folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, "seen.json"), "w") as stream:
    json.dump({{"arguments": sys.argv[1:], "environ": dict(os.environ), "cwd": os.getcwd()}}, stream)
code, rate = json.load(open(os.path.join(folder, "ends.json")))
for argument in sys.argv:
    if argument.startswith("--output=json=") and code in (0, 1):
        with open(argument.split("=", 2)[2], "w") as stream:
            json.dump({{"summary": {{"pass_rate": rate}}}}, stream)
sys.exit(code)
"""


def read(path: Path) -> dict:
    """A workflow or action. (YAML 1.1 reads the key `on` as true.)"""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(document: dict) -> list[dict]:
    """All steps of a workflow or an action."""
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


@dataclass(frozen=True)
class Step:
    """What running the scan's step left."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    arguments: list[str]
    environ: dict[str, str]
    cwd: str

    @property
    def options(self) -> dict[str, str]:
        """The options of the form `--name=value`, the last of each."""
        return dict(word.split("=", 1) for word in self.arguments if re.match("--[a-z-]+=", word))


@dataclass(frozen=True)
class Runner:
    """A machine of GitHub's, as far as the action sees it."""

    temp: Path
    workspace: Path

    def scan(self, event: str = "push", *, ends: tuple[int, float | None] = (0, 0.95123456), **given: str) -> Step:
        """Run the scan's step; upper case names are variables of the runner, others inputs (`_` for `-`)."""
        action = read(ACTION)
        inputs = {name: entry["default"] for name, entry in action["inputs"].items()}
        inputs |= {name.replace("_", "-"): value for name, value in given.items() if name.islower()}
        (step,) = (step for step in steps(action) if step.get("id") == "scan")
        variables = {
            name: inputs[re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)[1]] for name, text in step["env"].items()
        }
        bin_ = self.temp / "testaudit" / "bin"
        (bin_ / "ends.json").write_text(json.dumps(ends))
        written, summary = self.temp / "output", self.temp / "summary"
        written.write_text("")
        summary.write_text("")
        env = environment(
            RUNNER_TEMP=str(self.temp),
            GITHUB_EVENT_NAME=event,
            GITHUB_OUTPUT=str(written),
            GITHUB_STEP_SUMMARY=str(summary),
            **variables,
            **{name: value for name, value in given.items() if name.isupper()},
        )
        done = bash(step["run"], self.workspace, env)
        seen = bin_ / "seen.json"
        said = json.loads(seen.read_text()) if seen.exists() else {"arguments": [], "environ": {}, "cwd": ""}
        outputs = dict(line.split("=", 1) for line in written.read_text().splitlines())
        return Step(done.returncode, done.stdout, outputs, summary.read_text(), **said)


def bash(script: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A script as a runner starts it for `shell: bash`."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False
    )


def git(folder: Path, *words: str) -> str:
    """A git command that knows nobody's configuration; what it printed."""
    identity = {
        f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    env = {**environment(), **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    """An empty commit; its name."""
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def runner(tmp_path) -> Runner:
    """A runner with an empty workspace and a recorder in the place of testaudit."""
    temp, workspace = tmp_path / "temp", tmp_path / "work space"
    bin_ = temp / "testaudit" / "bin"
    bin_.mkdir(parents=True)
    workspace.mkdir()
    (bin_ / "testaudit").write_text(RECORDER.format(python=sys.executable))
    (bin_ / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for name in ("testaudit", "python"):
        (bin_ / name).chmod(stat.S_IRWXU)
    return Runner(temp, workspace)


@pytest.fixture
def pull_request(runner) -> tuple[Runner, str]:
    """A checkout of the merge that GitHub makes of a pull request (HEAD is detached), and where its branch began."""
    there = runner.workspace.parent / "origin"
    there.mkdir()
    git(there, "init", "--quiet", "-b", "main")
    began = commit(there, "begun")
    git(there, "checkout", "--quiet", "-b", "topic")
    commit(there, "changed")
    git(there, "checkout", "--quiet", "--detach", "main")
    git(there, "merge", "--quiet", "--no-ff", "-m", "merge", "topic")
    git(there, "update-ref", "refs/pull/1/merge", "HEAD")
    git(there, "checkout", "--quiet", "main")
    git(runner.workspace, "init", "--quiet")
    git(runner.workspace, "remote", "add", "origin", there.as_uri())
    git(runner.workspace, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*", "refs/pull/1/merge")
    git(runner.workspace, "checkout", "--quiet", "--detach", git(there, "rev-parse", "refs/pull/1/merge"))
    return runner, began


# ---------------------------------------------------------------- as YAML


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_no_expression_stands_in_a_script(path):
    scripts = [step["run"] for step in steps(read(path)) if "run" in step]

    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_actions_are_ours_or_pinned_by_a_major_version(path):
    used = [step["uses"] for step in steps(read(path)) if "uses" in step]

    assert [
        name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+|\./\.github/actions/testaudit", name)
    ] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_read_and_no_more(path):
    workflow = read(path)

    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow[True]
    assert [job for job in workflow["jobs"].values() if "permissions" in job] == []


def test_our_own_ci_audits_with_the_action_on_the_whole_history():
    audit = read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["audit"]["steps"]

    assert audit[0]["with"]["fetch-depth"] == 0
    assert audit[-1]["uses"] == "./.github/actions/testaudit"
    assert set(audit[-1]["with"]) <= set(read(ACTION)["inputs"])


def test_the_action_asks_for_no_token():
    text = ACTION.read_text(encoding="utf-8")

    assert not re.search(r"github\.token|secrets\.|GITHUB_TOKEN|GH_TOKEN", text)


def test_each_output_of_the_action_is_one_that_its_step_writes(runner):
    declared = {name: entry["value"] for name, entry in read(ACTION)["outputs"].items()}

    written = runner.scan().outputs

    assert declared == {name: f"${{{{ steps.scan.outputs.{name} }}}}" for name in declared}
    assert set(declared) <= set(written)


# ---------------------------------------------------------------- from the event to the command line


def test_a_push_is_compared_with_nothing(runner):
    result = runner.scan("push")

    assert result.code == 0
    assert result.arguments == ["scan", "--output", "github", f"--output=json={runner.temp / 'testaudit.json'}"]
    assert result.cwd == str(runner.workspace)


def test_a_pull_request_is_compared_with_its_merge_base(pull_request):
    runner, began = pull_request

    result = runner.scan("pull_request", GITHUB_BASE_REF="main", GITHUB_HEAD_REF="topic")

    assert result.code == 0
    assert result.options["--since"] == began


def test_a_pull_request_from_a_fork_needs_no_token_and_runs_nothing_that_it_names(pull_request):
    runner, began = pull_request

    result = runner.scan("pull_request", GITHUB_BASE_REF="main", GITHUB_HEAD_REF="$(touch${IFS}pwned)", GITHUB_TOKEN="")

    assert result.code == 0
    assert result.options["--since"] == began
    assert not list(runner.workspace.glob("pwned*"))


def test_a_base_branch_with_a_hostile_name_is_a_name(pull_request):
    runner, began = pull_request
    hostile = "release/$(touch${IFS}pwned);'x`touch${IFS}pwned`"
    git(runner.workspace, "update-ref", f"refs/remotes/origin/{hostile}", began)

    result = runner.scan("pull_request", GITHUB_BASE_REF=hostile)

    assert result.options["--since"] == began
    assert not list(runner.workspace.glob("pwned*"))


def test_a_shallow_checkout_ends_with_2_and_says_what_to_do(pull_request):
    runner, _ = pull_request
    shutil.rmtree(runner.workspace / ".git")
    git(runner.workspace, "init", "--quiet")
    origin = (runner.workspace.parent / "origin").as_uri()
    git(runner.workspace, "fetch", "--quiet", "--depth", "1", origin, "refs/pull/1/merge")
    git(runner.workspace, "checkout", "--quiet", "FETCH_HEAD")

    result = runner.scan("pull_request", GITHUB_BASE_REF="main")

    assert result.code == 2
    assert "::error title=testaudit::" in result.log
    assert "fetch-depth: 0" in result.log
    assert "fetch-depth: 0" in result.summary
    assert result.outputs == {"passed": "false", "exit-code": "2"}
    assert result.arguments == []


@pytest.mark.parametrize(("since", "expected"), [("", None), ("v1.0", "v1.0"), ("-x", "-x")])
def test_since_can_be_said_or_switched_off(pull_request, since, expected):
    runner, _ = pull_request

    result = runner.scan("pull_request", since=since, GITHUB_BASE_REF="main")

    assert result.options.get("--since") == expected


def test_a_pull_request_with_the_rights_of_the_repository_is_refused(runner):
    result = runner.scan("pull_request_target", GITHUB_BASE_REF="main")

    assert result.code == 2
    assert result.arguments == []
    assert "Use the event pull_request" in result.log


def test_inputs_become_options(runner):
    (runner.workspace / "sub folder").mkdir()

    result = runner.scan(
        path="sub folder", python=".venv", env="py312", baseline="b.json", fail_under="97", output_sarif="x.sarif"
    )

    expected = {"--python": ".venv", "--env": "py312", "--baseline": "b.json", "--fail-under": "97"}
    assert expected.items() <= result.options.items()
    assert "--output=sarif=x.sarif" in result.arguments
    assert result.cwd == str(runner.workspace / "sub folder")


def test_further_arguments_are_read_as_a_shell_reads_them(runner):
    result = runner.scan(args="-n 2 --ignore 'a rule' -- -k \"not slow\"\n--durations=0")

    assert result.arguments[-8:] == ["-n", "2", "--ignore", "a rule", "--", "-k", "not slow", "--durations=0"]


@pytest.mark.parametrize(
    "hostile", ["$(touch pwned)", "; touch pwned", "`touch pwned`", "a\ntouch pwned", "'\"", "--help"]
)
def test_what_an_input_holds_is_never_run(runner, hostile):
    result = runner.scan(python=hostile, env=hostile, baseline=hostile, since=hostile)

    assert result.code == 0
    assert result.arguments[-4:] == [f"--{name}={hostile}" for name in ("python", "env", "baseline", "since")]
    assert not list(runner.workspace.glob("pwned*"))
    assert re.fullmatch(r"testaudit-[A-Za-z0-9._-]+", result.outputs["artifact"])


def test_the_tests_see_nothing_of_the_actions_inputs(runner):
    result = runner.scan(env="py312", python=".venv")

    assert [name for name in result.environ if name.startswith("TA_")] == []


# ---------------------------------------------------------------- from its end to the outputs


def test_a_green_gate_is_told(runner):
    result = runner.scan(ends=(0, 0.95123456))

    assert result.outputs == {
        "exit-code": "0",
        "passed": "true",
        "artifact": "testaudit",
        "audit": str(runner.temp / "testaudit.json"),
        "pass-rate": "0.951235",
    }


def test_a_red_gate_is_told_and_fails_the_step(runner):
    result = runner.scan(ends=(1, None), output_json="audit.json")

    assert result.code == 1
    assert result.outputs["passed"] == "false"
    assert result.outputs["audit"] == str(runner.workspace / "audit.json")
    assert result.outputs["pass-rate"] == ""


@pytest.mark.parametrize("code", [2, 3, 4])
def test_no_judgement_is_no_green_one_and_stands_in_the_summary(runner, code):
    (runner.temp / "testaudit.json").write_text('{"summary": {"pass_rate": 1}}')

    result = runner.scan(ends=(code, None))

    assert result.code == code
    assert "judged nothing" in result.summary
    assert result.outputs == {"exit-code": str(code), "passed": "false", "artifact": "testaudit"}


def test_a_folder_that_is_not_there_is_said(runner):
    result = runner.scan(path="elsewhere")

    assert result.code == 2
    assert "names no folder" in result.log


# ---------------------------------------------------------------- the whole way


@pytest.mark.full
def test_the_action_installs_testaudit_and_audits_a_push_and_a_pull_request(tmp_path):
    workspace, temp = tmp_path / "workspace", tmp_path / "temp"
    workspace.mkdir()
    temp.mkdir()
    (workspace / "pytest.ini").write_text("[pytest]\n")
    (workspace / "test_x.py").write_text("def test_a():\n    assert 1 + 1 == 2\n")
    git(workspace, "init", "--quiet", "-b", "main")
    git(workspace, "add", ".")
    git(workspace, "update-ref", "refs/remotes/origin/main", commit(workspace, "begun"))
    env = environment(RUNNER_TEMP=str(temp), GITHUB_ACTION_PATH=str(ACTION.parent))
    install = bash(steps(read(ACTION))[0]["run"], workspace, env)
    runner = Runner(temp, workspace)
    push = runner.scan("push", python=sys.executable, args="--reruns 0")
    (workspace / "test_y.py").write_text("def test_b():\n    return\n    assert 1 == 2\n")
    git(workspace, "add", ".")
    commit(workspace, "a test that checks nothing")

    request = runner.scan("pull_request", python=sys.executable, env="py3", GITHUB_BASE_REF="main", GITHUB_TOKEN="")

    assert install.returncode == 0, install.stdout
    assert (push.code, push.outputs["passed"], push.outputs["pass-rate"]) == (0, "true", "1"), push.log
    assert (request.code, request.outputs["passed"]) == (1, "false"), request.log
    assert "test_y.py,line=3" in request.log
    assert "new-findings" in request.summary
