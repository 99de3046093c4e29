"""PYTEST_DONT_REWRITE. What Python's audit events tell of the running test: files, connections, and who did it.

A hook cannot be removed again, so between two tests it does nothing. It never raises, and never swallows what a signal
handler raises in it (a time-out). Python does not trace it.
"""

from __future__ import annotations

import os
import sys
import weakref

_lstat = os.lstat
_getcwd = os.getcwd
_fsdecode = os.fsdecode
_join = os.path.join
_isabs = os.path.isabs
_frame = sys._getframe
_environ_file = type(os.environ).__setitem__.__code__.co_filename

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_EXPECTED = (AttributeError, IndexError, KeyError, OSError, RuntimeError, TypeError, ValueError)
_DATAGRAM = 2
_MAX = 200
_MAX_DEPTH = 150
_library = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_openers = tuple([_library + name for name in ("pathlib", "codecs.py", "io.py", "_pyio.py", "os.py", "shutil.py")])
_CACHES = ("__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache", ".mypy_cache", ".cache", ".benchmarks")
_CACHE_FILES = (".coverage", ".testmondata", ".pyc", ".pyc.")


class Events(object):
    """What the hook has seen since the test began."""

    IMPORT = ("import", 0, "")
    """The place of what a module did when it was imported."""

    def __init__(self, root: str, folder: str) -> None:
        self.root = root
        cwd = _getcwd()
        self.own_folders = _folders([root, cwd])
        self.own_files: dict = {}
        self.test_files: set = set()
        # `tempfile.gettempdir` would decide, before the tests do.
        temporary = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
        temporary += ["/tmp", "/var/tmp"]  # noqa: S108 - looked at, not written to
        known = [root, cwd, sys.prefix, sys.base_prefix, sys.exec_prefix, _library, os.path.dirname(sys.executable)]
        known.extend(temporary + [os.path.realpath(entry) for entry in temporary if entry])
        known.extend(["/dev", "/proc", "/sys"])
        known.extend([entry for entry in sys.path if "-packages" in entry])
        self.well_known = _folders(known)
        self.nowhere = ("/dev/", "/proc/", "/sys/", folder)
        self.active = False
        self.clear()
        self.handlers = {
            "open": self.on_open,
            "os.putenv": self.on_putenv,
            "os.unsetenv": self.on_putenv,
            "os.chdir": self.on_chdir,
            "os.mkdir": self.on_made,
            "os.rename": self.on_moved,
            "os.link": self.on_moved,
            "os.symlink": self.on_moved,
            "sqlite3.connect": self.on_database,
            "socket.__new__": self.on_socket,
            "socket.connect": self.on_connect,
            "socket.sendto": self.on_sendto,
            "socket.bind": self.on_bind,
            "socket.getaddrinfo": self.on_lookup,
            "socket.gethostbyname": self.on_lookup,
            "subprocess.Popen": self.on_process,
            "os.fork": self.on_process,
            "os.forkpty": self.on_process,
            "os.posix_spawn": self.on_process,
            "_thread.start_new_thread": self.on_thread,
            "_thread.start_joinable_thread": self.on_thread,
        }

    def clear(self) -> None:
        """Another test begins."""
        self.variables: dict = {}
        self.direct: dict = {}
        self.chdir_at = None
        self.written: dict = {}
        self.opens = 0
        self.opened: dict = {}
        self.connected: dict = {}
        self.looked_up: dict = {}
        self.name = ""
        self.bound: dict = {}
        self.sockets: list = []
        self.processes: list = []
        self.threads: list = []
        self.wide = 0

    def install(self) -> bool:
        """From now on the hook is there, for good."""
        handlers = self.handlers

        def hook(event: str, args: tuple) -> None:
            if self.active and event in handlers:
                try:
                    handlers[event](args)
                except _EXPECTED:
                    pass

        try:
            sys.addaudithook(hook)
        except (AttributeError, RuntimeError):
            return False  # somebody's own hook forbids more of them
        return True

    # ------------------------------------------------------------ who

    def is_own(self, filename: str) -> bool:
        """Whether code belongs to the project: below its root, and no installed package."""
        known = self.own_files.get(filename)
        if known is None:
            known = filename.startswith(self.own_folders) and not filename.startswith(_library)
            known = known and "-packages" + os.sep not in filename
            self.own_files[filename] = known
        return known

    def place(self, depth: int, direct: bool = False) -> tuple | None:
        """(file, line, function) of the nearest frame of a test module or conftest.py, else of the project's own code.

        IMPORT where a module was being imported. `direct`: only what called for it through nothing but Python's own
        ways to open a file.
        """
        frame = _frame(depth)
        found = None
        for _ in range(_MAX_DEPTH):
            if frame is None:
                break
            code = frame.f_code
            filename = code.co_filename
            if filename[:1] != "<":
                if code.co_name == "<module>":
                    return self.IMPORT
                if code.co_name == "from_call":
                    break  # pytest itself, which has called the test or the fixture
                if self.is_own(filename):
                    here = (filename, frame.f_lineno, code.co_name)
                    if direct or filename in self.test_files or filename.endswith("conftest.py"):
                        return here
                    found = found or here
                elif direct and not filename.startswith(_openers):
                    return None
            frame = frame.f_back
        return found

    # ------------------------------------------------------------ the surroundings

    def on_putenv(self, args: tuple) -> None:
        """A variable was set or deleted."""
        name = _fsdecode(args[0])
        if name == "PYTEST_CURRENT_TEST" or self.wide:
            return
        place = self.place(3)
        self.variables[name] = place
        if _frame(2).f_code.co_filename != _environ_file and place is not self.IMPORT:
            # `os.putenv` itself: `os.environ` does not know of it.
            value = _fsdecode(args[1]) if len(args) > 1 else None
            self.direct[name] = (value, place)
        else:
            self.direct.pop(name, None)

    def on_chdir(self, args: tuple) -> None:
        """The working directory changes."""
        if not self.wide:
            self.chdir_at = self.place(3)

    def on_thread(self, args: tuple) -> None:
        """A thread starts; `args[0]` is bound to it."""
        thread = getattr(args[0], "__self__", None)
        if thread is not None and len(self.threads) < _MAX:
            self.threads.append((thread, self.place(3)))

    def on_process(self, args: tuple) -> None:
        """A child process starts; nobody says which."""
        if len(self.processes) < _MAX:
            self.processes.append(self.place(3))

    # ------------------------------------------------------------ files

    def on_open(self, args: tuple) -> None:
        """A file is opened."""
        path, _, flags = args
        self.opens += 1
        if flags & _WRITES:
            self._wrote(path)
        elif type(path) is str and path[:1] == "/" and not self.wide:
            self._opened(path, False)

    def on_made(self, args: tuple) -> None:
        """A folder is made."""
        self._wrote(args[0])

    def on_moved(self, args: tuple) -> None:
        """A file gets a name."""
        self._wrote(args[1])

    def on_database(self, args: tuple) -> None:
        """A database file may be made."""
        path = _fsdecode(args[0])
        if path and path != ":memory:" and "mode=memory" not in path:
            self._wrote(path[5:].partition("?")[0] if path.startswith("file:") else path)

    def _wrote(self, path: object) -> None:
        if type(path) is int or self.wide:
            return
        path = _fsdecode(path)
        if not _isabs(path):
            path = _join(_getcwd(), path)
        else:
            self._opened(path, True)
        if path in self.written or path.startswith(self.nowhere) or len(self.written) >= _MAX:
            return
        try:
            _lstat(path)
            existed = True
        except (OSError, ValueError):
            existed = False
        self.written[path] = (existed, self.place(4))

    def _opened(self, path: str, wrote: bool) -> None:
        if (path + os.sep).startswith(self.well_known):
            return
        if len(self.opened) < _MAX and (path, wrote) not in self.opened:
            place = self.place(4 + wrote, direct=True)
            if place is not None and place is not self.IMPORT:
                self.opened[path, wrote] = place

    def left(self, temporary: str) -> list:
        """[[path, what it is, existed, place]] of what was written and is still there; below a new folder only that.

        `temporary`: pytest's own folder for temporary files, empty where there is none yet.
        """
        around = os.path.dirname(temporary)
        found = []
        folders: tuple = ()
        for path in sorted(self.written):
            existed, place = self.written[path]
            if place is self.IMPORT or path.startswith(folders) or _is_cache(path):
                continue
            if temporary and (path.startswith(temporary + os.sep) or os.path.dirname(path) == around or path == around):
                continue
            try:
                seen = _lstat(path)
            except (OSError, ValueError):
                continue
            kind = seen.st_mode & 0o170000
            if kind == 0o040000:
                if existed:
                    continue
                folders += (path.rstrip(os.sep) + os.sep,)
                what = "folder"
            else:
                what = "link" if kind == 0o120000 else "%d bytes" % seen.st_size
            found.append([path, what, existed, place])
        return found

    # ------------------------------------------------------------ the network

    def on_socket(self, args: tuple) -> None:
        """A socket is made: whose, if it stays open?"""
        if len(self.sockets) < _MAX:
            self.sockets.append((weakref.ref(args[0]), self.place(3)))

    def on_connect(self, args: tuple) -> None:
        """A connection is asked for; a datagram socket that "connects" only learns an address and sends nothing."""
        if args[0].type != _DATAGRAM:
            self._reached(args[1])

    def on_sendto(self, args: tuple) -> None:
        """A datagram is sent."""
        self._reached(args[1])

    def _reached(self, address: object) -> None:
        if type(address) is not tuple or len(address) < 2 or not isinstance(address[1], int):
            return
        key = (str(address[0]), address[1])
        seen = self.connected.get(key)
        if seen is not None:
            seen[1] += 1
        elif len(self.connected) < _MAX:
            self.connected[key] = [self.name, 1, self.place(4)]

    def on_lookup(self, args: tuple) -> None:
        """A name is looked up."""
        host = args[0]
        if not host:
            return
        self.name = _fsdecode(host)
        port = args[1] if len(args) > 1 and type(args[1]) is int else 0
        if len(self.looked_up) < _MAX:
            self.looked_up.setdefault((self.name, port), self.place(3))

    def on_bind(self, args: tuple) -> None:
        """A port is bound; port 0 leaves the choice to the system."""
        address = args[1]
        if type(address) is tuple and len(address) >= 2 and address[1] and len(self.bound) < _MAX:
            self.bound.setdefault((str(address[0]), address[1]), self.place(3))


def _folders(paths: list) -> tuple:
    """Prefixes of what lies in these folders; the root of all is none of them."""
    return tuple(set([path.rstrip(os.sep) + os.sep for path in paths if path.strip(os.sep)]))


def _is_cache(path: str) -> bool:
    """Whether pytest, coverage, Hypothesis, Python or another tool keeps it for its own next run."""
    parts = path.split(os.sep)
    return any([part in _CACHES for part in parts]) or any([name in parts[-1] for name in _CACHE_FILES])
