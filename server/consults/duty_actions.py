"""Keeping how a specialist takes consults: on duty or off it until a time, how many at once, and whom they see."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, decide, require
from server.audit import Subject, note
from server.consults.service_rules import Duty, Standing
from server.consults.service_tables import SpecialistProfile
from server.directory import Practitioner
from server.kit import NotFound
from server.kit.ids import new_id
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Limits:
    """How many consults are open with somebody at once, and the ages in years whom they see, both included."""

    capacity: int = 5
    min_age: int | None = None
    max_age: int | None = None


def may_set_duty(actor: Actor, practitioner: Practitioner) -> bool:
    """Tell whether somebody says this person's duty: their own, or as an administrator."""
    return decide(actor, Action.SET_DUTY, duty_record(practitioner)).allowed


def duty_record(practitioner: Practitioner) -> Record:
    """Gather the facts that the policy asks for about somebody's duty."""
    accounts = frozenset({practitioner.account_id}) if practitioner.account_id else frozenset()
    return Record(practitioner.organization_id, None, accounts)


async def set_duty(deps: Deps, actor: Actor, practitioner_id: UUID | None, duty: Duty, until: datetime | None) -> None:
    """Put somebody on duty or off it, or have their hours count again. Raises NotFound or Forbidden."""
    async with deps.database.write() as session:
        row = await _locked(session, deps, actor, practitioner_id)
        standing = Standing(duty, None if duty is Duty.HOURS else until)
        row.duty, row.duty_until, row.changed_at = standing.duty.value, standing.until, deps.now()
        session.add(row)
        note(session, deps.now(), actor, "update", Subject("PractitionerRole", row.practitioner_id), f"duty {duty}")


async def keep_limits(deps: Deps, actor: Actor, practitioner_id: UUID | None, limits: Limits) -> None:
    """Write how many consults somebody takes at once, and for whom. Raises NotFound or Forbidden."""
    async with deps.database.write() as session:
        row = await _locked(session, deps, actor, practitioner_id)
        put_limits(row, limits)
        row.changed_at = deps.now()
        session.add(row)
        note(session, deps.now(), actor, "update", Subject("PractitionerRole", row.practitioner_id))


def put_limits(row: SpecialistProfile, limits: Limits) -> None:
    """Write limits into a profile."""
    row.capacity, row.min_age, row.max_age = limits.capacity, limits.min_age, limits.max_age


async def profile_for_change(session: AsyncSession, deps: Deps, practitioner: Practitioner) -> SpecialistProfile:
    """Give the profile of a practitioner, found within the organization and locked, or a new one."""
    query = select(SpecialistProfile).where(SpecialistProfile.practitioner_id == practitioner.id)
    return (await session.exec(query.with_for_update())).first() or SpecialistProfile(
        id=new_id(),
        organization_id=practitioner.organization_id,
        practitioner_id=practitioner.id,
        changed_at=deps.now(),
    )


async def _locked(session: AsyncSession, deps: Deps, actor: Actor, practitioner_id: UUID | None) -> SpecialistProfile:
    """Find the profile to change. The practitioner's row is locked, so that two do not make a first one at once."""
    query = select(Practitioner).where(
        Practitioner.id == practitioner_id, Practitioner.organization_id == actor.organization_id
    )
    practitioner = (await session.exec(query.with_for_update(key_share=True))).first()
    if practitioner is None:
        raise NotFound
    require(actor, Action.SET_DUTY, duty_record(practitioner))
    return await profile_for_change(session, deps, practitioner)
