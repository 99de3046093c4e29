"""A statement's tokens without layout, comments and quote style: what a fingerprint is made of.

Not `tokenize` and not `ast.dump`: both differ between Python versions, and an identity must not.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile

_TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|\\\n|\#[^\n]*)+)
  | (?P<string>[A-Za-z]{0,2}(?:
        \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3}
      | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    ))
  | (?P<name>\w+(?:\.\d+)?)
  | (?P<other>\*\*=?|//=?|>>=?|<<=?|:=|->|[-+*/%@&|^=<>!]=|\.\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_STRING = re.compile(r"([A-Za-z]{0,2})(\"{3}|'{3}|\"|')(.*)\2\Z", re.DOTALL)
_KEYWORDS = frozenset(
    {"assert", "return", "if", "elif", "while", "in", "not", "and", "or", "is", "yield", "await", "raise", "else"}
    | {"del", "for", "with", "from", "import", "lambda", "except", "case", "match"}
)
_CLOSERS = frozenset({")", "]", "}"})


def normal_tokens(text: str) -> tuple[str, ...]:
    """The tokens of some source text: no layout, no comments, no grouping parentheses, one style of quotes."""
    tokens: list[str] = []
    opened: list[bool] = []
    previous = ""
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "space":
            continue
        if kind == "string":
            token = _normal_string(token)
            if previous.startswith('"') and token.startswith('"') and tokens:
                tokens[-1] = previous = previous[:-1] + token[1:]
                continue
        elif token == "(":
            grouping = not previous or previous in _KEYWORDS or not (previous[-1].isalnum() or previous[-1] in '_)]}"')
            opened.append(grouping)
            if grouping:
                continue
        elif token in _CLOSERS:
            if tokens and tokens[-1] == ",":
                tokens.pop()
            if token == ")" and opened and opened.pop():
                continue
        tokens.append(token)
        previous = token
    return tuple(tokens)


def _normal_string(token: str) -> str:
    match = _STRING.match(token)
    if match is None:
        return token
    prefix = "".join(sorted(match[1].lower().replace("u", "")))
    body = match[3]
    if "r" not in prefix:
        body = re.sub(
            r"\\(\\|['\"]|\n)", lambda found: {"\n": ""}.get(found[1], found[1] if found[1] != "\\" else found[0]), body
        )
    return f'{prefix}"{body}"'


def statement_tokens(file: SourceFile, line: int) -> tuple[str, ...]:
    """The tokens of the statement at a line: of a decorator, of a simple statement, of a compound one's header.

    Of a definition it is the name alone, so that a new parameter makes no new finding.
    """
    statement = file.statement_at(line)
    if statement is None:
        return normal_tokens(file.lines[line - 1]) if 0 < line <= len(file.lines) else ()
    node = statement.node
    for decorator in getattr(node, "decorator_list", []):
        if decorator.lineno <= line <= (decorator.end_lineno or decorator.lineno):
            return normal_tokens(segment(file, decorator))
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return ("def", name)
        case ast.ClassDef(name=name):
            return ("class", name)
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and body[0].lineno > statement.line:
        return normal_tokens(file.lines_of(statement.line, body[0].lineno - 1))
    return normal_tokens(segment(file, node))


def segment(file: SourceFile, node: ast.AST) -> str:
    """The source text of a node."""
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or getattr(node, "lineno", 1)
    start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None)
    lines = file.lines[first - 1 : last]
    if not lines:
        return ""
    # Columns count UTF-8 bytes.
    if end is not None:
        lines[-1] = lines[-1].encode()[:end].decode("utf-8", "ignore")
    lines[0] = lines[0].encode()[start:].decode("utf-8", "ignore")
    return "\n".join(lines)
