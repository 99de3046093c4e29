"""Robot Framework."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from testaudit.junit.cases import Result

if TYPE_CHECKING:
    from testaudit.junit.cases import Case

_MARKUP = re.compile(r"<hr>|<br>|<[^<>]{0,200}>")
_MERGED = "Test has been re-executed and results merged."
_OLD = re.compile(r"^(?:Old|Previous) status: *(?P<status>\w+)", re.MULTILINE)


def normal(case: Case) -> Case:
    """`rebot --merge` keeps the old result in the message of the new one."""
    if not case.results or not case.results[0].message.startswith("*HTML*") or _MERGED not in case.results[0].message:
        return case
    result = case.results[0]
    text = html.unescape(_MARKUP.sub(lambda tag: "\n" if tag[0] in {"<hr>", "<br>"} else "", result.message[6:]))
    told = [line.removeprefix("New message:").strip() for line in text.splitlines() if line.startswith("New message:")]
    latest = result._replace(message=told[0] if told else result.message, text=text.strip())
    earlier = tuple(Result("rerunFailure", result.type) for old in _OLD.finditer(text) if old["status"] == "FAIL")
    return case._replace(results=(*earlier, latest))
