"""Where a process stood when it died: what faulthandler, which pytest turns on, printed at its end."""

from __future__ import annotations

import re

_FATAL = "Fatal Python error: "
_LINE = re.compile(r'  File "(.*)", line (\d+) in (.*)')
_LIMIT = 200


def dying_words(output: str) -> tuple[str, list[list[object]]]:
    """The last report of faulthandler in a process's output, and the frames of its current thread, outermost first.

    Both empty where there is none: a process that was killed, or left by `os._exit`, says nothing.
    """
    at = output.rfind(_FATAL)
    lines = output[at:].splitlines()[:_LIMIT] if at >= 0 else []
    said: list[str] = []
    frames: list[list[object]] = []
    current = False
    for line in lines:
        if not line.strip() or line.startswith((_FATAL, "Thread ", "Current thread ", "  ")):
            said.append(line)
        else:
            break
        if "(most recent call first)" in line:
            current = line.startswith("Current thread ")
        elif current and (match := _LINE.fullmatch(line)):
            frames.insert(0, [match[1], int(match[2]), match[3]])
    return "\n".join(said).strip(), frames
