"""The times of consults: what was kept, and what is measured from who was connected when. Found cases only."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls import Stay, stays_in
from server.consults.call_time_rules import Stretch, Talk, talk_id, talks
from server.consults.case_tables import Consult
from server.consults.clock_rules import Edit, Interval, Kind, Source
from server.consults.clock_tables import ConsultMinutes, ConsultMinutesEdit
from server.kit import Keyring, field_name
from server.kit.ids import AccountId


@dataclass(frozen=True, slots=True)
class Time:
    """Time that somebody spent; `running` while it still grows, `version` as it was read."""

    interval: Interval
    version: int = 0
    running: bool = False


async def times_of(
    session: AsyncSession, actor: Actor, keyring: Keyring, consults: Collection[Consult], now: datetime
) -> dict[UUID, list[Time]]:
    """Give the times of cases of the actor's organization, that were found for them before, in order."""
    ids = [one.id for one in consults]
    query = select(ConsultMinutes).where(
        col(ConsultMinutes.consult_id).in_(ids), ConsultMinutes.organization_id == actor.organization_id
    )
    rows = (await session.exec(query)).all() if ids else []
    edits = await _edits(session, keyring, [row.id for row in rows if row.version])
    stays = await stays_in(session, actor, [one.room_id for one in consults if one.room_id])
    found: dict[UUID, dict[UUID, Time]] = {id_: {} for id_ in ids}
    for one in consults:
        found[one.id] |= _measured(one, stays.get(one.room_id, []) if one.room_id else [], now)
    for row in rows:
        found[row.consult_id][row.id] = Time(_interval(row, edits[row.id]), row.version)
    return {id_: sorted(times.values(), key=_order) for id_, times in found.items()}


async def last_read(
    session: AsyncSession, account_id: UUID | None, consult_id: UUID, *, here: bool
) -> ConsultMinutes | None:
    """Give the last time that somebody read a case, or (`here` false) any other one, held for change."""
    query = select(ConsultMinutes).where(
        ConsultMinutes.account_id == account_id,
        ConsultMinutes.source == Source.PAGE,
        (col(ConsultMinutes.consult_id) == consult_id) if here else (col(ConsultMinutes.consult_id) != consult_id),
    )
    return (await session.exec(query.order_by(col(ConsultMinutes.ended_at).desc()).limit(1).with_for_update())).first()


async def minutes_row(session: AsyncSession, consult_id: UUID, minutes_id: UUID | None) -> ConsultMinutes | None:
    """Give the row of a time of a case, held for change; None where it has none."""
    query = select(ConsultMinutes).where(ConsultMinutes.id == minutes_id, ConsultMinutes.consult_id == consult_id)
    return (await session.exec(query.with_for_update())).first()


def seal_reason(keyring: Keyring, edit_id: UUID, reason: str) -> bytes:
    """Seal why a time was corrected."""
    return keyring.seal(reason, field_name("consult_minutes_edit", edit_id, "reason"))


async def _edits(session: AsyncSession, keyring: Keyring, ids: Collection[UUID]) -> dict[UUID, tuple[Edit, ...]]:
    query = select(ConsultMinutesEdit).where(col(ConsultMinutesEdit.minutes_id).in_(ids))
    rows = (await session.exec(query.order_by(col(ConsultMinutesEdit.id)))).all() if ids else []
    found: dict[UUID, tuple[Edit, ...]] = defaultdict(tuple)
    for row in rows:
        reason = keyring.open(row.reason, field_name("consult_minutes_edit", row.id, "reason"))
        was = (row.was_started_at, row.was_ended_at)
        found[row.minutes_id] += (Edit(AccountId(row.account_id), row.at, reason, was),)
    return found


def _measured(consult: Consult, stays: Sequence[Stay], now: datetime) -> dict[UUID, Time]:
    """Give the talk of the two, once for each; a talk that was corrected has a row of the same id."""
    if consult.accepted_by is None or consult.accepted_at is None:
        return {}
    pair = (consult.requester_id, consult.accepted_by)
    one, other = ([_stretch(stay) for stay in stays if stay.account_id == account] for account in pair)
    found = talks(one, other, consult.accepted_at, now)
    return {talk_id(consult.id, account, talk): _time(consult, account, talk) for talk in found for account in pair}


def _stretch(stay: Stay) -> Stretch:
    return stay.came_at, stay.left_at


def _time(consult: Consult, account: UUID, talk: Talk) -> Time:
    id_ = talk_id(consult.id, account, talk)
    interval = Interval(id_, AccountId(account), Kind.DISCUSSION, talk.started, talk.ended, Source.CALL)
    return Time(interval, running=talk.running)


def _interval(row: ConsultMinutes, edits: tuple[Edit, ...]) -> Interval:
    who, kind, source = AccountId(row.account_id), Kind(row.kind), Source(row.source)
    return Interval(row.id, who, kind, row.started_at, row.ended_at, source, edits)


def _order(time: Time) -> tuple[datetime, datetime, UUID]:
    return time.interval.started, time.interval.ended, time.interval.id
