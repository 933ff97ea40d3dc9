"""An answer as its page shows it: the draft for who writes it, or what was signed with what became of each item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import CARERS
from server.consults.answer_form import FIELDS
from server.consults.answer_rules import DUE_DAYS, Choice, Decision, Item, ItemKind
from server.consults.answer_store import Document, draft_in, outcome_of, outcome_words, record_of
from server.consults.answer_store import answer_of as answer_row
from server.consults.answer_tables import ConsultAnswer, ConsultOutcome
from server.consults.answer_words import CHOICES, KINDS
from server.consults.case_rules import Status
from server.consults.case_store import Case
from server.consults.decision_actions import SOURCE, today_at
from server.consults.outcome_words import COURSES, STATUSES
from server.identity import Account, accounts_in_role
from server.tasks import Found, Source, is_open, tasks_of_source
from server.web import Deps

WORDS = {
    "kinds": KINDS,
    "choices": CHOICES,
    "courses": COURSES,
    "statuses": STATUSES,
    "item_fields": FIELDS,
    "is_open": is_open,
    "Choice": Choice,
}


@dataclass(frozen=True, slots=True)
class Advice:
    """One item of a signed answer: what was decided about it, by whom, and the task that it became."""

    item: Item
    decision: Decision | None
    decider: str
    task: Found | None
    due_on: date


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows. `document` is None before the signature, `draft` is only for who writes it."""

    row: ConsultAnswer | None
    document: Document | None
    draft: Mapping[str, str] = field(repr=False)
    advice: Sequence[Advice]
    outcome: ConsultOutcome | None
    told: str = field(repr=False)
    people: Sequence[Account]
    may_answer: bool
    may_decide: bool
    today: date


async def view_of(session: AsyncSession, deps: Deps, case: Case) -> View:
    """Gather what the reader of a case may see of its answer; a draft only its specialist."""
    consult = case.consult
    row, document = (
        await answer_row(session, consult.id),
        await record_of(session, deps.keyring, case.actor, consult.id),
    )
    may_answer = case.is_specialist and document is None and consult.status in {Status.ACCEPTED, Status.WRITTEN}
    outcome = await outcome_of(session, consult.id)
    may_decide = case.is_requester and document is not None
    return View(
        row,
        document,
        draft_in(deps.keyring, row) if may_answer else {},
        await _advice(session, deps, case, document) if document else (),
        outcome,
        outcome_words(deps.keyring, outcome) if outcome else "",
        await accounts_in_role(session, case.actor, *sorted(CARERS)) if may_decide else (),
        may_answer,
        may_decide,
        today_at(deps, case),
    )


async def _advice(session: AsyncSession, deps: Deps, case: Case, document: Document) -> list[Advice]:
    found = await tasks_of_source(session, deps, case.actor, Source(SOURCE, case.consult.id))
    tasks = {one.task.source_item: one for one in found}
    today = today_at(deps, case)
    return [
        Advice(
            item,
            document.decided.get(item.key),
            document.deciders.get(item.key, ""),
            tasks.get(item.key),
            date.fromordinal(today.toordinal() + (DUE_DAYS[item.kind] if item.days is None else item.days)),
        )
        for item in document.signed.answer.items
    ]


def kinds_to_add() -> Sequence[tuple[ItemKind, str]]:
    """Give what can be added to an answer."""
    return list(KINDS.items())
