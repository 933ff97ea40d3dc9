"""Retention of chat: it helps during a visit and is no record, so it is deleted a set time after the end."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, delete

from server.access import Actor
from server.audit import Subject, note
from server.calls.chat_store import rooms_with_old_chat
from server.calls.store import patient_in_room
from server.calls.tables import ChatMessage
from server.jobs import take_lease
from server.kit.ids import new_id
from server.web import Deps

LEASE_NAME, ONCE_A_MINUTE = "chat-retention", timedelta(seconds=50)
BATCH = 20  # rooms of one look


async def forget_old_chat(deps: Deps) -> bool:
    """Delete the chat of rooms that ended `chat_days` ago, if no process did within the minute.

    Never asks to be called again at once.
    """
    async with deps.database.write() as session:
        if not await take_lease(session, LEASE_NAME, str(new_id()), ONCE_A_MINUTE):
            return False
    more = True
    while more:
        more = await _forget_some(deps)
    return False


async def _forget_some(deps: Deps) -> bool:
    before = deps.now() - timedelta(days=deps.settings.chat_days)
    async with deps.database.read() as session:
        rooms = await rooms_with_old_chat(session, before, BATCH)
    for room_id, organization_id in rooms:
        await _forget(deps, room_id, organization_id)
    return len(rooms) == BATCH


async def _forget(deps: Deps, room_id: UUID, organization_id: UUID) -> None:
    """Delete a room's chat; of several who do so at once, the one that deletes something puts it on the record."""
    async with deps.database.write() as session:
        gone = (await session.exec(delete(ChatMessage).where(col(ChatMessage.room_id) == room_id))).rowcount
        if gone:
            subject = Subject("ChatMessage", room_id, await patient_in_room(session, room_id))
            note(session, deps.now(), Actor(frozenset(), organization_id), "delete_chat", subject, f"{gone} messages")
