"""How messages to browsers and webhooks leave: over the checked outbound client, signed, and worth nothing later.

A push carries the same `Topic` for all messages about one thing: one that still waits at the service is replaced by the
next (RFC 8030, section 5.4). A webhook carries its message's id and a signature over id, time and body, as the
Standard Webhooks have them, and an `Idempotency-Key`.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import httpx2

from server.outbound import Outbound, OutboundError, client
from server.outbox.push_cipher import LARGEST, BrowserKeys, Sender, UnusableKey, encrypt, padless
from server.outbox.reach_rules import Taken, lifetime, taken_by_browser, taken_by_hook
from server.outbox.rules import Undeliverable
from server.web import Deps

SECONDS = 5.0
_LARGEST_ANSWER = 64 * 1024
_TOPIC_BYTES = 24  # 32 letters, the most that a topic may have


class BrowserGone(Undeliverable):
    """The browser takes no messages any more: its owner turned them off, or it is no more."""


@dataclass(frozen=True, slots=True)
class BrowserAddress:
    """Where a browser's messages go, and the keys to encrypt them with."""

    endpoint: str = field(repr=False)
    keys: BrowserKeys


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way: its row, what it is about, its JSON, and until when it is of use."""

    row_id: UUID
    about_id: UUID
    message: str = field(repr=False)
    not_after: datetime


async def deliver_push(deps: Deps, browser: BrowserAddress, parcel: Parcel) -> None:
    """Hand a message to a browser's push service.

    Raises OSError when it was not taken, Undeliverable when it never will be, BrowserGone when none will be.
    """
    message = parcel.message.encode()
    if len(message) > LARGEST:
        raise Undeliverable("too large")
    try:
        body = encrypt(message, browser.keys)
    except UnusableKey as error:
        raise BrowserGone from error
    status = await _post(deps, browser.endpoint, push_headers(deps, browser.endpoint, parcel), body)
    match taken_by_browser(status):
        case Taken.GONE:
            raise BrowserGone(f"answered {status}")
        case Taken.NEVER:
            raise Undeliverable(f"refused with {status}")
        case Taken.LATER:
            raise OSError(f"not taken: {status}")
        case Taken.YES:
            return


def push_headers(deps: Deps, endpoint: str, parcel: Parcel) -> dict[str, str]:
    """Give the headers of a push request (RFC 8030, RFC 8292): for how long to keep it, and what it replaces."""
    return {
        "TTL": str(lifetime(parcel.not_after, deps.now())),
        "Urgency": "high",
        "Topic": padless(deps.keyring.index(str(parcel.about_id), "push topic")[:_TOPIC_BYTES]),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Authorization": push_sender(deps).authorization(endpoint, deps.now()),
    }


def push_sender(deps: Deps) -> Sender:
    """Give who signs this server's messages to browsers."""
    return Sender(deps.push_key, deps.settings.push_sender)


async def deliver_hook(deps: Deps, address: str, secret: str, parcel: Parcel) -> None:
    """Post a message to a webhook. Raises OSError when it was not taken, Undeliverable when it never will be."""
    body = parcel.message.encode()
    stamp = str(int(deps.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": str(parcel.row_id),
        "webhook-id": str(parcel.row_id),
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, str(parcel.row_id), stamp, body),
    }
    status = await _post(deps, address, headers, body)
    match taken_by_hook(status):
        case Taken.NEVER | Taken.GONE:
            raise Undeliverable(f"refused with {status}")
        case Taken.LATER:
            raise OSError(f"not taken: {status}")
        case Taken.YES:
            return


def signature(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Sign a webhook's message (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


async def _post(deps: Deps, url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Give the status of the answer, and throw away what it says. Raises OSError when there is none."""
    transport = Outbound(deps.settings.outbound_allow, seconds=SECONDS, largest=_LARGEST_ANSWER)
    try:
        async with client(transport) as calling:
            answer = await calling.post(url, content=body, headers=headers)
    except (OutboundError, httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise OSError(type(error).__name__) from error
    return answer.status_code
