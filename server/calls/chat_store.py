"""Queries of the server's own for the retention of chat: rooms of all organizations, never what was written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, exists, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.calls.tables import ChatMessage, Room

# After its last message a room that nobody ended counts as left.
LEFT_ALONE = timedelta(days=1)


async def rooms_with_old_chat(session: AsyncSession, before: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Give rooms that ended until `before` and have chat, each with its organization."""
    written = exists().where(col(ChatMessage.room_id) == Room.id)
    lately = exists().where(col(ChatMessage.room_id) == Room.id, col(ChatMessage.sent_at) > before - LEFT_ALONE)
    over = or_(col(Room.ended_at) <= before, col(Room.ended_at).is_(None) & ~lately)
    query = select(Room.id, Room.organization_id).where(written, over).order_by(col(Room.id)).limit(limit)
    return (await session.exec(query)).all()
