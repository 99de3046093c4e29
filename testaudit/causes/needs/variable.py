"""An environment variable that is not set.

Proven where `os.environ[...]` itself raised, or a settings library says it; in the application's own words where they
speak of the environment, or its source reads that very name from it. Silent on the keys of plain dictionaries, on
variables that were set at that moment, on those that the test itself takes away, and on those that would switch a
check against the superuser off.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import DOUBLES, SUPERUSER, Spoken, all_spoken, function_around, is_meant
from testaudit.causes.signature import is_assertion
from testaudit.model import Evidence

_NAME = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
_OS_FILE = re.compile(r"(?:^|[/\\])os\.py$|^<frozen os>$")
_IN_OS = re.compile(r"^(?:\S*[/\\]os\.py|<frozen os>):\d+: KeyError", re.MULTILINE)
_ENVIRONMENT = re.compile(r"\benv(?:ironment)?[ -]?(?:var(?:iable)?s?)\b|\benviron\b|\benvvar|\.env\b", re.IGNORECASE)
_LACKING = re.compile(
    rf"(?P<before>{_NAME})['\"`]? (?:environment variable |env var |variable )?(?:is |was |are |must be |has |has "
    rf"to be |not )"
    rf"?(?:not |un)?(?:set|defined|found|required|missing|provided|configured|empty|present)"
    rf"|(?i:missing|undefined|unset|set|define|export|provide|require[sd]?|lacks?"
    rf"|expected)[^A-Z]{{0,60}}?['\"`]?(?P<after>{_NAME})\b"
    rf"|(?i:env(?:ironment)? ?var(?:iable)?s?)[^A-Z]{{0,30}}?['\"`]?(?P<named>{_NAME})\b",
)
_SETTINGS = re.compile(
    r"validation errors? for (?P<model>\w*(?:Settings|Config|Env)\w*)\n(?P<field>\w+)\n\s*Field required"
    r"|^(?P<old>\w+)\n\s*field required \(type=value_error\.missing\)",
    re.MULTILINE,
)
_ENVIRON = re.compile(r"\benviron\b|\bgetenv\b")
_LIBRARIES = re.compile(
    r"UndefinedValueError|EnvError|EnvironError|MissingEnvironment|ImproperlyConfigured|EnvironmentError"
)


def explain(group: Group) -> Explanation | None:
    """Proven by who raised it, or by words and source together."""
    for one in reversed(all_spoken(group)):
        if is_assertion(one.type) and not one.type.endswith("Failed"):
            continue
        if (one.raised is not None and DOUBLES.search(one.raised.path)) or SUPERUSER.search(one.message):
            continue
        name, why = _variable(one, group)
        if not name or is_meant(name) or _taken_away(name, group) or _is_set(name, group):
            continue
        return Explanation(
            "environment",
            (Evidence("runtime", why),),
            f"Set the environment variable `{name}` where the tests run, or let a fixture set it.",
            None,
            f"variable {name}",
        )
    return None


def _variable(one: Spoken, group: Group) -> tuple[str, str]:
    """The variable that an exception lacks, and how it says so."""
    if one.name == "KeyError":
        return _key(one, group)
    if one.message.startswith("DID NOT RAISE"):
        return "", ""
    said = " ".join(one.message.split())[:300]
    settings = _SETTINGS.search(one.message)
    if settings is not None and "ValidationError" in one.type:
        in_library = one.raised is not None and "settings" in one.raised.path.lower()
        if in_library or "input_value={}" in one.message or "BaseSettings" in group.trouble.text:
            return (settings["field"] or settings["old"]).upper(), f"{one.type}: {said}"
        return "", ""
    for found in _LACKING.finditer(one.message[:1_000]):
        name = found["before"] or found["after"] or found["named"]
        if len(name) < 3 or not ("_" in name or _ENVIRONMENT.search(one.message)):
            continue
        speaks = bool(_ENVIRONMENT.search(one.message) or _LIBRARIES.search(one.name))
        if speaks or _is_read(name, group):
            return name, f"{one.type}: {said}"
    return "", ""


def _key(one: Spoken, group: Group) -> tuple[str, str]:
    name = one.message.strip().strip("'\"")
    in_os = one.raised is not None and bool(_OS_FILE.search(one.raised.path))
    in_text = one.raised is None and bool(_IN_OS.search(group.trouble.text))
    if (
        re.fullmatch(_NAME, name)
        and name in group.trouble.unset
        and _ENVIRON.search(function_around(group, one.raised))
    ):
        return name, f"{name!r} was looked up in a copy of the environment"
    if not re.fullmatch(r"\w+", name) or not (in_os or in_text):
        return "", ""
    return name, f"os.environ[{name!r}] raised KeyError"


def _is_set(name: str, group: Group) -> bool:
    """Whether the probe looked, and it was set."""
    trouble = group.trouble
    looked = trouble.raised is not None and (name in trouble.message[:2_000] or name in trouble.root)
    return looked and name.isupper() and len(name) > 2 and name not in trouble.unset


def _taken_away(name: str, group: Group) -> bool:
    """Whether the test itself removes it: that it is missing was the test's wish."""
    text = group.test_text
    if not text:
        return False
    removes = re.search(rf"(?:delenv|unsetenv|environ\.pop|del os\.environ)[(\[ ]+['\"]{name}['\"]", text)
    clears = re.search(r"clear ?= ?True|environ\.clear\(|setattr\([^)]*environ", text)
    return bool(removes or clears)


