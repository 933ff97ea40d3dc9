"""Other calendars of a practitioner: added, taken away, and read again and again, by one process at a time each."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete

from server.access import Actor
from server.audit import Subject, note
from server.directory import Practitioner
from server.kit import N_, Conflict, field_name
from server.kit.feed import Busy, FeedRefused
from server.kit.ids import new_id
from server.scheduling.availability_rules import Schedule
from server.scheduling.feed_client import Fetched, busy_by_feed, feed_address, fetch_feed
from server.scheduling.feed_rules import LEASE, MOST_FEEDS, Span, changes, known_etag, next_look, read_window
from server.scheduling.feed_store import due_feed, feeds_of, leased_feed, rows_of_feed
from server.scheduling.schedule_actions import require_hours
from server.scheduling.schedule_store import schedules_of
from server.scheduling.tables import CalendarBusy, CalendarFeed
from server.web import Deps

ENOUGH = N_("These are as many calendars as can be read. Remove one first.")
_AT_ONCE = 200  # rows of one transaction, so that nobody waits for it


@dataclass(frozen=True, slots=True)
class _Reading:
    """What became of looking: the calendar as it was given and what it says, or why there is nothing."""

    fetched: Fetched | None = None
    busy: Busy | None = None
    trouble: str = ""


async def add_feed(deps: Deps, actor: Actor, practitioner: Practitioner, pasted: str) -> CalendarFeed:
    """Have another calendar of a practitioner read as busy time, from now on.

    Raises FeedRefused for what is no address, and Conflict when there are enough.
    """
    require_hours(actor, practitioner)
    address = feed_address(pasted)
    row = CalendarFeed(
        id=new_id(),
        organization_id=practitioner.organization_id,
        practitioner_id=practitioner.id,
        address=b"",
        created_at=deps.now(),
        due_at=deps.now(),
    )
    row.address = deps.keyring.seal(address, field_name("calendar_feed", row.id, "address"))
    async with deps.database.write() as session:
        if len(await feeds_of(session, actor, practitioner.id)) >= MOST_FEEDS:
            raise Conflict(ENOUGH)
        session.add(row)
        note(session, deps.now(), actor, "add_calendar", Subject("Schedule", practitioner.id))
    return row


async def drop_feed(deps: Deps, actor: Actor, practitioner: Practitioner, feed_id: UUID | None) -> None:
    """Read one of a practitioner's calendars no more, and forget what it said. Twice is once."""
    require_hours(actor, practitioner)
    async with deps.database.write() as session:
        row = next((row for row in await feeds_of(session, actor, practitioner.id) if row.id == feed_id), None)
        if row is None:
            return
        await session.exec(delete(CalendarBusy).where(col(CalendarBusy.feed_id) == row.id))
        await session.delete(row)
        note(session, deps.now(), actor, "remove_calendar", Subject("Schedule", practitioner.id))


def address_of_feed(deps: Deps, row: CalendarFeed) -> str:
    """Open the secret address of a calendar."""
    return deps.keyring.open(row.address, field_name("calendar_feed", row.id, "address"))


async def refresh_due_feed(deps: Deps) -> bool:
    """Look at the calendar that is due longest; tell whether there was one.

    The lease is committed before anything is fetched: who dies on the way leaves a row that comes due again.
    """
    async with deps.database.write() as session:
        row = await due_feed(session, deps.now())
        if row is None:
            return False
        lease = row.due_at = deps.now() + LEASE
    actor = Actor(frozenset(), row.organization_id)
    async with deps.database.read() as session:
        schedule = (await schedules_of(session, actor, [row.practitioner_id])).get(row.practitioner_id, Schedule("UTC"))
    reading = await _read(deps, row, schedule)
    if reading.busy is not None:
        await _keep_spans(deps, row, lease, reading.busy)
    await _finish(deps, row.id, lease, reading)
    return True


async def _read(deps: Deps, row: CalendarFeed, schedule: Schedule) -> _Reading:
    try:
        etag = known_etag(row.etag, row.filled_at, deps.now())
        fetched = await fetch_feed(deps.settings, address_of_feed(deps, row), etag)
        if fetched.content is None:
            return _Reading(fetched)
        start, end = read_window(deps.now(), schedule.limits)
        return _Reading(fetched, await busy_by_feed(deps, fetched.content, start, end, schedule.zone))
    except FeedRefused as refused:
        return _Reading(trouble=refused.trouble.value)


async def _keep_spans(deps: Deps, row: CalendarFeed, lease: datetime, busy: Busy) -> None:
    """Write what is new, a few rows at a time; whoever dies in between is followed by somebody who writes the rest."""
    async with deps.database.read() as session:
        kept = {(one.starts_at, one.ends_at): one.id for one in await rows_of_feed(session, row.id)}
    dropped, added = changes(kept, busy.spans)
    for some in _some(dropped):
        async with deps.database.write() as session:
            gone = [kept[span] for span in some]
            await session.exec(delete(CalendarBusy).where(col(CalendarBusy.id).in_(gone)))
    for some in _some(added):
        async with deps.database.write() as session:
            if await leased_feed(session, row.id, lease) is None:
                return
            session.add_all(_busy_row(row, span) for span in some)


async def _finish(deps: Deps, feed_id: UUID, lease: datetime, reading: _Reading) -> None:
    """Write what became of it, unless the calendar was taken away meanwhile, or by somebody else taken up."""
    now = deps.now()
    async with deps.database.write() as session:
        row = await leased_feed(session, feed_id, lease)
        if row is None:
            return
        row.checked_at, row.trouble = now, reading.trouble
        row.failures = row.failures + 1 if reading.trouble else 0
        row.due_at = next_look(now, row.failures, secrets.SystemRandom().random())
        if reading.fetched is not None:
            row.read_at = now
        if reading.fetched is not None and reading.busy is not None:
            row.filled_at, row.etag = now, reading.fetched.etag
            row.unread, row.guessed = reading.busy.unread, reading.busy.guessed


def _some(spans: list[Span]) -> list[list[Span]]:
    return [spans[at : at + _AT_ONCE] for at in range(0, len(spans), _AT_ONCE)]


def _busy_row(row: CalendarFeed, span: Span) -> CalendarBusy:
    return CalendarBusy(
        id=new_id(),
        organization_id=row.organization_id,
        feed_id=row.id,
        practitioner_id=row.practitioner_id,
        starts_at=span[0],
        ends_at=span[1],
    )
