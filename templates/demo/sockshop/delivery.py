"""Getting the sock to the foot: a courier on a bicycle (a thread), and a washing machine that can be watched."""

import asyncio
import threading


class Parcel:
    """A sock on its way."""

    def __init__(self, address):
        self.address = address
        self.state = "packed"


class Courier:
    """Rides off, and arrives a little later."""

    def __init__(self, ride_s=0.2):
        self.ride_s = ride_s
        self.arrived = threading.Event()

    def send(self, parcel):
        """Start riding; returns at once."""
        parcel.state = "under way"
        rider = threading.Timer(self.ride_s, self._deliver, (parcel,))
        rider.daemon = True
        rider.start()

    def _deliver(self, parcel):
        parcel.state = "delivered"
        self.arrived.set()


def send_order(address, courier):
    """Pack the sock, and let it go."""
    parcel = Parcel(address)
    courier.send(parcel)
    return parcel


class WashingMachine:
    """Where the twins go."""

    def __init__(self, socks):
        self.socks = socks
        self.done = False

    async def spin(self):
        """One cycle; one sock fewer."""
        await asyncio.sleep(0.05)
        self.socks -= 1
        self.done = True
