"""The bad network of the tests is as bad as it was asked to be, and the same each time."""

import socket

import pytest

from tests.network.udp_relay import HOST, Way, Weather, running


def test_it_loses_its_share_and_the_same_packets_with_the_same_seed() -> None:
    ways = [Way(Weather(loss=0.05), seed=3) for _ in range(2)]
    first, again = ([way.arrival(100, 0.0) for _ in range(10_000)] for way in ways)
    assert first == again
    assert 400 < first.count(None) < 600


def test_it_delays_within_the_jitter_and_lets_no_packet_overtake() -> None:
    way = Way(Weather(delay=100, jitter=50), seed=1)
    arrivals = [way.arrival(100, at / 100) or 0.0 for at in range(100)]
    assert arrivals == sorted(arrivals)
    assert all(0.1 <= arrival - at / 100 <= 0.1501 for at, arrival in enumerate(arrivals))


def test_a_narrow_way_spaces_packets_and_drops_what_its_queue_does_not_hold() -> None:
    way = Way(Weather(kbps=80, queue=50), seed=1)  # a packet of 100 bytes takes 10 ms
    arrivals = [way.arrival(100, 0.0) for _ in range(10)]
    assert arrivals == [pytest.approx(n / 100) for n in range(1, 7)] + [None] * 4


def test_packets_go_both_ways_through_the_running_relay_until_it_is_told_to_lose_them() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as target, socket.socket(type=socket.SOCK_DGRAM) as program:
        target.bind((HOST, 0))
        for one in (target, program):
            one.settimeout(5)
        with running(target.getsockname()[1], seed=1) as relay:
            program.sendto(b"there", (HOST, relay.port))
            said, router = target.recvfrom(100)
            target.sendto(b"back", router)
            assert (said, program.recv(100)) == (b"there", b"back")

            relay.set(up=Weather(loss=1.0))
            program.sendto(b"lost", (HOST, relay.port))
            while relay.counts()["up_lost"] == 0:
                pass
            assert relay.counts() == {"up_passed": 1, "up_lost": 1, "down_passed": 1, "down_lost": 0}
