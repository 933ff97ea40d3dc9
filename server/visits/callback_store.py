"""Queries of the patients who ask to be called, each within the actor's organization; the number is opened here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import formal_names
from server.kit import Keyring, field_name
from server.visits.callback_rules import CallbackState, callback_state
from server.visits.store import Visit
from server.visits.tables import CallbackRequest


@dataclass(frozen=True, slots=True)
class Callback:
    """A request, opened: the number, how far it is, and the name of whoever calls, as patients read it."""

    phone: str
    state: CallbackState
    asked_at: datetime
    taken_by: UUID | None = None
    caller: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether somebody has yet to call."""
        return self.state is not CallbackState.DONE


async def callbacks_of(
    session: AsyncSession, actor: Actor, keyring: Keyring, encounter_ids: Collection[UUID]
) -> dict[UUID, Callback]:
    """Give what the patients of several encounters ask for; the caller asks the policy about each encounter."""
    query = select(CallbackRequest).where(
        col(CallbackRequest.encounter_id).in_(encounter_ids), CallbackRequest.organization_id == actor.organization_id
    )
    rows = (await session.exec(query)).all()
    names = await formal_names(session, actor, {row.taken_by for row in rows if row.taken_by})
    return {
        row.encounter_id: _opened(keyring, row, names.get(row.taken_by, "") if row.taken_by else "") for row in rows
    }


async def callback_row(session: AsyncSession, visit: Visit) -> CallbackRequest | None:
    """Give the request of a visit that was found for the actor before and is locked for change."""
    query = select(CallbackRequest).where(CallbackRequest.encounter_id == visit.encounter.id)
    return (await session.exec(query.with_for_update())).first()


def sealed_phone(keyring: Keyring, row_id: UUID, phone: str) -> bytes:
    """Seal the number for storing."""
    return keyring.seal(phone, field_name("callback_request", row_id, "phone"))


def _opened(keyring: Keyring, row: CallbackRequest, caller: str) -> Callback:
    phone = keyring.open(row.phone, field_name("callback_request", row.id, "phone"))
    return Callback(phone, callback_state(row), row.asked_at, row.taken_by, caller)
