"""Text from the target made fit to keep and to show: secrets masked, length capped, control characters made visible.

Called on everything that the target said before it enters a value. The input is hostile: each function takes time
linear in its length, whatever stands in it. That rules out patterns that begin with an open repetition; where one must
end on a certain character, a look-behind keeps it from starting again inside the same stretch.

What is masked is named in the contract: values of variables named like secrets, and tokens of known shape, also where
pytest shortened them. Masking too much costs a reader a word; masking too little costs somebody a key. Doubt is decided
by that. The secrets of this process's own environment are known by their value: see `known_secrets`.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING

from testaudit.masking.known_secrets import known_secrets
from testaudit.masking.secret_names import ASSIGNED, COMPARED, NAME, named_in, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testaudit.masking.known_secrets import KnownSecrets

MASK = "***"
"""What stands in the place of a secret."""

FAILURE_LIMIT = 20_000
"""Bytes of a failure's text that are kept."""
OUTPUT_LIMIT = 64_000
"""Bytes of captured output that are kept of a test."""

_PASSES = 4
"""A mask may complete the shape of another one; a further pass sees it. Two are the most that was ever seen needed."""

# ---------------------------------------------------------------- names

_FLAG = re.compile(
    r"(?P<head>(?<![\w-])--?(?:password|passwd|token|secret|api[_-]?key)[ \t]{1,4})(?![-=*])[^\s'\"]+", re.IGNORECASE
)
_HEADER = re.compile(
    r"(?P<head>(?:authorization|cookie|x-(?:api|auth)-(?:key|token))"
    r"(?:\\{0,4}[\"'][ \t]{0,8},[ \t]{0,8}b?\\{0,4}[\"']|\\{0,4}[\"']?[ \t]{0,8}[:=][ \t]{0,8}(?:b?\\{0,4}[\"'])?))"
    r"(?!(?:None|True|False|str|bytes|dict)\b)"
    r"(?P<text>[^\r\n'\"\\]+(?:=\"[^\"\r\n]{0,300}\"[^\r\n'\"\\]*){0,20})",
    re.IGNORECASE,
)
_AUTH_PAIR = re.compile(r"(?P<head>(?<![A-Za-z])auth[ \t]{0,4}=[ \t]{0,4}\()(?!\*\*\*\))[^()\r\n]+\)")

# ---------------------------------------------------------------- shapes

_USERINFO = re.compile(r"://([^\s/'\"<>\\]+)@")
_SCHEME = re.compile(r"(?P<head>\b(?P<scheme>bearer|basic)[ \t]{1,4})(?P<text>[A-Za-z0-9._~+/=-]{4,})", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{16,}"
    r"|github_pat_[A-Za-z0-9_]{16,}"
    r"|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"
    r"|AIza[A-Za-z0-9_-]{30,}"
    r"|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[A-Za-z0-9_-]{16,}"
    r"|hf_[A-Za-z0-9]{30,}"
    r"|ya29\.[A-Za-z0-9_-]{20,}"
    r")"
)
_CUT_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[rs]k_(?:live|test)_|AIza|npm_|pypi-|hf_"
    r"|ya29\.|sk-|eyJ)[\w.-]{2,100}?(?:\.{3}|\u2026)(?=[\w-]{3})[\w.-]+"
)
"""What pytest, `repr` and our own tables leave of a token that is too long: its two ends."""
_CUT_USERINFO = re.compile(
    r"(?P<head>://[^\s/@:'\"<>\\]{0,100}:)(?!\d{1,5}[./\u2026])[^\s/@'\"<>\\]{1,100}?(?:\.{3}|\u2026)"
)
_SK = re.compile(
    r"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_-]{20,}"
    r"|(?<=[_-])sk-(?:[a-z]{3,8}\d{0,2}-){0,2}(?=[A-Za-z_]{0,40}[0-9])[A-Za-z0-9_]{16,}"
)
"""Behind a dash it may be the end of a word (`task-with-a-name`, `-sk-learn-pipeline`): there it is one long piece."""
_JWT = re.compile(
    r"(?:(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}|(?<=[_-])eyJ[A-Za-z0-9_-]{8,400})"
    r"\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
)
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----).)*"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
    re.DOTALL,
)
_SHORTEST_PAIR = 8
"""Characters that the shortest user and password take in Base64; what is shorter after `Basic` is a word."""
_PROSE = re.compile(
    r"(?:auth(?:entication|orization)?|credentials?|scheme|tokens?|headers?|format|realm|usage|tests?|examples?|types?"
    r"|support|with|from|only|that|this|errors?)\.*",
    re.IGNORECASE,
)


