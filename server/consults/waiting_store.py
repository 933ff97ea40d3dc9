"""What waits for somebody among written consults and answers: headlines only, within the acting organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select, SelectOfScalar

from server.access import Actor
from server.consults.answer_store import to_decide
from server.consults.answer_tables import ConsultOutcome
from server.consults.assignment_store import is_for
from server.consults.case_rules import Status
from server.consults.case_store import cases_in
from server.consults.case_tables import Consult
from server.consults.service_tables import ConsultService
from server.directory import Clinic, formal_names

MOST = 100
_Row = tuple[Consult, ConsultService, Clinic]


@dataclass(frozen=True, slots=True)
class Headline:
    """A case without what it is about: who asks which service for which clinic."""

    consult: Consult
    service: str
    clinic: Clinic
    requester: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cases to take, to answer, to decide about, to tell how they went, and of which that was told and not read yet."""

    to_take: Sequence[Headline]
    to_answer: Sequence[Headline]
    to_decide: Sequence[Headline]
    to_tell: Sequence[Headline]
    to_read: Sequence[Headline]

    def __len__(self) -> int:
        """Count everything that waits."""
        parts = (self.to_take, self.to_answer, self.to_decide, self.to_tell, self.to_read)
        return sum(len(part) for part in parts)


async def waiting_for(session: AsyncSession, actor: Actor) -> Waiting:
    """Give what waits for the actor, the first due first."""
    parts = [await _rows(session, cases_in(actor).where(col(Consult.id).in_(part))) for part in waiting_cases(actor)]
    names = await formal_names(session, actor, {row[0].requester_id for part in parts for row in part})
    return Waiting(
        *(
            [Headline(one, service.name, clinic, names.get(one.requester_id, "")) for one, service, clinic in part]
            for part in parts
        )
    )


def waiting_cases(actor: Actor) -> Sequence[SelectOfScalar[UUID]]:
    """Ask for the cases that wait for the actor, by the parts of `Waiting` in their order."""
    me, by = actor.account_id, col(Consult.accepted_by)
    here = select(Consult.id).where(Consult.organization_id == actor.organization_id)
    after = here.join(ConsultOutcome, col(ConsultOutcome.consult_id) == Consult.id)
    told, asked = col(ConsultOutcome.told_at), col(ConsultOutcome.asked_at)
    return (
        here.where(Consult.status == Status.WRITTEN, by.is_(None), Consult.requester_id != me, is_for(actor)),
        here.where(by == me, col(Consult.status).in_((Status.ACCEPTED, Status.WRITTEN))),
        to_decide(actor),
        after.where(Consult.requester_id == me, asked.is_not(None), told.is_(None)),
        after.where(by == me, told.is_not(None), col(ConsultOutcome.read_at).is_(None)),
    )


async def _rows(session: AsyncSession, query: Select[Consult, ConsultService, Clinic]) -> Sequence[_Row]:
    order = (col(Consult.written_due_at), col(Consult.id))
    return (await session.exec(query.order_by(*order).limit(MOST))).all()
