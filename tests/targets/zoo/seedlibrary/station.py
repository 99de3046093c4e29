"""The weather station on the roof, with a radio of 1987. What it last did is kept in a spool folder."""

import getpass
import os
import random
import socket
import tempfile
import threading
import time


def spool():
    folder = os.environ.get("SEEDLIBRARY_STATE") or os.path.join(tempfile.gettempdir(), "seedlibrary-{}".format(os.getuid()))
    os.makedirs(folder, exist_ok=True)
    return folder


def call_number(channel):
    """How often this channel was called, from 1."""
    path = os.path.join(spool(), channel)
    number = (os.path.getsize(path) if os.path.exists(path) else 0) + 1
    with open(path, "a") as file:
        file.write(".")
    return number


class Radio:
    """Every other frame is lost to the fridge next door."""

    def __init__(self, channel):
        self.channel = channel

    def receive(self):
        return None if call_number(self.channel) % 2 else {"celsius": 18.0, "hectopascal": 1013}

    def smoothed(self):
        """The mean of the readings, with the stale one that is still in the buffer."""
        return 17.5 if call_number(self.channel) % 2 else 18.0


class Relay:
    """A relay between radio and desk, over loopback: one line a caller."""

    def __init__(self, channel, pause=0.0):
        self._server = socket.socket()
        self._server.bind(("127.0.0.1", 0))
        self._server.listen(1)
        self.address = self._server.getsockname()
        self._drop = call_number(channel) % 2 == 1
        self._pause = pause
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        caller, _ = self._server.accept()
        with caller:
            caller.recv(64)
            if self._drop:
                if self._pause:
                    time.sleep(self._pause)
                    return
                # Closing with a linger of zero resets the connection.
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                return
            caller.sendall(b"18.0\n")

    def close(self):
        self._server.close()
        self._thread.join(1)


def ask(address, timeout=0.5):
    with socket.create_connection(address, timeout=timeout) as connection:
        connection.sendall(b"temperature?\n")
        return float(connection.recv(64))


class Gust:
    """Counts gusts in two threads, without a lock."""

    def __init__(self):
        self.count = 0
        self._start = threading.Barrier(2)

    def _listen(self, times):
        self._start.wait()
        for _ in range(times):
            seen = self.count
            if random.random() < 0.04:
                time.sleep(0.0005)
            self.count = seen + 1

    def listen(self, times=20):
        threads = [threading.Thread(target=self._listen, args=(times,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.count


def wind():
    """A light breeze, 1 to 6 m/s."""
    return random.randint(1, 6)


def operator():
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "nobody"
