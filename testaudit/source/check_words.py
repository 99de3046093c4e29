"""Names that check: of calls, of things handed on, of decorators, of plugins' fixtures."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Literal, TypeAlias

from testaudit.source.index import chain, terminal
from testaudit.source.wording import word_set, words

CheckKind: TypeAlias = Literal["assert", "raise", "raises", "method", "mock", "call", "limit", "fixture", "unknown"]
"""`assert`: the statement. `raise`: by hand. `raises`: expects an exception or a warning. `method`: `self.assertEqual`,
`assert_frame_equal`, `fail`. `mock`: `m.assert_called_with`. `call`: a name that says so (`check_total`, `verify`).
`limit`: what turns trouble into a failure (a time limit, warnings as errors, a command's exit status). `fixture`: one
of a plugin that compares (`snapshot`). `unknown`: what cannot be followed and may check."""

_MOCK = re.compile(r"assert_(called|any_call|has_calls|not_called|awaited|any_await|has_awaits|not_awaited)")
_METHOD = re.compile(
    r"assert(?!ion)|fail(Unless|If)?([A-Z_]|$)|(failure|success)ResultOf$|flush(LoggedErrors|Warnings)$"
)
_RAISES = word_set(
    """
    raises warns deprecated_call assertRaises assertRaisesRegex assertRaisesRegexp assertWarns assertWarnsRegex
    assert_raises assert_raises_regex assert_warns assertRaisesMessage assertWarnsMessage RaisesGroup RaisesExc
    """
)
_LIMIT = word_set(
    """
    fail_after wait_for wait_until timeout timeout_after timeout_at check_call check_output raise_for_status
    import_module run_path run_module testmod testfile run_docstring_examples assert_all_called until run_cell
    execute_notebook reveal_type
    """
)
_RUNS_TEXT = word_set("exec eval compile __import__")
_SAYS = word_set(
    """
    assertion asserts assertions assert check checks checker checked verify verifies verifier verification expect
    expects expected expectation ensure ensures must should raises warns fail fails compare compares comparison
    validate validates validator eq ne refute approve approvals snapshot regression golden fnmatch assertoutcome
    benchmark
    """
)
_EXACT = word_set("re_match_lines no_re_match_line re_match_lines_random should_receive")
_TYPE = re.compile(r"(Assert|Expect(s|ed)?([A-Z]|$)|Raises|Should|Must)")
"""Classes that check; any other is a thing of the product, whatever its name (`CheckConstraint`)."""
_FIXTURE = re.compile(
    r"snapshot|regression|benchmark|approv|golden|check|assert|verif|expect|valid|httpx_mock|respx|responses"
    r"|aioresponses|image_compar|no_warn|fail_on|figures|pact",
    re.IGNORECASE,
)
_DECORATOR = re.compile(
    r"snapshot|regression|benchmark|approv|golden|check|assert|verif|expect|valid|respx|responses|image_compar"
    r"|raises|warns|^given$|should|timeout|count_queries|call_count|figures|fails|crashes|emits|no_warn",
    re.IGNORECASE,
)


def kind_of_call(node: ast.Call) -> CheckKind | None:
    """What sort of check a call is by its name, or None."""
    called = node.func
    if isinstance(called, ast.Attribute):
        name = called.attr
        if name in {"eq", "ne"}:
            return None  # Operators of arrays and query builders.
        if name == "wait" and isinstance(called.value, ast.Name) and called.value.id == "self":
            return "limit"
    elif isinstance(called, ast.Name):
        name = called.id
        if name in _RUNS_TEXT:
            return "limit"
    else:
        return None
    if name in {"run", "simplefilter", "filterwarnings"}:
        return "limit" if _is_strict(node, name) else None
    return _kind_of_called(name)


@lru_cache(maxsize=20_000)
def _kind_of_called(name: str) -> CheckKind | None:
    if name in _RAISES:
        return "raises"
    if name in _LIMIT:
        return "limit"
    if name[:1].isupper():
        return "call" if _TYPE.match(name) else None
    return kind_of_name(name) or ("call" if name in _EXACT or not _SAYS.isdisjoint(words(name)) else None)


def _is_strict(node: ast.Call, name: str) -> bool:
    """`run(check=True)`, `simplefilter("error")`."""
    if name == "run":
        return any(
            word.arg == "check" and not (isinstance(word.value, ast.Constant) and not word.value.value)
            for word in node.keywords
        )
    return any(isinstance(argument, ast.Constant) and argument.value == "error" for argument in node.args)


def kind_of_name(name: str) -> CheckKind | None:
    """What sort of check a thing is that a body only hands on, or None."""
    if _MOCK.match(name):
        return "mock"
    if name == "AssertionError":
        return "raise"
    return "method" if _METHOD.match(name) else None


def kind_of_decorator(decorator: ast.expr) -> CheckKind | None:
    """What sort of check a decorator puts around a test, by its name."""
    if terminal(decorator) == "filterwarnings":
        arguments = decorator.args if isinstance(decorator, ast.Call) else []
        texts = [str(argument.value) for argument in arguments if isinstance(argument, ast.Constant)]
        return "limit" if any(text.startswith("error") for text in texts) else None
    names = chain(decorator.func if isinstance(decorator, ast.Call) else decorator)
    return "call" if any(_DECORATOR.search(name) for name in names) else None


def kind_of_fixture(name: str) -> CheckKind | None:
    """What sort of check a plugin's fixture makes, by its name."""
    return "fixture" if _FIXTURE.search(name) else None
