"""Rules are found by the names that people type."""

from __future__ import annotations

import sys
import types

import pytest

from testaudit.config import Config
from testaudit.errors import AuditError, UsageError
from testaudit.rules import registry


def slugs(*select: str, ignore: tuple[str, ...] = (), config: Config | None = None) -> set[str]:
    return {rule.slug for rule in registry.resolve(select, ignore, config or Config())}


@pytest.mark.parametrize("name", ["TA301", "ta301", "sleep-in-test"])
def test_a_rule_has_a_code_and_a_slug(name: str) -> None:
    assert slugs(name) == {"sleep-in-test"}


def test_an_antipattern_means_all_its_rules() -> None:
    assert {"sleep-in-test", "sleep-in-async"} <= slugs("flaky")


def test_a_known_antipattern_without_rules_is_no_error() -> None:
    assert "sleep-in-test" not in slugs("cannot-fail")


@pytest.mark.parametrize(
    ("typed", "meant"), [("sleep-in-tests", "sleep-in-test"), ("TA31", "TA301"), ("flakey", "flaky")]
)
def test_an_unknown_name_is_wrong_use_and_the_nearest_is_named(typed: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        slugs(typed)

    assert typed in caught.value.message
    assert meant in caught.value.hint


def test_a_prefix_is_no_name() -> None:
    with pytest.raises(UsageError):
        slugs("TA3")


def test_ignoring_outranks_selecting() -> None:
    assert slugs("flaky") - slugs("flaky", ignore=("TA302",)) == {"sleep-in-async"}


def test_options_outrank_the_configuration() -> None:
    config = Config(select=("xfail-untracked",), ignore=("sleep-in-async",))

    assert slugs(config=config) == {"xfail-untracked"}
    assert slugs("flaky") - slugs("flaky", config=config) == {"sleep-in-async"}


def test_unknown_names_in_the_configuration_are_wrong_use() -> None:
    for config in (
        Config(severity={"sleep-in-tset": "error"}),
        Config(per_path_ignores={"tests/old/*": ("nothing",)}),
        Config(rules={"no-such-rule": {}}),
    ):
        with pytest.raises(UsageError):
            slugs(config=config)


def test_an_unknown_option_of_a_rule_is_wrong_use() -> None:
    (rule,) = registry.by_name("many-act-assert-cycles")

    with pytest.raises(UsageError) as caught:
        registry.settings_of(rule, Config(rules={rule.slug: {"max-cycle": 3}}))

    assert "max-cycles" in caught.value.hint


def test_options_of_a_rule_come_from_the_configuration() -> None:
    (rule,) = registry.by_name("many-act-assert-cycles")

    assert registry.settings_of(rule, Config()).number("max-cycles") == 4
    assert registry.settings_of(rule, Config(rules={rule.slug: {"max-cycles": 7}})).number("max-cycles") == 7


def test_a_rule_file_that_does_not_load_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "testaudit.rules.flaky.sleep_in_test", types.ModuleType("empty"))
    registry.all_rules.cache_clear()
    try:
        with pytest.raises(AuditError, match="defines no RULE"):
            registry.all_rules()
    finally:
        monkeypatch.undo()
        registry.all_rules.cache_clear()


def test_figures_are_a_sentence() -> None:
    assert str(registry.Figures(30, 29, 9)) == "29 of 30 static findings read in 9 public suites were right (97%)"
    assert str(registry.Figures(0, 0, 0, note="absent in the suites")) == "absent in the suites"


def test_blind_figures_are_a_sentence_of_their_own() -> None:
    figures = registry.Figures(30, 29, 9, blind=registry.Blind(12, 11, 7))

    assert str(figures.blind) == "11 of 12 findings in 7 suites that the rule was not made on were right"
    assert "suites that" not in str(figures)
    assert str(registry.Blind(12, 9, 4, 12, 11)).endswith("were right; mended since, 11 of 12 others")
