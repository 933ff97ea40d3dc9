"""How a message leaves, what a text message says to its gateway, and when one that failed is tried again. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

LEASE, SHORT_LEASE = timedelta(seconds=60), timedelta(seconds=10)
LAST_ATTEMPT = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
FIRST_PAUSE_OF_A_RING, LONGEST_PAUSE_OF_A_RING = timedelta(seconds=2), timedelta(seconds=30)
_PLACES = re.compile(r"\{(to|text|sender|id)\}")
_FOR_GOOD = frozenset({400, 422})


class Channel(StrEnum):
    """How a message leaves: as e-mail, as a text message to a phone, to a browser, or as a webhook."""

    MAIL = "mail"
    TEXT = "text"
    PUSH = "push"
    HOOK = "hook"


class Undeliverable(Exception):
    """A message that will not be taken however often it is tried."""


def lease_of(channel: str) -> timedelta:
    """Give for how long a sender holds a message: longer than sending may take, and of a ring not much longer."""
    return SHORT_LEASE if channel in {Channel.PUSH, Channel.HOOK} else LEASE


def is_late(not_after: datetime | None, now: datetime) -> bool:
    """Tell whether a message is of no use to anybody any more."""
    return not_after is not None and now >= not_after


def next_try(attempts: int, now: datetime, not_after: datetime | None = None) -> datetime | None:
    """Give when to try again after `attempts` failures: 30 s, doubling up to an hour; None when it is given up.

    What is of use only until `not_after` is tried after 2 s, doubling up to 30, and given up when that is too late.
    """
    if attempts >= LAST_ATTEMPT:
        return None
    if not_after is None:
        return now + min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)
    again = now + min(FIRST_PAUSE_OF_A_RING * (1 << (attempts - 1)), LONGEST_PAUSE_OF_A_RING)
    return None if is_late(not_after, again) else again


def e164(phone: str) -> str:
    """Write a number as gateways want it (ITU-T E.164): +14065550123; one without a country is of the US or Canada.

    Raises Undeliverable when it is no number.
    """
    digits = re.sub(r"[\s().-]", "", phone)
    if re.fullmatch(r"1?[2-9]\d{9}", digits):
        return f"+{digits}" if len(digits) == 11 else f"+1{digits}"
    if re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        return digits
    raise Undeliverable("no phone number")


def filled(template: Any, words: Mapping[str, str]) -> Any:
    """Give a JSON template with `{to}`, `{text}`, `{sender}` and `{id}` in its texts replaced, each once."""
    if isinstance(template, str):
        return _PLACES.sub(lambda place: words[place[1]], template)
    if isinstance(template, list):
        return [filled(part, words) for part in template]
    if isinstance(template, dict):
        return {name: filled(part, words) for name, part in template.items()}
    return template


def is_refused_for_good(status: int) -> bool:
    """Tell whether a gateway's answer means the message itself: a number that cannot be, or a text that may not be.

    A wrong token, a wrong address or too many at once are put right by somebody, so those are tried again.
    """
    return status in _FOR_GOOD
