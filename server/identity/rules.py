"""Pure decisions about sessions and one-time links."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from server.kit.forms import N_

MAX_WRONG_ANSWERS = 5
SEEN_EVERY = timedelta(minutes=1)
CODE_LIFETIME = timedelta(minutes=10)
# How long after its end the browser that held a link is still recognised, to be shown that the visit is over.
AFTERGLOW = timedelta(hours=12)


class LinkState(StrEnum):
    """What a one-time link is good for at a moment."""

    USABLE = "usable"
    EARLY = "early"
    EXPIRED = "expired"
    ENDED = "ended"
    LOCKED = "locked"
    REPLACED = "replaced"


class LinkFacts(Protocol):
    """What the rules need to know of a link."""

    opens_at: datetime
    closes_at: datetime
    held_open: bool
    closed_at: datetime | None
    revoked_at: datetime | None
    wrong_answers: int


class SessionFacts(Protocol):
    """What the rules need to know of a page session."""

    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None


def link_state(link: LinkFacts, now: datetime) -> LinkState:
    """Say what the link is good for. An admitted visit holds it open past its window; nothing opens an ended one."""
    if link.revoked_at is not None:
        return LinkState.REPLACED
    if link.closed_at is not None:
        return LinkState.ENDED
    if link.wrong_answers >= MAX_WRONG_ANSWERS:
        return LinkState.LOCKED
    if link.held_open:
        return LinkState.USABLE
    if now < link.opens_at:
        return LinkState.EARLY
    return LinkState.USABLE if now < link.closes_at else LinkState.EXPIRED


def browser_is_known(link: LinkFacts, now: datetime) -> bool:
    """Tell whether the browser that holds the link still counts as the patient's.

    A locked link, or one whose window passes while its holder waits, signs nobody out: staff or a proved second device
    do, and in the end the time.
    """
    if link.closed_at is not None:
        return now < link.closed_at + AFTERGLOW
    return link.held_open or now < link.closes_at + AFTERGLOW


def session_is_live(session: SessionFacts, now: datetime, idle: timedelta) -> bool:
    """Tell whether a page session still signs its browser in."""
    return session.ended_at is None and now < session.ends_at and now < session.seen_at + idle


def should_touch(session: SessionFacts, now: datetime) -> bool:
    """Tell whether it is time to write that the session was used: at most once a minute."""
    return now >= session.seen_at + SEEN_EVERY


class OneTime(Protocol):
    """What the rules need to know of a link that makes or changes an account."""

    ends_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def one_time_state(link: OneTime, now: datetime) -> LinkState:
    """Say what a link that works once is good for; one that was used has ended."""
    if link.used_at is not None:
        return LinkState.ENDED
    if link.revoked_at is not None:
        return LinkState.REPLACED
    return LinkState.USABLE if now < link.ends_at else LinkState.EXPIRED


SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1000


def password_problem(password: str, email: str, name: str) -> str:
    """Say what is wrong with a new password, as a message id; empty when nothing is (NIST SP 800-63B, 3.1.1.2).

    Length counts and nothing must be mixed in; what stands beside it on the form is no secret.
    """
    if len(password) < SHORTEST_PASSWORD:
        return N_("Use at least 12 characters. A few words in a row are easy to remember.")
    if len(password) > LONGEST_PASSWORD:
        return N_("This is too long. Make it shorter.")
    parts = [email.casefold().partition("@")[0], *name.casefold().split()]
    if any(len(part) >= 4 and part in password.casefold() for part in parts):
        return N_("Do not use your name or e-mail in it.")
    return ""


@dataclass(frozen=True, slots=True)
class Belonging:
    """One membership, as far as choosing the acting organization goes."""

    organization_id: UUID
    role: str


def acting_organization(memberships: Iterable[Belonging]) -> UUID | None:
    """Choose the organization that a new session acts in: of the memberships, oldest first, the first one's."""
    return next((m.organization_id for m in memberships), None)
