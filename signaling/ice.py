"""STUN and TURN servers for browsers, with time-limited TURN credentials. Pure.

Nothing configured means no server at all: never a public one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NotRequired, TypedDict, cast

_ADDRESS = re.compile(
    r"(?P<scheme>stuns?|turns?):(?:\[(?P<ipv6>[0-9a-fA-F:.]+)\]|(?P<host>[\w.-]+))(?::(?P<port>\d{1,5}))?"
    r"(?:\?transport=(?P<transport>udp|tcp))?",
    re.ASCII,
)


class IceServer(TypedDict):
    """W3C RTCIceServer."""

    urls: list[str]
    username: NotRequired[str]
    credential: NotRequired[str]


@dataclass(frozen=True)
class IceAddress:
    """Where a server is, as its URL says it (RFC 7064, RFC 7065), with what goes without saying filled in."""

    host: str
    port: int
    transport: Literal["udp", "tcp"]
    is_secure: bool  # TLS, which browsers speak over TCP only
    is_relay: bool


def ice_address(url: str) -> IceAddress:
    """Read the URL of a STUN or TURN server. Raises ValueError when it is none, or asks for TLS over UDP."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise ValueError("a server is like turn:turn.example.org:3478?transport=udp")
    is_secure = found["scheme"] in {"stuns", "turns"}
    transport = found["transport"] or ("tcp" if is_secure else "udp")
    if is_secure and transport == "udp":
        raise ValueError("TLS goes over TCP: no browser speaks it over UDP")
    if found["scheme"].startswith("stun") and found["transport"]:
        raise ValueError("the address of a STUN server names no transport")
    port = int(found["port"] or (5349 if is_secure else 3478))
    if not 0 < port < 65536:
        raise ValueError("a port is a number between 1 and 65535")
    host = found["ipv6"] or found["host"]
    return IceAddress(host, port, cast(Literal["udp", "tcp"], transport), is_secure, found["scheme"].startswith("turn"))


def ice_servers(
    urls: Iterable[str], secret: str | None, now: datetime, lifetime: timedelta, opaque: str
) -> list[IceServer]:
    """Give the RTCIceServer dictionaries of the configured URLs (`stun:`, `turn:`, `turns:`).

    TURN gets the credentials of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00): username
    `<expiry>:<opaque>`, password base64(HMAC-SHA1). coturn logs the username, so `opaque` must name nobody. Raises
    ValueError for another scheme, and for a TURN server without a secret.
    """
    listed = [url.strip() for url in urls if url.strip()]
    stun = [url for url in listed if url.startswith(("stun:", "stuns:"))]
    turn = [url for url in listed if url.startswith(("turn:", "turns:"))]
    if len(stun) + len(turn) < len(listed):
        raise ValueError("an ICE server is stun:, stuns:, turn: or turns:")
    servers: list[IceServer] = [{"urls": stun}] if stun else []
    return servers + ([_turn(turn, secret, now + lifetime, opaque)] if turn else [])


def _turn(urls: list[str], secret: str | None, expiry: datetime, opaque: str) -> IceServer:
    if not secret:
        raise ValueError("a TURN server needs the shared secret")
    username = f"{int(expiry.timestamp())}:{opaque}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return {"urls": urls, "username": username, "credential": base64.b64encode(digest).decode()}
