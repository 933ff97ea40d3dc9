"""Keeping those who treat patients: what a member's title, specialty and profession are."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.directory.tables import Clinic, Practitioner
from server.kit import NotFound
from server.kit.ids import new_id
from server.web import Deps

# How patients and colleagues name a profession; licences are given to these.
PROFESSIONS = (
    "physician",
    "nurse practitioner",
    "physician assistant",
    "psychologist",
    "social worker",
    "counselor",
    "nurse",
)


@dataclass(frozen=True, slots=True)
class Practice:
    """What the directory knows of somebody who treats patients; `clinic_id` is where they are mainly."""

    given_name: str
    family_name: str
    specialty: str
    profession: str
    clinic_id: str
    title: str = ""


async def keep_practice(session: AsyncSession, deps: Deps, actor: Actor, account_id: UUID, practice: Practice) -> None:
    """Write a member's practice, in the caller's transaction: they can conduct visits from then on. Raises NotFound."""
    require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
    row = await _written(session, account_id, actor.organization_id, asdict(practice))
    note(session, deps.now(), actor, "update", Subject("Practitioner", row.id))


async def join_practice(
    session: AsyncSession, account_id: UUID, organization_id: UUID, details: Mapping[str, str]
) -> None:
    """Write the practice of somebody who accepts an invitation, from what it carried (the fields of `Practice`)."""
    await _written(session, account_id, organization_id, details)


async def _written(
    session: AsyncSession, account_id: UUID, organization_id: UUID, details: Mapping[str, str]
) -> Practitioner:
    clinic = await session.get(Clinic, UUID(details["clinic_id"]))
    if clinic is None or clinic.organization_id != organization_id:
        raise NotFound
    mine = select(Practitioner).where(
        Practitioner.account_id == account_id, Practitioner.organization_id == organization_id
    )
    columns: dict[str, Any] = {**details, "clinic_id": clinic.id}
    row = (await session.exec(mine.with_for_update())).first()
    if row is None:
        row = Practitioner(id=new_id(), organization_id=organization_id, account_id=account_id, **columns)
    for column, value in columns.items():
        setattr(row, column, value)
    session.add(row)
    return row
