"""Pipes between beds."""

import queue
import threading


class Network:
    def __init__(self, pipes):
        self.pipes = pipes
        self._lock = threading.Lock()
        self.flow = {}

    def path(self, start, end):
        """Beds from `start` to `end`."""
        if end in self.pipes.get(start, ()):
            return [start, end]
        raise ConnectionError("no connection from {} to {}: refused by valve".format(start, end))

    def depth(self, bed):
        """Pipes between this bed and the last one behind it."""
        return 1 + max([self.depth(other) for other in self.pipes.get(bed, ())] or [0])

    def open(self, bed, litres):
        with self._lock:
            self.flow[bed] = litres
            return self.total()

    def total(self):
        with self._lock:
            return sum(self.flow.values())

    def drain(self):
        return sum(self.flow.values()) * 0.9


class Pump:
    """Works off orders in a thread."""

    def __init__(self):
        self.orders = queue.Queue()
        self.done = queue.Queue()
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self):
        while True:
            order = self.orders.get()
            if order is None:
                return
            if order > 0:
                self.done.put(order)

    def run(self, litres):
        self.orders.put(litres)
        return self.done.get()
