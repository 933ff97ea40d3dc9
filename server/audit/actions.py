"""Writing audit events. A change is noted in its own transaction; a look and a denial in a short one of their own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit.tables import AuditEvent
from server.kit.ids import new_id
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: the kind of record (a FHIR resource name where there is one), its id, and whose it is."""

    entity: str
    entity_id: UUID | None = None
    patient_id: UUID | None = None


def note(
    session: AsyncSession,
    now: datetime,
    actor: Actor | None,
    action: str,
    subject: Subject,
    why: str = "",
    outcome: str = "success",
) -> None:
    """Add an event to the caller's transaction: durable exactly when the change is."""
    session.add(_event(now, actor, action, subject, why, outcome))


async def note_read(deps: Deps, actor: Actor, subject: Subject, why: str) -> None:
    """Make durable, before anything is shown, that the actor looked at a record."""
    async with deps.database.write() as session:
        session.add(_event(deps.now(), actor, "read", subject, why, "success"))


async def note_found(deps: Deps, actor: Actor, patient_ids: Collection[UUID]) -> None:
    """Make durable, before anything is shown, that the actor searched, and whose names and dates of birth came up."""
    why = f"search, {len(patient_ids)} found"
    subjects = [Subject("Patient", id_, id_) for id_ in patient_ids] or [Subject("Patient")]
    async with deps.database.write() as session:
        session.add_all([_event(deps.now(), actor, "read", subject, why, "success") for subject in subjects])


async def note_denial(
    deps: Deps, actor: Actor | None, action: str, subject: Subject, why: str, address: str = ""
) -> None:
    """Make durable that something was refused."""
    event = _event(deps.now(), actor, action, subject, why, "denied")
    event.address = event.address or address
    async with deps.database.write() as session:
        session.add(event)


def _event(now: datetime, actor: Actor | None, action: str, subject: Subject, why: str, outcome: str) -> AuditEvent:
    return AuditEvent(
        id=new_id(),
        recorded_at=now,
        organization_id=actor.organization_id if actor else None,
        account_id=actor.account_id if actor else None,
        roles=",".join(sorted(actor.roles)) if actor else "",
        action=action,
        entity=subject.entity,
        entity_id=subject.entity_id,
        patient_id=subject.patient_id,
        outcome=outcome,
        why=why,
        address=actor.address if actor else "",
    )
