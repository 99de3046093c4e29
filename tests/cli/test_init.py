"""`testaudit init`: what it writes, what it leaves alone, and that nothing of anybody's is lost."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import tomli
import yaml
from hypothesis import given
from hypothesis import strategies as st

from testaudit.additions import DoubtError, add_toml_table, add_yaml_item, add_yaml_key
from testaudit.errors import ImpossibleError
from testaudit.init import plan, write
from tests.conftest import environment, write_files

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOW = ".github/workflows/testaudit.yml"
HOOKS = ".pre-commit-config.yaml"
PYPROJECT = '[project]\nname = "shop"\ndependencies = []\n'


def snapshot(root: Path) -> dict[str, bytes | str]:
    """Every file below a folder, without git's own; a link as what it points to."""
    files = sorted(path for path in root.rglob("*") if ".git" not in path.relative_to(root).parts)
    return {
        path.relative_to(root).as_posix(): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in files
        if path.is_symlink() or path.is_file()
    }


def steps(root: Path, name: str = WORKFLOW) -> dict[str, dict]:
    """The steps of a written workflow that have a name, by its first word."""
    (job,) = yaml.safe_load((root / name).read_text(encoding="utf-8"))["jobs"].values()
    return {step["name"].split()[0]: step for step in job["steps"] if "name" in step} | {"job": job}


def installed(root: Path) -> list[str]:
    """The lines with which the written workflow installs the project."""
    (step,) = (s for s in steps(root)["job"]["steps"] if s.get("name") == "Install the project")
    return step["run"].splitlines()


@pytest.fixture
def init(testaudit):
    """Run `testaudit init` in a folder."""

    def run(root: Path, *args: str, **more):
        return testaudit("init", *args, cwd=root, **more)

    return run


# ---------------------------------------------------------------- what is written


def test_everything_is_shown_and_written(project, init):
    root = project({"pyproject.toml": PYPROJECT, HOOKS: "repos:\n  - repo: meta\n    hooks:\n      - id: identity\n"})

    result = init(root, "--ci", "github")

    assert result.code == 0
    assert set(snapshot(root)) == {"pyproject.toml", HOOKS, WORKFLOW}
    for line in (root / WORKFLOW).read_text(encoding="utf-8").splitlines():
        assert line in result.stdout
    assert "+[tool.testaudit]" in result.stdout
    assert "testaudit baseline write" in result.stdout


def test_a_dry_run_shows_the_same_and_writes_nothing(project, init):
    root = project({"pyproject.toml": PYPROJECT})
    before = snapshot(root)

    result = init(root, "--ci", "gitlab", "--pre-commit", "--dry-run")

    assert result.code == 0
    assert snapshot(root) == before
    assert "gl-code-quality-report.json" in result.stdout
    assert "Nothing was written" in result.stdout


def test_a_second_time_everything_is_left_alone(project, init):
    root = project({"pyproject.toml": PYPROJECT})
    init(root, "--ci", "github", "--pre-commit")
    before = snapshot(root)

    result = init(root, "--ci", "github", "--pre-commit")

    assert result.code == 0
    assert snapshot(root) == before
    assert result.stdout.count("left alone") == 3
    assert "Nothing to write" in result.stdout


def test_what_was_written_is_valid_configuration(project, init, testaudit):
    root = project({"pyproject.toml": PYPROJECT, "test_x.py": "def test_a():\n    assert 1 + 1 == 2\n"})
    init(root)

    result = testaudit("lint", cwd=root)

    assert result.code == 0