def _assigned(match: re.Match[str]) -> str:
    """The value of a variable named like a secret, in the shapes that code, `repr`, JSON and shells write."""
    head, separator = match["head"], match["sep"]
    prefix = match["prefix"]
    if match["triple"] is not None:
        return f"{head}{prefix}{match['triple']}{MASK}" if match["long"] else match[0]
    if match["escaped"] is not None:
        return f"{head}{prefix}{match['escaped']}{MASK}" if match["inner"] else match[0]
    if match["quote"] is not None:
        return f"{head}{prefix}{match['quote']}{MASK}" if match["text"] else match[0]
    if separator in {"==", "!="}:
        # A comparison of names is code; only a literal beside it is a value.
        return match[0]
    if separator == ":" and _is_prose(match):
        return match[0]
    return head + MASK


def _is_prose(match: re.Match[str]) -> bool:
    """`unexpected token: foo` is a parser talking, not a secret (unless the value looks like one); so is `pass :x:`."""
    if match["head"][:4].lower() == "pass" and match["head"][4:].strip(" \t") == ":":
        return not match.string[: match.start()].endswith("_")
    before = match.string[max(match.start() - 2, 0) : match.start()]
    value = match["bare"] or ""
    in_sentence = len(before) == 2 and before[0].islower() and before[1] == " " and match["head"].startswith("token")
    return in_sentence and (len(value) < 8 or value.isalpha())


def _scheme(match: re.Match[str]) -> str:
    text = match["text"]
    if _PROSE.fullmatch(text):
        return match[0]
    looks_encoded = any(character.isdigit() or character in "=+" for character in text) or not text[1:].islower()
    if match["scheme"].lower() == "basic" and not (looks_encoded and len(text) >= _SHORTEST_PAIR):
        return match[0]
    return match["head"] + MASK


def _userinfo(match: re.Match[str]) -> str:
    user, colon, _ = match[1].partition(":")
    if colon:
        return f"://{user}:{MASK}@"
    # A lone user is a name (`ssh://git@host`), unless it is as long as a token.
    return f"://{MASK}@" if len(user) >= 20 else match[0]


def _after_head(match: re.Match[str]) -> str:
    return match["head"] + MASK


def _header(match: re.Match[str]) -> str:
    return match["head"] + MASK if match["text"].strip() else match[0]


_NAME_HINTS = ("pass", "pwd", "secret", "credential", "key", "token")
_RULES: tuple[tuple[tuple[str, ...], re.Pattern[str], Callable[[re.Match[str]], str] | str], ...] = (
    (("-----begin",), _PEM, MASK),
    (("eyj",), _JWT, MASK),
    (
        (
            *("akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox"),
            *("k_live_", "k_test_", "aiza", "npm_", "pypi-", "hf_", "ya29."),
        ),
        _TOKEN,
        MASK,
    ),
    (("sk-",), _SK, MASK),
    (("...", "\u2026"), _CUT_TOKEN, MASK),
    (("://",), _USERINFO, _userinfo),
    (("://",), _CUT_USERINFO, r"\g<head>***..."),
    (("authorization", "cookie", "x-api-", "x-auth-"), _HEADER, _header),
    (("bearer", "basic"), _SCHEME, _scheme),
    (_NAME_HINTS, ASSIGNED, _assigned),
    (("--pass", "--token", "--secret", "--api", "-pass", "-token", "-secret", "-api"), _FLAG, _after_head),
    (("auth",), _AUTH_PAIR, r"\g<head>***)"),
)
"""(what must occur, in lower case, for the pattern to be worth a search; pattern; replacement), in order."""
_HINTS = tuple(sorted({hint for hints, _, _ in _RULES for hint in hints}))


def mask(text: str) -> str:
    """Put `***` in the place of every secret that shows itself by its name, its shape or its value. Idempotent."""
    known = _known()
    if known is not None:
        text = known.hide(text, MASK)
    lowered = text.lower()
    for hint in _HINTS:
        if hint in lowered:
            break
    else:
        return text
    if COMPARED in lowered and any(hint in lowered for hint in _NAME_HINTS):
        text = without(text, named_in(text), MASK)
        lowered = text.lower()
    rules = [rule for rule in _RULES if any(hint in lowered for hint in rule[0])]
    for _ in range(_PASSES):
        before = text
        for hints, pattern, by in rules:
            text = pattern.sub(by, text) if pattern is _PEM else _on_lines(text, hints, pattern, by)
        if text == before:
            break
    return text


def mask_together(*texts: str) -> tuple[str, ...]:
    """Several texts about one thing, masked: what one of them names as a secret stands in none of the others.

    A message says `assert 'abc' == 'abd'`; that it compared passwords stands in the traceback beside it.
    """
    telling = [text for text in texts if COMPARED in text.lower()]
    named = named_in("\n".join(telling)) if telling else ()
    return tuple(mask(without(text, named, MASK)) for text in texts)


