"""Each check, told by the configuration to block, to warn, to be silent, or to allow some: asked through `gate`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import pytest

from testaudit.model import AuditedTest, Check, Finding, Verdict
from tests.baseline.suites import audit, case, cases, finding
from tests.cli.typed import BASELINE, saved, typed

TODAY = datetime.now(timezone.utc).date()
YESTERDAY, IN_90_DAYS = (f"{TODAY + timedelta(days=days)}" for days in (-1, 90))
NAMES = [f"tests/test_a.py::test_{number:02}" for number in range(20)]
A, B = NAMES[:2]
WHOLE = cases(*NAMES)
SOURCE = {"tests/test_a.py": "".join(f"def test_{number:02}(): assert {number} < 20\n" for number in range(20))}
EXPIRED = '[[quarantine]]\ntest = "{}"\nowner = "me"\nissue = "A-1"\nuntil = {}\n'


def with_two(outcome, **more):
    """The suite, its first two tests with another outcome."""
    return (*(replace(case(test.node_id, outcome), **more) for test in WHOLE[:2]), *WHOLE[2:])


@dataclass(frozen=True)
class Breach:
    """Results that one check fails, by two, where the others are silent."""

    now: tuple[AuditedTest, ...] = WHOLE
    then: tuple[AuditedTest, ...] | None = WHOLE
    """At the baseline; None: there is none."""
    about: dict[str, object] = field(default_factory=dict)
    edit: tuple[str, str] = ("", "")
    """What is replaced in the baseline."""
    files: dict[str, str] = field(default_factory=dict)
    """Written after the baseline."""
    quiet: str = 'pass-rate = "off"'
    """The other checks that these results would fail."""
    counted: bool = True
    """The limit is a count, and these results are over it by two."""
    level: str = "block"
    """Without a word in the configuration."""


def two_findings() -> tuple[Finding, ...]:
    return tuple(finding(name, path="tests/test_a.py") for name in ("f1", "f2"))


RUNNER = Verdict((Check("runner", False, 1, 0, "pytest ended with status 1", "Read its last lines."),))
SLOW_PYRAMID = tuple(replace(test, level="e2e" if at < 10 else "unit") for at, test in enumerate(WHOLE))
BREACHES = {
    "runner": Breach(then=None, about={"verdict": RUNNER}, counted=False),
    "pass-rate": Breach(with_two("failed"), None, quiet='failures = "off"', counted=False),
    "failures": Breach(with_two("failed"), None),
    "new-failures": Breach(with_two("failed")),
    "known-failures": Breach(with_two("failed"), with_two("failed"), edit=(IN_90_DAYS, YESTERDAY)),
    "disappeared-tests": Breach(WHOLE[2:], files={"tests/test_a.py": "".join(SOURCE["tests/test_a.py"].splitlines(keepends=True)[2:])}),
    "new-skips": Breach(with_two("skipped")),
    "new-xfails": Breach(with_two("xfailed")),
    "deselected": Breach(WHOLE[2:]),
    "new-findings": Breach(about={"findings": two_findings()}),
    "new-flaky": Breach(with_two("failed", flaky=True)),
    "quarantine": Breach(files={".testaudit/quarantine.toml": "".join(EXPIRED.format(name, YESTERDAY) for name in NAMES[:2])}, counted=False),
    "duration": Breach(about={"duration_s": 100.0}, counted=False, level="warn"),
    "pyramid": Breach(SLOW_PYRAMID, counted=False, level="warn"),
}  # fmt: skip


@pytest.fixture
def judged(project):
    """Judge a breach under a configuration of the gate; the command's end."""

    def judge(breach, setting=""):
        made = project({**SOURCE, "testaudit.toml": f"[gate]\n{breach.quiet}\n{setting}\n"})
        if breach.then is not None:
            wrote = typed("baseline", "write", "--audit", saved(made, audit(*breach.then), "then.json"), cwd=made)
            assert wrote.code == 0, wrote.stderr
            text = (made / BASELINE).read_text(encoding="utf-8")
            (made / BASELINE).write_text(text.replace(*breach.edit), encoding="utf-8")
        for name, content in breach.files.items():
            (made / name).parent.mkdir(exist_ok=True)
            (made / name).write_text(content, encoding="utf-8")
        return typed("gate", "--audit", saved(made, audit(*breach.now, **breach.about)), "--output", "json", cwd=made)

    return judge


def failed(ended):
    """Check -> whether it blocks, of those that failed."""
    checks = ended.audit["gate"]["checks"]
    return {check["name"]: check.get("blocking", True) for check in checks if not check["passed"]}


