"""A suppression without a reason, with a name that no rule has, or that suppresses nothing.

A suppression is a decision, and a decision has a reason. One without it cannot be judged by the next reader; one that
suppresses nothing any more hides the next finding on its line.

Write why it is right here: `# testaudit: ignore[sleep-in-test] the sensor needs two seconds`. Remove what is idle.

What suppresses nothing is only known after all rules have spoken; `classify` adds those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.rules.suppressions import suppressions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Suppressions without a name or a reason."""
    for comment in suppressions_in(file):
        if not comment.names or not comment.reason:
            why = "names no rule" if not comment.names else "gives no reason"
            function = qualified(file.function_at(comment.line), sources)
            yield Hit(comment.line, comment.line, function, f"This suppression {why}.")


RULE = Rule(
    code="TA1007",
    slug="bad-suppression",
    antipattern="organisation",
    severity="warning",
    confidence=(("static", "high"),),
    remedy="Say why it is right here, or remove the comment.",
    find=find,
    bad=(
        Code("""
def test_sensor():
    settle()  # testaudit: ignore[sleep-in-test]  # <-
    assert sensor.ready
"""),
        Code("""
def test_sensor():
    settle()  # testaudit: ignore  # <-
    assert sensor.ready
"""),
    ),
    good=(
        Code("""
def test_sensor():
    time.sleep(2)  # testaudit: ignore[sleep-in-test] the sensor's data sheet asks for two seconds
    assert sensor.ready
"""),
        Code("""
def test_text():
    assert render("# testaudit: ignore") == ""
"""),
        Code("""
# testaudit: ignore-file[sleep-in-test] these tests measure real time on purpose
def test_text():
    time.sleep(1)
    assert clock.seconds == 1
"""),
    ),
)
