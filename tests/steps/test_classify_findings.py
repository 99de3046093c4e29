"""Evidence x rules -> findings: what is found, what silences it, what a run adds, and how a finding is known again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.classify import Suspicions, suspicions
from testaudit.config import Config
from testaudit.model import Attempt, AuditedTest, Confidence, Double, Finding, FixtureUse, NodeId, Run, Sleep
from testaudit.rules.interface import Hit, Rule, Sighting
from testaudit.rules.registry import by_name
from testaudit.rules.stamp import stamp, stamp_sighting
from testaudit.source.interface import Sources, discover, read_sources, sources_of
from testaudit.weigh import Weighed, weigh

SLEEPY = dedent("""\
    import time


    def test_worker(worker):
        worker.start()
        time.sleep(2)
        assert worker.done
    """)


def suite(text: str, config: Config | None = None, **others: str) -> Sources:
    texts = {"tests/test_a.py": text, **{name.replace("__", "/") + ".py": other for name, other in others.items()}}
    return sources_of(texts, config or Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))


def found(text: str, *rules: str, config: Config | None = None, **others: str) -> Suspicions:
    chosen = tuple(rule for name in rules for rule in by_name(name)) or None
    sources = suite(text, config, **others)
    return suspicions(sources, sources.config, chosen)


def only(text: str, *rules: str) -> Finding:
    (finding,) = found(text, *rules).findings
    return finding


# ---------------------------------------------------------------- what the source says


def test_a_finding_carries_what_its_rule_says() -> None:
    finding = only(SLEEPY, "sleep-in-test")

    assert (finding.rule, finding.name, finding.antipattern) == ("TA301", "sleep-in-test", "flaky")
    assert (finding.path, finding.line, finding.function) == ("tests/test_a.py", 6, "test_worker")
    assert finding.severity == "warning"
    assert finding.remedy
    assert [evidence.kind for evidence in finding.evidence] == ["static"]
    assert finding.node_ids == ()


def test_severity_is_the_projects_to_decide() -> None:
    config = Config(severity={"sleep-in-test": "error"})

    (finding,) = found(SLEEPY, "sleep-in-test", config=config).findings

    assert finding.severity == "error"


def test_a_place_may_weigh_more_than_its_rule_unless_the_project_says_otherwise() -> None:
    (rule,) = by_name("sleep-in-test")
    hit = Hit(6, 6, "test_worker", "Sleeps for an hour.", severity="error")
    seen = Sighting("tests/test_a.py", 6, "test_worker", "Slept for an hour.", severity="error")
    projects = Config(severity={"flaky": "info"})

    weights = [
        stamped.severity
        for config in (Config(), projects)
        for stamped in (stamp(rule, hit, "tests/test_a.py", config), stamp_sighting(rule, seen, "runtime", config))
    ]

    assert weights == ["error", "error", "info", "info"]


def test_rules_are_ignored_by_path() -> None:
    assert found(SLEEPY, config=Config(per_path_ignores={"tests/*": ("flaky",)})).findings == ()
    assert found(SLEEPY, config=Config(per_path_ignores={"other/*": ("flaky",)})).findings != ()


def test_the_worst_comes_first() -> None:
    text = SLEEPY + dedent("""

        def test_parse():
            return
            assert parse()
        """)

    names = [finding.name for finding in found(text).findings]

    assert names == ["dead-assert", "sleep-in-test"]


def test_broken_files_are_named_and_the_others_examined() -> None:
    result = found(SLEEPY, tests__test_b="def test_(:\n")

    assert [path for path, _ in result.broken] == ["tests/test_b.py"]
    assert len(result.findings) == 1
    assert result.files == 1


def test_a_rule_that_crashes_is_named_and_the_others_go_on() -> None:
    def fail(*_: object) -> Iterator[Hit]:
        raise KeyError("lost")

    (sleep,) = by_name("sleep-in-test")
    gating = replace(sleep, slug="gating", find=fail, severity="error", confidence=(("static", "high"),))
    advising = replace(sleep, slug="advising", find=fail)

    sources = suite(SLEEPY)
    result = suspicions(sources, Config(), (gating, sleep, advising))

    assert [finding.name for finding in result.findings] == ["sleep-in-test"]
    assert [(crash.rule, crash.path, crash.gates) for crash in result.crashes] == [
        ("gating", "tests/test_a.py", True),
        ("advising", "tests/test_a.py", False),
    ]
    assert "lost" in result.crashes[0].error


def test_real_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(SLEEPY, encoding="utf-8")
    sources = read_sources(discover(tmp_path, Config()), Config())

    assert [finding.path for finding in suspicions(sources, Config()).findings] == ["test_a.py"]
    assert sources.is_unconditional("test_a.py", 4) is None  # still askable afterwards


# ---------------------------------------------------------------- suppressions


def suppressed(comment: str) -> Suspicions:
    return found(SLEEPY.replace("time.sleep(2)", f"time.sleep(2)  {comment}"), "sleep-in-test", "bad-suppression")


@pytest.mark.parametrize("name", ["sleep-in-test", "TA301", "flaky", "sleep-in-test, environ-write"])
def test_a_suppression_with_a_reason_silences(name: str) -> None:
    result = suppressed(f"# testaudit: ignore[{name}] the sensor needs two seconds")

    assert result.findings == ()
    assert result.suppressed == 1


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        ("# testaudit: ignore[sleep-in-test]", "no reason"),
        ("# testaudit: ignore", "no rule"),
        ("# testaudit: ignore[sleep-in-tset] it needs it", "is no rule"),
    ],
)
def test_a_bad_suppression_silences_nothing_and_is_a_finding(comment: str, why: str) -> None:
    result = suppressed(comment)

    assert {finding.name for finding in result.findings} == {"sleep-in-test", "bad-suppression"}
    assert any(why in finding.message for finding in result.findings)


def test_a_suppression_that_suppresses_nothing_is_a_finding() -> None:
    text = "def test_one():\n    assert one()  # testaudit: ignore[sleep-in-test] it needs it\n"

    (finding,) = found(text, "sleep-in-test", "bad-suppression").findings

    assert (finding.rule, finding.line) == ("TA1007", 2)
    assert "suppresses nothing" in finding.message


def test_what_was_not_asked_for_cannot_be_missed() -> None:
    text = "def test_one():\n    assert one()  # testaudit: ignore[sleep-in-test] it needs it\n"

    assert found(text, "dead-assert", "bad-suppression").findings == ()


def test_a_comment_above_covers_the_statement_below() -> None:
    text = SLEEPY.replace(
        "    time.sleep(2)", "    # testaudit: ignore[sleep-in-test] settles\n    time.sleep(\n        2\n    )"
    )

    assert found(text, "sleep-in-test").findings == ()


def test_a_whole_file_can_be_silenced() -> None:
    text = "# testaudit: ignore-file[sleep-in-test] these tests measure real time\n" + SLEEPY

    result = found(text, "sleep-in-test", "bad-suppression")

    assert result.findings == ()
    assert result.suppressed == 1


def test_a_marker_inside_a_text_is_no_suppression() -> None:
    text = SLEEPY.replace("worker.start()", 'worker.start("# testaudit: ignore-file[flaky] not a comment")')

    assert len(found(text, "sleep-in-test", "bad-suppression").findings) == 1


# ---------------------------------------------------------------- identity


def prints(text: str, *rules: str) -> list[str]:
    return [finding.fingerprint for finding in found(text, *rules or ("sleep-in-test",)).findings]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("time.sleep(2)", "time.sleep( 2 )"),
        ("time.sleep(2)", "time.sleep(\n        2,\n    )"),
        ("time.sleep(2)", "(time.sleep(2))"),
        ("import time\n", "import time\n\n\nVALUE = 3\n"),
        ("def test_worker(worker):", "def test_worker(worker, other):\n    '''What it does.'''"),
        ("assert worker.done", "assert worker.done, 'not done'"),
        ("worker.start()", "worker.start(); worker.hurry()"),
    ],
)
def test_edits_elsewhere_and_layout_do_not_change_a_fingerprint(old: str, new: str) -> None:
    assert prints(SLEEPY.replace(old, new)) == prints(SLEEPY)


@pytest.mark.parametrize(
    ("old", "new"), [("time.sleep(2)", "time.sleep(3)"), ("test_worker", "test_other"), ("2)", "2 + 1)")]
)
def test_another_statement_or_test_has_another_fingerprint(old: str, new: str) -> None:
    assert prints(SLEEPY.replace(old, new)) != prints(SLEEPY)


def test_equal_statements_are_told_apart_by_their_order() -> None:
    text = SLEEPY.replace("time.sleep(2)", "time.sleep(2)\n    worker.again()\n    time.sleep(2)")

    one, two = prints(text)

    assert one != two
    assert prints(SLEEPY)[0] in {one, two}


@given(
    quote=st.sampled_from(['"', "'", '"""', "'''"]),
    reason=st.text(
        st.characters(codec="ascii", exclude_characters="'\"\\\r\n\0", exclude_categories=["Cc"]), max_size=20
    ),
    space=st.sampled_from(["", " ", "\n    ", "  # a comment\n    "]),
)
def test_quotes_and_spaces_are_no_part_of_an_identity(quote: str, reason: str, space: str) -> None:
    def text(mark: str) -> str:
        return f"import pytest\n\n@pytest.mark.skip({mark})\ndef test_one():\n    assert one()\n"

    plain = found(text(f'reason="{reason}"'), "skip-untracked").findings
    other = found(text(f"{space}reason={space}{quote}{reason}{quote}{space},{space}"), "skip-untracked").findings

    if "#" in space:
        return  # The comment may name an issue, or explain.
    assert [finding.fingerprint for finding in plain] == [finding.fingerprint for finding in other]


