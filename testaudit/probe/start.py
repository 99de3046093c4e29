"""Start pytest so that tests see what `python -m pytest` shows them (the nine points of MECHANISMS: path, argv, main).

Called as `python start.py CONFIG.json`; CONFIG holds `dir`, `launch`, `own` (our options), `args` (the user's) and
`last` (ours that win over the user's: a further run writes none of the user's files).
"""

from __future__ import annotations

import sys


def start(config_path: str) -> int:
    """Start pytest as the configuration says; its exit status."""
    import json
    import os

    with open(config_path, encoding="utf-8") as stream:
        config = json.load(stream)
    folder = config["dir"]
    parent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not getattr(sys.flags, "safe_path", False):
        # A script starts with its own folder there; `-m` starts with the working directory.
        sys.path[0] = os.getcwd() if config["launch"] == "module" else os.path.dirname(sys.executable)
    sys.path.append(parent)
    from testaudit_probe import log

    log.open_log(folder)
    import platform

    log.write(
        {
            "t": "boot",
            "protocol": 1,
            "at": log.monotonic(),
            "pid": os.getpid(),
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "platform": platform.platform(),
            "executable": sys.executable,
        }
    )
    import importlib.util

    try:
        spec = importlib.util.find_spec("pytest.__main__")
    except ImportError as exc:
        found = importlib.util.find_spec("pytest")
        log.write({"t": "stop", "why": "import" if found else "no-pytest", "text": str(exc)[:2000]})
        return 3
    if spec is None or spec.origin is None:
        log.write({"t": "stop", "why": "no-pytest", "text": ""})
        return 3
    import pytest

    # From here on `__main__` is pytest's, as multiprocessing's spawn, pickle and tests that look at it expect.
    main = sys.modules["__main__"]
    if config["launch"] == "module":
        main.__file__ = spec.origin
        main.__spec__ = spec
        main.__package__ = "pytest"
        main.__loader__ = spec.loader
        main.__doc__ = "The pytest entry point."
        sys.argv[:] = [spec.origin] + config["args"]
    else:
        main.__spec__ = None
        sys.argv[:] = [os.path.join(os.path.dirname(sys.executable), "pytest")] + config["args"]
    status = int(pytest.main(config["own"] + config["args"] + config["last"]))
    log.write({"t": "returned", "status": status})
    try:
        # A thread that never ends keeps Python from its own flush at exit.
        sys.stdout.flush()
    except BaseException:  # noqa: S110 - a test replaced or closed it; the status is what counts
        pass
    return status


if __name__ == "__main__":
    _path = sys.argv[1]
    del sys.argv[1:]
    sys.exit(start(_path))
