"""`testaudit schema`: the JSON Schema of the audit."""

from __future__ import annotations

CONTEXT: dict[str, object] = {}


def command() -> int:
    """Print the JSON Schema (draft 2020-12) of the audit file."""
    from testaudit.cli.outputs import print_text
    from testaudit.report import json_v1

    print_text(json_v1.schema())
    return 0