@given(st.lists(st.sampled_from(["time.sleep(2)", "time.sleep(3)", "worker.step()"]), min_size=1, max_size=6))
def test_fingerprints_are_unique(body: list[str]) -> None:
    text = SLEEPY.replace("time.sleep(2)", "\n    ".join(body))

    found_here = prints(text)

    assert len(found_here) == len(set(found_here))


def test_a_fingerprint_does_not_depend_on_the_process() -> None:
    """Hash seeds differ from process to process."""
    code = (
        "import sys; from pathlib import Path; from testaudit.config import Config; from testaudit.classify import suspicions;"
        "from testaudit.source.interface import sources_of;"
        "sources = sources_of({'tests/test_a.py': sys.stdin.read()}, Config(), root=Path('/nowhere'));"
        "print(*[finding.fingerprint for finding in suspicions(sources, Config()).findings])"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=SLEEPY,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
            timeout=60,
        ).stdout.split()[0]
        for seed in ("1", "2")
    }

    assert answers == set(prints(SLEEPY))


# ---------------------------------------------------------------- what the run shows


def audited(node_id: str, **fields: object) -> AuditedTest:
    path = node_id.partition("::")[0]
    test = AuditedTest(NodeId(node_id), node_id, path, 4, "passed", (Attempt("passed", 2.1),))
    return replace(test, **fields)  # type: ignore[arg-type]  # any field


