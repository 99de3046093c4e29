"""Tests that change what everybody stands on, and put nothing back."""

import builtins
import gc
import io
import json
import os
import shutil
import sys
import tempfile
import time


def test_first():
    pass


def test_moves():
    os.chdir(tempfile.gettempdir())


def test_clears_the_environment():
    os.environ.clear()


def test_moves_to_a_folder_that_goes():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    shutil.rmtree(folder)


def test_fails_nowhere():
    assert 0


def test_patches_time():
    for name in ("time", "monotonic", "perf_counter", "monotonic_ns", "perf_counter_ns", "time_ns"):
        setattr(time, name, lambda: 0)
    time.sleep = lambda seconds: None


def test_patches_json():
    json.dumps = json.loads = json.JSONEncoder.default = None


def test_patches_os():
    for name in ("write", "open", "getpid", "fork", "kill"):
        setattr(os, name, None)


def test_patches_open():
    builtins.open = None


def test_fails_among_patches():
    assert {"a": 1} == {"a": 2}


def test_replaces_output():
    sys.stdout = sys.stderr = sys.stdin = io.StringIO()


def test_prints_nowhere():
    print("into the replacement")
    sys.stdout = sys.stderr = None


def test_forgets_modules():
    for name in ("json", "json.encoder", "os", "time", "struct", "mmap"):
        sys.modules.pop(name, None)


def test_collects_no_garbage():
    gc.disable()
    gc.freeze()


def test_traces():
    sys.settrace(lambda *_: None)
    sys.setprofile(lambda *_: None)


def test_fails_at_the_end():
    assert {"a": 1} == {"a": 3}


def test_last():
    pass
