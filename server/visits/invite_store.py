"""Whom a clinician may ask into a visit."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Practitioner, practitioners_of
from server.visits.store import Visit


async def may_be_invited(session: AsyncSession, actor: Actor, visit: Visit) -> Sequence[Practitioner]:
    """Give the practitioners of the actor's organization, by name, who can sign in and do not take part yet."""
    inside = {person.id for person in visit.practitioners}
    return [one for one in await practitioners_of(session, actor) if one.account_id and one.id not in inside]
