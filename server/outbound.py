"""The one HTTP client for everything that the system calls, so that nobody can make it call what lies inside.

A name is resolved, every address of it is checked, and the connection goes to a checked address: what a name says a
moment later does not count (DNS rebinding). TLS is verified against the name. Answers are limited in size and time,
and come uncompressed, because a small compressed one may unpack to any size. Environment proxies are not used.

OutboundError
├── Refused       the address is not to be called: not https, inside the network, not an address at all
├── Unreachable   nobody answers, TLS does not fit, or the time is up
└── TooLarge      the answer is larger than it may be, or compressed
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from ipaddress import IPv4Address, IPv6Address

import httpx2

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# Networks of IPv6 that carry an IPv4 address inside: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380),
# and IPv4-compatible ones (RFC 4291). What they lead to is not visible, so they are refused whole.
_CARRIERS = tuple(
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
_MOST_TRIED = 4


class OutboundError(Exception):
    """A call did not take place or brought nothing usable. The words name no address."""


class Refused(OutboundError):
    """The address is not one that may be called."""


class Unreachable(OutboundError):
    """Nobody answered in time, or not over TLS that can be trusted."""


class TooLarge(OutboundError):
    """The answer is larger than allowed, or compressed."""


def is_public(address: Address) -> bool:
    """Tell whether an address is on the public internet: not private, not shared (RFC 6598), not multicast."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.is_site_local or any(address in carrier for carrier in _CARRIERS):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver for the addresses of a name. Raises Unreachable."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("no such name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def _trusted() -> ssl.SSLContext:
    """Read the machine's certificates once; that takes some 20 ms."""
    return ssl.create_default_context()


class Outbound(httpx2.AsyncBaseTransport):
    """A transport that checks, pins and limits each request, also each hop of a redirect.

    `allow` names hosts and addresses that may be called although they are inside, also without TLS. `seconds` is for
    one request and its whole answer, `largest` the bytes of the answer.
    """

    def __init__(
        self,
        allow: Sequence[str] = (),
        *,
        seconds: float = 5.0,
        largest: int = 1024 * 1024,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take what is allowed beside the public internet, and the limits."""
        self._allow = frozenset(entry.strip("[]").rstrip(".").lower() for entry in allow)
        self._seconds, self._largest, self._resolve, self._tls = seconds, largest, resolve, tls

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and read its answer whole. Raises OutboundError."""
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await self.checked(request.url)
                return await self._send(request, addresses)
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error
        except (httpx2.HTTPError, ssl.SSLError, OSError) as error:
            raise Unreachable(type(error).__name__) from error

    async def checked(self, url: httpx2.URL) -> list[Address]:
        """Give the addresses that a request to this URL may connect to. Raises Refused or Unreachable."""
        host = url.host.rstrip(".").lower()
        if url.scheme not in {"http", "https"} or not host or url.userinfo:
            raise Refused("not an address to call")
        known = host in self._allow
        found = [ipaddress.ip_address(text) for text in await self._resolve(host, url.port or 443)]
        named = known or all(str(address) in self._allow for address in found)
        if url.scheme == "http" and not named:
            raise Refused("not https")
        if not known and not all(is_public(address) or str(address) in self._allow for address in found):
            raise Refused("inside the network")
        return found

    async def _send(self, request: httpx2.Request, addresses: Sequence[Address]) -> httpx2.Response:
        failed: Exception = Unreachable("no such name")
        for address in addresses[:_MOST_TRIED]:
            try:
                return await self._send_to(request, address)
            except httpx2.ConnectError as error:
                failed = error
        raise failed

    async def _send_to(self, request: httpx2.Request, address: Address) -> httpx2.Response:
        pinned = httpx2.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=[(name, value) for name, value in request.headers.raw if name.lower() != b"accept-encoding"],
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        pinned.headers["Accept-Encoding"] = "identity"
        # a transport of its own: a kept connection would be told by its address, whatever name it was verified for
        transport = httpx2.AsyncHTTPTransport(verify=self._tls or _trusted(), trust_env=False)
        async with transport:
            answer = await transport.handle_async_request(pinned)
            try:
                body = await self._read(answer)
            finally:
                await answer.aclose()
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body, request=request)

    async def _read(self, answer: httpx2.Response) -> bytes:
        if answer.headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
            raise TooLarge("compressed")
        parts, size = [], 0
        async for part in answer.aiter_raw():
            size += len(part)
            if size > self._largest:
                raise TooLarge("too large")
            parts.append(part)
        return b"".join(parts)


@asynccontextmanager
async def client(transport: Outbound, *, redirects: int = 0) -> AsyncIterator[httpx2.AsyncClient]:
    """Open a client on a checked transport; follows `redirects` hops, none unless asked."""
    opened = httpx2.AsyncClient(
        transport=transport, trust_env=False, follow_redirects=redirects > 0, max_redirects=max(redirects, 1)
    )
    async with opened:
        yield opened