def test_the_workflow_may_read_fetches_the_history_and_holds_no_expression_in_a_script(project, init):
    root = project({"pyproject.toml": PYPROJECT})

    init(root, "--ci", "github")

    text = (root / WORKFLOW).read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    job = steps(root)["job"]
    assert workflow["permissions"] == {"contents": "read"}
    assert list(workflow[True]) == ["pull_request", "push"]
    assert "pull_request_target" not in text
    assert job["steps"][0]["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []
    assert "secrets." not in text


def test_gitlab_gets_a_job_and_its_include(project, init):
    root = project({"pyproject.toml": PYPROJECT, ".gitlab-ci.yml": "build:\n  script:\n    - make\n"})

    init(root)

    main = yaml.safe_load((root / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    job = yaml.safe_load((root / ".gitlab" / "testaudit.yml").read_text(encoding="utf-8"))["testaudit"]
    assert main == {"build": {"script": ["make"]}, "include": [{"local": "/.gitlab/testaudit.yml"}]}
    assert job["artifacts"]["reports"] == {"junit": "testaudit-junit.xml", "codequality": "gl-code-quality-report.json"}
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert '--since "$CI_MERGE_REQUEST_DIFF_BASE_SHA"' in job["script"][-1]


@pytest.mark.parametrize(
    ("files", "remote", "expected"),
    [
        ({".github/workflows/ci.yml": "on: push\n"}, "", "GitHub Actions"),
        ({".gitlab-ci.yml": "x:\n  script: [make]\n"}, "git@github.com:a/b.git", "GitLab CI"),
        ({}, "git@github.com:a/b.git", "GitHub Actions"),
        ({}, "https://user:secret@gitlab.example.org/a/b.git", "GitLab CI"),
        ({}, "https://example.org/a/b.git", "no CI"),
        ({".github/FUNDING.yml": "x: y\n"}, "", "GitHub Actions"),
        ({}, "", "no CI"),
    ],
)
def test_the_ci_server_is_told_by_what_is_there(project, init, files, remote, expected):
    root = project({"pyproject.toml": PYPROJECT, **files})
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    if remote:
        subprocess.run(["git", "remote", "add", "origin", remote], cwd=root, check=True)

    result = init(root, "--dry-run")

    assert result.stdout.startswith(f"project: {expected}")
    assert "secret" not in result.stdout


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": PYPROJECT}, ".venv/bin/python -m pip install -e . pytest"),
        (
            {"pyproject.toml": PYPROJECT + "[project.optional-dependencies]\ntest = []\ntest-mypy = []\ndev = []\n"},
            ".venv/bin/python -m pip install -e '.[test]' pytest",
        ),
        (
            {"pyproject.toml": PYPROJECT + "[dependency-groups]\ntests = []\ndocs = []\n"},
            ".venv/bin/python -m pip install -e . --group tests pytest",
        ),
        (
            {"requirements.txt": "", "requirements-dev.txt": "", "tox.ini": "[pytest]\n"},
            ".venv/bin/python -m pip install -r requirements.txt -r requirements-dev.txt pytest",
        ),
        (
            {"setup.py": "from setuptools import setup\nsetup(extras_require={'testing': []})\n"},
            ".venv/bin/python -m pip install -e '.[testing]' pytest",
        ),
        (
            {"setup.cfg": "[metadata]\nname = x\n[options.extras_require]\ntest =\n  pytest\n"},
            ".venv/bin/python -m pip install -e '.[test]' pytest",
        ),
        (
            {"uv.lock": "", "pyproject.toml": PYPROJECT + "[dependency-groups]\ntest = []\n"},
            "uv sync --frozen --group test",
        ),
        (
            {
                "poetry.lock": "",
                "pyproject.toml": "[tool.poetry]\nname = 'x'\n[tool.poetry.group.test]\noptional = true\n",
            },
            "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction --with test",
        ),
        ({"pdm.lock": "", "pyproject.toml": PYPROJECT}, "pdm install --frozen-lockfile --dev"),
        ({"Pipfile.lock": "", "pyproject.toml": PYPROJECT}, "PIPENV_VENV_IN_PROJECT=1 pipenv sync --dev"),
        (
            {"pyproject.toml": PYPROJECT + "[tool.hatch.envs.test]\ndependencies = ['pytest']\n"},
            'rm -rf .venv && ln -s "$(hatch env find test)" .venv',
        ),
        (
            {
                "pyproject.toml": PYPROJECT
                + "[tool.hatch.envs.hatch-test]\nextra-dependencies = ['attrs>20', '-r x', '$(x)']\n"
            },
            ".venv/bin/python -m pip install -e . pytest 'attrs>20'",
        ),
        ({"pytest.ini": "[pytest]\n"}, ".venv/bin/python -m pip install pytest"),
    ],
)
def test_the_project_is_installed_as_its_own_tools_do(project, init, files, expected):
    root = project(files)

    init(root, "--ci", "github")

    assert installed(root)[0] == "python -m venv .venv"
    assert installed(root)[-1] == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "3.13"),
        ('requires-python = ">=3.9,<3.12"\n', "3.11"),
        ('requires-python = "~=3.10.2"\n', "3.10"),
        ('requires-python = ">=99"\n', "3.13"),
        ('classifiers = ["Programming Language :: Python :: 3.12", "Programming Language :: Python :: 3.9"]\n', "3.12"),
        ('classifiers = ["Programming Language :: Python :: 3.99"]\n', "3.13"),
    ],
)
def test_the_python_is_one_that_the_project_supports(project, init, said, expected):
    root = project({"pyproject.toml": PYPROJECT + said})

    init(root, "--ci", "github")

    setup = steps(root)["job"]["steps"][1]
    assert setup["with"]["python-version"] == expected


