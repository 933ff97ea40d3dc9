"""Trying a relay out, with a real coturn: what works is measured, what is wrong is named."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from signaling.turn_check import Report, check_server
from signaling.turn_client import Means, Trouble
from tests import coturn as relay
from tests.certificates import new_certificate

pytestmark = pytest.mark.anyio


@pytest.fixture
def means() -> Means:
    return Means(relay.SECRET, datetime.now(UTC), timedelta(minutes=5))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="module")
def with_tls(certificate: Path) -> Iterator[relay.Server]:
    with relay.running(TURN_CERT=str(certificate), TURN_KEY=str(certificate)) as server:
        yield server


def is_well(report: Report) -> bool:
    return report.trouble is None and 0 < report.round_trip_ms < 5000


@pytest.mark.parametrize("over", ["udp", "tcp"])
async def test_a_packet_goes_through_the_relay_and_back(coturn: relay.Server, means: Means, over: str) -> None:
    found = await check_server(getattr(coturn, over), means)
    assert is_well(found)
    assert found.relayed == relay.HOST
    assert "169.254.169.254" in found.refused
    assert found.reached == ()


async def test_a_relay_is_reached_over_tls(with_tls: relay.Server, certificate: Path, means: Means) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    assert is_well(await check_server(with_tls.tls, replace(means, tls=trusting)))


async def test_a_certificate_that_browsers_refuse_is_named(with_tls: relay.Server, means: Means) -> None:
    found = await check_server(with_tls.tls, means)
    assert found.trouble is Trouble.CERTIFICATE
    assert "self-signed" in found.detail


async def test_a_stun_server_is_asked_how_it_sees_us(coturn: relay.Server, means: Means) -> None:
    found = await check_server(f"stun:localhost:{coturn.port}", means)
    assert is_well(found)
    assert found.seen_as == relay.HOST


async def test_another_secret_is_told_from_another_clock(coturn: relay.Server, means: Means) -> None:
    late = replace(means, now=means.now - timedelta(hours=1))
    assert (await check_server(coturn.udp, late)).trouble is Trouble.CLOCK
    assert (await check_server(coturn.udp, replace(means, secret="another"))).trouble is Trouble.SECRET


@pytest.mark.parametrize("over", ["udp", "tcp"])
async def test_a_port_at_which_nobody_answers_is_said_soon(means: Means, over: str) -> None:
    with relay.running() as gone:
        pass
    found = await check_server(getattr(gone, over), replace(means, patience=0.5))
    assert found.trouble is Trouble.SILENCE


@pytest.mark.parametrize(
    ("url", "trouble"),
    [("turn:no..such.name", Trouble.NAME), ("https://turn.example.org", Trouble.ADDRESS)],
)
async def test_an_address_that_leads_nowhere_is_said(means: Means, url: str, trouble: Trouble) -> None:
    assert (await check_server(url, means)).trouble is trouble


@pytest.mark.parametrize(
    ("running", "trouble", "reached"),
    [
        (partial(relay.running, allowed=()), Trouble.OWN_ADDRESS, ()),
        (partial(relay.running, "--user-quota=1"), Trouble.QUOTA, ()),
        (partial(relay.running, "--allowed-peer-ip=10.0.0.0-10.255.255.255"), Trouble.OPEN, ("10.0.0.1",)),
    ],
    ids=["special-use address", "full", "open to a private network"],
)
async def test_what_is_wrong_with_a_relay_is_named(
    means: Means,
    running: Callable[[], AbstractContextManager[relay.Server]],
    trouble: Trouble,
    reached: tuple[str, ...],
) -> None:
    with running() as server:
        found = await check_server(server.udp, means)
    assert (found.trouble, found.reached) == (trouble, reached)


async def test_a_relay_that_does_not_reach_the_address_it_gives_out_loses_what_is_sent(means: Means) -> None:
    with relay.running(TURN_EXTERNAL_IP="198.51.100.7", allowed=("198.51.100.7",)) as server:
        found = await check_server(server.udp, replace(means, patience=2.0))
    assert (found.trouble, found.relayed) == (Trouble.LOST, "198.51.100.7")
