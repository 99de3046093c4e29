"""Which Python runs the project's tests: the search of the contract, in its order.

A candidate fits when it is a Python 3.8 or newer that has pytest 7.0 or newer. The contract's order is kept, with two
refinements: the environment that testaudit itself lives in goes last unless the project is installed there too (it is
active because somebody runs testaudit), and of several environments of tools the only one that has the project wins.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.engine import environments, recipes
from testaudit.engine.ask import Asked, Interpreter, ask_all, numbers
from testaudit.engine.environments import Candidate, Declared
from testaudit.errors import ImpossibleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from testaudit.config import Config

__all__ = ["Interpreter", "find_interpreter"]


def find_interpreter(
    root: Path, config: Config, explicit: str | None, environ: Mapping[str, str], *, own: str = sys.executable
) -> Interpreter:
    """The interpreter of the project in `root`.

    Raises:
        ImpossibleError: none fits, or several do; lists what was found, and the line to type.

    """
    said = environments.declared(root)
    if explicit is not None or config.python is not None:
        if explicit is not None:
            named = _named(explicit, "--python", Path.cwd(), environ)
        else:
            named = _named(config.python or "", "python =", root, environ)
        asked = ask_all([named], root, environ, said)[0]
        return _checked(asked, root, said)
    active, local = list(environments.active(environ)), list(environments.local(root))
    tools = environments.of_tools(root, environ)
    ours = Candidate(own, "the Python that testaudit runs on", "last", "" if own else "its path is not known")
    candidates = {_key(candidate): candidate for candidate in reversed([*active, *local, *tools, ours])}
    answers = dict(zip(candidates, ask_all(list(candidates.values()), root, environ, said), strict=True))
    own_asked = answers[_key(ours)]

    def of(some: Iterable[Candidate]) -> list[Asked]:
        return list({_key(candidate): answers[_key(candidate)] for candidate in some}.values())

    demoted = [asked for asked in of(active) if _same_environment(asked, own) and not _installed(asked)]
    people = [asked for asked in of([*active, *local]) if asked not in demoted]
    made = of(candidate for candidate in tools if candidate.how == "tool")
    everywhere = of(candidate for candidate in tools if candidate.how == "last")
    chosen = next((asked for asked in people if asked.fits), None) or _one_of(made, root)
    if chosen is None:
        # Nothing to install, and nothing that says that the tests live elsewhere.
        anywhere = not (said.needs_install or people or made or environments.container_files(root))
        last = [asked for asked in (*demoted, *everywhere, own_asked) if asked.fits]
        chosen = next((asked for asked in last if asked in demoted or _installed(asked) or anywhere), None)
    if chosen is None:
        raise _none_fits([*people, *made, *everywhere, own_asked], own_asked, root, said)
    return _checked(chosen, root, said)


# ---------------------------------------------------------------- deciding


def _one_of(group: Sequence[Asked], root: Path) -> Asked | None:
    """The one that fits; of several, the one where the project is installed."""
    fitting = [asked for asked in group if asked.fits]
    with_project = [asked for asked in fitting if _installed(asked)]
    if len(fitting) <= 1 or len(with_project) == 1:
        return next(iter(with_project or fitting), None)
    best_first = sorted(
        fitting,
        key=lambda asked: (_installed(asked), numbers(asked.interpreter.python_version) if asked.interpreter else ()),
        reverse=True,
    )
    lines = "".join(f"\n  {asked.candidate.name}: {_described(asked)}" for asked in best_first)
    raise ImpossibleError(
        f"{len(fitting)} environments fit, and nothing tells which one is meant:{lines}",
        f"name one: {_line_to_type(best_first[0].candidate.python, root)}",
    )


def _checked(asked: Asked, root: Path, said: Declared) -> Interpreter:
    """The interpreter, where the project's tests are tests of pytest."""
    found = asked.interpreter
    if found is None:
        raise _none_fits([asked], None, root, said)
    hint = "" if found.has_pytest_django else recipes.without_pytest_django(root, found.executable, pip=found.has_pip)
    if hint:
        raise ImpossibleError(
            f"{asked.candidate.name}: the tests run with manage.py, and pytest-django is missing", hint
        )
    return found


