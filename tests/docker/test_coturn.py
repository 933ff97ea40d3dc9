"""The relay's configuration, held against the registries and tried on a real coturn that was started with it.

Asking a relay for leave to send to an address sends nothing there.
"""

import asyncio
import ipaddress
import itertools
import random
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aioice import stun
from aioice.turn import TurnClientUdpProtocol

from signaling.ice import ice_servers
from tests import coturn as relay
from tests.docker.special_networks import SPECIAL, Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

START = relay.ROOT / "docker" / "coturn" / "start"
CONFIGURATION = START.with_name("turnserver.conf").read_text()
RANGES = [
    tuple(ipaddress.ip_address(end) for end in found.split("-"))
    for found in re.findall(r"^denied-peer-ip=(\S+)$", CONFIGURATION, re.MULTILINE)
]
UNSPECIFIED = ipaddress.ip_address("::")  # coturn refuses it without a line; see turnserver.conf
PUBLIC = {
    4: ["1.1.1.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "126.255.255.255", "172.32.0.0", "223.255.255.255"],
    6: ["2001:200::", "2001:db7:ffff::1", "2001:db9::", "2003::", "2606:4700::1", "2a00::", "3ffe:ffff::1"],
}


CHANNELS = itertools.count(0x4100)
SESSION = "5e551011"  # stands where the name of a seat stands


def login(lifetime: timedelta, session: str = SESSION) -> tuple[str, str]:
    """Give a user name and a password as a browser gets them."""
    (server,) = ice_servers(["turn:turn.clinic.test"], relay.SECRET, datetime.now(UTC), lifetime, session)
    return server["username"], server["credential"]


@asynccontextmanager
async def allocation(
    host: str, port: int, known: tuple[str, str] = login(timedelta(hours=1))
) -> AsyncIterator[TurnClientUdpProtocol]:
    """Hold an allocation over UDP."""
    transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: TurnClientUdpProtocol((host, port), *known, lifetime=600, channel_refresh_time=500),
        remote_addr=(host, port),
    )
    try:
        await client.connect()
        yield client
        await client.delete()
    finally:
        transport.abort()


async def code(asking: Awaitable[object]) -> int:
    """Give the error code of an answer, 0 for none."""
    try:
        await asking
    except stun.TransactionFailed as failed:
        return failed.response.error_code or -1
    return 0


async def asked(client: TurnClientUdpProtocol, method: stun.Method, peer: str) -> int:
    """Ask for leave to send to a peer."""
    request = stun.Message(message_method=method, message_class=stun.Class.REQUEST)
    if method is stun.Method.CHANNEL_BIND:
        request.attributes["CHANNEL-NUMBER"] = next(CHANNELS)
    request.attributes["XOR-PEER-ADDRESS"] = (peer, 9)
    return await code(client.request_with_retry(request))


def refresh() -> stun.Message:
    request = stun.Message(message_method=stun.Method.REFRESH, message_class=stun.Class.REQUEST)
    request.attributes["LIFETIME"] = 600
    return request


async def made_anew(port: int, known: tuple[str, str]) -> None:
    async with allocation(relay.HOST, port, known):
        pass


async def until(wanted: int, asking: Callable[[], Awaitable[object]]) -> None:
    """Ask until the answer has an error code."""
    while await code(asking()) != wanted:  # noqa: ASYNC110 - a relay has no event to wait for
        await asyncio.sleep(0.1)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def is_denied(address: Address) -> bool:
    """Tell whether coturn refuses an address: it compares each byte of an IPv6 address on its own."""
    return address == UNSPECIFIED or any(
        first.version == address.version and _is_between(first, address, last) for first, last in RANGES
    )


def _is_between(first: Address, address: Address, last: Address) -> bool:
    if address.version == 4:
        return int(first) <= int(address) <= int(last)
    places = zip(first.packed, address.packed, last.packed, strict=True)
    return all(low <= byte <= high for low, byte, high in places)


def samples(network: Network) -> list[str]:
    """Give the first address of a network, the last one, and some between whose bytes are large, small and zero."""
    chance, size = random.Random(str(network)), network.num_addresses
    masks = (0, 0xFF, 0xFF00, 0xFF00FF00, 0xFF << 64, (1 << 128) - 1)
    between = [chance.getrandbits(128) & mask for mask in masks for _ in range(3)]
    return [str(network[offset % size]) for offset in (0, size - 1, 1 << 8, 1 << 24, *between)]


