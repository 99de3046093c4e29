"""Draws from unseeded random generators, and the names of a test that hold what was drawn."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.source.fixtures import fixture_closure, fixture_files, set_ups
from testaudit.source.index import Function, Statement, bindings, chain, root, target_names, terminal
from testaudit.source.vocabulary import names_in
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

DRAWS = word_set(
    """
    random randint rand randn choice choices sample shuffle uniform normal randrange permutation random_sample
    standard_normal gauss getrandbits randbytes random_integers triangular betavariate expovariate lognormvariate
    vonmisesvariate gammavariate weibullvariate paretovariate poisson exponential binomial normalvariate ranf beta
    gamma laplace lognormal logistic geometric
    """
)
GENERATORS = word_set("numpy.random.default_rng numpy.random.RandomState random.Random faker.Faker")
_MODULES = ("random.", "numpy.random.")
_ROUNDS = 4
"""How many assignments long a way from a draw to a check may be."""


def draws(file: SourceFile) -> Iterator[tuple[ast.Call, Statement, str]]:
    """The draws of a file from the modules' own generators, or from one that was made without a seed."""
    if "random" not in file.text and "aker" not in file.text:
        return
    generators = _unseeded_generators(file)
    for name in sorted(DRAWS & file.called_names()):
        for call, statement in file.calls(name):
            dotted = file.dotted(call.func, statement.function)
            if any(isinstance(of, ast.Attribute) and terminal(of).startswith("ascii_") for of in call.args):
                continue  # A name that nobody else has.
            if dotted.startswith(_MODULES) and dotted.rpartition(".")[0] in {"random", "numpy.random"}:
                yield call, statement, dotted
    for generator, home in generators:
        for function in (file.module, *file.functions):
            if function is not home and (home is not file.module or generator in function.local_names):
                continue
            for call, statement in function.calls:
                names = chain(call.func)
                if len(names) > 1 and names[0] == generator and names[-1] != "seed_instance":
                    yield call, statement, ".".join(names)


def _unseeded_generators(file: SourceFile) -> list[tuple[str, Function]]:
    """Names that hold a generator which was made without a seed, and where they hold it."""
    made = []
    for call, statement in file.calls("default_rng", "RandomState", "Random", "Faker"):
        seeds = [*call.args, *call.keywords]
        dotted = file.dotted(call.func, statement.function)
        if dotted not in GENERATORS or (seeds and dotted != "faker.Faker") or "seed" in file.text:
            continue
        made += [(name, statement.function) for name, value in bindings(statement.node) if value is call]
    return made


def is_seeded(test: Function, sources: Sources) -> bool:
    """Whether something that reaches the test mentions a seed: itself, fixtures, set-ups, module, conftests."""
    around = [fixture.function for fixture in fixture_closure(sources, test).values() if fixture is not None]
    if any(_mentions_seed(function, sources) for function in (test, *around, *set_ups(sources, test))):
        return True
    file = sources.file(test.path)
    if file is not None and any(_is_seed(call) for call, _ in file.module.calls):
        return True
    conftests = [sources.file(path) for path in fixture_files(sources, test.path)[1:]]
    return any(conftest is not None and "seed(" in conftest.text for conftest in conftests)


def _mentions_seed(function: Function, sources: Sources) -> bool:
    file = sources.file(function.path)
    return file is not None and "seed" in file.lines_of(function.line, function.end_line)


def _is_seed(call: ast.Call) -> bool:
    return chain(call.func)[-1:] in (["seed"], ["seed_instance"], ["manual_seed"])


def drawn_names(function: Function, starts: list[tuple[ast.Call, Statement]], line: int) -> frozenset[str]:
    """The names of a function that hold something drawn, or made of it, when a line is reached."""
    held: set[str] = set()
    for call, statement in starts:
        if statement.line >= line:
            continue
        held |= _written(statement)
        if chain(call.func)[-1:] == ["shuffle"] and call.args:
            held |= names_in(call.args[0])
    for _ in range(_ROUNDS):
        before = len(held)
        for statement in function.statements:
            if statement.line >= line:
                break
            for name, value in bindings(statement.node):
                if name not in held and names_in(value) & held:
                    held.add(name)
            # `np.median(a)` teaches `np` nothing: only what the function itself made is told something.
            held |= _told(statement, held) & function.local_names
        if len(held) == before:
            break
    return frozenset(held)


def _written(statement: Statement) -> set[str]:
    node = statement.node
    if isinstance(node, ast.For | ast.AsyncFor):
        return set(target_names(node.target))
    return {name for name, _ in bindings(node)}


def _told(statement: Statement, held: set[str]) -> set[str]:
    """`model.fit(x, y)`: an object that was handed what was drawn."""
    node = statement.node
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return set()
    called = node.value
    owner = root(called.func)
    if not isinstance(called.func, ast.Attribute) or not isinstance(owner, ast.Name):
        return set()
    given = (*called.args, *(word.value for word in called.keywords))
    return {owner.id} if any(names_in(argument) & held for argument in given) else set()
