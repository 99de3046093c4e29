"""A daemon in a session of its own, deaf to polite signals; then a test that waits for ever."""

import os
import signal
import threading
import time


def test_daemon():
    first = os.fork()
    if first == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            with open("left.txt", "w") as stream:
                stream.write("%d\n" % os.getpid())
            time.sleep(600)
        os._exit(0)
    os.waitpid(first, 0)
    while not os.path.exists("left.txt"):
        time.sleep(0.01)


def test_waits():
    with open("waits.txt", "w"):
        threading.Event().wait()
