"""The courier and the washing machine.

Sick here: tests that sleep and hope. The courier needs a fifth of a second, the tests wait five times as long, in every
run, for ever; and one of them holds up the whole event loop while it waits.
"""

import asyncio
import time
import unittest

from sockshop.delivery import Courier, Parcel, WashingMachine


def test_the_courier_says_when_he_is_there():
    parcel, courier = Parcel("Cold Foot Lane 1"), Courier(ride_s=0.01)
    courier.send(parcel)

    assert courier.arrived.wait(timeout=5)
    assert parcel.state == "delivered"


def test_the_parcel_arrives():
    parcel = Parcel("Cold Foot Lane 2")
    Courier().send(parcel)
    time.sleep(1.0)
    assert parcel.state == "delivered"


def test_the_parcel_is_not_there_at_once():
    parcel = Parcel("Cold Foot Lane 3")
    Courier(ride_s=5).send(parcel)
    time.sleep(0.4)
    assert parcel.state == "under way"


class TestWashing(unittest.IsolatedAsyncioTestCase):
    async def test_one_sock_gets_lost(self):
        machine = WashingMachine(socks=8)
        cycle = asyncio.ensure_future(machine.spin())
        await asyncio.sleep(0)
        time.sleep(0.4)
        await cycle
        assert machine.done
        assert machine.socks == 7
