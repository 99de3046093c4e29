"""A time zone or a locale that the machine does not have.

Silent on zones that exist nowhere: those are the test's or the code's own mistake.
"""

from __future__ import annotations

import re
import zoneinfo

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import is_meant, spoken, words_of
from testaudit.model import Evidence

_ZONE = re.compile(
    r"(?:No time zone found with key|zone not found|[Uu]nknown time ?zone:?) ['\"]?(?P<name>[A-Z][\w+/-]+)"
    r"|^['\"](?P<bare>[A-Z]\w+/[\w/-]+)['\"]$"
)
_KINDS = frozenset({"ZoneInfoNotFoundError", "UnknownTimeZoneError", "ZoneRulesException"})
_PLACES = re.compile(
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific|US)/|UTC$|GMT"
)


def explain(group: Group) -> Explanation | None:
    """Proven by the libraries' own exceptions."""
    for one in reversed(spoken(group)):
        if one.name in _KINDS and (found := _ZONE.search(one.message)) is not None:
            name = found["name"] or found["bare"]
            if not _exists(name):
                return None
            return Explanation(
                "environment",
                (Evidence("runtime", words_of(one)),),
                f"Install the time zones (`tzdata`) where the tests run: they ask for {name}.",
                None,
                "time zones",
            )
        if one.type == "locale.Error" and "unsupported locale" in one.message:
            return Explanation(
                "environment",
                (Evidence("runtime", words_of(one)),),
                "Install the locale that the test sets where the tests run (`locale -a` lists those that are there).",
                None,
                "locale",
            )
    return None


def _exists(name: str) -> bool:
    """Whether there is such a zone on earth, as far as this machine knows."""
    known = zoneinfo.available_timezones()
    return bool(_PLACES.match(name)) and not is_meant(name) and (len(known) < 100 or name in known)


PROVEN = (
    Example(
        "zoneinfo",
        "zoneinfo._common.ZoneInfoNotFoundError",
        "'No time zone found with key Europe/Berlin'",
        says="Europe/Berlin",
    ),
    Example("pytz", "pytz.exceptions.UnknownTimeZoneError", "'Europe/Berlin'", says="tzdata"),
    Example("a locale", "locale.Error", "unsupported locale setting", says="locale -a"),
)
SILENT = (
    Example(
        "a zone that exists nowhere",
        "zoneinfo._common.ZoneInfoNotFoundError",
        "'No time zone found with key Mars/Olympus'",
    ),
    Example("the application's own words", "ValueError", "unknown time zone 'Europe/Berlin'"),
    Example("an assertion about it", message="assert 'unsupported locale setting' == ''"),
)
