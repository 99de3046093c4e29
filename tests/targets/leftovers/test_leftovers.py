"""Tests that leave threads, servers, children and daemons behind; their numbers go to the file `left.txt`."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

SLEEPS = "import signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(600)"


def note(pid):
    with open("left.txt", "a") as stream:
        stream.write("%d\n" % pid)


def test_thread():
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def test_server():
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=server.accept, daemon=True).start()


def test_child():
    note(subprocess.Popen([sys.executable, "-c", SLEEPS]).pid)


def test_child_in_its_own_session():
    note(subprocess.Popen([sys.executable, "-c", SLEEPS], start_new_session=True).pid)


def test_daemon():
    first = os.fork()
    if first == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            note(os.getpid())
            grandchild = os.fork()
            if grandchild:
                note(grandchild)
            time.sleep(600)
        os._exit(0)
    os.waitpid(first, 0)


def test_dies_with_a_child():
    note(subprocess.Popen([sys.executable, "-c", SLEEPS], start_new_session=True).pid)
    os._exit(0)


def test_thread_that_keeps_python_alive():
    threading.Thread(target=threading.Event().wait).start()


def test_last():
    pass
