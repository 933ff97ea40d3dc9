"""The agenda of a case conference: for who takes part in the meeting, with the content of what they may read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.consults.case_store import Case, case_by_id
from server.consults.case_tables import Consult
from server.consults.conference_tables import ConferenceCase
from server.consults.service_tables import ConsultService
from server.kit import Forbidden, Keyring, NotFound, field_name

MOST_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A place of an agenda. `case` and the decision are None for who may not read the consult: they see the service."""

    row: ConferenceCase
    service: str
    case: Case | None
    decision: str = ""


async def agenda_of(session: AsyncSession, actor: Actor, keyring: Keyring, meeting_id: UUID) -> list[Item]:
    """Give the agenda of a meeting, which was found for the actor before, in order."""
    query = (
        select(ConferenceCase, ConsultService.name)
        .join(Consult, col(Consult.id) == ConferenceCase.consult_id)
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .where(ConferenceCase.meeting_id == meeting_id, ConferenceCase.organization_id == actor.organization_id)
        .order_by(col(ConferenceCase.position), col(ConferenceCase.id))
    )
    found = []
    for row, service in (await session.exec(query)).all():
        case = await _readable(session, actor, row.consult_id)
        found.append(Item(row, service, case, opened_decision(keyring, row) if case else ""))
    return found


async def item_of(
    session: AsyncSession, actor: Actor, meeting_id: UUID, item_id: UUID | None, *, lock: bool = False
) -> tuple[ConferenceCase, Case]:
    """Give a place of a meeting's agenda with its consult. Raises NotFound, or Forbidden for who may not read it."""
    query = select(ConferenceCase).where(ConferenceCase.id == item_id, ConferenceCase.meeting_id == meeting_id)
    row = (await session.exec(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound
    return row, await case_by_id(session, actor, Action.READ_CONSULT, row.consult_id)


async def rows_of(session: AsyncSession, meeting_id: UUID) -> Sequence[ConferenceCase]:
    """Give the places of a meeting's agenda, held for change, in order."""
    query = select(ConferenceCase).where(ConferenceCase.meeting_id == meeting_id)
    ordered = query.order_by(col(ConferenceCase.position), col(ConferenceCase.id))
    return (await session.exec(ordered.with_for_update())).all()


async def last_place(session: AsyncSession, meeting_id: UUID) -> int:
    """Give the last place that is taken; 0 in an empty agenda."""
    query = select(func.max(ConferenceCase.position)).where(ConferenceCase.meeting_id == meeting_id)
    return (await session.exec(query)).one() or 0


async def decisions_on(session: AsyncSession, keyring: Keyring, consult_id: UUID) -> list[tuple[ConferenceCase, str]]:
    """Give what conferences decided on a case, which was found for the reader before, the latest first."""
    query = select(ConferenceCase).where(
        ConferenceCase.consult_id == consult_id, col(ConferenceCase.decided_at).is_not(None)
    )
    rows = (await session.exec(query.order_by(col(ConferenceCase.decided_at).desc()))).all()
    return [(row, opened_decision(keyring, row)) for row in rows]


def opened_decision(keyring: Keyring, row: ConferenceCase) -> str:
    """Open what was decided; empty while nothing is."""
    return keyring.open(row.decision, field_name("conference_case", row.id, "decision")) if row.decision else ""


def seal_decision(keyring: Keyring, item_id: UUID, text: str) -> bytes:
    """Seal what was decided."""
    return keyring.seal(text, field_name("conference_case", item_id, "decision"))


async def _readable(session: AsyncSession, actor: Actor, consult_id: UUID) -> Case | None:
    try:
        return await case_by_id(session, actor, Action.READ_CONSULT, consult_id)
    except (Forbidden, NotFound):
        return None