def test_a_project_in_a_subfolder_gets_its_workflow_at_the_top(project, init):
    top = project({"services/web shop/pyproject.toml": PYPROJECT}, settings=False)
    subprocess.run(["git", "init", "-q"], cwd=top, check=True)

    init(top / "services" / "web shop", "--ci", "github", "--pre-commit")

    name = ".github/workflows/testaudit-services-web-shop.yml"
    assert set(snapshot(top)) == {"services/web shop/pyproject.toml", name, HOOKS}
    assert steps(top, name)["job"]["defaults"]["run"]["working-directory"] == "services/web shop"
    (hook,) = yaml.safe_load((top / HOOKS).read_text())["repos"][0]["hooks"]
    assert hook["files"].startswith(r"^services/web\ shop/")


def test_the_hook_of_the_repository_and_the_one_that_is_written_are_the_same(project, init):
    root = project({"pyproject.toml": PYPROJECT})
    init(root, "--pre-commit")

    (written,) = yaml.safe_load((root / HOOKS).read_text())["repos"][0]["hooks"]

    (ours,) = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    assert {**written, "description": ours["description"]} == {**ours, "additional_dependencies": ["testaudit"]}
    assert [bool(re.search(ours["files"], name)) for name in ("tests/test_a.py", "a_test.py", "src/contest.py")] == [
        True,
        True,
        False,
    ]


RECORDER = """#!/bin/sh
printf '%s\\n' "$@" > "$RECORDED"
"""


def recorded(script: str, shell: str, recorder: Path, cwd: Path, **variables: str) -> list[str]:
    """Run a script with a recorder in the place of testaudit; the arguments that it got."""
    recorder.parent.mkdir(parents=True, exist_ok=True)
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)
    env = environment(RECORDED=str(recorder) + ".txt", PATH=f"{recorder.parent}:{os.environ['PATH']}", **variables)
    subprocess.run([shell, "-ec", script], cwd=cwd, env=env, check=True, timeout=60)
    return Path(env["RECORDED"]).read_text().splitlines()


@pytest.mark.parametrize("base", ["", "main", "a b/$(touch${IFS}pwned)'"])
def test_the_workflow_compares_a_pull_request_with_its_base(project, init, tmp_path, base):
    root = project({"pyproject.toml": PYPROJECT})
    init(root, "--ci", "github")
    script = steps(root)["Audit"]["run"]

    arguments = recorded(script, "bash", tmp_path / "bin" / "testaudit", root, GITHUB_BASE_REF=base, RUNNER_TEMP="/r t")

    since = ["--since", f"origin/{base}"] if base else []
    outputs = ["--output", "github", "--output", "sarif=/r t/testaudit.sarif", "--output", "json=/r t/testaudit.json"]
    assert arguments == ["scan", "--python", ".venv", *since, *outputs]
    assert not (root / "pwned").exists()


@pytest.mark.parametrize("base", ["", "0123456789abcdef"])
def test_the_job_of_gitlab_compares_a_merge_request_with_its_base(project, init, tmp_path, base):
    root = project({"pyproject.toml": PYPROJECT})
    init(root, "--ci", "gitlab")
    script = yaml.safe_load((root / ".gitlab" / "testaudit.yml").read_text())["testaudit"]["script"][-1]
    recorder = tmp_path / "project.testaudit" / "bin" / "testaudit"
    variables = {"CI_PROJECT_DIR": str(root)} | ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": base} if base else {})

    arguments = recorded(script, "sh", recorder, root, **variables)

    assert arguments[:3] == ["scan", "--python", ".venv"]
    assert arguments[3:-6] == (["--since", base] if base else [])
    assert arguments[-5::2] == [
        f"gitlab={root}/gl-code-quality-report.json",
        f"junit={root}/testaudit-junit.xml",
        f"json={root}/testaudit.json",
    ]


