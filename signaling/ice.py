"""STUN and TURN servers for browsers, with time-limited TURN credentials. Pure.

Nothing configured means no server at all: never a public one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NotRequired, TypedDict


class IceServer(TypedDict):
    """W3C RTCIceServer."""

    urls: list[str]
    username: NotRequired[str]
    credential: NotRequired[str]


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
