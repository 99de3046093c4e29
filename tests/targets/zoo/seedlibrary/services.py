"""The services around the library: accounts, job queue, weather, herbarium, sensors."""

import json
import socket
import urllib.request

LEDGER = ("127.0.0.1", 15432)
JOBS = ("127.0.0.1", 16379)
WEATHER = "http://127.0.0.1:18080"
HERBARIUM = "http://127.0.0.1:18081"
SENSORS = {"hygrometer": ("127.0.0.1", 10514), "rain gauge": ("127.0.0.1", 10515)}
EXCHANGE = "exchange.seedlibrary.invalid."


class LedgerError(Exception):
    pass


class JobsError(Exception):
    pass


class Ledger:
    """The accounts, in a PostgreSQL that the treasurer looks after."""

    def __init__(self, address=LEDGER):
        try:
            self._socket = socket.create_connection(address, timeout=1)
        except OSError as error:
            raise LedgerError(
                'connection to server at "{}", port {} failed: {}\n'
                "\tIs the server running on that host and accepting TCP/IP connections?".format(*address, error.strerror)
            ) from error

    def balance(self, member):
        self._socket.sendall("SELECT balance FROM account WHERE member = '{}'".format(member).encode())
        return float(self._socket.recv(64))


class Jobs:
    """The job queue, in a Redis."""

    def __init__(self, address=JOBS):
        self.address = address
        self._socket = None

    def _connect(self):
        if self._socket is None:
            try:
                self._socket = socket.create_connection(self.address, timeout=1)
            except OSError as error:
                raise JobsError(
                    "Error {} connecting to {}:{}. {}.".format(error.errno, *self.address, error.strerror)
                ) from None
        return self._socket

    def push(self, job):
        self._connect().sendall("LPUSH jobs {}\r\n".format(json.dumps(job)).encode())
        return True

    def length(self):
        self._connect().sendall(b"LLEN jobs\r\n")
        return int(self._connect().recv(64)[1:])


def fetch(url):
    with urllib.request.urlopen(url, timeout=1) as answer:
        return json.loads(answer.read().decode())


def forecast(place):
    return fetch("{}/forecast/{}".format(WEATHER, place))


def specimen(number):
    return fetch("{}/specimen/{}".format(HERBARIUM, number))


def read_sensor(name):
    with socket.create_connection(SENSORS[name], timeout=1) as connection:
        return float(connection.recv(16))


def find_exchange(port=7070):
    """Where other seed libraries offer theirs."""
    return socket.getaddrinfo(EXCHANGE, port, proto=socket.IPPROTO_TCP)[0][4]


def parse_address(text):
    """`host:port` -> (host, port)."""
    host, _, port = text.partition(":")
    return host, int(port[:3])