# ---------------------------------------------------------------- what is left alone


@pytest.mark.parametrize(
    "there",
    [
        {WORKFLOW: "mine\n"},
        {".github/workflows/testaudit.yaml": "mine\n"},
        {".github/workflows/checks.yml": "jobs:\n  a:\n    steps:\n      - run: testaudit scan\n"},
        {"pyproject.toml": PYPROJECT + "[tool.testaudit]\ntimeout = 5.0\n"},
        {"pyproject.toml": PYPROJECT + "[tool]\ntestaudit = {timeout = 5.0}\n"},
        {"testaudit.toml": "timeout = 5.0\n"},
        {HOOKS: "repos:\n- repo: https://example.org/testaudit\n  rev: v1\n  hooks:\n  - id: testaudit\n"},
    ],
)
def test_what_is_there_is_never_written_over(project, init, there):
    root = project({"pyproject.toml": PYPROJECT, **there})
    before = snapshot(root)

    result = init(root, "--ci", "github", "--pre-commit")

    assert result.code == 0
    assert {name: snapshot(root)[name] for name in there} == {name: before[name] for name in there}
    assert "left alone" in result.stdout


@pytest.mark.parametrize(
    "text",
    [
        "{repos: []}\n",
        "repos: []\n",
        "repos:\n  - repo: meta\n    hooks: []\nci:\n  skip: []\n",
        "repos:\n  - repo: meta\n    hooks: []\n...\n",
        "---\nrepos:\n---\nx: y\n",
        "repos: &a\n  - x\n",
        "repos:\n\t- x\n",
        "repos:\n  - repo: meta\n - repo: x\n",
        "<<<<<<< HEAD\nrepos:\n=======\n",
        "repos:\n  - a: |\n      open",
        b"repos: \xff\n",
    ],
)
def test_yaml_that_leaves_a_doubt_is_the_persons_to_extend(project, init, text):
    root = project({"pyproject.toml": PYPROJECT, HOOKS: text})
    before = (root / HOOKS).read_bytes()

    result = init(root)

    assert result.code == 0
    assert (root / HOOKS).read_bytes() == before
    assert f"left to you: {HOOKS}" in result.stdout
    assert "entry: testaudit lint" in result.stdout


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_every_byte_and_the_line_ends_are_kept(project, init, end, last):
    toml = f'[project]{end}name = "shop"' + (end if last else "")
    hooks = f"---{end}repos:{end}- repo: meta{end}  hooks:{end}  - id: identity" + (end if last else "")
    root = project({"pyproject.toml": toml.encode(), HOOKS: hooks.encode()})

    init(root)

    for name, before in (("pyproject.toml", toml), (HOOKS, hooks)):
        after = (root / name).read_bytes()
        assert after.startswith(before.encode())
        assert after.count(b"\r\n") == (after.count(b"\n") if end == "\r\n" else 0)
    assert len(yaml.safe_load((root / HOOKS).read_text())["repos"]) == 2


def test_a_files_permissions_stay(project, init):
    root = project({"pyproject.toml": PYPROJECT})
    (root / "pyproject.toml").chmod(0o640)

    init(root)

    assert (root / "pyproject.toml").stat().st_mode & 0o777 == 0o640


def test_links_are_not_followed(project, init, tmp_path):
    shared = write_files(tmp_path / "shared", {"pyproject.toml": PYPROJECT, HOOKS: "repos:\n", "github/x": ""})
    root = project({"test_x.py": ""}, settings=False)
    for name in ("pyproject.toml", HOOKS):
        (root / name).symlink_to(shared / name)
    (root / ".github").symlink_to(shared / "github")
    before = snapshot(shared)

    result = init(root, "--ci", "github")

    assert result.code == 0
    assert snapshot(shared) == before
    assert result.stdout.count("left to you") == 3


def test_a_link_to_nothing_is_something_that_is_there(project, init):
    root = project({"pyproject.toml": PYPROJECT, ".github/workflows/x": ""})
    (root / WORKFLOW).symlink_to("nowhere")

    result = init(root)

    assert result.code == 0
    assert os.readlink(root / WORKFLOW) == "nowhere"
    assert f"left alone: {WORKFLOW}" in result.stdout


def test_a_file_in_the_place_of_a_folder_is_said(project, init):
    root = project({"pyproject.toml": PYPROJECT, ".github": "a file\n"})

    result = init(root, "--ci", "github")

    assert result.code == 0
    assert ".github is no folder" in result.stdout
    assert (root / ".github").read_text() == "a file\n"


