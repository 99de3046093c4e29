"""The probe: small files that are copied into a temporary folder and run inside the target's own interpreter.

Nothing of testaudit imports them. They use the standard library alone, Python 3.8 syntax, and pytest 7.0 or newer.
`start.py` starts pytest as `python -m pytest` would; `plugin.py` is the pytest plugin, `watcher.py` what it sees of the
tests; `chosen.py` runs some of them again; `log.py` writes; `describe.py` turns pytest's objects into plain values;
`sleeps.py` measures sleeping. What a test leaves behind: `leaks.py` looks before and after, `surroundings.py` at the
process's state, `lasting.py` at threads, processes and descriptors, `events.py` at files and connections (audit
events), `doubles.py` at patches; all of that only with `--testaudit-leaks`.

Protocol, version 1
===================
The folder named by `--testaudit-dir` holds:

`log.jsonl`   JSON lines, each written by one `write` on an append descriptor, by every process of the run (xdist's
              workers included). A line that does not parse is a half-written last line. Every record has `t`:

    boot        start.py, before pytest: pid, python, implementation, platform, executable, at (monotonic s)
    session     the plugin is there: worker, pid, pytest, rootdir, cwd, plugins, and pytest's settings
    fixdef      a fixture: k (number), name, scope, path, line
    marks       a set of markers: k (number), m = [[name, [args], {kwargs}]]
    items       the selected tests, in order, at most 500 a line: at (index of the first), items = [[node id, path,
                line, marks k, [fixdef k]]]; written by one process only, lines 0-based, -1 unknown
    m           a module whose collection begins: node, w
    collected   n selected, deselected, at (as above); the end of the collection of one process
    file        a test module that was collected
    cerr        a module that failed to collect: node, text, type, message, frames
    cskip       a module that skipped itself: node, reason, site
    r           a test ended: i (index) or node, w (worker); d = [set-up, call, teardown seconds] where all passed,
                else a = its attempts, each a list of phases {w: s|c|t, o: p|f|s|r, d: seconds, and as needed:
                x (exception), text, out, xfail, skip, sub}; u = number of subtests; f = [[fixdef k, seconds of its
                set-up]]; s = [[seconds, calls, path, line, function]]
                an exception: type, message, frames = [[file, line, function]], root (`Type: message` of the innermost
                one that it came from), root_at (its last frame), wrapped (it was made of the root), unset (words that
                are no environment variable now), fixture = [name, scope, file, line] that it went through
                e (evidence, only where there is some; each row ends with its place [file, line, function] if known):
                l = [[kind, what, before, after]] leaks; n = [[host, port, name, calls]] connections, and with an empty
                host what was only looked up; b = [[host, port]] bound; o = [[path, written]] opened by the project's
                own code; p = [[target, owner, by, type, calls, active, wider]] doubles
    watched     the kinds of leaks that a process looks for: kinds, w
    late        leaks of an earlier test that proved to last: i or node, w, l (as above)
    deep        (only with `--testaudit-deep`) coverage per test: means (empty: not measured), why, w
    deepfile    a first-party file: k (number, within this w), path, w
    reach       lines of first-party functions that ran in a test: node, w, f = [[deepfile k, "1-3,7"]]
    deepend     all of them are written (coverage.py), w
    w           a warning, once for each kind (and test, where it is evidence): category, message, path, line, node
    crash       xdist's controller saw a worker die: node (empty: between two tests), worker
    broke       the session ends early: why (`exit`, on purpose; `key`, a test raised KeyboardInterrupt; `internal`),
                text, w
    finish      the session ended: worker, status, spent (nanoseconds of the probe's own work)
    returned    start.py, after pytest: status. **Its absence is the evidence of a crash**, an exit status never is
    stop        start.py could not start: why (`no-pytest`, `import`), text

`running-<worker>`  32 bytes, mapped into memory, native order: index of the running test (int64, -1 unknown), state
              (int64: 1 runs a test, 2 collects a module, 0 neither, 3 can no longer write the log), its beginning on
              the process's clock (double; a test may have stopped that), tests finished (int64).

`chosen`      (read) a further run, as JSON: {narrow: only the modules of the chosen tests are imported, node_ids: in
              the order in which they run}.

`deep`        (read) as JSON: {root, packages: names of first-party code, suite: files that are none of it}.

`skip`        (read) a JSON list: node ids of tests that are not to run, and of modules that are not to be imported;
              a test's id that stands twice is left out twice. (No separator: a name may hold anything, NUL included.)

The engine appends `killed` (node, why: `timeout`, `interrupt`, `stalled`), `crash` for a test that took its process
with it (how; text and frames: where it stood) or a module (at = `collect`, raised: the exception that ended pytest),
and `restart` before it starts again.
"""