def weighed(text: str, run: Run | None, *rules: str, **others: str) -> tuple[Finding, ...]:
    sources = suite(text, None, **others)
    chosen = tuple(rule for name in rules for rule in by_name(name)) or None
    tests = run.tests if run is not None else ()
    return weigh(suspicions(sources, Config(), chosen), run, tests, sources, Config()).findings


def test_without_a_run_suspicions_stay_as_they_are() -> None:
    assert weighed(SLEEPY, None) == found(SLEEPY).findings


def test_a_finding_names_the_tests_of_its_function() -> None:
    run = Run(
        (
            audited("tests/test_a.py::test_worker[1]"),
            audited("tests/test_a.py::test_worker[a::b]"),
            audited("tests/test_a.py::test_worker_other"),
        )
    )

    (finding,) = weighed(SLEEPY, run)

    assert finding.node_ids == ("tests/test_a.py::test_worker[1]", "tests/test_a.py::test_worker[a::b]")


def test_what_the_run_saw_of_the_doubles_stands_at_the_finding() -> None:
    patches = "".join(f'@patch("shop.cart.part_{letter}")\n' for letter in "abcdef")
    text = f"from unittest.mock import patch\n\n{patches}def test_one(*parts):\n    assert run()\n"
    doubles = tuple(Double(f"shop.cart.part_{at}", "module", "patch", "MagicMock", at, at + 1) for at in range(6))
    run = Run((audited("tests/test_a.py::test_one", attempts=(Attempt("passed", 0.1, doubles=doubles),)),))

    (finding,) = weighed(text, run, "too-many-mocks")

    assert [(evidence.kind, evidence.text) for evidence in finding.evidence][1:] == [
        ("runtime", "6 doubles in place at once in this run; never called: shop.cart.part_0")
    ]


