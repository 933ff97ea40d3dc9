"""Break-glass: opening a record without a tie to the patient, for a reason and for an hour, and closing it.

The row, the audit event and the notice to the privacy contact are one transaction: nobody looks unannounced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Role, Why
from server.audit import Subject, note
from server.directory.emergency_store import (
    emergency_for,
    opened_reason,
    seal_reason,
)
from server.directory.store import clinics_of, organization_of, patient_by_id, privacy_contact
from server.directory.tables import Patient
from server.identity import EmergencyAccess, account_email, accounts_in_role
from server.kit import N_, Form, NotFound
from server.kit.ids import OrganizationId, new_id
from server.outbox import Mail, queue_mail
from server.web import Deps, speaking

LENGTH = timedelta(minutes=60)
SHORTEST_REASON = 10
REASON_MISSING = N_("Say in a sentence why you need this record now.")


def read_reason(form: Form) -> str:
    """Read the reason: a sentence of at least ten characters. Raises Invalid, which keeps what was typed."""
    reason = form.text("reason", REASON_MISSING, 500)
    if len(reason) < SHORTEST_REASON:
        form.wrong("reason", REASON_MISSING)
    form.check()
    return reason


async def open_in_emergency(deps: Deps, actor: Actor, patient_id: UUID | None, reason: str) -> None:
    """Open a patient's record for 60 minutes. Raises NotFound, or Forbidden for a role that may not.

    The same reason given again while it is open changes nothing; a new one ends what is open and begins an hour anew.
    """
    if actor.account_id is None:
        raise NotFound
    now, row_id = deps.now(), new_id()
    notices = await _notices(deps, actor, row_id, now + LENGTH)
    async with deps.database.write() as session:
        patient = await _locked(session, actor, patient_id)
        before = await emergency_for(session, actor, patient.id, now)
        if before is not None:
            if opened_reason(deps.keyring, before) == reason:
                return
            before.ended_at = now
        session.add(
            EmergencyAccess(
                id=row_id,
                organization_id=actor.organization_id,
                account_id=actor.account_id,
                patient_id=patient.id,
                reason=seal_reason(deps.keyring, row_id, reason),
                started_at=now,
                ends_at=now + LENGTH,
            )
        )
        note(session, now, actor, _verb(before), Subject("EmergencyAccess", row_id, patient.id), Why.EMERGENCY)
        for mail in notices:
            queue_mail(session, deps, mail)


def _verb(before: EmergencyAccess | None) -> str:
    return "open_in_emergency" if before is None else "extend_emergency"


async def _locked(session: AsyncSession, actor: Actor, patient_id: UUID | None) -> Patient:
    """Hold the patient's row, so that of two posts at once the second one meets what the first one made."""
    patient = await patient_by_id(session, actor, Action.OPEN_IN_EMERGENCY, patient_id)
    held = select(Patient.id).where(Patient.id == patient.id).with_for_update(key_share=True)
    await session.exec(held)
    return patient


async def close_emergency(deps: Deps, actor: Actor, emergency_id: UUID | None) -> None:
    """Close what the actor has opened, before its hour is over; closing twice is once. Raises NotFound."""
    async with deps.database.write() as session:
        row = await session.get(EmergencyAccess, emergency_id) if emergency_id else None
        mine = (actor.account_id, actor.organization_id)
        if row is None or (row.account_id, row.organization_id) != mine:
            raise NotFound
        still = update(EmergencyAccess).where(
            col(EmergencyAccess.id) == row.id, col(EmergencyAccess.ended_at).is_(None)
        )
        closed = await session.exec(still.values(ended_at=deps.now()))
        if closed.rowcount:
            subject = Subject("EmergencyAccess", row.id, row.patient_id)
            note(session, deps.now(), actor, "close_emergency", subject, Why.EMERGENCY)


@dataclass(frozen=True, slots=True)
class _Readers:
    """Who hears of it: the privacy contact, else the administrators; and the zone that they read times in."""

    addresses: Sequence[str]
    zone: str


async def _readers(deps: Deps, actor: Actor) -> _Readers:
    async with deps.database.read() as session:
        contact = privacy_contact(deps.keyring, await organization_of(session, actor))
        administrators = [] if contact else await accounts_in_role(session, actor, Role.ADMINISTRATOR)
        clinics = await clinics_of(session, actor)
    own = [clinic.time_zone for clinic in clinics if clinic.id in actor.clinics]
    zones = (*own, *(clinic.time_zone for clinic in clinics), "UTC")
    return _Readers([contact] if contact else [account_email(deps.keyring, a) for a in administrators], zones[0])


async def _notices(deps: Deps, actor: Actor, emergency_id: UUID, ends_at: datetime) -> list[Mail]:
    """Write the notices: who and when, and where to look; not whose record it is, and not the reason."""
    readers = await _readers(deps, actor)
    words = {
        "person": actor.name,
        "starts_at": deps.now(),
        "ends_at": ends_at,
        "zone": readers.zone,
        "url": f"{deps.settings.public_url}/admin/audit",
    }
    with speaking("en"):
        written = deps.templates.mail("emergency", **words)
    organization = OrganizationId(actor.organization_id)
    return [Mail(organization, emergency_id, address, *written) for address in readers.addresses]
