"""What a test says that it is there for: "must not raise" contracts, in its name, docstring and comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.source.index import terminal
from testaudit.source.project import enclosing_class
from testaudit.source.skips import call_is_unconditional, names_issue
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.index import Function
    from testaudit.source.project import Sources

_SAYS = re.compile(
    r"\bn[o']t\b|n't\b|\bno\b|\bnothing\b|\bnever\b|without|smoke|\bwork(s|ed|ing)?\b|(get|got|reach\w*|come) here"
    r"|\bok(ay)?\b|succe(ed|ss)|\bsafe|silent|ignor|\bvalid\b|accept|allow|support|no.?op\b|\bpass(es|ed|ing)?\b"
    r"|regress|\bimport|\bcan\b|\bruns?\b|toler|graceful|handl|robust|idempot|\bbug|\bfix|crash|coverage|compat"
    r"|deprecat|compil|rais(e|es|ing)\b|\berrors?\b|exception|warning|permit|\bable to\b|possible|sanity|exercis"
    r"|just (check|make|call|run|test)|make sure|ensure|verif|\bcheck\b|segfault|\bhang|deadlock|recurs|leak|race|blow"
    r"|explod|complain|fail|\bexpect|trigger|would be|used to|\btimeout|time out|infinite|empty|none\b|missing",
    re.IGNORECASE,
)
_NAME = word_set(
    """
    not no nothing never without doesnt dont wont cant smoke work works working ok okay succeed succeeds success
    successful safe safely silent silently ignore ignores ignored ignoring valid accept accepts accepted accepting
    allow allows allowed allowing support supports supported noop nop pass passes passed passing regression
    regressions import imports imported importable importing can run runs running tolerate tolerates tolerant
    graceful gracefully handle handles handled handling robust robustness idempotent bug bugs fix fixed crash
    crashes crashing coverage compat compatible compatibility deprecated deprecation compile compiles raise raises
    raising error errors exception exceptions warning warnings warn warns permit permits permitted possible sanity
    exercise segfault hang hangs deadlock deadlocks recursion recursive leak leaks race fail fails failed failing
    failure failures empty none missing nominally benchmark bench perf performance profile typing types mypy
    pyright doctest example examples stress fuzz issue gh notraise noraise noerror nocrash repr hash hashable
    instantiate instantiation init constructor construct
    """
)
_ISSUE_NAME = re.compile(
    r"(^|_)(gh|issue|bug|ticket|pr|bpo|regression)_?\d+|_\d{3,}(_|$)|(^|[a-z_])\d{4,}($|_)", re.IGNORECASE
)
_PLACES = word_set(
    """
    smoke import imports examples benchmark benchmarks bench perf performance typing types mypy doc docs doctest
    doctests stress fuzz compile
    """
)
_SKIPS = word_set("skip xfail skipif skipIf skipUnless expectedFailure benchmark slow_benchmark")


def promises_only_to_run(sources: Sources, file: SourceFile, test: Function) -> bool:
    """Whether the test says that running through is what it is about.

    Generous: any word of its name, its docstring or a comment beside it that speaks of errors, of what is accepted or
    ignored, of a mended defect or of an issue's number will do; so will a file or class of smoke tests.
    """
    if not _NAME.isdisjoint(words(test.name)) or _ISSUE_NAME.search(test.name):
        return True
    klass = enclosing_class(test)
    places = f"{test.path.removesuffix('.py')}/{klass.qualname if klass is not None else ''}"
    if not _PLACES.isdisjoint(words(places)):
        return True
    said = "\n".join((test.docstring, comments_of(file, test)))
    return bool(_SAYS.search(said)) or names_issue(said, sources.config)


def comments_of(file: SourceFile, test: Function) -> str:
    """The comments above, in and at the end of a test, those for tools left out."""
    if "#" not in file.text:
        return ""
    first = min([test.line, *(decorator.lineno for decorator in test.decorators)])
    return f"{file.comment_block_above(first)}\n{file.comments_near(first, _last_line(file, test), 0)}"


def comments_inside(file: SourceFile, test: Function) -> str:
    """The comments in and at the end of a test, those for tools left out."""
    return file.comments_near(test.line, _last_line(file, test), 0) if "#" in file.text else ""


def _last_line(file: SourceFile, test: Function) -> int:
    """The test's last line, comments at its end included: the tree does not know them."""
    last = at = test.end_line
    depth = getattr(test.node, "col_offset", 0)
    for text in file.lines[test.end_line :]:
        at += 1
        bare = text.lstrip()
        if bare.startswith("#") and len(text) - len(bare) > depth:
            last = at
        elif bare:
            break
    return last


def is_put_off(test: Function) -> bool:
    """Whether the test never runs or never counts, by a decorator or by its first words: another rule's matter."""
    klass = enclosing_class(test)
    decorators = [*test.decorators, *(klass.decorators if klass is not None else ())]
    if any(terminal(decorator) in _SKIPS for decorator in decorators):
        return True
    return any(
        terminal(node) in {"skip", "skipTest", "SkipTest", "xfail"} and call_is_unconditional(statement)
        for node, statement in test.calls
    )