def test_a_method_is_joined_through_its_class() -> None:
    text = "import time\n\nclass TestIt:\n    def test_one(self, it):\n        it.go()\n        time.sleep(1)\n        assert it.done\n"

    (finding,) = weighed(text, Run((audited("tests/test_a.py::TestIt::test_one"),)))

    assert finding.node_ids == ("tests/test_a.py::TestIt::test_one",)


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("class TestIt:\n    def setup_method(self):\n        os.environ['A'] = '1'\n", ["TestIt::test_one"]),
        ("def setup_module():\n    os.environ['A'] = '1'\n", ["TestIt::test_one", "test_two"]),
    ],
)
def test_what_is_set_up_is_joined_with_the_tests_that_it_is_for(text: str, joined: list[str]) -> None:
    tests = [audited(f"tests/test_a.py::{name}") for name in ("TestIt::test_one", "test_two")]

    (finding,) = weighed(f"import os\n\n{text}", Run((*tests, audited("tests/test_b.py::test_three"))), "environ-write")

    assert finding.node_ids == tuple(f"tests/test_a.py::{name}" for name in joined)


def test_a_fixture_is_joined_through_the_tests_that_used_it() -> None:
    conftest = (
        "import pytest\nimport time\n\n@pytest.fixture\ndef server():\n    start()\n    time.sleep(1)\n    yield 1\n"
    )
    use = FixtureUse("server", "function", "tests/conftest.py", 5)
    run = Run((audited("tests/test_a.py::test_x", fixtures=(use,)), audited("tests/test_a.py::test_y")))

    (finding,) = weighed("", run, tests__conftest=conftest)

    assert finding.function == "<server>"
    assert finding.node_ids == ("tests/test_a.py::test_x",)


def test_files_that_pytest_did_not_collect_are_left_out() -> None:
    run = Run((audited("tests/test_b.py::test_x"),), collected_files=frozenset({"tests/test_b.py"}))

    assert weighed(SLEEPY, run) == ()
    assert weighed(SLEEPY, replace(run, collected_files=frozenset())) != ()


def test_a_sleep_says_what_it_cost() -> None:
    attempt = Attempt("passed", 2.1, sleeps=(Sleep(2.0, 1, "tests/test_a.py", 6, "test_worker"),))

    (finding,) = weighed(SLEEPY, Run((audited("tests/test_a.py::test_worker", attempts=(attempt,)),)))

    assert [evidence.kind for evidence in finding.evidence] == ["static", "runtime"]
    assert "2 s of 2.1 s" in finding.evidence[-1].text


def test_a_skip_that_the_run_disproves_is_dropped() -> None:
    text = "import pytest\n\n@pytest.mark.skip(reason='broken')\ndef test_one():\n    assert one()\n"

    assert weighed(text, Run((audited("tests/test_a.py::test_one"),))) == ()
    (kept,) = weighed(text, Run((audited("tests/test_a.py::test_one", outcome="skipped"),)))
    assert kept.evidence[-1].kind == "runtime"


def test_weighing_keeps_the_identity() -> None:
    run = Run((audited("tests/test_a.py::test_worker"),))

    assert [finding.fingerprint for finding in weighed(SLEEPY, run)] == prints(SLEEPY)


def test_a_rule_is_a_value() -> None:
    (rule,) = by_name("TA301")

    assert isinstance(rule, Rule)
    with pytest.raises(AttributeError):
        rule.code = "TA999"  # type: ignore[misc]  # it is refused: that is the test


# ---------------------------------------------------------------- what only the run, or the suite as a whole, shows


def seeing(*sightings: Sighting, static: bool = False) -> Rule:
    """A rule that sees these in every run; with `static`, the rule about sleeps sees them as well."""
    (sleep,) = by_name("sleep-in-test")
    return replace(
        sleep,
        find=sleep.find if static else None,
        confidence=(("static", "medium"), ("runtime", "high")),
        observe=lambda run, sources, settings: iter(sightings),
        weigh=None,
    )


