"""Fetches an external calendar feed over the checked outbound client, and has it read in a process of its own.

Whoever uses it keeps the spans or shows why there are none. One feed at a time is read in a server process, so that
feeds never take more than one core from people.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx2

from server.kit.feed import Busy, FeedRefused, FeedTrouble
from server.kit.feed_process import read_apart
from server.outbound import Outbound, OutboundError, Refused, TooLarge, client
from server.settings import Settings
from server.web import Deps

SECONDS = 15.0
LARGEST = 5 * 1024 * 1024
_HOPS = 5
_LONGEST_ADDRESS = 2000
_LONGEST_TAG = 200
_READING = "feed being read"
_SECURE = {"webcal": "https", "webcals": "https"}
_SAID = {401: FeedTrouble.PRIVATE, 403: FeedTrouble.PRIVATE, 404: FeedTrouble.GONE, 410: FeedTrouble.GONE}


def feed_address(text: str) -> str:
    """Give the address to fetch for what somebody pasted; webcal means https. Raises FeedRefused."""
    pasted = text.strip()
    scheme, _, rest = pasted.partition("://")
    address = f"{_SECURE.get(scheme.lower(), scheme.lower())}://{rest}"
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        sound = False
    if not sound or not pasted.isprintable() or " " in pasted or len(pasted) > _LONGEST_ADDRESS:
        raise FeedRefused(FeedTrouble.ADDRESS)
    return address


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed as its server gave it, and by which words to ask for it again (RFC 9110 section 8.8.3).

    Without content nothing changed since.
    """

    content: bytes | None
    etag: str


async def busy_by_feed(deps: Deps, content: bytes, start: datetime, end: datetime, zone: str) -> Busy:
    """Give when the owner of a feed is busy from `start` to `end`; `zone` is theirs. Raises FeedRefused."""
    reading: asyncio.Lock = deps.memory.setdefault(_READING, asyncio.Lock())
    async with reading:
        return await read_apart(content, start, end, zone)


async def fetch_feed(settings: Settings, address: str, etag: str = "") -> Fetched:
    """Give the feed as it is now, or that it is as it was with `etag`. Raises FeedRefused.

    Follows a few redirects, each checked like the first address.
    """
    transport = Outbound(settings.outbound_allow, seconds=SECONDS, largest=LARGEST)
    asked = {"Accept": "text/calendar", **({"If-None-Match": etag} if etag else {})}
    try:
        async with asyncio.timeout(2 * SECONDS), client(transport, redirects=_HOPS) as calling:
            answer = await calling.get(feed_address(address), headers=asked)
    except Refused as error:
        raise FeedRefused(FeedTrouble.INSIDE) from error
    except TooLarge as error:
        raise FeedRefused(FeedTrouble.TOO_LARGE) from error
    except (OutboundError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise FeedRefused(FeedTrouble.SILENT) from error
    if etag and answer.status_code == 304:
        return Fetched(None, etag)
    if answer.status_code != 200:
        raise FeedRefused(_SAID.get(answer.status_code, FeedTrouble.ANSWER))
    return Fetched(answer.content, _kept(answer.headers.get("etag", "")))


def _kept(etag: str) -> str:
    """Give an entity tag if it can be kept and sent again, else nothing."""
    return etag if etag.isascii() and etag.isprintable() and len(etag) <= _LONGEST_TAG else ""
