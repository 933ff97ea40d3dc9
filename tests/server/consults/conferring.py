"""Case conferences for tests: a meeting of the pcp with the psychiatrist, and places of its agenda."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from server.consults.conference_actions import put_on_agenda
from server.consults.conference_tables import ConferenceCase
from server.kit.ids import new_id
from server.scheduling.meeting_actions import NewMeeting, set_up_meeting
from server.scheduling.tables import Meeting
from tests.cast import World
from tests.server.consults import asking


async def met(world: World, *names: str) -> UUID:
    """Set up a meeting of these, next week, by the pcp; gives its id."""
    people = [world.practitioners[name].id for name in names or ("pcp", "psychiatrist")]
    dates = [world.clock.now + timedelta(days=7)]
    new = NewMeeting(new_id(), world.clinic.id, "Case conference", people, dates, 30)
    await set_up_meeting(world.deps, world.actors["pcp"], new)
    return new.key


async def placed(world: World, meeting_id: UUID, *consult_ids: UUID, by: str = "pcp") -> list[UUID]:
    """Put cases on an agenda; gives the ids of all places, in order."""
    for consult_id in consult_ids:
        await put_on_agenda(world.deps, world.actors[by], meeting_id, consult_id)
    return [row.id for row in await agenda(world, meeting_id)]


async def agenda(world: World, meeting_id: UUID) -> list[ConferenceCase]:
    """Give the rows of an agenda, in order."""
    query = select(ConferenceCase).where(ConferenceCase.meeting_id == meeting_id)
    async with world.deps.database.read() as session:
        return list((await session.exec(query.order_by(col(ConferenceCase.position)))).all())


async def on_last_agenda(world: World, by: str) -> UUID:
    """Put a consult of somebody's on the agenda of the meeting that was made last; gives the id of its place."""
    async with world.deps.database.read() as session:
        meeting_id = (await session.exec(select(Meeting.id).order_by(col(Meeting.id).desc()).limit(1))).first()
    meeting_id = meeting_id or await met(world, by)
    return (await placed(world, meeting_id, await asking.from_a_visit(world), by=by))[-1]