def mask_id(node_id: str) -> str:
    """A node id or `junit_key` with its parameters masked; the same one each time, so that it can be joined on.

    File and function stay: they are the test's identity in git, in the source and in a baseline, and no secret is kept
    by hiding the name of a file that is committed. What is published masks them too. A case whose id is masked cannot
    be named to pytest any more, its function can; several cases that differ by their secret alone have one id, and are
    counted, as those whose ids change from run to run.
    """
    path, colons, rest = node_id.partition("::")
    name, bracket, parameters = rest.partition("[")
    if not bracket:
        return node_id
    end = "]" if parameters.endswith("]") else ""
    return path + colons + name + bracket + mask(parameters.removesuffix(end)) + end


@cache
def _known() -> KnownSecrets | None:
    """The secrets in the variables of this process: read once, they do not change under it."""
    return known_secrets(os.environ, re.compile(NAME, re.IGNORECASE))


def _on_lines(
    text: str, hints: tuple[str, ...], pattern: re.Pattern[str], by: Callable[[re.Match[str]], str] | str
) -> str:
    """Substitute on the lines that hold a hint: a search by pattern costs fifty times as much as one by word."""
    lowered = text.lower()
    if len(lowered) != len(text):
        # A few letters have two characters in lower case: the places would not fit.
        return pattern.sub(by, text)
    pieces, done = [], 0
    for start, end in _lines_with(lowered, hints):
        pieces += [text[done:start], pattern.sub(by, text[start:end])]
        done = end
    return "".join(pieces) + text[done:]


def _lines_with(lowered: str, hints: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where the lines begin and end that hold a hint; one that opens a triple quote goes on to where it is closed."""
    following = {hint: lowered.find(hint) for hint in hints}
    end = 0
    while places := [place for place in following.values() if place >= 0]:
        first = min(places)
        start = lowered.rfind("\n", end, first) + 1 or end
        end = _end_of_line(lowered, first)
        for quotes in ('"""', "'''"):
            if lowered.count(quotes, start, end) % 2:
                closed = lowered.find(quotes, end)
                end = _end_of_line(lowered, closed) if closed >= 0 else len(lowered)
        yield start, end
        for hint, place in following.items():
            if 0 <= place < end:
                following[hint] = lowered.find(hint, end)


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return end if end >= 0 else len(text)


# ---------------------------------------------------------------- length


def cap(text: str, limit_bytes: int) -> str:
    """At most `limit_bytes` of UTF-8: the middle is cut out, and the place says how much is missing.

    The beginning says what was asked, the end what went wrong; both are kept, at whole lines where they are near.
    """
    if len(text) * 4 <= limit_bytes:
        return text
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= limit_bytes:
        return text
    room = limit_bytes - len(_left_out(len(data)))
    if room <= 0:
        return _decoded(data[: max(limit_bytes, 0)])
    head, tail = data[: room - room // 2], data[len(data) - room // 2 :]
    cut = head.rfind(b"\n", len(head) - len(head) // 8)
    head = head[:cut] if cut > 0 else head
    cut = tail.find(b"\n", 0, len(tail) // 8)
    tail = tail[cut + 1 :] if cut >= 0 else tail
    kept_head, kept_tail = _decoded(head), _decoded(tail)
    missing = len(data) - len(kept_head.encode("utf-8", "surrogatepass"))
    missing -= len(kept_tail.encode("utf-8", "surrogatepass"))
    return kept_head + _left_out(missing).decode() + kept_tail


def _left_out(count: int) -> bytes:
    return f"\n[... {count:,} bytes left out ...]\n".encode()


def _decoded(data: bytes) -> str:
    """The text of a slice of UTF-8, without the halves of characters at its ends."""
    start = 0
    while start < min(4, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    end = len(data)
    for back in range(1, min(4, end - start) + 1):
        byte = data[end - back]
        if byte & 0xC0 == 0x80:
            continue
        width = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
        if width > back:
            end -= back
        break
    return data[start:end].decode("utf-8", "surrogatepass")


# ---------------------------------------------------------------- what a terminal may see

_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,60}m")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    r"""Make text harmless for a terminal, a log and a file: nothing in it moves the cursor or hides what stands there.

    Colours are taken away; other control characters, direction marks, invisible characters and lone surrogates become
    visible (`\x07`, `\u202e`, `\udc80`). Line feeds and tabs stay. Idempotent.
    """
    if text.isprintable():
        return text
    text = _COLOUR.sub("", text.replace("\r\n", "\n"))
    return _UNSAFE.sub(_visible, text)


def visible_json(text: str) -> str:
    """JSON of the same value, in which nothing hides or turns the text around: who reads it sees what it says."""
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1].replace("\x7f", "\\u007f"), text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
