"""Where people may be rung beside the page, what such a message says, and what an answer to it means. Pure."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

MOST_DEVICES, MOST_CHANNELS = 20, 10
CODE_MINUTES, MOST_WRONG = 10, 5
LONGEST_ADDRESS = 1000
_BACK_SOON = frozenset({408, 425, 429})
_GONE = frozenset({404, 410})


class Kind(StrEnum):
    """What a ring channel is: a phone, a pager that takes mail, or an address that takes webhooks."""

    SMS = "sms"
    PAGER = "pager"
    WEBHOOK = "webhook"


class Taken(StrEnum):
    """What an answer says of a message: taken, to be tried later, never, or that nothing will be taken there."""

    YES = "yes"
    LATER = "later"
    NEVER = "never"
    GONE = "gone"


def taken_by_browser(status: int) -> Taken:
    """Read the answer of a push service (RFC 8030, sections 5 and 7.3): 404 and 410 mean the subscription is over."""
    return Taken.GONE if status in _GONE else taken_by_hook(status)


def taken_by_hook(status: int) -> Taken:
    """Read the answer of a webhook: refused for good by 4xx, unless it says to come back."""
    if 200 <= status < 300:
        return Taken.YES
    return Taken.NEVER if 400 <= status < 500 and status not in _BACK_SOON else Taken.LATER


def lifetime(not_after: datetime, now: datetime) -> int:
    """Give for how many seconds a push service keeps a message: until it is of no use, and never less than none."""
    return max(0, int((not_after - now).total_seconds()))


def is_callable(address: str, allowed: Collection[str]) -> bool:
    """Tell whether an address may be kept to be called: https, or a host that the operator named, and no user in it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or len(address) > LONGEST_ADDRESS or re.search(r"[\s\x00-\x1f]", address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in allowed)


def consult_path(consult_id: UUID) -> str:
    """Give the page that a ring leads to. The id says nothing to whoever may not see the consult."""
    return f"/consults/{consult_id}"


def code_ends(now: datetime) -> datetime:
    """Give until when a code is good."""
    return now + timedelta(minutes=CODE_MINUTES)


def typed_digits(text: str) -> str:
    """Read a code as people type it, with spaces or dashes."""
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def blurred(kind: str, address: str) -> str:
    """Show enough of an address for its owner to know it."""
    if kind == Kind.SMS:
        return f"··· {address[-4:]}"
    if kind == Kind.PAGER:
        return f"{address[:2]}···@{address.rpartition('@')[2]}"
    return urlsplit(address).hostname or ""
