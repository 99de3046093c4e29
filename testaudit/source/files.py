"""One file of the suite: its text, its index, and the names in it resolved to dotted names."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING

from testaudit.source.index import Class, Function, Statement, chain, root
from testaudit.source.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import CallSite

_STRING_OR_COMMENT = re.compile(
    r"""#[^\n]*|[\"]{3}(?:\\.|[^\\])*?[\"]{3}|[']{3}(?:\\.|[^\\])*?[']{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.DOTALL,
)
SHORTEST_DATA = 7
"""Characters: `2024-01` is the shortest text that a rule about data looks for."""
_FOR_TOOLS = re.compile(r"#+\s*(testaudit:|noqa|type:|pragma|pylint:|fmt:|ruff:|isort:|mypy:|pyright:|nosec|flake8)")
"""Comments that speak to a tool give no reason; a suppression least of all: the rule would fall silent by itself."""


class SourceFile:
    """A parsed file. Everything beyond the walk is computed when a rule first asks for it."""

    def __init__(self, path: str, text: str, tree: ast.Module) -> None:
        self.path = path
        self.text = text
        self.tree = tree
        walk = Walk(tree, path)
        self.module = walk.module
        self.functions = walk.functions
        self.classes = walk.classes
        self.awaited = walk.awaited
        self._calls = walk.calls
        self._imports = walk.imports
        self._kinds = walk.kinds
        self._reads = walk.reads
        self._blobs = walk.blobs
        self._lambdas = walk.lambdas
        self._said: dict[tuple[str, ...], bool] = {}
        self._statements_by_line: dict[Function, dict[int, Statement]] = {}

    def release(self) -> None:
        """Open the circles of the index, so that it can go without the collector. The file cannot be asked any more."""
        for function in (self.module, *self.functions):
            function.release()
        for klass in self.classes:
            klass.methods.clear()
            klass.body.clear()
        self._calls.clear()
        self._kinds.clear()
        self._reads.clear()
        self._statements_by_line.clear()
        self.functions.clear()
        self._lambdas.clear()

    # ------------------------------------------------------------ questions that rules ask

    def calls(self, *names: str) -> Iterator[CallSite]:
        """The calls whose last name is one of `names`: `calls("sleep")` yields `time.sleep(1)` and `sleep(1)`."""
        for name in names:
            yield from self._calls.get(name, ())

    def statements_of(self, *kinds: type[ast.AST]) -> Iterator[Statement]:
        """The statements of these node classes, kind by kind, each in source order.

        An expression statement counts as the class of its value: `statements_of(ast.Compare)` yields `x == 1` alone on
        its line, `statements_of(ast.With)` the `with` blocks.
        """
        for kind in kinds:
            yield from self._kinds.get(kind, ())

    def attributes(self, *names: str) -> Iterator[tuple[ast.Attribute, Statement]]:
        """Where attributes of these names are read or written, called ones included."""
        for name in names:
            yield from self._reads.get(name, ())
            for call, statement in self._calls.get(name, ()):
                if isinstance(call.func, ast.Attribute):
                    yield call.func, statement

    def says(self, *words: str) -> bool:
        """Whether one of the words stands anywhere in the text, even inside another word; remembered."""
        known = self._said.get(words)
        if known is None:
            known = self._said[words] = any(word in self.text for word in words)
        return known

    def called_names(self) -> frozenset[str]:
        """The last names of everything that the file calls."""
        return frozenset(self._calls)

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines; line n stands at n - 1."""
        return self.text.split("\n")

    @cached_property
    def literals(self) -> str:
        """Its literal texts and bytes that are longer than a name, one below the other: where data can stand at all."""
        owners = (self.module, *self.functions, *self._lambdas)
        texts = [str(node.value) for owner in owners for node, _ in owner.strings]
        texts += [blob.decode("latin-1") for blob in self._blobs]
        return "\n".join(text for text in texts if len(text) >= SHORTEST_DATA)

    @cached_property
    def comments(self) -> dict[int, str]:
        """Line -> its comment, `#` included. By regular expression: `tokenize` costs twice what parsing costs."""
        found: dict[int, str] = {}
        line, at = 1, 0
        text = self.text
        for match in _STRING_OR_COMMENT.finditer(text):
            if text[match.start()] == "#":
                line += text.count("\n", at, match.start())
                at = match.start()
                found[line] = match[0]
        return found

    def comments_near(self, line: int, end_line: int, reach: int = 1) -> str:
        """The comments from `reach` lines above to `reach` lines below, joined; those for tools left out."""
        if "#" not in self.text:
            return ""
        found = [self.comments[at] for at in range(line - reach, end_line + reach + 1) if at in self.comments]
        return "\n".join(comment for comment in found if not _FOR_TOOLS.match(comment))

    def comment_block_above(self, line: int) -> str:
        """The comment lines that end right above `line`."""
        found = []
        at = line - 1
        while at >= 1 and self.lines[at - 1].lstrip().startswith("#"):
            comment = self.lines[at - 1].strip()
            if not _FOR_TOOLS.match(comment):
                found.append(comment)
            at -= 1
        return "\n".join(reversed(found))

    # ------------------------------------------------------------ names

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name -> dotted name, module-level and function-level imports together; relative ones made absolute."""
        found: dict[str, str] = {}
        for node, _ in self._imports:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            else:
                origin = self._origin(node)
                for alias in node.names:
                    if alias.name != "*":
                        found[alias.asname or alias.name] = f"{origin}.{alias.name}" if origin else alias.name
        return found

    @cached_property
    def star_imports(self) -> tuple[str, ...]:
        """Modules that `from x import *` names."""
        return tuple(
            self._origin(node)
            for node, _ in self._imports
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        )

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.path.split("/")[:-1]
        package = package[: len(package) - (node.level - 1)]
        return ".".join([*package, *([node.module] if node.module else [])])

    def dotted(self, expression: ast.AST, function: Function | None = None) -> str:
        """The dotted name of a name or attribute chain, import aliases followed; empty when there is none.

        A root that the function (or one around it) binds itself is a local thing: the answer is empty.
        """
        names = chain(expression)
        if not names:
            return ""
        head = names[0]
        at = function
        while at is not None and at is not self.module:
            if head in at.local_names:
                return ""
            at = at.outer
        names[0] = self.imports.get(head, head)
        return ".".join(names)

    def is_imported(self, expression: ast.AST, function: Function | None = None) -> bool:
        """Whether the chain's root is a name that this file imports."""
        name = root(expression)
        return isinstance(name, ast.Name) and name.id in self.imports and self.dotted(name, function) != ""

    # ------------------------------------------------------------ places

    @cached_property
    def top_level(self) -> dict[str, Function]:
        """The module's own functions by name (the last definition wins, as when it runs)."""
        return {
            function.name: function
            for function in self.functions
            if function.owner is None and function.outer is self.module
        }

    @cached_property
    def classes_by_name(self) -> dict[str, Class]:
        """Classes by qualified name; the last definition wins."""
        return {klass.qualname: klass for klass in self.classes}

    def function_at(self, line: int) -> Function:
        """The innermost function whose definition (decorators included) covers the line, or the module."""
        return self._functions_by_line[0].get(line, self.module)

    def statement_at(self, line: int) -> Statement | None:
        """The innermost statement whose own text (decorators included) covers the line."""
        at: Function | None = self._functions_by_line[1].get(line, self.module)
        while at is not None:
            found = self._statements_of(at).get(line)
            if found is not None:
                return found
            at = at.outer
        return None

    @cached_property
    def _functions_by_line(self) -> tuple[dict[int, Function], dict[int, Function]]:
        """Line -> the innermost function that covers it, with its decorators and without."""
        whole: dict[int, Function] = {}
        bare: dict[int, Function] = {}
        for function in sorted(self.functions, key=lambda function: function.line):
            first = min([function.line, *(decorator.lineno for decorator in function.decorators)])
            whole.update(dict.fromkeys(range(first, function.end_line + 1), function))
            bare.update(dict.fromkeys(range(function.line, function.end_line + 1), function))
        return whole, bare

    def _statements_of(self, function: Function) -> dict[int, Statement]:
        """Line -> the innermost of the function's statements that covers it. A file of many findings asks often."""
        found = self._statements_by_line.get(function)
        if found is None:
            found = self._statements_by_line[function] = {}
            # Handlers stand behind the `finally` of their `try`.
            for statement in sorted(function.statements, key=lambda statement: statement.line):
                found.update(dict.fromkeys(range(_first_line(statement.node), statement.end_line + 1), statement))
        return found

    def lines_of(self, first: int, last: int) -> str:
        """The text of some lines."""
        return "\n".join(self.lines[first - 1 : last])


def _first_line(node: ast.AST) -> int:
    line: int = getattr(node, "lineno", 1)
    decorators: list[ast.expr] | None = getattr(node, "decorator_list", None)
    return min(line, *(decorator.lineno for decorator in decorators)) if decorators else line