def _none_fits(asked: Sequence[Asked], own: Asked | None, root: Path, said: Declared) -> ImpossibleError:
    theirs = [one for one in asked if one is not own]
    # The first that lacks nothing but pytest is the one that its people use.
    if lacking := next((one for one in theirs if one.why == "no-pytest"), None):
        python = lacking.candidate.python
        others = [one for one in theirs if one is not lacking]
        hint = recipes.without_pytest(root, python, pip=lacking.has_pip)
        return ImpossibleError(f"{lacking.candidate.name}: {lacking.problem}{_listed(others)}", hint)
    if own is None:
        one = asked[0]
        return ImpossibleError(
            f"{one.candidate.name}: {one.problem}", f"name the Python of the project: {_line_to_type('', root)}"
        )
    what = said.names[0] if said.names else "the project"
    why = own.problem or f"{_described(own)}; {what} is not installed there"
    listed = f"{_listed(theirs)}\n  {own.candidate.name} ({own.candidate.python}): {why}"
    message = f"No Python was found that could run the tests; looked at:{listed}"
    return ImpossibleError(message, recipes.no_environment(root, _line_to_type("", root)))


def _listed(asked: Sequence[Asked]) -> str:
    return "".join(f"\n  {one.candidate.name}: {one.problem or _described(one)}" for one in asked)


def _described(asked: Asked) -> str:
    if asked.interpreter is None:
        return asked.problem
    known = ", the project is installed" if asked.interpreter.installed else ""
    return f"Python {asked.interpreter.python_version}, pytest {asked.interpreter.pytest_version}{known}"


def _key(candidate: Candidate) -> str:
    return candidate.python or candidate.name


def _line_to_type(python: str, root: Path) -> str:
    here = Path.cwd()
    near = os.path.relpath(python, here) if python and Path(python).is_relative_to(here) else python
    where = "" if here == root else shlex.quote(str(root)) + " "
    return f"testaudit scan {where}--python {shlex.quote(near) if near else 'PATH/TO/ENVIRONMENT'}"


def _installed(asked: Asked) -> bool:
    return asked.interpreter is not None and asked.interpreter.installed


def _same_environment(asked: Asked, own: str) -> bool:
    # Two environments of one Python are links to one file: the folder tells them apart, not the file.
    theirs, ours = Path(asked.candidate.python).parent, Path(own).parent
    return bool(asked.candidate.python) and os.path.realpath(theirs) == os.path.realpath(ours)


# ---------------------------------------------------------------- asking


def _named(word: str, source: str, base: Path, environ: Mapping[str, str]) -> Candidate:
    """What a person typed: an environment's folder, a Python, or a command; `3.12` is the command `python3.12`."""
    hint = "name a Python, a command, or the folder of an environment: --python .venv"
    name = f"{source} {word}"
    if not word.strip() or "\0" in word:
        raise ImpossibleError(f"{source}: the name of a Python is missing", hint)
    path = Path(os.path.abspath(base / Path(word).expanduser()))  # noqa: PTH100 - resolve() would leave the environment
    if path.is_dir() and (python := environments.python_in(path)):
        return Candidate(python, name, "local")
    if path.is_file():
        if not os.access(path, os.X_OK):
            raise ImpossibleError(
                f"{name}: the file is not executable", f"is it a Python? Then: chmod +x {shlex.quote(word)}"
            )
        return Candidate(str(path), name, "local")
    command = f"python{word}" if re.fullmatch(r"3\.\d+t?", word) else word
    if os.sep not in word and (found := shutil.which(command, path=environ.get("PATH"))):
        return Candidate(os.path.abspath(found), name, "local")  # noqa: PTH100 - as above
    if path.is_dir():
        raise ImpossibleError(f"{name}: the folder holds no Python (neither bin/python nor Scripts/python.exe)", hint)
    raise ImpossibleError(f"{name}: there is no such file, and no such command", hint)
