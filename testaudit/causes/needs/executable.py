"""A program that the tests start and that is not installed.

Silent on names that say there is no such program, on paths inside the project or a temporary folder (the project's own
product), and on what a double raises.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import DOUBLES, Spoken, all_spoken, function_around, is_meant, spoken, words_of
from testaudit.causes.signature import is_assertion
from testaudit.model import Evidence

_STARTS = re.compile(r"(?:subprocess\.py|asyncio[/\\]\w+\.py|pexpect[/\\]\w+\.py|plumbum|\bsh\.py|uvloop)")
_IN_TEXT = re.compile(
    r"subprocess\.py:\d+: FileNotFoundError|_execute_child|in _execute_child|subprocess\.(?:run|Popen|check_\w+|call)\("
)
_NO_FILE = re.compile(r"\[(?:Errno 2|WinError 2)\] [^:]*: ['\"](?P<name>[^'\"]+)['\"]|spawn (?P<node>\S+) ENOENT")
_SAID = re.compile(
    r"(?:command|executable) (?:not found|was not found)(?: or (?:was )?not executable)?(?: in \S*PATH)?: "
    r"['\"`]?(?P<a>[\w+-]+(?:[.]+[\w+-]+)*)"
    r"|(?P<b>[\w.+-]+): command not found"
    r"|['\"`]?(?P<c>[\w.+-]+)['\"`]? (?:executable |command |binary |program )?(?:could not be found|was not found"
    r"|not found|is not installed|needs to be|must be) (?:on|in|or (?:it'?s )?not in) (?:\w+ )?\$?(?:system )?PATH"
    r"|(?P<d>[\w.+-]+) is not installed or it's not in your PATH"
    r"|Is (?P<e>[\w.+-]+) installed and in PATH"
    r"|exec: \"(?P<f>[^\"]+)\": executable file not found"
    r"|Unable to (?:find|locate) (?:the )?['\"`]?(?P<g>[\w.+-]+)['\"`]? (?:executable|binary)"
    r"|['\"`]?(?P<h>[\w.+-]+)['\"`]? (?:executable|binary) (?:could not be found|was not found|not found|is "
    r"missing)"
    r"|(?:find|locate) (?:the )?(?P<i>[\w.+-]+) (?:executable|binary)",
)
_STATUS = re.compile(r"Command '\[?['\"]?(?P<name>[\w./+-]+)[^\n]*' returned non-zero exit status 127")
_DOWNLOADED = re.compile(r"Executable doesn't exist at (?P<path>\S+)")
_LOOKS = re.compile(r"\b(?:which|find_executable)\(")
_LOOKED = re.compile(r"\bwhich\b|find_executable|\bPATH\b")
_KINDS = re.compile(r"Error|Exception|NotFound|NotInstalled|^Failed$|Exit$")


def explain(group: Group) -> Explanation | None:
    """Proven by the start of a process that found nothing to start."""
    for one in reversed(_speaking(group)):
        name = _name(one, group)
        if not name:
            continue
        if is_meant(name) or _is_own(name):
            return None
        return Explanation(
            "environment",
            (Evidence("runtime", words_of(one)),),
            f"Install `{name}` where the tests run, or skip these tests where `shutil.which({name!r})` finds none.",
            None,
            f"executable {name}",
        )
    return None


def _speaking(group: Group) -> tuple[Spoken, ...]:
    """Who may name it: the machine, a library, and code of the project that has just looked for it with `which`."""
    trusted = spoken(group)
    own = [
        one
        for one in all_spoken(group)
        if one not in trusted
        and not is_assertion(one.type)
        and one.raised is not None
        and not DOUBLES.search(one.raised.path)
        and _LOOKS.search(function_around(group, one.raised))
        and not _LOOKED.search(group.test_text)
    ]
    return (*own, *trusted)


def _started(one: Spoken, group: Group) -> str:
    """What was to be started where there is no such file."""
    found = _NO_FILE.search(one.message)
    if found is None:
        return ""
    in_text = one.raised is None and _IN_TEXT.search(group.trouble.text)
    starts = in_text or (one.raised is not None and _STARTS.search(one.raised.path))
    return str(found["node"] or (found["name"] if starts else ""))


def _name(one: Spoken, group: Group) -> str:
    if one.name in {"FileNotFoundError", "Error", "NotADirectoryError"}:
        return _started(one, group)
    if one.name in {"CommandNotFound", "GitCommandNotFound", "ExecutableNotFound"}:
        found = re.search(r"['\"`\[(]*(?P<name>[A-Za-z][\w.+-]*)", one.message.replace("Cmd(", ""))
        return found["name"] if found else ""
    status = _STATUS.search(one.message)
    if status is not None and one.name == "CalledProcessError":
        return str(status["name"])
    if (found := _DOWNLOADED.search(one.message)) is not None:
        return found["path"].rpartition("/")[2]
    if one.type and not _KINDS.search(one.name):
        return ""
    found = _SAID.search(one.message[:1_000])
    return next((value for value in found.groups() if value), "") if found else ""


def _is_own(name: str) -> bool:
    """A path inside the project or a temporary folder."""
    plain = name.replace("\\", "/")
    if "/" not in plain:
        return False
    return not plain.startswith(("/usr/", "/opt/", "/bin/", "/sbin/", "/snap/"))


_LOOKING = (
    "import shutil\n\ndef run(name):\n    if shutil.which(name) is None:\n        raise ToolError(name)  # <-\n\n"
)
PROVEN = (
    Example(
        "a process that does not start",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: 'ffmpeg'",
        raised="/usr/lib/python3.11/subprocess.py:_execute_child",
        says="`ffmpeg`",
    ),
    Example(
        "from a JUnit file",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: 'git'",
        text=">       subprocess.run(['git', 'init'])\n/usr/lib/python3.11/subprocess.py:1901: FileNotFoundError",
        says="`git`",
    ),
    Example(
        "a shell found none",
        "subprocess.CalledProcessError",
        "Command 'dot -Tpng' returned non-zero exit status 127.",
        says="`dot`",
    ),
    Example(
        "a library asks",
        "pytesseract.TesseractNotFoundError",
        "tesseract is not installed or it's not in your PATH. See README file for more information.",
        says="`tesseract`",
    ),
    Example(
        "graphviz asks",
        "graphviz.backend.execute.ExecutableNotFound",
        "failed to execute PosixPath('dot'), make sure the Graphviz executables are on your systems' PATH",
        says="executable",
    ),
    Example(
        "the application asks",
        "RuntimeError",
        "wkhtmltopdf executable not found",
        says="`wkhtmltopdf`",
        raised="/venv/pdfkit/configuration.py:__init__",
    ),
    Example(
        "pexpect asks",
        "pexpect.exceptions.ExceptionPexpect",
        "The command was not found or was not executable: zsh.",
        raised="/venv/pexpect/pty_spawn.py:_spawn",
        says="`zsh`",
    ),
    Example(
        "the project's own code looked for it",
        "shop.ToolError",
        "The command was not found or was not executable: zsh.",
        code=_LOOKING + "def test_example():\n    run('zsh')\n",
        says="`zsh`",
    ),
)
SILENT = (
    Example(
        "the code looked for nothing",
        "shop.ToolError",
        "The command was not found or was not executable: zsh.",
        code="def run(name):\n    raise ToolError(f'command was not found or was not executable: {name}')  # <-\n\n"
        "def test_example():\n    run('zsh')\n",
    ),
    Example(
        "the test lets it find nothing",
        "shop.ToolError",
        "The command was not found or was not executable: zsh.",
        code=_LOOKING
        + "def test_example(monkeypatch):\n    monkeypatch.setattr(shutil, 'which', dict().get)\n    run('zsh')\n",
    ),
    Example(
        "a program of the project's own",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: './build/tool'",
        raised="/usr/lib/python3.11/subprocess.py:_execute_child",
    ),
    Example(
        "a name that says there is none",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: 'no-such-command'",
        raised="/usr/lib/python3.11/subprocess.py:_execute_child",
    ),
    Example(
        "a file that the code opens",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: 'report'",
        raised="shop/report.py:read",
    ),
    Example(
        "a double",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: 'git'",
        raised="/usr/lib/python3.11/unittest/mock.py:_execute_mock_call",
    ),
    Example(
        "another exit status", "subprocess.CalledProcessError", "Command 'dot -Tpng' returned non-zero exit status 1."
    ),
    Example("a key that was not found", "shop.StoreError", "user: not found"),
    Example("a command of the application", "shop.BotError", "deploy command not found"),
    Example("a row that was not found", "LookupError", "order not found"),
)
