"""The suite's sources as one value: files read when they are first asked for, names followed from file to file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from testaudit.source import collecting, skips
from testaudit.source.discovery import is_helper
from testaudit.source.index import Class, Function, chain, terminal
from testaudit.source.store import KEPT_CHARACTERS, Store

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from testaudit.config import Config
    from testaudit.source.discovery import Discovery
    from testaudit.source.files import SourceFile

_T = TypeVar("_T")
_UNITTEST = frozenset({"TestCase", "IsolatedAsyncioTestCase", "AsyncTestCase", "AsyncHTTPTestCase"})
MAX_BASES = 12


@dataclass(frozen=True)
class Sources:
    """The test sources of one project. A file is parsed when it is first asked for, and once."""

    discovery: Discovery
    config: Config
    store: Store = field(repr=False, compare=False)
    followed: dict[tuple[str, str], str | None] = field(default_factory=dict, repr=False, compare=False)
    """(module, folder) -> where that led: the file, or None."""
    _memo: dict[tuple[str, ...], object] = field(default_factory=dict, repr=False, compare=False)
    held: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    """Answers that hold trees, or functions and classes of them: forgotten as soon as any tree goes."""

    # ------------------------------------------------------------ files

    @property
    def root(self) -> Path:
        """The project's root, absolute."""
        return self.discovery.root

    @property
    def tests(self) -> tuple[str, ...]:
        """Paths of the test modules."""
        return self.discovery.tests

    @property
    def conftests(self) -> tuple[str, ...]:
        """Paths of the conftest files."""
        return self.discovery.conftests

    @property
    def helpers(self) -> tuple[str, ...]:
        """Paths of the other Python files beside the tests."""
        return self.discovery.helpers

    @property
    def broken(self) -> tuple[tuple[str, str], ...]:
        """(path, why) of the test modules and conftests that cannot be examined. Reads what was not read yet."""
        for path in (*self.tests, *self.conftests):
            if path not in self.store.read:
                self.store.get(path)
                self.trim()
        wanted = {*self.tests, *self.conftests}
        return tuple(sorted((path, why) for path, why in self.store.broken.items() if path in wanted))

    def file(self, path: str) -> SourceFile | None:
        """The parsed file, or None when it does not exist or is broken."""
        return self.store.get(path)

    def remembered(self, key: tuple[str, ...], make: Callable[[], _T]) -> _T:
        """What `make` answers, made once. For plain values: what holds trees belongs into `held`."""
        if key not in self._memo:
            self._memo[key] = make()
        known: Any = self._memo[key]
        answer: _T = known
        return answer

    def trim(self, limit: int = KEPT_CHARACTERS) -> None:
        """Forget the trees of files that were not asked for lately. Only between files: open questions need them."""
        dropped = self.store.trim(limit)
        if dropped:
            self.held.clear()
        for path in dropped:
            self._memo.pop(("fixtures", path), None)

    def function_at(self, path: str, line: int) -> Function | None:
        """The innermost function that covers the line; the module's own when none does; None without the file."""
        with self.store.lock:
            file = self.file(path)
            return file.function_at(line) if file is not None else None

    def is_unconditional(self, path: str, line: int) -> bool | None:
        """True: the skip or xfail at this place always happens; False: something guards it; None: cannot tell."""
        with self.store.lock:
            return skips.is_unconditional(self, path, line)

    def issue_reference_near(self, path: str, line: int, reason: str) -> bool:
        """Whether the reason, or a comment beside the place, names a tracked issue."""
        with self.store.lock:
            return skips.issue_near(self, path, line, reason)

    # ------------------------------------------------------------ what is a test

    def is_test(self, function: Function) -> bool:
        """Whether pytest would collect the function as a test."""
        known = function.collected
        if known is None:
            known = function.collected = collecting.is_test(self, function)
        return known

    def is_test_class(self, klass: Class) -> bool:
        """Whether pytest would collect the class."""
        key = ("test_class", klass.path, klass.qualname, str(klass.line))
        if key not in self._memo:
            self._memo[key] = collecting.is_test_class(self, klass)
        return bool(self._memo[key])

    def is_test_case(self, klass: Class) -> bool:
        """Whether the class descends from `unittest.TestCase`, through any module of the project."""
        key = ("test_case", klass.path, klass.qualname)
        if key not in self._memo:
            self._memo[key] = False  # An inheritance cycle ends here.
            self._memo[key] = any(name in _UNITTEST or name.endswith("TestCase") for name in self._base_names(klass))
        return bool(self._memo[key])

    def _base_names(self, klass: Class) -> Iterator[str]:
        for ancestor in self.family(klass):
            for base in ancestor.node.bases:
                yield terminal(base)

    def family(self, klass: Class) -> list[Class]:
        """The class and its bases as far as the project defines them, the nearest first."""
        key = ("family", klass)
        if key not in self.held:
            self.held[key] = self._family(klass)
        known: list[Class] = self.held[key]
        return known

    def _family(self, klass: Class) -> list[Class]:
        found: list[Class] = []
        todo = [klass]
        while todo and len(found) < MAX_BASES:
            current = todo.pop(0)
            if any(current.path == known.path and current.qualname == known.qualname for known in found):
                continue
            found.append(current)
            for base in current.node.bases:
                resolved = self.find_class(current.path, ".".join(chain(base)))
                if resolved is not None:
                    todo.append(resolved)
        return found

    def overrides(self, method: Function) -> bool:
        """Whether a method replaces one that its class inherits, or may: a base is not the project's own."""
        if method.owner is None or not method.owner.node.bases:
            return False
        known = self.family(method.owner)
        if any(method.name in ancestor.methods for ancestor in known[1:]):
            return True
        return any(
            not terminal(base).endswith("TestCase")
            and terminal(base) != "object"
            and self.find_class(ancestor.path, ".".join(chain(base))) is None
            for ancestor in known
            for base in ancestor.node.bases
        )

    def tests_in(self, file: SourceFile) -> list[Function]:
        """The tests of a file, in source order."""
        key = ("tests", file.path)
        if key not in self.held:
            self.held[key] = [function for function in file.functions if self.is_test(function)]
        known: list[Function] = self.held[key]
        return known

    # ------------------------------------------------------------ following names

    @cached_property
    def module_roots(self) -> tuple[str, ...]:
        """Folders from which modules are imported, relative to the root."""
        roots = ["", "src", "lib", *(path.strip("./") for path in self.discovery.settings.pythonpath)]
        return tuple(dict.fromkeys(roots))

    def module_path(self, dotted: str, near: str = "") -> str | None:
        """The project's file that a dotted module name means; `near` is the file that imports it."""
        return self.follow(dotted.replace(".", "/"), near.rpartition("/")[0])

    def follow(self, module: str, folder: str) -> str | None:
        """The file that a module (with `/`) means for those in a folder: as if each folder above were on the path."""
        key = (module, folder)
        if key not in self.followed:
            parts = folder.split("/") if folder else []
            bases = [*self.module_roots, *("/".join(parts[:length]) for length in range(len(parts), 0, -1))]
            candidates = (
                f"{base}/{module}{end}" if base else f"{module}{end}"
                for base in dict.fromkeys(bases)
                for end in (".py", "/__init__.py")
            )
            self.followed[key] = next((path for path in candidates if self.store.exists(path)), None)
        return self.followed[key]

    def find(self, path: str, name: str, depth: int = 0) -> Function | Class | None:
        """What a dotted name in a file means, where the project defines it: followed through imports."""
        file = self.file(path)
        if file is None or not name or depth > MAX_BASES:
            return None
        here = file.top_level.get(name) or file.classes_by_name.get(name)
        if here is not None:
            return here
        owner, _, method = name.rpartition(".")
        if owner in file.classes_by_name:
            return self.find_method(file.classes_by_name[owner], method)
        head, _, rest = name.partition(".")
        imported = file.imports.get(head)
        if imported is None:
            return self._find_in_stars(file, name, depth)
        return self._find_absolute(f"{imported}.{rest}" if rest else imported, path, depth)

    def _find_absolute(self, dotted: str, near: str, depth: int) -> Function | Class | None:
        parts = dotted.split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = self.module_path(".".join(parts[:length]), near)
            if module is not None:
                if module == near and depth:
                    return None
                return self.find(module, ".".join(parts[length:]), depth + 1)
        return None

    def _find_in_stars(self, file: SourceFile, name: str, depth: int) -> Function | Class | None:
        if not file.star_imports:
            return None
        key = ("star", file.path, name)
        if key not in self._memo:
            # Where it lies, not what it is: trees come and go. A conftest that imports all its fixtures is asked often.
            found = next(self._stars(file, name, depth), None)
            self._memo[key] = (found.path, found.qualname) if found is not None else None
        place = self._memo[key]
        return self.find(place[0], place[1], depth + 1) if isinstance(place, tuple) else None

    def _stars(self, file: SourceFile, name: str, depth: int) -> Iterator[Function | Class]:
        for star in file.star_imports:
            module = self.module_path(star, file.path)
            if module is not None and module != file.path:
                found = self.find(module, name, depth + 1)
                if found is not None:
                    yield found

    def find_class(self, path: str, name: str) -> Class | None:
        """The class that a name in a file means, where the project defines it."""
        found = self.find(path, name)
        return found if isinstance(found, Class) else None

    def find_method(self, klass: Class, name: str) -> Function | None:
        """A method of the class or of its bases, as far as the project defines them."""
        for ancestor in self.family(klass):
            method = ancestor.methods.get(name)
            if method is not None:
                return method
        return None

    def called(self, call: ast.Call, function: Function) -> Function | None:
        """The project's function that a call runs: by name, `self.method()`, or through imports."""
        names = chain(call.func)
        if not names:
            return None
        if names[0] in {"self", "cls"} and len(names) == 2:
            owner = enclosing_class(function)
            return self.find_method(owner, names[1]) if owner is not None else None
        at: Function | None = function
        while at is not None and len(names) == 1:
            for nested in at.nested:
                if nested.name == names[0]:
                    return nested
            at = at.outer
        found = self.find(function.path, ".".join(names))
        return found if isinstance(found, Function) else None

    def is_first_party(self, dotted: str) -> bool:
        """Whether a dotted name lies in the project's own packages."""
        return dotted.partition(".")[0] in self.discovery.first_party

    def is_suite_code(self, dotted: str, near: str) -> bool:
        """Whether a dotted name lies in the test suite itself (helpers, conftests, test modules)."""
        head = dotted.partition(".")[0]
        if head in {"tests", "test", "testing", "conftest", "helpers"}:
            return True
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            path = self.module_path(".".join(parts[:length]), near)
            if path is not None:
                return self.is_suite_file(path)
        return False

    def is_suite_file(self, path: str) -> bool:
        """Whether the file is a test module, a conftest or a helper."""
        if path in self._suite_files:
            return True
        # Where one file is asked about, its helpers are what they are where all are.
        discovery = self.discovery
        return any(start == "." or path.startswith(f"{start}/") for start in discovery.whole) and (
            discovery.settings.is_test_file(path) or is_helper(path, self._test_folders)
        )

    @cached_property
    def _test_folders(self) -> frozenset[str]:
        return frozenset(path.rpartition("/")[0] for path in (*self.tests, *self.conftests))

    @cached_property
    def _suite_files(self) -> frozenset[str]:
        return frozenset((*self.tests, *self.conftests, *self.helpers))


def enclosing_class(function: Function) -> Class | None:
    """The class whose method this is, or that the function is nested in."""
    at: Function | None = function
    while at is not None:
        if at.owner is not None:
            return at.owner
        at = at.outer
    return None