def test_a_fifo_does_not_block(project, init):
    root = project({"pyproject.toml": PYPROJECT})
    os.mkfifo(root / HOOKS)

    result = init(root, timeout_s=30)

    assert result.code == 0
    assert "not a regular file" in result.stdout


def test_half_written_toml_is_wrong_use_and_nothing_is_written(project, init):
    root = project({"pyproject.toml": '[project]\nname = "sh', ".github/workflows/x.yml": ""})
    before = snapshot(root)

    result = init(root)

    assert result.code == 2
    assert "pyproject.toml, line 2" in result.stderr
    assert snapshot(root) == before


def test_what_cannot_be_written_is_said_and_leaves_no_half_file(project):
    root = project({"pyproject.toml": PYPROJECT})
    before = snapshot(root)
    command = f"ulimit -f 0; exec {shlex.quote(sys.executable)} -m testaudit init --ci github"

    done = subprocess.run(
        ["sh", "-c", command], cwd=root, env=environment(), capture_output=True, text=True, check=False
    )

    assert done.returncode == 3
    assert "pyproject.toml could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(root) == before


def test_a_file_that_came_or_changed_in_the_meantime_is_left_alone(project):
    root = project({"pyproject.toml": PYPROJECT})
    targets = {target.shown: target for target in plan(root, "github").writes}
    write_files(root, {WORKFLOW: "mine\n", "pyproject.toml": "[project]\n"})
    before = snapshot(root)

    for target in targets.values():
        with pytest.raises(ImpossibleError, match="in the meantime; it is left alone"):
            write(target)

    assert set(targets) == {WORKFLOW, "pyproject.toml"}
    assert snapshot(root) == before


# ---------------------------------------------------------------- the question


def answer(root: Path, text: bytes, *args: str) -> tuple[int, str]:
    """Run init at a terminal and type something; its exit code and what the terminal showed."""
    here, there = pty.openpty()
    command = [sys.executable, "-m", "testaudit", "init", *args]
    with subprocess.Popen(
        command, cwd=root, env=environment(TERM="dumb"), stdin=there, stdout=there, stderr=there
    ) as process:
        os.close(there)
        os.write(here, text)
        shown = b""
        while True:
            try:
                data = os.read(here, 65536)
            except OSError:  # the terminal's other end is closed
                break
            if not data:
                break
            shown += data
    os.close(here)
    return process.returncode, shown.decode()


@pytest.mark.parametrize(
    ("text", "writes"), [(b"\n", True), (b"y\n", True), (b"n\n", False), (b"what\n", False), (b"\x04", False)]
)
def test_at_a_terminal_it_asks_once(project, text, writes):
    root = project({"pyproject.toml": PYPROJECT})

    code, shown = answer(root, text)

    assert code == 0
    assert shown.count("Write these? [Y/n]") == 1
    assert ("[tool.testaudit]" in (root / "pyproject.toml").read_text()) is writes


def test_yes_asks_nothing(project):
    root = project({"pyproject.toml": PYPROJECT})

    code, shown = answer(root, b"", "--yes")

    assert code == 0
    assert "Write these?" not in shown


def test_an_unknown_server_is_wrong_use(project, init):
    result = init(project({}), "--ci", "jenkins")

    assert result.code == 2
    assert "github, gitlab, none" in result.stderr


# ---------------------------------------------------------------- hostile names


