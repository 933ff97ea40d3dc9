"""Queries of answers, with what became of them; the case was found for the reader before. All of it is opened here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import Action, Actor, Record, decide
from server.access import Decision as Allowed
from server.consults.answer_form import read_draft
from server.consults.answer_rules import Answer, Choice, Decision, Signed, read_answer
from server.consults.answer_tables import ConsultAddendum, ConsultAnswer, ConsultDecision, ConsultOutcome
from server.consults.case_tables import Consult
from server.consults.service_tables import ConsultService
from server.directory import formal_names
from server.kit import Keyring, field_name
from server.kit.ids import AccountId
from server.web import Deps

ANSWER, ADDENDUM, DECISION, OUTCOME = "consult_answer", "consult_addendum", "consult_decision", "consult_outcome"
FINAL = "final"
MOST = 50


@dataclass(frozen=True, slots=True)
class Added:
    """An addendum: who signed it when, and what it says."""

    author: str
    signed_at: datetime
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """An answer as a page shows it: what was signed, by whom, with what was added and decided since."""

    row: ConsultAnswer
    signed: Signed
    author: str
    added: Sequence[Added]
    decided: dict[str, Decision]
    deciders: dict[str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A signed answer in the list of a patient."""

    consult: Consult
    service: str
    author: str
    signed_at: datetime
    answer: Answer = field(repr=False)


@dataclass(frozen=True, slots=True)
class OfPatient:
    """A patient's answers, the newest first, and the decision about the record; without it there are none."""

    decision: Allowed
    facts: Record
    answers: Sequence[Listed] = ()


async def answer_of(session: AsyncSession, consult_id: UUID, *, lock: bool = False) -> ConsultAnswer | None:
    """Give the answer of a case, draft or signed; `lock` holds it for change."""
    query = select(ConsultAnswer).where(ConsultAnswer.consult_id == consult_id)
    return (await session.exec(query.with_for_update() if lock else query)).first()


async def record_of(session: AsyncSession, keyring: Keyring, actor: Actor, consult_id: UUID) -> Document | None:
    """Give the signed answer of a case; None while there is none."""
    row = await answer_of(session, consult_id)
    if row is None or row.status != FINAL or row.signed_by is None:
        return None
    added = await _addenda(session, row.id)
    decided = await decisions_of(session, row.id)
    people = {row.signed_by, *(one.signed_by for one in added), *(one.decided_by for one in decided)}
    names = await formal_names(session, actor, people)
    return Document(
        row,
        signed_in(keyring, row),
        names.get(row.signed_by, ""),
        [
            Added(names.get(one.signed_by, ""), one.signed_at, opened(keyring, ADDENDUM, one.id, one.body))
            for one in added
        ],
        {one.item: decision_in(keyring, one) for one in decided},
        {one.item: names.get(one.decided_by, "") for one in decided},
    )


def to_decide(actor: Actor) -> SelectOfScalar[UUID]:
    """Ask for the cases that the actor asked in the acting organization and whose answer waits for them."""
    return (
        select(ConsultAnswer.consult_id)
        .join(Consult, col(Consult.id) == ConsultAnswer.consult_id)
        .where(
            Consult.organization_id == actor.organization_id,
            Consult.requester_id == actor.account_id,
            ConsultAnswer.status == FINAL,
            col(ConsultAnswer.settled_at).is_(None),
        )
    )


async def decisions_of(session: AsyncSession, answer_id: UUID) -> Sequence[ConsultDecision]:
    """Give what was decided about an answer, in order."""
    query = select(ConsultDecision).where(ConsultDecision.answer_id == answer_id)
    return (await session.exec(query.order_by(col(ConsultDecision.id)))).all()


async def outcome_of(session: AsyncSession, consult_id: UUID, *, lock: bool = False) -> ConsultOutcome | None:
    """Give how it went after an answer, asked or told; None before it is signed."""
    query = select(ConsultOutcome).where(ConsultOutcome.consult_id == consult_id)
    return (await session.exec(query.with_for_update() if lock else query)).first()


async def answers_of_patient(session: AsyncSession, deps: Deps, actor: Actor, patient_id: UUID | None) -> OfPatient:
    """Give the signed answers about a patient with the decision; none when it was refused. Raises NotFound."""
    facts = await deps.ties.record(session, actor, patient_id)
    decision = decide(actor, Action.READ_CONSULT, facts)
    if not decision.allowed:
        return OfPatient(decision, facts)
    query = (
        select(ConsultAnswer, Consult, ConsultService.name)
        .join(Consult, col(Consult.id) == ConsultAnswer.consult_id)
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .where(
            Consult.patient_id == patient_id,
            Consult.organization_id == actor.organization_id,
            ConsultAnswer.status == FINAL,
        )
    )
    rows = (await session.exec(query.order_by(col(ConsultAnswer.signed_at).desc()).limit(MOST))).all()
    names = await formal_names(session, actor, {row.signed_by for row, _, _ in rows if row.signed_by})
    found = []
    for row, consult, service in rows:
        signed = signed_in(deps.keyring, row)
        found.append(Listed(consult, service, names.get(signed.by, ""), signed.at, signed.answer))
    return OfPatient(decision, facts, found)


def signed_in(keyring: Keyring, row: ConsultAnswer) -> Signed:
    """Open a signed answer."""
    if row.signed_by is None or row.signed_at is None:
        raise ValueError("this answer is not signed")
    text = opened(keyring, ANSWER, row.id, row.content, "content")
    return Signed(read_answer(text), AccountId(row.signed_by), row.signed_at)


def draft_in(keyring: Keyring, row: ConsultAnswer | None) -> dict[str, str]:
    """Open a draft, as it was typed; nothing when there is none."""
    return read_draft(opened(keyring, ANSWER, row.id, row.content, "content")) if row is not None else {}


def decision_in(keyring: Keyring, row: ConsultDecision) -> Decision:
    """Open a decision."""
    reason, change = (
        opened(keyring, DECISION, row.id, getattr(row, name), name) if getattr(row, name) else ""
        for name in ("reason", "change")
    )
    return Decision(row.item, Choice(row.decision), AccountId(row.decided_by), row.decided_at, reason, change)


def outcome_words(keyring: Keyring, row: ConsultOutcome) -> str:
    """Open what was told of how it went."""
    return opened(keyring, OUTCOME, row.id, row.body) if row.body else ""


def opened(keyring: Keyring, table: str, row_id: UUID, value: bytes, column: str = "body") -> str:
    """Open a sealed text of these tables."""
    return keyring.open(value, field_name(table, row_id, column))


def sealed(keyring: Keyring, table: str, row_id: UUID, text: str, column: str = "body") -> bytes:
    """Seal a text of these tables."""
    return keyring.seal(text, field_name(table, row_id, column))


def sealed_or_none(keyring: Keyring, table: str, row_id: UUID, text: str, column: str = "body") -> bytes | None:
    """Seal a text of these tables; None for an empty one."""
    return sealed(keyring, table, row_id, text, column) if text else None


def digest_of(consult_id: UUID, by: UUID, at: datetime, text: str) -> str:
    """Give the SHA-256, in hex, of a signed text with whose it is and when it was signed."""
    return hashlib.sha256(f"{consult_id}|{by}|{at.isoformat()}|{text}".encode()).hexdigest()


async def _addenda(session: AsyncSession, answer_id: UUID) -> Sequence[ConsultAddendum]:
    query = select(ConsultAddendum).where(ConsultAddendum.answer_id == answer_id)
    return (await session.exec(query.order_by(col(ConsultAddendum.id)))).all()
