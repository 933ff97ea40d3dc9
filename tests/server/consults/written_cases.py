"""Written cases for tests: the pcp asks psychiatry, which Dr. Brandt and a second psychiatrist could answer."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from server.access import Role
from server.audit import AuditEvent
from server.consults.answer_tables import ConsultAttachment
from server.consults.assignment_actions import take_case
from server.consults.attachment_rules import Sent
from server.consults.case_store import seal_question
from server.consults.case_tables import Consult, ConsultCandidate
from server.consults.ring_state import WhyWritten, Written, write_state
from server.consults.service_rules import Urgency
from server.consults.service_tables import ConsultService, ServiceCoverage, SpecialistGroup, SpecialistGroupMember
from server.consults.thread_actions import NewMessage, write_message
from server.kit.ids import new_id
from tests.cast import World

SECRET = "Sertraline 150 mg did not help"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
DUE_HOURS = 24


async def asked(world: World, *, anonymous: bool = False, **changes: Any) -> UUID:
    """Have the pcp ask in writing about the patient, after a visit; gives the case's id."""
    if not anonymous:
        await world.visit()
    if "rivera" not in world.accounts:
        await world.hire("rivera", Role.SPECIALIST, await world.second_clinic(), "MT")
    service, key, now = _service(world), new_id(), world.clock.now
    consult = Consult(
        **{
            "id": key,
            "organization_id": world.clinic.organization_id,
            "service_id": service.id,
            "clinic_id": world.clinic.id,
            "patient_id": None if anonymous else world.patient.id,
            "requester_id": world.accounts["pcp"].id,
            "mode": "written",
            "urgency": "today",
            "situation": "peer_only",
            "question": seal_question(world.deps.keyring, key, '{"v": 1, "reason": "What next?"}'),
            "status": "written",
            "ring_state": write_state(Written(WhyWritten.CHOSEN, Urgency("today"), frozenset(), 0)).decode(),
            "written_due_at": now + timedelta(hours=DUE_HOURS),
            "created_at": now,
            **changes,
        }
    )
    matched = [
        ConsultCandidate(
            id=new_id(),
            organization_id=consult.organization_id,
            consult_id=key,
            practitioner_id=world.practitioners[name].id,
            rank=rank,
        )
        for name, rank in (("psychiatrist", 1), ("rivera", 2), ("caremanager", None))
    ]
    async with world.deps.database.write() as session:
        session.add_all([service, consult, *matched])
    return key


async def taken(world: World, who: str = "psychiatrist", **changes: Any) -> UUID:
    """Have the pcp ask in writing and a specialist take it; gives the case's id."""
    consult_id = await asked(world, **changes)
    await take_case(world.deps, world.live, world.actors[who], consult_id)
    return consult_id


def makers(world: World, name: str) -> dict[str, Callable[[], Awaitable[object]]]:
    """Give what makes the records behind the addresses of written consults, which are one of the cast's."""
    taken_by = ("take", "pass-on", "answer", "answer/sign", "answer/addendum")
    return {
        **{f"/consults/{{consult_id}}/{doing}": partial(held_by, world, name) for doing in taken_by},
        "{attachment_id}": partial(attached, world, name),
        "{item}": first_item,
    }


async def held_by(world: World, name: str) -> UUID:
    """Give a case that somebody else asked one of the cast in writing, who has taken it: one, for all who ask."""
    by = "psychiatrist" if name == "pcp" else "pcp"
    held = select(Consult.id).where(Consult.accepted_by == world.accounts[name].id, Consult.status == "written")
    async with world.deps.database.read() as session:
        if found := (await session.exec(held)).first():
            return found
    return await asked(world, requester_id=world.accounts[by].id, accepted_by=world.accounts[name].id)


async def attached(world: World, name: str) -> UUID:
    """Have one of the cast attach a file to the case that they asked last; gives the file's id."""
    query = select(Consult.id).where(Consult.requester_id == world.accounts[name].id).order_by(col(Consult.id).desc())
    async with world.deps.database.read() as session:
        consult_id = (await session.exec(query.limit(1))).first() or await asked(world)
    new = NewMessage(new_id(), "", [Sent("ecg.png", PNG)])
    await write_message(world.deps, world.live, world.actors[name], consult_id, new)
    async with world.deps.database.read() as session:
        files = select(ConsultAttachment.id).where(ConsultAttachment.message_id == new.key)
        return (await session.exec(files)).one()


async def first_item() -> str:
    """Name an item of an answer."""
    return "1"


async def group(world: World, service_id: UUID, *names: str) -> UUID:
    """Make a group that covers a service; gives its id."""
    at: dict[str, Any] = {"organization_id": world.clinic.organization_id}
    row = SpecialistGroup(id=new_id(), name="Team", **at)
    rows: list[Any] = [row, ServiceCoverage(id=new_id(), service_id=service_id, group_id=row.id, **at)]
    rows += [
        SpecialistGroupMember(id=new_id(), group_id=row.id, practitioner_id=world.practitioners[name].id, **at)
        for name in names
    ]
    async with world.deps.database.write() as session:
        session.add_all(rows)
    return row.id


async def kept(world: World, consult_id: UUID) -> Consult:
    """Read a case as it is now."""
    async with world.deps.database.read() as session:
        return await session.get_one(Consult, consult_id)


async def noted(world: World, *actions: str) -> list[str]:
    """Name which of these things the trail says were done, in order."""
    async with world.deps.database.read() as session:
        query = select(AuditEvent.action).where(AuditEvent.outcome == "success").order_by(col(AuditEvent.id))
        return [one for one in (await session.exec(query)).all() if one in actions]


def _service(world: World) -> ConsultService:
    return ConsultService(
        id=new_id(),
        organization_id=world.clinic.organization_id,
        name=f"Psychiatry {new_id()}",
        kind="adult_psychiatry",
        direction="behavioral",
        modes=["video", "written"],
        changed_at=world.clock.now,
    )
