"""The one client to the outside: what it refuses to call, where it connects to, and how much it reads."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from server.outbound import Outbound, OutboundError, Refused, TooLarge, Unreachable, client, is_public
from tests.certificates import new_certificate

pytestmark = pytest.mark.anyio

Reply = Callable[[str], bytes]
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Heard(list[str]):
    """The heads of the requests that arrived, and the port they arrive at."""

    port = 0


@asynccontextmanager
async def listening(reply: Reply, tls: ssl.SSLContext | None = None, *, silent: bool = False) -> AsyncIterator[Heard]:
    """Answer each request on a free port of loopback with what `reply` makes of its head."""
    heard, done = Heard(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heard.append(head)
        if silent:
            await done.wait()
        writer.write(reply(head))
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    heard.port = server.sockets[0].getsockname()[1]
    yield heard
    done.set()
    server.close()


def resolving(*answers: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that gives the answers one after another, as a name does that is rebound."""
    left = list(answers)

    async def resolve(_: str, __: int) -> Sequence[str]:
        return (left.pop(0) if len(left) > 1 else left[0]).split()

    return resolve


async def get(url: str, transport: Outbound, redirects: int = 0) -> httpx2.Response:
    async with client(transport, redirects=redirects) as opened:
        return await opened.get(url)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.5",
        "172.16.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
    ],
)
async def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(Refused):
        await get("https://idp.example.org/", Outbound(resolve=resolving(address)))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
async def test_an_address_of_the_public_internet_may_be_called(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    found = await Outbound(resolve=resolving(address)).checked(httpx2.URL("https://idp.example.org/"))
    assert found == [ipaddress.ip_address(address)]


async def test_one_inside_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Refused):
        await get("https://idp.example.org/", Outbound(resolve=resolving("8.8.8.8 10.0.0.1")))


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example.org/",
        "ftp://idp.example.org/",
        "https://user:secret@idp.example.org/",
        "https:///path",
    ],
)
async def test_only_https_without_names_and_passwords_is_called(url: str) -> None:
    with pytest.raises((Refused, httpx2.UnsupportedProtocol)):
        await get(url, Outbound(resolve=resolving("8.8.8.8")))


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/", "https://[::1]:1/", "https://2130706433:1/"])
async def test_an_address_written_as_one_is_checked_too(url: str) -> None:
    with pytest.raises(Refused):
        await get(url, Outbound())


async def test_a_name_that_nobody_has_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        await get("https://nobody.invalid/", Outbound())


@pytest.mark.parametrize("allowed", ["idp.clinic.lan", "IDP.clinic.lan", "127.0.0.1"])
async def test_what_the_operator_names_is_called_although_it_is_inside_and_without_tls(allowed: str) -> None:
    async with listening(lambda _: PLAIN) as heard:
        transport = Outbound([allowed], resolve=resolving("127.0.0.1"))
        answer = await get(f"http://idp.clinic.lan:{heard.port}/x", transport)
    assert answer.text == "ok"
    assert f"host: idp.clinic.lan:{heard.port}" in heard[0].lower()


async def test_a_name_that_is_rebound_between_check_and_connection_is_not_asked_again() -> None:
    async with listening(lambda _: PLAIN) as heard:
        transport = Outbound(["127.0.0.1"], resolve=resolving("127.0.0.1", "10.255.255.1"))
        assert (await get(f"http://idp.clinic.lan:{heard.port}/", transport)).status_code == 200


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with listening(lambda _: PLAIN) as heard:
        transport = Outbound(["idp.clinic.lan"], resolve=resolving("127.0.0.2 127.0.0.1"))
        assert (await get(f"http://idp.clinic.lan:{heard.port}/", transport)).status_code == 200


async def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            await get(f"http://127.0.0.1:{held.getsockname()[1]}/", Outbound(["127.0.0.1"]))


async def test_a_redirect_is_not_followed_unless_asked() -> None:
    async with listening(lambda _: moved("https://elsewhere.example.org/")) as heard:
        answer = await get(f"http://127.0.0.1:{heard.port}/", Outbound(["127.0.0.1"]))
    assert answer.status_code == 302


async def test_each_hop_of_a_redirect_is_checked_again() -> None:
    async with listening(lambda _: moved("http://169.254.169.254/latest/meta-data")) as heard:
        with pytest.raises(Refused):
            await get(f"http://127.0.0.1:{heard.port}/", Outbound(["127.0.0.1"]), redirects=3)


async def test_redirects_without_end_are_cut() -> None:
    async with listening(lambda _: moved("/again")) as heard:
        with pytest.raises(httpx2.TooManyRedirects):
            await get(f"http://127.0.0.1:{heard.port}/", Outbound(["127.0.0.1"]), redirects=2)
    assert len(heard) == 3


@pytest.mark.parametrize("length", ["Content-Length: 5000\r\n", ""])
async def test_an_answer_larger_than_allowed_is_cut(length: str) -> None:
    async with listening(lambda _: f"HTTP/1.1 200 OK\r\n{length}\r\n{'x' * 5000}".encode()) as heard:
        with pytest.raises(TooLarge):
            await get(f"http://127.0.0.1:{heard.port}/", Outbound(["127.0.0.1"], largest=4999))


async def test_a_compressed_answer_is_not_unpacked() -> None:
    async with listening(lambda _: PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")) as heard:
        with pytest.raises(TooLarge):
            await get(f"http://127.0.0.1:{heard.port}/", Outbound(["127.0.0.1"]))
    assert "accept-encoding: identity" in heard[0].lower()
    assert "gzip" not in heard[0].lower()


async def test_whoever_does_not_answer_is_given_up_in_time() -> None:
    async with listening(lambda _: PLAIN, silent=True) as heard:
        with pytest.raises(Unreachable):
            await get(f"http://127.0.0.1:{heard.port}/", Outbound(["127.0.0.1"], seconds=0.1))


async def test_what_is_no_http_is_unreachable_and_the_error_names_no_secret() -> None:
    async with listening(lambda _: b"SMTP ready\r\n\r\n") as heard:
        with pytest.raises(OutboundError) as failed:
            await get(f"http://127.0.0.1:{heard.port}/?token=secret", Outbound(["127.0.0.1"]))
    assert "secret" not in str(failed.value)


async def test_tls_is_verified_for_the_name_while_the_connection_goes_to_the_checked_address(tmp_path: Path) -> None:
    served, trusting = certificates(tmp_path, "idp.clinic.lan")
    async with listening(lambda _: PLAIN, served) as heard:
        transport = Outbound(["127.0.0.1"], resolve=resolving("127.0.0.1"), tls=trusting)
        assert (await get(f"https://idp.clinic.lan:{heard.port}/", transport)).text == "ok"


async def test_a_certificate_of_another_name_or_of_nobody_is_not_trusted(tmp_path: Path) -> None:
    served, trusting = certificates(tmp_path, "idp.clinic.lan")
    async with listening(lambda _: PLAIN, served) as heard:
        for transport in (
            Outbound(["127.0.0.1"], resolve=resolving("127.0.0.1"), tls=trusting),
            Outbound(["127.0.0.1"], resolve=resolving("127.0.0.1")),
        ):
            with pytest.raises(Unreachable):
                await get(f"https://other.clinic.lan:{heard.port}/", transport)
    assert heard == []


def moved(target: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def certificates(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for a name, as the server's context and as one that trusts it."""
    file = new_certificate(folder, name)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    return served, ssl.create_default_context(cafile=file)
