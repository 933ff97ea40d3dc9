"""Consults for tests: a service with who covers it and how it rings, a case that is asked, and what its rows say.

service = await asking.service(world, asking.group("psychiatrist", "caremanager"), ...)
consult_id = await asking.asked(world, service)
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import Role
from server.consults import (
    Consult,
    ConsultEvent,
    ConsultRing,
    ConsultService,
    EscalationPath,
    EscalationStep,
    Ringer,
    ServiceCoverage,
    SpecialistGroup,
    SpecialistGroupMember,
    SpecialistProfile,
)
from server.consults.ask_actions import NewConsult, ask_consult
from server.consults.question_rules import Question, write_question
from server.consults.service_rules import Mode, Urgency
from server.consults.talk_actions import end_talk
from server.kit.ids import new_id
from tests.cast import World

QUESTION = write_question(Question(reason="No response at week 8. Increase, or switch?"))
Steps = Sequence[tuple[str, tuple[str, ...], int]]
"""Kind of step, the cast that it names, and seconds."""


async def specialists(world: World, *names: str) -> None:
    """Hire more specialists, licensed where the patient is."""
    for name in names:
        await world.hire(name, Role.SPECIALIST, world.clinic, "MT")


async def service(
    world: World,
    *covering: str,
    steps: Steps = (("everyone_covering", (), 60),),
    urgencies: Sequence[str] = ("now", "soon"),
    on_nobody: str = "written",
    **path: Any,
) -> ConsultService:
    """Set up a service that these of the cast cover, all on duty, with one path."""
    at: dict[str, Any] = {"organization_id": world.clinic.organization_id}
    made = ConsultService(
        id=new_id(),
        name=f"Adult psychiatry {new_id().hex[-6:]}",
        kind="adult_psychiatry",
        direction="behavioral",
        modes=["video", "audio", "chat", "written"],
        changed_at=world.clock.now,
        **at,
    )
    rows: list[Any] = [made]
    for name in covering or ("psychiatrist",):
        person = world.practitioners[name]
        rows.append(ServiceCoverage(id=new_id(), service_id=made.id, practitioner_id=person.id, **at))
        await on_duty(world, name)
    way = EscalationPath(
        id=new_id(),
        service_id=made.id,
        name="Right away",
        urgencies=list(urgencies),
        position=1,
        on_nobody=on_nobody,
        **path,
        **at,
    )
    rows.append(way)
    for position, step in enumerate(steps, 1):
        rows += _step(world, way, position, step)
    async with world.deps.database.write() as session:
        session.add_all(rows)
    return made


async def on_duty(world: World, name: str, duty: str = "on") -> None:
    """Put one of the cast on duty, or off it."""
    person = world.practitioners[name]
    query = select(SpecialistProfile).where(SpecialistProfile.practitioner_id == person.id)
    async with world.deps.database.write() as session:
        row = (await session.exec(query)).first() or SpecialistProfile(
            id=new_id(), organization_id=person.organization_id, practitioner_id=person.id, changed_at=world.clock.now
        )
        row.duty = duty
        session.add(row)


async def asked(world: World, made: ConsultService, by: str = "pcp", **changes: Any) -> UUID:
    """Ask, about nobody and for now unless changed; gives the case's id."""
    new = NewConsult(
        **{
            "key": new_id(),
            "service_id": made.id,
            "clinic_id": world.clinic.id,
            "mode": Mode.VIDEO,
            "urgency": Urgency.NOW,
            "question": QUESTION,
            **changes,
        }
    )
    await ask_consult(world.deps, world.live, world.actors[by], new)
    return new.key


async def work(world: World, **passed: float) -> bool:
    """Let time pass, by a `timedelta`'s words, and have what is due worked by a process."""
    world.clock.pass_(**passed)
    return await Ringer(world.deps, world.live).work()


async def row(world: World, consult_id: UUID) -> Consult:
    """Give the case as it is now."""
    async with world.deps.database.read() as session:
        return await session.get_one(Consult, consult_id)


async def held(session: AsyncSession, consult_id: UUID) -> Consult:
    """Give the case within a transaction, to be changed."""
    return await session.get_one(Consult, consult_id)


async def rings(world: World, consult_id: UUID) -> list[tuple[str, str]]:
    """Give whom it rang, by name in the cast, and how that ended, in order."""
    query = select(ConsultRing).where(ConsultRing.consult_id == consult_id).order_by(col(ConsultRing.number))
    async with world.deps.database.read() as session:
        found = (await session.exec(query)).all()
    return [(named(world, one.account_id), one.why) for one in found]


async def number_of(world: World, consult_id: UUID, name: str) -> int:
    """Give the number of the last ring of somebody."""
    query = select(ConsultRing.number).where(
        ConsultRing.consult_id == consult_id, ConsultRing.account_id == world.accounts[name].id
    )
    async with world.deps.database.read() as session:
        return max((await session.exec(query)).all())


async def events(world: World, consult_id: UUID) -> list[str]:
    """Give what is kept of a case, in order."""
    query = select(ConsultEvent.kind).where(ConsultEvent.consult_id == consult_id)
    async with world.deps.database.read() as session:
        return list((await session.exec(query.order_by(col(ConsultEvent.at), col(ConsultEvent.id)))).all())


def named(world: World, account_id: UUID | None) -> str:
    """Give the name of an account in the cast."""
    return next(name for name, account in world.accounts.items() if account.id == account_id)


def _step(world: World, way: EscalationPath, position: int, step: tuple[str, tuple[str, ...], int]) -> list[Any]:
    kind, names, seconds = step
    at: dict[str, Any] = {"organization_id": way.organization_id}
    people = [world.practitioners[name].id for name in names]
    rows: list[Any] = []
    group = None
    if kind in {"group", "round_robin"}:
        group = SpecialistGroup(id=new_id(), name=f"Group {position} {new_id().hex[-6:]}", **at)
        rows = [
            group,
            *(SpecialistGroupMember(id=new_id(), group_id=group.id, practitioner_id=one, **at) for one in people),
        ]
    rows.append(
        EscalationStep(
            id=new_id(),
            path_id=way.id,
            position=position,
            kind=kind,
            practitioner_id=people[0] if kind == "person" else None,
            group_id=group.id if group else None,
            seconds=seconds,
            **at,
        )
    )
    return rows


async def talk_ended(world: World, consult_id: UUID) -> None:
    """End the talk, as the requester does."""
    await end_talk(world.deps, world.live, world.actors["pcp"], consult_id)


def coverage_of(made: ConsultService) -> SelectOfScalar[ServiceCoverage]:
    """Give the query of who covers a service."""
    return select(ServiceCoverage).where(ServiceCoverage.service_id == made.id)


async def from_a_visit(world: World) -> UUID:
    """Ask from a visit that the pcp conducts with the patient."""
    visit_id, _ = await world.visit()
    return await asked(world, await service(world), encounter_id=visit_id, patient_id=world.patient.id)


async def ringing(world: World, name: str) -> UUID:
    """Have a case ring one of the cast; gives the case's id."""
    by = "pcp" if name != "pcp" else "psychiatrist"
    return await asked(world, await service(world, name), by=by)


async def ring_of(world: World, name: str) -> UUID:
    """Have a case ring one of the cast; gives the ring's id."""
    query = select(ConsultRing.id).where(ConsultRing.consult_id == await ringing(world, name))
    async with world.deps.database.read() as session:
        return (await session.exec(query)).one()