@pytest.mark.parametrize("network", SPECIAL, ids=str)
def test_every_special_purpose_network_is_refused(network: Network) -> None:
    assert [one for one in samples(network) if not is_denied(ipaddress.ip_address(one))] == []


@pytest.mark.parametrize("bits", [32, 128])
def test_whatever_python_knows_not_to_be_global_is_refused(bits: int) -> None:
    chance = random.Random(17_1_1)
    kind = ipaddress.IPv4Address if bits == 32 else ipaddress.IPv6Address
    drawn = [kind(chance.getrandbits(bits)) for _ in range(20_000)]
    special = [one for one in drawn if not one.is_global or one.is_multicast or one.is_reserved or one.is_link_local]
    assert len(special) > 500
    assert [one for one in special if not is_denied(one)] == []


@pytest.mark.parametrize("version", [4, 6])
def test_public_addresses_are_not_refused(version: int) -> None:
    assert [one for one in PUBLIC[version] if is_denied(ipaddress.ip_address(one))] == []


def test_no_range_begins_at_the_unspecified_address_of_ipv6() -> None:
    assert [a for a, _ in RANGES if a == UNSPECIFIED] == []  # coturn takes it for every address, of IPv4 too


@pytest.fixture(params=[("127.0.0.1", 4), ("::1", 6)], ids=["IPv4", "IPv6"])
def strict(request: pytest.FixtureRequest) -> Iterator[tuple[relay.Server, str, int]]:
    """Run a relay without any exception on an address of loopback."""
    host, version = request.param
    if version == 6 and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    words = ("--listening-ip=::1", "--relay-ip=::1", "--allocation-default-address-family=keep") if version == 6 else ()
    with relay.running(*words, allowed=()) as server:
        yield server, host, version


@pytest.mark.anyio
async def test_coturn_refuses_addresses_all_over_every_special_network_and_no_public_one(
    strict: tuple[relay.Server, str, int],
) -> None:
    server, host, version = strict
    async with allocation(host, server.port) as client:
        for method in (stun.Method.CHANNEL_BIND, stun.Method.CREATE_PERMISSION):
            peers = [peer for network in SPECIAL if network.version == version for peer in samples(network)]
            assert [peer for peer in peers if await asked(client, method, peer) != 403] == []
            assert [peer for peer in PUBLIC[version] if await asked(client, method, peer) != 0] == []


@pytest.mark.anyio
async def test_an_allocation_outlives_the_password_it_was_made_with() -> None:
    """Also where the nonce is stale: a long visit that stays on its path goes on. A new path needs a new password."""
    known = login(timedelta(seconds=1))
    with relay.running("--stale-nonce=1") as server:
        async with allocation(relay.HOST, server.port, known) as client:
            await until(401, lambda: made_anew(server.port, known))
            await until(438, lambda: client.request(refresh()))
            assert await code(client.request_with_retry(refresh())) == 0


@pytest.mark.anyio
async def test_the_log_names_nobody_who_used_the_relay(coturn: relay.Server) -> None:
    async with allocation(relay.HOST, coturn.port, login(timedelta(hours=1), "0b5e55ed")) as client:
        await client.send_data(b"hello", (relay.HOST, 9))
    assert "0b5e55ed" not in coturn.log
    assert relay.SECRET not in coturn.log


def test_the_secret_is_on_no_command_line_and_in_no_file_that_others_read(coturn: relay.Server) -> None:
    command = Path(f"/proc/{coturn.pid}/cmdline").read_text()
    assert "turnserver" in command
    assert relay.SECRET not in command
    (written,) = coturn.folder.glob("curbside-turn-*")
    assert [path for path in (written, *written.iterdir()) if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"CURBSIDE_TURN_SECRET": ""}, "CURBSIDE_TURN_SECRET is missing"),
        ({"CURBSIDE_TURN_SECRET": "short"}, "too short"),
        ({"TURN_REALM": ""}, "TURN_REALM is missing"),
        ({"TURN_REALM": "a\nallow-loopback-peers"}, "may not have"),
        ({"TURN_CERT": "/nowhere"}, "cannot be read"),
    ],
)
def test_it_does_not_start_without_what_it_needs(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    environment = {"CURBSIDE_TURN_SECRET": relay.SECRET, "TURN_REALM": "turn.clinic.test", "TMPDIR": str(tmp_path)}
    path = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [START], env={**path, **environment, **changed}, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert relay.SECRET not in done.stderr
