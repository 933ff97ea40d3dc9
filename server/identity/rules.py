"""Pure decisions about one-time links, and where a new session acts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

MAX_WRONG_ANSWERS = 5
CODE_LIFETIME = timedelta(minutes=10)
# How long after its end the browser that held a link is still recognised, to be shown that the visit is over.
AFTERGLOW = timedelta(hours=12)
# How long after its end a link still proves whose it was, to book another visit.
PLANNABLE = timedelta(days=30)
PLANNER_LIFETIME = timedelta(hours=1)


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


def may_plan(link: LinkFacts, now: datetime) -> bool:
    """Tell whether visits may be changed or booked by a link: also before it opens, and for a month after its end."""
    if link.revoked_at is not None or link.wrong_answers >= MAX_WRONG_ANSWERS:
        return False
    return now < (link.closed_at or link.closes_at) + PLANNABLE


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


@dataclass(frozen=True, slots=True)
class Belonging:
    """One membership, as far as choosing the acting organization goes."""

    organization_id: UUID
    role: str


def acting_organization(memberships: Iterable[Belonging]) -> UUID | None:
    """Choose the organization that a new session acts in: of the memberships, oldest first, the first one's."""
    return next((m.organization_id for m in memberships), None)
