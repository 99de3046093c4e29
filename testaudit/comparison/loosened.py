"""Which assertions of a changed test check less than they did.

It tells reviewers where to look, so it has to be right: what can be read as another way to say the same, as part of a
rewritten test, or as a check that moved somewhere else, is passed over. First everything that is the same on both
sides is put aside; of what is left, each assertion is held against the one that took its place.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

from testaudit.comparison.assertions import CALLED, examined, function_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from testaudit.comparison.assertions import Assertion, Checked

_STRONG = frozenset({"==", "is", "in", "approx", "raises", "warns", "called", "helper", "fail"})
"""Assertions that can stand for several that are gone: `assert page == expected`."""
_BARE = frozenset({"true", "isinstance", "is not", "or", "nothing"})
_WEAKER: dict[str, frozenset[str]] = {
    "==": _BARE | {"in", "not in", "approx", "!=", "<", "<=", ">", ">="},
    "is": _BARE | {"false", "in"},
    "approx": _BARE | {"<", "<=", ">", ">=", "!=", "in"},
    "in": _BARE,
    "not in": frozenset({"or", "nothing", "true"}),
    "isinstance": frozenset({"true", "is not", "or", "nothing"}),
    **dict.fromkeys(("<", "<=", ">", ">="), _BARE),
    **dict.fromkeys(("true", "false", "!=", "is not", "helper"), frozenset({"or", "nothing"})),
}
"""Kind -> the kinds that let more through, on the same subject."""
_ABSENT = frozenset({"false", "not in"})
_TYPES = frozenset({"is", "isinstance"})
_TRUTH = frozenset({"True", "False", "[]", "{}", "()", "''", "0", "None", "b''"})
"""`x == []` and `not x` are taken as one: linters turn the one into the other."""
_ALIKE = 0.5
"""Share of the statements that both have; below it the test was rewritten."""

_LARGEST = 250_000
"""Assertions then, times those now: above it nobody wrote the test by hand, and comparing takes seconds."""
_PAIRS = 2_000
"""So many are compared letter by letter; of more, the first that fit are taken."""
_TELLING = 6
"""Characters of a text that is not found in two places by chance."""


class Loosening(NamedTuple):
    """One assertion that checks less."""

    what: str
    before: str
    now: str
    """Empty where it is gone."""
    line: int
    """In the function of today, 1-based: of the assertion, or where it stood."""


def loosened(before: str, now: str, elsewhere: Iterable[str] = ()) -> tuple[Loosening, ...]:
    """What a test function checks less than before; empty where Python cannot read it.

    Args:
        before: its source then, dedented, decorators included.
        now: its source today.
        elsewhere: sources of test functions and helpers that are new today: a check may have moved there.

    """
    then, today = function_in(before), function_in(now)
    if then is None or today is None:
        return ()
    first, second = examined(then), examined(today)
    if len(first.assertions) * len(second.assertions) > _LARGEST:
        return ()
    renamed = _renamed(first, second)
    if renamed:
        first, second = examined(then, renamed), examined(today, renamed)
    moved = [examined(function) for function in map(function_in, elsewhere) if function is not None]
    kept = {one.form for checked in moved for one in checked.assertions}
    return tuple(_Comparison(first, second, kept).found())


def _renamed(then: Checked, today: Checked) -> frozenset[str]:
    """Local names and arguments that only one side has."""
    local = {*then.assigned, *then.arguments, *today.assigned, *today.arguments}
    return frozenset(local & (then.names ^ today.names))


class _Comparison:
    """The two sides, and what is left of them."""

    def __init__(self, then: Checked, today: Checked, kept: set[str]) -> None:
        self.then, self.today, self.kept = then, today, kept
        self.gone: list[Assertion] = list(then.assertions)
        self.new: list[Assertion] = list(today.assertions)
        self.same: list[tuple[Assertion, Assertion]] = []

    def found(self) -> Iterable[Loosening]:
        self._match(lambda one: (one.form, one.guards, one.swallowed))
        self._match(lambda one: one.form)
        yield from self._guarded()
        self._match_nearest()
        yield from self._weaker()
        if self._alike() >= _ALIKE or self._emptied():
            yield from self._removed()

    def _match(self, key: Callable[[Assertion], object]) -> None:
        """Put aside what is the same by this key."""
        waiting: defaultdict[object, deque[Assertion]] = defaultdict(deque)
        for other in self.new:
            waiting[key(other)].append(other)
        left, self.gone = self.gone, []
        for one in left:
            if twins := waiting[key(one)]:
                self.same.append((one, twins.popleft()))
            else:
                self.gone.append(one)
        self.new = sorted((other for twins in waiting.values() for other in twins), key=lambda one: one.line)

    def _match_nearest(self) -> None:
        """Put aside what expects another value of the same; of several, the ones that are most alike."""

        def key(one: Assertion) -> object:
            return one.kind, one.subjects, one.detail, one.match

        pairs = [(one, other) for one in self.gone for other in self.new if key(one) == key(other)]
        if len(pairs) <= _PAIRS:
            pairs.sort(key=lambda pair: -_alike(pair[0].form, pair[1].form))
        for one, other in pairs:
            if one in self.gone and other in self.new:
                self.gone.remove(one)
                self.new.remove(other)
                self.same.append((one, other))

    # ------------------------------------------------------------ what has the same form

    def _guarded(self) -> Iterable[Loosening]:
        """It says the same, and its failure counts no more, or not always."""
        for one, other in self.same:
            if other.swallowed and not one.swallowed:
                yield Loosening("its failure is swallowed", one.text, other.text, other.line)
            elif len(other.guards) > len(one.guards) and not self._varies(other):
                for condition in [guard for guard in other.guards if guard not in one.branches][:1]:
                    yield Loosening(f"moved under `if {_short(condition)}`", one.text, other.text, other.line)

    def _varies(self, one: Assertion) -> bool:
        """The conditions tell the cases of a parametrised test, or of a loop, apart."""
        return one.looped or self.today.parametrised > self.then.parametrised

    # ------------------------------------------------------------ what took another's place

    def _weaker(self) -> Iterable[Loosening]:
        for one in tuple(self.gone):
            other = next((new for new in self.new if what_is_less(one, new)), None)
            if other is None:
                continue
            self.gone.remove(one)
            self.new.remove(other)
            self.same.append((one, other))
            if self._still_there(one) and not self._made_up_for(one):
                yield Loosening(what_is_less(one, other), one.text, other.text, other.line)

    def _made_up_for(self, one: Assertion) -> bool:
        """Another new assertion looks at the same thing as closely."""
        if one.kind == "raises" and self.new:
            return True  # what was raised is looked at in its own lines
        return any(new.kind in _STRONG and (new.names & one.names or new.subjects & one.subjects) for new in self.new)

    # ------------------------------------------------------------ what is gone

    def _removed(self) -> Iterable[Loosening]:
        emptied = self._emptied()
        if not self.gone or self.new or (self._moved_into_calls() and not emptied):
            return  # something else is checked in its place, or may be
        forms = Counter(one.form for one in self.today.assertions)
        for one in self.gone:
            if one.kind in {"fail", "nothing", "warns"} or forms[one.form] or one.form in self.kept:
                continue
            if self._parametrised_away(one) or self._said_otherwise(one):
                continue
            if emptied and one.kind in _ABSENT:  # what it found wrong may be raised now
                continue
            if not emptied and not self._still_there(one):
                continue
            yield Loosening(f"{_name(one)} removed", one.text, "", self._place(one))

    def _emptied(self) -> bool:
        """Nothing is checked any more, and nothing is called that was not: no check can have moved into it."""
        return not self.today.assertions and all(f"{call}(" in self.then.source for call in self.today.calls)

    def _moved_into_calls(self) -> bool:
        return bool(self.today.calls - self.then.calls) or bool(self.today.arguments - self.then.arguments)

    def _parametrised_away(self, one: Assertion) -> bool:
        """Several lines became one, over several cases."""
        varied = self.today.parametrised > self.then.parametrised
        return any(other.kind == one.kind and (varied or other.looped) for other in self.today.assertions)

    def _said_otherwise(self, one: Assertion) -> bool:
        """The rest of the test asks for it too, something else comes out now, or its case is no more."""
        there = self.today.source
        match one.kind:
            case "true" | "is not" if self._used(one):  # for a type checker
                return True
            case "helper" if not one.subjects:  # it looks at the surroundings: is there a server?
                return True
            case "raises":  # it is called, and must not raise now
                return any(f"{subject.partition('(')[0]}(" in there for subject in one.subjects)
        return (
            any(f"if {condition}" not in self.today.statements for condition in one.branches)
            or self._implied(one)
            or any(_expects_otherwise(one, then, now) for then, now in self.same if then.form != now.form)
            or ("len(" in one.form and there.count("strict=True") > self.then.source.count("strict=True"))
        )

    def _implied(self, one: Assertion) -> bool:
        """Another assertion of today says the same of the same."""
        forms = {then.form for then in self.then.assertions}
        for other in self.today.assertions:
            if _shorter(one.form) == other.form:
                return True
            if one.kind == other.kind == "==" and len(other.subjects) > 1 and other.subjects <= one.subjects:
                return True  # `Path(a) == Path(b)` beside `a == b`
            words = one.literal.strip("'\" ")
            long = len(words) > (2 if one.subjects & other.subjects else _TELLING)
            if long and words in other.form and other.form not in forms:
                return True
        return False

    def _used(self, one: Assertion) -> bool:
        """What was asked to be there is worked with: where it is missing, that fails."""
        closer = any(one.subjects & other.subjects for other in self.today.assertions if other.kind in _STRONG)
        uses = (rf"(?m)(?<![\w.]){re.escape(subject)}(?:[.\[(,):]|$)" for subject in one.subjects)
        return closer or any(re.search(use, self.today.source) for use in uses)

    def _still_there(self, one: Assertion) -> bool:
        """What it looked at is still made: the statements that bind its names stand where they were."""
        bound = [self.then.assigned[name] for name in one.names if name in self.then.assigned]
        there = self.today.statements
        values = {form for forms in self.today.assigned.values() for form in forms}
        if any(f"def {name}" in self.then.statements and f"def {name}" not in there for name in one.names):
            return False
        return all(any(form in there or form in values for form in forms) for forms in bound)

    def _place(self, one: Assertion) -> int:
        """The line of the assertion that stood before it and still stands."""
        above = [(then.line, today.line) for then, today in self.same if then.line <= one.line]
        return max(above)[1] if above else self.today.line

    def _alike(self) -> float:
        """The share of statements, assertions included, that both sides have."""
        then, today = self.then.statements, self.today.statements
        both = 2 * (sum((then & today).values()) + len(self.same))
        total = sum(then.values()) + sum(today.values()) + len(self.then.assertions) + len(self.today.assertions)
        return both / total if total else 1.0


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one[:200], other[:200]).ratio()


def _expects_otherwise(one: Assertion, then: Assertion, now: Assertion) -> bool:
    """What `one` looked at is expected to be of another type, or of another length."""
    if now.kind in _TYPES and one.names & then.names:
        return True
    return any(f"len({subject.partition('[')[0]})" in then.subjects for subject in one.subjects)


def _shorter(form: str) -> str:
    """Without arguments that are no more."""
    return re.sub(r"(?:, )?(?:\b\w+=)?(?<![\w.])_(?=[,)])", "", form)


def what_is_less(one: Assertion, other: Assertion) -> str:
    """How `other` lets more through than `one` did; empty where it does not, or looks at something else."""
    if one.kind in {"raises", "warns"}:
        return _raises_less(one, other)
    if one.kind == "called":
        return _calls_less(one, other)
    if other.kind not in _WEAKER.get(one.kind, frozenset()):
        return ""
    if other.kind == "or":
        return "an alternative was added with `or`" if one.form in other.parts else ""
    if not one.subjects & other.subjects or _says_the_same(one, other):
        return ""
    return _NOTHING if other.kind == "nothing" else f"`{one.kind}` became `{_SIGNS.get(other.kind, other.kind)}`"


def _says_the_same(one: Assertion, other: Assertion) -> bool:
    """Another spelling of the same, or a comparison with something else."""
    if one.kind == "==" and other.kind in {"true", "false", "is not"} and one.literal in _TRUTH:
        return True
    return other.kind in {"is not", "!="} and other.literal not in {"", "None"} and one.kind != "=="


_NOTHING = "it cannot fail any more"
_SIGNS = {"true": "is true", "false": "is false", "is not": "is not None"}


def _raises_less(one: Assertion, other: Assertion) -> str:
    if other.kind != one.kind or not (one.subjects & other.subjects or not one.subjects):
        return ""
    if one.detail != other.detail:
        wider = other.detail in {"Exception", "BaseException", "Warning"} or _names(one.detail) < _names(other.detail)
        return f"{one.kind}({_short(one.detail)}) became {other.kind}({_short(other.detail)})" if wider else ""
    return "match= was dropped" if one.match and not other.match else ""


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w.]+", text))


def _calls_less(one: Assertion, other: Assertion) -> str:
    """`assert_called_once_with` says which arguments and how often; what comes later in the list says less."""
    if not one.subjects & {subject.removesuffix(".called") for subject in other.subjects}:
        return ""
    if other.kind == "true" and "not_" not in one.detail:
        return f"{one.detail} became `called`"
    if other.kind != "called" or "not_" in one.detail + other.detail:
        return ""
    strength = [CALLED.index(name.detail) // 2 for name in (one, other)]
    return f"{one.detail} became {other.detail}" if strength[0] < strength[1] else ""


def _name(one: Assertion) -> str:
    match one.kind:
        case "raises" | "warns":
            return f"{one.kind}({_short(one.detail)})"
        case "called":
            return one.detail
        case "helper":
            return "check"
        case _:
            return "assert"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
