"""`testaudit explain`: why a rule exists, a bad and a good example, how to mend it, how to configure it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from testaudit.rules.registry import Description

CONTEXT: dict[str, object] = {}


def command(
    rule: Annotated[
        str | None,
        typer.Argument(metavar="RULE", help="A code (TA301), a rule (sleep-in-test) or an anti-pattern (flaky)."),
    ] = None,
) -> int:
    """Explain a rule or an anti-pattern; without a name, list them all."""
    from testaudit.report.terminal import console
    from testaudit.rules.registry import by_name, describe

    screen = console()
    if rule is None:
        _list(screen)
        return 0
    found = by_name(rule)
    if not found:
        screen.print(f"No rule for {rule} yet.")
    for number, entry in enumerate(found):
        if number:
            screen.rule()
        _show(screen, describe(entry))
    return 0


def _list(screen: Console) -> None:
    from rich.table import Table

    from testaudit.model import ANTIPATTERNS
    from testaudit.rules.registry import all_rules

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("code", "rule", "severity", "confidence", "anti-pattern"):
        table.add_column(title, header_style="bold", no_wrap=title != "anti-pattern")
    for rule in all_rules():
        table.add_row(rule.code, rule.slug, rule.severity, rule.confidence_of("static"), ANTIPATTERNS[rule.antipattern])
    screen.print(table)
    screen.print("\nMore about one: testaudit explain RULE", style="dim")


def _show(screen: Console, about: Description) -> None:
    rule = about.rule
    screen.print(f"{rule.code} {rule.slug}", style="bold")
    worth = ", ".join(f"{kind} evidence: {confidence}" for kind, confidence in rule.confidence)
    screen.print(f"{about.antipattern} · {rule.severity} · {worth}\n", style="dim")
    screen.print(_flowing(about.docs.strip()))
    screen.print(f"\nInstead: {rule.remedy}")
    for title, codes in (("Bad", about.bad[:1]), ("Good", about.good[:1])):
        for code in codes:
            screen.print(f"\n{title}", style="bold red" if title == "Bad" else "bold green")
            screen.print("\n".join(f"    {line}" for line in code.shown.splitlines()))
    screen.print("\nConfigure", style="bold")
    if about.options:
        screen.print(f"    [tool.testaudit.rules.{rule.slug}]")
        for option in about.options:
            screen.print(f"    {option.name} = {_toml(option.default)}  # {option.what}")
    screen.print(f'    ignore = ["{rule.slug}"]  # in [tool.testaudit]: switch it off')
    screen.print(f"    # testaudit: ignore[{rule.slug}] the reason  (on the line, or the line above)")
    for figures in about.figures:
        screen.print(f"\nPrecision: {figures}", style="dim")
        if figures.blind is not None:
            screen.print(f"Read blind: {figures.blind}", style="dim")


def _flowing(text: str) -> str:
    """Paragraphs as one line each, for the screen to break; what is indented or a list stays as it is."""
    paragraphs = re.split(r"\n\s*\n", text)
    return "\n\n".join(
        part if re.search(r"^(?:\s|[-*] |\d+\. )", part, re.MULTILINE) else " ".join(part.split("\n"))
        for part in paragraphs
    )


def _toml(value: object) -> str:
    """A default as TOML writes it."""
    import json

    return json.dumps(list(value) if isinstance(value, tuple) else value)
