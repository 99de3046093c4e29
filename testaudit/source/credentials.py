"""Texts with the shape and the randomness of credentials that somebody's server would accept.

Narrower than what masking hides: there too much costs a word, here it accuses. A check digit is computed where the
issuer has one; what is known from documentation, made up, repeated or counted through is none.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import math
import re
import zlib
from collections import Counter
from typing import NamedTuple

from testaudit.source.wording import word_set

_HINTS = word_set(
    """
    AKIA ASIA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox k_live_ AIza npm_ pypi-AgE hf_ sk- SG. eyJ KEY-----
    hooks.slack.com
    """
)
"""One of these stands in each credential that is known here: most files hold none."""
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("AWS access key", re.compile(r"(?<![A-Za-z0-9])A(?:KI|SI)A(?P<body>[A-Z2-7]{16})(?![A-Za-z0-9])")),
    ("GitHub token", re.compile(r"(?<![A-Za-z0-9])gh[pousr]_(?P<body>[A-Za-z0-9]{30})(?P<check>[A-Za-z0-9]{6})(?!\w)")),
    ("GitHub token", re.compile(r"(?<!\w)github_pat_(?P<body>[A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?!\w)")),
    ("GitLab token", re.compile(r"(?<!\w)glpat-(?P<body>[A-Za-z0-9_-]{20})(?![\w-])")),
    ("Slack token", re.compile(r"(?<!\w)xox[abeprs]-(?P<body>\d{9,13}-\d{9,13}-[A-Za-z0-9-]{20,})")),
    (
        "Slack webhook",
        re.compile(r"hooks\.slack\.com/services/T[A-Z0-9]{8,10}/B[A-Z0-9]{8,10}/(?P<body>[A-Za-z0-9]{24})"),
    ),
    ("Stripe key", re.compile(r"(?<!\w)[rs]k_live_(?P<body>[A-Za-z0-9]{24,99})(?!\w)")),
    ("Google API key", re.compile(r"(?<!\w)AIza(?P<body>[A-Za-z0-9_-]{35})(?![\w-])")),
    ("npm token", re.compile(r"(?<!\w)npm_(?P<body>[A-Za-z0-9]{36})(?!\w)")),
    ("PyPI token", re.compile(r"(?<!\w)pypi-AgE(?P<body>[A-Za-z0-9_-]{70,})")),
    ("Hugging Face token", re.compile(r"(?<!\w)hf_(?P<body>[A-Za-z]{34})(?!\w)")),
    ("API key", re.compile(r"(?<![\w-])sk-(?:proj|ant-api\d\d)-(?P<body>[A-Za-z0-9_-]{40,})")),
    ("SendGrid key", re.compile(r"(?<!\w)SG\.(?P<body>[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})(?![\w-])")),
)
_JWT = re.compile(r"(?<![\w-])(eyJ[\w-]{8,})\.(eyJ[\w-]{8,})\.([\w-]{40,})")
_PEM = re.compile(
    r"-----BEGIN (?:RSA |EC |OPENSSH |ENCRYPTED )?PRIVATE KEY-----(?P<body>[A-Za-z0-9+/=\s\\nr'\"]{200,}?)-----END"
)
_MADE_UP = re.compile(
    r"test|fake|dummy|example|sample|demo|mock|placeholder|redacted|change.?me|invalid|secret|token|your|foo|bar|abc|xyz"
    r"|1234|4321|0123|qwert|dead.?beef|(.)\1{3}",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"//(?:localhost|127\.|0\.0\.0\.0|\[::1\]|[\w.-]*\.(?:local|test|example|invalid|internal)\b|example\.)"
)
_ACCOUNT = re.compile(r"[\w.-]+@[\w-]+\.iam\.gserviceaccount\.com")
_BESIDE = 1500
"""Characters around a private key in which its account may stand."""
_LEAST_BITS = 3.2
"""Of entropy in a character: random base 32 of sixteen characters has about 3.6, words have less than 3."""
_SAID_TO_BE_NONE = re.compile(
    r"test|fake|dummy|example|sample|demo|mock|placeholder|invalid|expired|revoked|bogus|not.?(a.)?real|self.?signed",
    re.IGNORECASE,
)


class Credential(NamedTuple):
    """A text that looks live."""

    kind: str
    shown: str
    """Its first characters alone."""
    start: int
    end: int
    sure: bool
    """A token that its issuer would know; a signed token or a key may be the test's own."""


def may_hold_some(text: str) -> bool:
    """Whether a text can hold a credential at all: most do not."""
    return any(hint in text for hint in _HINTS)


def credentials(text: str) -> list[Credential]:
    """The credentials in a text, in its order."""
    found = [
        Credential(kind, _beginning(match[0]), match.start(), match.end(), sure=True)
        for kind, shape in _SHAPES
        for match in shape.finditer(text)
        if _is_random(match["body"]) and _checks(match)
    ]
    found += [
        Credential("signed token (JWT)", _beginning(match[0]), match.start(), match.end(), sure=False)
        for match in _JWT.finditer(text)
        if _is_issued(match)
    ]
    found += [
        Credential("service account's private key", match[0][:10], match.start(), match.end(), sure=False)
        for match in _PEM.finditer(text)
        if len(set(match["body"])) > 40 and _is_of_an_account(text, match)
    ]
    return sorted(found, key=lambda credential: credential.start)


def _is_of_an_account(text: str, match: re.Match[str]) -> bool:
    """A private key alone may be made for the test; one beside the account that it opens is not."""
    beside = text[max(0, match.start() - _BESIDE) : match.end() + _BESIDE]
    account = _ACCOUNT.search(beside)
    return account is not None and _MADE_UP.search(account[0]) is None


def is_said_to_be_none(text: str) -> bool:
    """Whether a name or comment says that a value is no real one."""
    return _SAID_TO_BE_NONE.search(text) is not None


def _beginning(token: str) -> str:
    return f"{token[:4]}…"


def _is_random(body: str) -> bool:
    if _MADE_UP.search(body) or _counts_through(body):
        return False
    counts = Counter(body)
    bits = -sum(count / len(body) * math.log2(count / len(body)) for count in counts.values())
    return bits >= _LEAST_BITS


def _counts_through(body: str) -> bool:
    """`abcd`, `5678`: four neighbours in a row."""
    steps = [ord(after) - ord(before) for before, after in itertools.pairwise(body)]
    return any(step in {1, -1} and steps[at : at + 3] == [step] * 3 for at, step in enumerate(steps))


def _checks(match: re.Match[str]) -> bool:
    """Whether the check digits are right, where the issuer has some: GitHub's are the CRC-32 of the rest."""
    check = match.groupdict().get("check")
    return check is None or check == _base62(zlib.crc32(match["body"].encode()))


def _base62(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = digits[rest] + text
    return text.rjust(6, "0")


def _is_issued(match: re.Match[str]) -> bool:
    """A signed token that names a public issuer and is not about somebody made up."""
    payload = _decoded(match[2])
    issuer = str(payload.get("iss", ""))
    if not issuer.startswith("https://") or _LOCAL.search(issuer) or "exp" not in payload:
        return False
    return _is_random(match[3]) and not _MADE_UP.search(json.dumps(payload))


def _decoded(part: str) -> dict[str, object]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}