def _is_read(name: str, group: Group) -> bool:
    """Whether the source around the failure reads this name from the environment."""
    pattern = re.compile(
        rf"(?:environ|getenv|\benv)\b[^\n]{{0,40}}['\"]{name}['\"]|['\"]{name}['\"][^\n]{{0,40}}(?:environ|getenv)"
    )
    frames = (group.trouble.frame, group.trouble.raised, group.trouble.root_raised)
    for path in dict.fromkeys(frame.path for frame in frames if frame is not None):
        file = group.facts.file(path)
        if file is not None and pattern.search(file.text):
            return True
    if name in group.trouble.unset and _ENVIRON.search(function_around(group, group.trouble.frame)):
        return True
    return bool(pattern.search(group.trouble.text))


_CODE = 'import os\n\ndef test_example():\n    os.environ["DATABASE_URL"]  # <-\n'
PROVEN = (
    Example(
        "os.environ raised",
        "KeyError",
        "'DATABASE_URL'",
        raised="/usr/lib/python3.8/os.py:__getitem__",
        unset=("DATABASE_URL",),
        says="`DATABASE_URL`",
    ),
    Example(
        "a newer Python",
        "KeyError",
        "'API_KEY'",
        raised="<frozen os>:__getitem__",
        unset=("API_KEY",),
        says="`API_KEY`",
    ),
    Example(
        "from a JUnit file",
        "KeyError",
        "'API_KEY'",
        text="E   KeyError: 'API_KEY'\n\n<frozen os>:685: KeyError",
        says="`API_KEY`",
    ),
    Example(
        "words that speak of the environment",
        "RuntimeError",
        "Missing required environment variable: STRIPE_KEY",
        says="`STRIPE_KEY`",
    ),
    Example(
        "decouple",
        "decouple.UndefinedValueError",
        "SECRET_KEY not found. Declare it as envvar or define a default value.",
        says="`SECRET_KEY`",
    ),
    Example("environs", "environs.EnvError", 'Environment variable "API_URL" not set', says="`API_URL`"),
    Example(
        "Django",
        "django.core.exceptions.ImproperlyConfigured",
        "Set the DJANGO_SECRET environment variable",
        says="`DJANGO_SECRET`",
    ),
    Example(
        "the source reads that name",
        "shop.ConfigError",
        "PAYMENT_TOKEN is not set",
        code='import os\n\ndef token():\n    value = os.environ.get("PAYMENT_TOKEN")\n    if not value:\n        '
        'raise ConfigError("PAYMENT_TOKEN is not set")  # <-\n\ndef test_example():\n    token()\n',
        unset=("PAYMENT_TOKEN",),
        says="`PAYMENT_TOKEN`",
    ),
    Example(
        "pydantic's settings",
        "pydantic_core._pydantic_core.ValidationError",
        "1 validation error for Settings\ndatabase_url\n  Field required [type=missing, input_value={}, "
        "input_type=dict]",
        raised="/venv/site-packages/pydantic_settings/main.py:__init__",
        says="`DATABASE_URL`",
    ),
    Example(
        "the project's own words, made of it",
        "shop.ConfigError",
        "bad configuration",
        raised="shop/config.py:load",
        root="KeyError: 'DATABASE_URL'",
        root_raised="<frozen os>:__getitem__",
        unset=("DATABASE_URL",),
        says="`DATABASE_URL`",
    ),
    Example(
        "it ends the test in words",
        "Failed",
        "environment variable DB_HOST is not set",
        unset=("DB_HOST",),
        says="`DB_HOST`",
    ),
)
SILENT = (
    Example(
        "the key of a plain dictionary",
        "KeyError",
        "'DATABASE_URL'",
        code='def test_example():\n    {}["DATABASE_URL"]  # <-\n',
        unset=("DATABASE_URL",),
    ),
    Example(
        "the test takes it away",
        "KeyError",
        "'API_KEY'",
        code='def test_example(monkeypatch):\n    monkeypatch.delenv("API_KEY", raising=False)\n    load()  # <-\n',
        raised="<frozen os>:__getitem__",
        unset=("API_KEY",),
    ),
    Example("it was set", "RuntimeError", "environment variable HOME is not set", code=_CODE, unset=()),
    Example(
        "a setting of the application",
        "ValueError",
        "MAX_SIZE is not set",
        code="def test_example():\n    size({})  # <-\n",
        unset=("MAX_SIZE",),
    ),
    Example(
        "an assertion about it", message="assert 'environment variable API_KEY is not set' in ''", unset=("API_KEY",)
    ),
    Example("an environment of the application", "ValueError", "environment STAGING is not defined in deploy.yml"),
    Example(
        "a double",
        "RuntimeError",
        "environment variable API_KEY is not set",
        raised="/usr/lib/python3.11/unittest/mock.py:_execute_mock_call",
        unset=("API_KEY",),
    ),
    Example("it was expected and did not come", "Failed", "DID NOT RAISE <class 'KeyError'>"),
    Example(
        "it would switch a safety check off",
        "shop.SecurityError",
        "Running a worker with superuser privileges is a bad idea! To go on, set the SHOP_FORCE_ROOT environment "
        "variable.",
        unset=("SHOP_FORCE_ROOT",),
    ),
    Example(
        "a model without a field",
        "pydantic_core._pydantic_core.ValidationError",
        "1 validation error for Order\ntotal\n  Field required [type=missing, input_value={'id': 1}, input_type=dict]",
    ),
    Example(
        "a mistake in what comes after",
        "ValueError",
        "bad default",
        root="KeyError: 'API_KEY'",
        root_raised="<frozen os>:__getitem__",
        wrapped=False,
    ),
)