HOSTILE = [
    "$(touch pwned)",
    "a'b\"c",
    "${{ github.token }}",
    "x: y # z",
    "- [&*!|>%@`",
    "ünï 💥",
    "..dots",
    "{{ 7*7 }} << >>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_folder_is_a_name_and_nothing_else(project, init, name):
    top = project({f"{name}/pyproject.toml": PYPROJECT})
    subprocess.run(["git", "init", "-q"], cwd=top, check=True)

    github = init(top / name, "--ci", "github", "--pre-commit")
    gitlab = init(top / name, "--ci", "gitlab")

    (workflow,) = (top / ".github" / "workflows").iterdir()
    (included,) = (top / ".gitlab").iterdir()
    (job,) = yaml.safe_load(included.read_text(encoding="utf-8")).values()
    folder = steps(top, f".github/workflows/{workflow.name}")["job"]["defaults"]["run"]["working-directory"]
    went = subprocess.run(
        ["sh", "-c", f"{job['script'][0]} && pwd"], cwd=top, capture_output=True, text=True, check=True
    )
    assert (github.code, gitlab.code) == (0, 0)
    assert folder.replace("${{ '${{' }}", "${{") == name
    assert went.stdout.strip() == str(top / name)
    assert not list(top.rglob("pwned"))


@pytest.mark.parametrize("name", ["a\nb: c", "a\x1b[31mb", "a\u202eb", b"a\xffb".decode("utf-8", "surrogateescape")])
def test_a_folder_that_cannot_be_shown_is_refused(project, init, name):
    top = project({"keep": ""}, settings=False)
    root = top / name
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT)
    subprocess.run(["git", "init", "-q"], cwd=top, check=True)

    result = init(root, "--ci", "github")

    assert result.code == 2
    assert "rename the folder" in result.stderr
    assert "\x1b[31m" not in result.stderr
    assert set(snapshot(top)) == {"keep", f"{name}/pyproject.toml"}


def test_hostile_names_in_the_projects_files_reach_no_command(project, init):
    evil = json.dumps("tests; touch pwned")
    root = project(
        {"pyproject.toml": f'{PYPROJECT}[project.optional-dependencies]\n{evil} = []\n"test$(x)" = []\ntests = []\n'}
    )

    init(root, "--ci", "github")

    assert installed(root)[-1] == ".venv/bin/python -m pip install -e '.[tests]' pytest"


# ---------------------------------------------------------------- additions, for any text


YAML_TEXTS = st.lists(
    st.sampled_from(
        [
            *(
                "repos:",
                "repos: []",
                "- a",
                "  - a",
                "  - repo: x",
                "    b: c",
                "- repo: x",
                "  b: |",
                "    text",
                "ci:",
            ),
            *(
                "include:",
                "",
                "# x",
                "---",
                "...",
                "x: 'a",
                '  y: "b',
                "z: [",
                "]",
                "'",
                "k: >+",
                "   long",
                "\t",
                "? q",
                "\ufeff",
            ),
        ]
    ),
    max_size=8,
)
ENDS = st.sampled_from(["\n", "\r\n", ""])


def loaded(text: str) -> object:
    """A YAML document, or why it is none."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return yaml.YAMLError


@given(YAML_TEXTS, ENDS, ENDS)
def test_a_yaml_list_gets_one_item_more_or_stays(lines, end, last):
    text = (end or "\n").join(lines) + last
    before = loaded(text)
    try:
        after = add_yaml_item(text, "repos", "- repo: local\n  hooks:\n    - id: ours\n")
    except DoubtError:
        return

    ours = {"repo": "local", "hooks": [{"id": "ours"}]}
    assert after.startswith(text)
    if isinstance(before, dict):
        assert loaded(after) == {**before, "repos": [*(before["repos"] or []), ours]}


@given(YAML_TEXTS, ENDS, ENDS)
def test_a_yaml_mapping_gets_one_key_more_or_stays(lines, end, last):
    text = (end or "\n").join(lines) + last
    before = loaded(text)
    try:
        after = add_yaml_key(text, "include", "include:\n  - local: x\n")
    except DoubtError:
        return

    assert after.startswith(text)
    if isinstance(before, dict):
        assert loaded(after) == {**before, "include": [{"local": "x"}]}


@given(
    st.lists(
        st.sampled_from(
            [
                "[tool]",
                "[tool.x]",
                "tool = {}",
                "[[tool]]",
                "a = 1",
                "tool.b = 2",
                "s = '''",
                "[x]",
                "[tool.testaudit]",
                "[tool.testaudit.gate]",
                "# c",
                "",
            ]
        ),
        max_size=6,
    ),
    ENDS,
    ENDS,
)
def test_a_toml_file_gets_one_table_more_or_stays(lines, end, last):
    text = (end or "\n").join(lines) + last
    try:
        after = add_toml_table(text, ("tool", "testaudit"), "[tool.testaudit]\n# x\n")
    except DoubtError:
        return

    before = tomli.loads(text.replace("\r\n", "\n"))
    assert after.startswith(text)
    assert "testaudit" not in before.get("tool", {})
    assert tomli.loads(after.replace("\r\n", "\n")) == {**before, "tool": {**before.get("tool", {}), "testaudit": {}}}
