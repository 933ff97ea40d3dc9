"""Fetches an external calendar feed over the checked outbound client, and has it read in a process of its own.

Whoever uses it keeps the spans or shows why there are none. One feed at a time is read in a server process, so that
feeds never take more than one core from people.
"""

import asyncio
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


async def busy_by_feed(deps: Deps, address: str, start: datetime, end: datetime, zone: str) -> Busy:
    """Give when the owner of a feed is busy from `start` to `end`; `zone` is theirs. Raises FeedRefused."""
    content = await fetch_feed(deps.settings, address)
    reading: asyncio.Lock = deps.memory.setdefault(_READING, asyncio.Lock())
    async with reading:
        return await read_apart(content, start, end, zone)


async def fetch_feed(settings: Settings, address: str) -> bytes:
    """Give the feed as it is. Follows a few redirects, each checked like the first address. Raises FeedRefused."""
    transport = Outbound(settings.outbound_allow, seconds=SECONDS, largest=LARGEST)
    try:
        async with asyncio.timeout(2 * SECONDS), client(transport, redirects=_HOPS) as calling:
            answer = await calling.get(feed_address(address), headers={"Accept": "text/calendar"})
    except Refused as error:
        raise FeedRefused(FeedTrouble.INSIDE) from error
    except TooLarge as error:
        raise FeedRefused(FeedTrouble.TOO_LARGE) from error
    except (OutboundError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise FeedRefused(FeedTrouble.SILENT) from error
    if answer.status_code != 200:
        raise FeedRefused(_SAID.get(answer.status_code, FeedTrouble.ANSWER))
    return answer.content