@pytest.mark.parametrize(("name", "breach"), BREACHES.items(), ids=BREACHES)
def test_by_default(judged, name, breach):
    ended = judged(breach)

    assert failed(ended) == {name: breach.level == "block"}
    assert ended.code == int(breach.level == "block")


@pytest.mark.parametrize("level", ["block", "warn", "off"])
@pytest.mark.parametrize("form", ['{} = "{}"', '{} = {{ level = "{}" }}'], ids=["a word", "a table"])
@pytest.mark.parametrize(("name", "breach"), BREACHES.items(), ids=BREACHES)
def test_at_each_level(judged, name, breach, form, level):
    ended = judged(breach, form.format(name, level))

    assert failed(ended) == ({} if level == "off" else {name: level == "block"})
    assert ended.code == int(level == "block")
    assert (name in ended.checks) is (level != "off")


@pytest.mark.parametrize(
    ("limit", "enough"), [("1", False), ("1.9", False), ("2", True), ("2.9", True), ("1000000", True)]
)
@pytest.mark.parametrize("name", [name for name, breach in BREACHES.items() if breach.counted])
def test_a_limit_is_how_many_are_allowed(judged, name, limit, enough):
    ended = judged(BREACHES[name], f"{name} = {{ limit = {limit} }}")

    check = next(check for check in ended.audit["gate"]["checks"] if check["name"] == name)
    assert check["passed"] is enough
    assert check["actual"] == 2
    assert ended.code == int(not enough)


@pytest.mark.parametrize("name", ["new-failures", "failures", "new-flaky"])
@pytest.mark.parametrize("setting", ['"warn"', '"off"', "{ limit = 2 }"])
def test_a_green_gate_over_red_tests_names_the_setting_first(judged, name, setting):
    ended = judged(BREACHES[name], f"{name} = {setting}")

    first = [note for note in ended.audit["notes"] if "pytest is red (2 failing); the gate is green because of" in note]
    assert ended.code == 0
    assert len(first) == 1
    assert "[tool.testaudit.gate]" in first[0]
    assert name in first[0]


WRONG = {
    'complete = "warn"': "unknown key `complete`",
    'new-failure = "warn"': "did you mean `new-failures`",
    'new-failures = "warning"': '`gate.new-failures.level` is "warning"',
    "new-failures = true": "`gate.new-failures` is",
    "new-failures = 3": "`gate.new-failures` is",
    "new-failures = { limit = -1 }": "`gate.new-failures.limit` is -1",
    "new-failures = { limit = nan }": "`gate.new-failures.limit` is",
    "new-failures = { limit = inf }": "`gate.new-failures.limit` is",
    'new-failures = { limit = "2" }': "`gate.new-failures.limit` is",
    "new-failures = { limits = 2 }": "`gate.new-failures.limits` is no key of this table",
    "new-failures = { unit = 2 }": "`gate.new-failures.unit` is no key of this table",
    "pass-rate = { unit = 101 }": "`gate.pass-rate.unit` is 101",
    "pass-rate = { limit = 50 }": "`gate.pass-rate.limit` is no key of this table",
    "runner = { limit = 1 }": "`gate.runner.limit` is no key of this table",
    'new-findings = { severity = "high" }': '`gate.new-findings.severity` is "high"',
}  # fmt: skip


@pytest.mark.parametrize(("setting", "said"), WRONG.items(), ids=WRONG)
def test_what_is_set_wrong_is_said_with_its_line(project, setting, said):
    made = project({**SOURCE, "testaudit.toml": f"[gate]\n{setting}\n"})

    ended = typed("gate", "--audit", saved(made, audit(*WHOLE)), cwd=made)

    assert ended.code == 2
    assert "testaudit.toml, line 2: " in ended.stderr
    assert said in ended.stderr


@pytest.mark.parametrize("name", ["new-failures", "disappeared-tests", "pyramid"])
def test_pyproject_says_it_as_well(project, name):
    breach = BREACHES[name]
    settings = f'[tool.testaudit.gate]\n{breach.quiet}\n{name} = "warn"\n'
    made = project({**SOURCE, **breach.files, "pyproject.toml": settings})
    typed("baseline", "write", "--audit", saved(made, audit(*breach.then), "then.json"), cwd=made)

    ended = typed("gate", "--audit", saved(made, audit(*breach.now)), "--output", "json", cwd=made)

    assert ended.code == 0
    assert failed(ended) == {name: False}
