"""Text added at the end of somebody's TOML or YAML: every byte of theirs stays, or nothing is added.

YAML is not parsed here but looked at: only files whose shape leaves no doubt are added to, as lists of plain keys are.
What is in doubt is a `DoubtError`, and the person adds it.
"""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_KEY = re.compile(
    r"""(?:(?P<plain>[A-Za-z_.][\w./-]*)|"(?P<double>[\w./ -]+)"|'(?P<single>[\w./ -]+)')\s*:(?P<value>\s.*|)"""
)
_BREAKS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\r(?!\n)")
"""What is a line's end to some readers and not to others."""
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$", re.MULTILINE)


class DoubtError(Exception):
    """The text cannot be added to without a doubt; the message says why, to stand after the file's name."""


class _Entry(NamedTuple):
    """A key at the top of a YAML file."""

    name: str
    value: str
    """What stands behind it on its line."""
    lines: tuple[str, ...]
    """What follows, up to the next key."""


def add_toml_table(text: str, keys: tuple[str, ...], addition: str) -> str:
    """The text with a table at its end; `keys` is the table's name, which must not be there yet."""
    try:
        before = tomllib.loads(text.replace("\r\n", "\n"))
        added = _joined(text, addition, blank=True)
        after = tomllib.loads(added.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        raise DoubtError("it cannot be added to as it is written") from None
    inner: object = after
    for key in keys[:-1]:
        inner = inner.get(key) if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or keys[-1] not in inner:
        raise DoubtError("it cannot be added to as it is written")
    del inner[keys[-1]]
    whole: object = after
    for key in keys[:-1]:  # a table that came with ours, and is empty without it
        if isinstance(whole, dict) and whole.get(key) == {} and key not in before:
            del whole[key]
            break
        whole = whole.get(key) if isinstance(whole, dict) else None
    if after != before:
        raise DoubtError("it cannot be added to as it is written")
    return added


def add_yaml_key(text: str, key: str, addition: str) -> str:
    """The text of a YAML mapping with one more key at its end, which must not be there yet."""
    entries = _entries(text)
    if any(entry.name == key for entry in entries):
        raise DoubtError(f"it has `{key}:` already")
    _refuse_open_end(text)
    return _joined(text, addition, blank=not _BLOCK_SCALAR.search(text))


def add_yaml_item(text: str, key: str, item: str) -> str:
    """The text with one more item in the list under `key`, which must be the last key of the file."""
    entries = _entries(text)
    if not entries or entries[-1].name != key or [entry.name for entry in entries].count(key) != 1:
        raise DoubtError(f"`{key}:` is not its last key")
    last = entries[-1]
    if last.value and not last.value.startswith("#"):
        raise DoubtError(f"`{key}:` is not written as a list with an item a line")
    content = [line for line in last.lines if line.strip() and not line.lstrip().startswith("#")]
    first = re.match(r"( *)- ", content[0]) if content else re.match("( *)", "  ")
    if first is None:
        raise DoubtError(f"`{key}:` is not written as a list with an item a line")
    indent = first[1]
    for line in content:
        here = len(line) - len(line.lstrip(" "))
        if here < len(indent) or (here == len(indent) and not re.match(r"-(?: |$)", line[here:])):
            raise DoubtError(f"the list under `{key}:` is not indented evenly")
    _refuse_open_end(text)
    shifted = "".join(f"{indent}{line}\n" if line else "\n" for line in item.splitlines())
    return _joined(text, shifted, blank=False)


def _entries(text: str) -> list[_Entry]:
    """The keys of a YAML file that is one mapping in block style; anything else is a DoubtError."""
    if _BREAKS.search(text):
        raise DoubtError("it holds line ends that not every reader takes for such")
    entries: list[_Entry] = []
    started = False
    for line in text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"):
        if line.startswith("\t"):
            raise DoubtError("it is indented with tabs")
        if not line.strip() or line.startswith("#"):
            continue
        if line.rstrip() == "---" and not started:
            started = True
            continue
        started = True
        if line.startswith(" ") or (line.startswith("- ") and entries and not entries[-1].value):
            if not entries:
                raise DoubtError("its keys are indented")
            entries[-1] = entries[-1]._replace(lines=(*entries[-1].lines, line))
            continue
        match = _KEY.fullmatch(line)
        if match is None:
            raise DoubtError("it is not one list of plain keys")
        name = match["plain"] or match["double"] or match["single"]
        entries.append(_Entry(name, match["value"].strip(), ()))
    return entries


def _refuse_open_end(text: str) -> None:
    """A text block whose last line is open would change with what follows."""
    if _BLOCK_SCALAR.search(text) and not text.endswith("\n"):
        raise DoubtError("its last line has no end")


def _joined(text: str, addition: str, *, blank: bool) -> str:
    """Both, with the line ends of the first."""
    end = "\r\n" if text.rpartition("\n")[0].endswith("\r") else "\n"
    open_line = end if text and not text.endswith("\n") else ""
    return text + open_line + (end if blank and text.strip() else "") + addition.replace("\n", end)
