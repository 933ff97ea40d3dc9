"""Queries of the outbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.kit import NotFound
from server.outbox.rules import Channel
from server.outbox.tables import OutboxMessage


async def due_message(session: AsyncSession, channel: Channel, now: datetime) -> OutboxMessage | None:
    """Find a channel's oldest message that is due and nobody holds; PostgreSQL locks its row and skips locked ones.

    Two messages about one thing to one browser or ring channel go one after the other, whoever sends them.
    """
    free = or_(col(OutboxMessage.leased_until).is_(None), col(OutboxMessage.leased_until) < now)
    due = (OutboxMessage.status == "queued", OutboxMessage.channel == channel, OutboxMessage.due_at <= now, free)
    query = select(OutboxMessage).where(*due).where(*_first_of_its_kind(channel))
    found = await session.exec(query.order_by(col(OutboxMessage.due_at)).limit(1).with_for_update(skip_locked=True))
    return found.first()


def _first_of_its_kind(channel: Channel) -> list[ColumnElement[bool]]:
    if channel not in {Channel.PUSH, Channel.HOOK}:
        return []
    earlier = aliased(OutboxMessage)
    before = select(earlier.id).where(
        col(earlier.target_id) == col(OutboxMessage.target_id),
        col(earlier.about_id) == col(OutboxMessage.about_id),
        col(earlier.id) < col(OutboxMessage.id),
        earlier.status == "queued",
    )
    return [~before.exists()]


async def count_due(session: AsyncSession, now: datetime) -> int:
    """Count what is queued and due, of all organizations, for whoever watches the server."""
    query = select(func.count()).where(OutboxMessage.status == "queued", OutboxMessage.due_at <= now)
    return (await session.exec(query)).one()


async def delivery_of(
    session: AsyncSession, actor: Actor, about_id: UUID, channel: Channel = Channel.MAIL
) -> OutboxMessage | None:
    """Give the latest message of a channel about a record, to show whether it went out."""
    query = select(OutboxMessage).where(OutboxMessage.about_id == about_id, OutboxMessage.channel == channel)
    found = await session.exec(
        query.where(OutboxMessage.organization_id == actor.organization_id)
        .order_by(col(OutboxMessage.id).desc())
        .limit(1)
    )
    return found.first()


async def read_message(session: AsyncSession, actor: Actor, message_id: UUID | None) -> OutboxMessage:
    """Give one message. Raises NotFound."""
    message = await session.get(OutboxMessage, message_id) if message_id else None
    if message is None:
        raise NotFound
    require(actor, Action.READ_DIRECTORY, Record(message.organization_id))
    return message
