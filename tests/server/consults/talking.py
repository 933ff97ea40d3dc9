"""Cases with time in them for tests: one that the psychiatrist took, a talk of the two, and pages that are read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from server.calls import CallFacts, CallQuality, Seat
from server.consults.case_tables import Consult
from server.consults.clock_actions import Correction, enter_time, keep_reading
from server.consults.clock_rules import Kind
from server.consults.code_store import Coded, coded_case
from server.consults.incoming_actions import accept_consult
from server.kit.ids import new_id
from signaling import Joined, Left
from tests.cast import World
from tests.server.consults import asking


async def taken(world: World, by: str = "psychiatrist", **changes: Any) -> UUID:
    """Have the pcp ask and a specialist take the case; gives its id."""
    made = await asking.service(world, by)
    consult_id = await asking.asked(world, made, **changes)
    answer = await accept_consult(world.deps, world.live, world.actors[by], consult_id)
    assert answer.won
    return consult_id


async def seat(world: World, consult_id: UUID, name: str) -> Seat:
    """Give somebody's seat in the talk of a case."""
    room_id = (await asking.row(world, consult_id)).room_id
    query = select(Seat).where(Seat.room_id == room_id, Seat.account_id == world.accounts[name].id)
    async with world.deps.database.read() as session:
        return (await session.exec(query)).one()


async def comes(world: World, consult_id: UUID, *names: str, node: str = "n1") -> None:
    """Connect people to the talk now, by a node."""
    for name in names:
        at = await seat(world, consult_id, name)
        connection = f"{node}-{new_id().hex}"
        await CallFacts(world.deps).joined(Joined(str(at.room_id), str(at.id), "admitted", connection, world.clock.now))


async def goes(world: World, consult_id: UUID, *names: str) -> None:
    """Disconnect people from the talk now."""
    for name in names:
        at = await seat(world, consult_id, name)
        left = Left(str(at.room_id), str(at.id), at.connection or "", world.clock.now)
        await CallFacts(world.deps).left(left)


async def heard(world: World, consult_id: UUID, *names: str) -> None:
    """Have people's pages tell how their call is now, as they do every few seconds."""
    for name in names:
        at = await seat(world, consult_id, name)
        home: dict[str, Any] = {"organization_id": at.organization_id, "room_id": at.room_id, "seat_id": at.id}
        async with world.deps.database.write() as session:
            session.add(CallQuality(id=new_id(), at=world.clock.now, loss=0, frozen=0, **home))


async def talked(world: World, consult_id: UUID, minutes: float) -> None:
    """Let the pcp and the psychiatrist talk for some minutes."""
    await comes(world, consult_id, "pcp", "psychiatrist")
    world.clock.pass_(minutes=minutes)
    await goes(world, consult_id, "psychiatrist", "pcp")


async def read(world: World, consult_id: UUID, minutes: int, by: str = "psychiatrist") -> None:
    """Let somebody read the page of a case for some minutes."""
    await keep_reading(world.deps, world.actors[by], consult_id)
    for _ in range(minutes):
        world.clock.pass_(minutes=1)
        await keep_reading(world.deps, world.actors[by], consult_id)


async def coded(world: World, consult_id: UUID, by: str = "psychiatrist", now: datetime | None = None) -> Coded:
    """Give the minutes and codes of a case."""
    consult = await asking.row(world, consult_id)
    async with world.deps.database.read() as session:
        return await coded_case(session, world.actors[by], world.deps.keyring, consult, now or world.clock.now)


async def entered(world: World, by: str) -> UUID:
    """Enter a time of somebody's on the case that was asked last; gives its id."""
    async with world.deps.database.read() as session:
        query = select(Consult.id).where(Consult.requester_id == world.accounts[by].id)
        consult_id = (
            await session.exec(query.order_by(col(Consult.created_at).desc(), col(Consult.id).desc()))
        ).first()
    consult_id = consult_id or await asking.from_a_visit(world)
    key, wanted = new_id(), Correction(world.clock.now, world.clock.now, "By telephone")
    await enter_time(world.deps, world.actors[by], consult_id, key, Kind.REVIEW, wanted)
    return key