def weighed_by(rule: Rule, text: str = SLEEPY, config: Config | None = None) -> Weighed:
    run = Run((audited("tests/test_a.py::test_worker"),))
    sources = suite(text, config)
    return weigh(suspicions(sources, sources.config, (rule,)), run, run.tests, sources, sources.config)


SEEN = Sighting("tests/test_a.py", 6, "", "It slept.", ("2 s of 2.1 s",), (NodeId("tests/test_a.py::test_worker"),))


def test_what_the_run_shows_is_a_finding() -> None:
    (finding,) = weighed_by(seeing(SEEN)).findings

    assert (finding.rule, finding.path, finding.line, finding.message) == ("TA301", "tests/test_a.py", 6, "It slept.")
    assert finding.function == "test_worker"
    assert finding.confidence == "high"
    assert finding.node_ids == ("tests/test_a.py::test_worker",)
    assert [(item.kind, item.text) for item in finding.evidence] == [("runtime", "2 s of 2.1 s")]


def test_proof_joins_the_suspicion_of_the_same_rule_at_the_same_place() -> None:
    (alone,) = weighed_by(replace(seeing(SEEN, static=True), observe=None)).findings

    (finding,) = weighed_by(seeing(SEEN, static=True)).findings

    assert (alone.confidence, finding.confidence) == ("medium", "high")
    assert [item.kind for item in finding.evidence] == ["static", "runtime"]
    assert finding.fingerprint == alone.fingerprint


@pytest.mark.parametrize(
    ("of_source", "of_sighting", "together"),
    [("medium", None, "high"), ("medium", "medium", "medium"), ("high", None, "medium")],
    ids=["suspected and seen", "seen, and doubted", "a shape that readings found doubtful"],
)
def test_what_is_suspected_and_seen_is_sure(
    of_source: Confidence, of_sighting: Confidence | None, together: str
) -> None:
    rule = replace(
        seeing(replace(SEEN, confidence=of_sighting)),
        find=lambda file, sources, settings: iter([Hit(6, 6, "test_worker", "Sleeps.", confidence="medium")]),
        confidence=(("static", of_source), ("runtime", "medium")),
    )

    (finding,) = weighed_by(rule).findings

    assert finding.confidence == together


def test_equal_sightings_have_identities_of_their_own() -> None:
    prints = {finding.fingerprint for finding in weighed_by(seeing(SEEN, replace(SEEN, message="Again."))).findings}

    assert len(prints) == 2


def test_a_comment_and_the_configuration_silence_what_the_run_shows() -> None:
    text = SLEEPY.replace("sleep(2)", "sleep(2)  # testaudit: ignore[sleep-in-test] the sensor needs it")

    assert weighed_by(seeing(SEEN), text).findings == ()
    assert weighed_by(seeing(SEEN), config=Config(per_path_ignores={"tests/*": ("flaky",)})).findings == ()


def test_a_rule_that_crashes_over_the_run_is_named() -> None:
    def fail(*_: object) -> Iterator[Sighting]:
        raise KeyError("lost")

    (crash,) = weighed_by(replace(seeing(), observe=fail)).crashes

    assert (crash.rule, crash.path) == ("sleep-in-test", "")
    assert "lost" in crash.error


def test_the_suite_as_a_whole_is_looked_at_with_and_without_a_run() -> None:
    def count(tests: tuple[AuditedTest, ...], *_: object) -> Iterator[Sighting]:
        yield Sighting("pyproject.toml", 1, "<suite>", f"{len(tests)} tests.")

    rule = replace(seeing(), observe=None, survey=count)
    sources = suite(SLEEPY)
    suspected = suspicions(sources, Config(), (rule,))

    (static,) = weigh(suspected, None, (audited("tests/test_a.py::test_worker"),), sources, Config()).findings
    (run,) = weighed_by(rule).findings

    assert static.message == run.message == "1 tests."
    assert [static.evidence[0].kind, run.evidence[0].kind] == ["static", "runtime"]
    assert static.function == "<suite>"
