"""Pure decisions about page sessions: what one is good for at a moment, when its use is written, whose device it is."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

SEEN_EVERY = timedelta(minutes=1)
# A page that says by itself that somebody is there does so at most once a minute; this only stops a runaway script.
ALIVE_EVERY = timedelta(seconds=5)


class SessionState(StrEnum):
    """What a page session is good for.

    LOCKED: nobody was there for long, the person must be proved again. CALLING: the same, but a call is running in
    this browser, which goes on. ENDED: by the person, an administrator or an issuer. EXPIRED: it has reached its age.
    """

    LIVE = "live"
    LOCKED = "locked"
    CALLING = "calling"
    ENDED = "ended"
    EXPIRED = "expired"


class SessionFacts(Protocol):
    """What the rules need to know of a page session."""

    seen_at: datetime
    called_at: datetime | None
    ends_at: datetime
    ended_at: datetime | None


def session_state(session: SessionFacts, now: datetime, idle: timedelta) -> SessionState:
    """Say what a session is good for after `idle` without anybody at the keyboard (HIPAA 164.312(a)(2)(iii))."""
    if session.ended_at is not None:
        return SessionState.ENDED
    if now >= session.ends_at:
        return SessionState.EXPIRED
    if now < session.seen_at + idle:
        return SessionState.LIVE
    if session.called_at is not None and now < session.called_at + idle:
        return SessionState.CALLING
    return SessionState.LOCKED


def idle_left(session: SessionFacts, now: datetime, idle: timedelta) -> timedelta:
    """Give how long it is until the session locks when nobody comes; nothing once it is over or locked."""
    if session.ended_at is not None:
        return timedelta(0)
    return max(min(session.seen_at + idle, session.ends_at) - now, timedelta(0))


def is_due(written: datetime | None, now: datetime, every: timedelta) -> bool:
    """Tell whether it is time to write again that a session was used."""
    return written is None or now >= written + every


def proved_twice(methods: str) -> bool:
    """Tell whether a session was begun with more than a password (`methods`: RFC 8176 words with commas)."""
    return bool({word for word in methods.split(",") if word} - {"pwd"})


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and the system it runs on, in the words that people know them by; empty where it says neither."""

    browser: str = ""
    system: str = ""


# In this order: nearly every browser also says that it is Safari or Chrome, and Android says that it is Linux.
_BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(HeadlessChrome|Chrome|CriOS)/"),
    ("Safari", r"\bVersion/[\d.]+ .*Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMac OS X\b|\bMacintosh\b"),
    ("Chromebook", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


def device_of(agent: str) -> Device:
    """Read a User-Agent header: Firefox on Android. What is not recognised stays empty."""
    return Device(_first(_BROWSERS, agent), _first(_SYSTEMS, agent))


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, agent)), "")
