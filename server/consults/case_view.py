"""A case in words: how far its ringing is, step by step, who matched and why, and what was asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.case_rules import STOPPED
from server.consults.case_store import Case, Talk, candidates_of, opened_question, opened_remark, talk_of
from server.consults.case_tables import ConsultRing
from server.consults.match_store import kept_reasons
from server.consults.matching_rules import Reason
from server.consults.question_form import FIELDS, PREGNANCIES, RISKS
from server.consults.question_rules import read_question
from server.consults.ring_progress_rules import Progress, progress
from server.consults.ring_state import Promise, Ringing, State
from server.consults.ring_store import rings_of, state_of
from server.consults.service_rules import StepKind
from server.consults.service_words import MODES, URGENCIES
from server.directory import STATES, formal_name, formal_names, practitioners_by_ids
from server.kit import Keyring


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the path: whom it rings, or everyone who covers; and whether it is over, at work or still to come."""

    place: int
    names: tuple[str, ...]
    everyone: bool
    seconds: int
    turn: str


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a ring, or of some one after the other of which the same came: a message id, and what was said."""

    at: datetime
    outcome: str
    reason: str
    remark: str
    suggested: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who was rung, and what came of it each time."""

    name: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """That somebody can come at a time, and whether the requester waits for them."""

    number: int
    name: str
    at: datetime
    awaited: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A specialist with their place, none when they were left out, and the reasons."""

    name: str
    specialty: str
    rank: int | None
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class View:
    """What the page of a case shows of its ringing."""

    state: State
    progress: Progress | None
    ladder: tuple[Rung, ...]
    asked: tuple[Asked, ...]
    offers: tuple[Offer, ...]
    names_now: tuple[str, ...]
    requester: str
    taken_by: str
    talk: Talk


async def view_of(session: AsyncSession, keyring: Keyring, case: Case, now: datetime) -> View:
    """Gather how far a case is."""
    state, rings = state_of(case.consult), await rings_of(session, case.consult.id)
    names = await formal_names(session, case.actor, _accounts(case, state, rings))
    ringing = state if isinstance(state, Ringing) else None
    return View(
        state,
        progress(ringing, now) if ringing else None,
        tuple(_ladder(ringing, names)) if ringing else (),
        tuple(_asked(rings, names, keyring)),
        tuple(_offer(one, names, ringing) for one in ringing.promises) if ringing else (),
        tuple(names.get(ring.account, "") for ring in ringing.rings) if ringing else (),
        names.get(case.consult.requester_id, ""),
        names.get(case.consult.accepted_by, "") if case.consult.accepted_by else "",
        await talk_of(session, case),
    )


def asked_words(keyring: Keyring, case: Case) -> dict[str, Any]:
    """Give what was asked, and the words that a page needs to say it."""
    return {
        "question": read_question(opened_question(keyring, case.consult)),
        "fields": FIELDS,
        "risks": RISKS,
        "pregnancies": PREGNANCIES,
        "modes": MODES,
        "urgencies": URGENCIES,
        "states": STATES,
    }


async def candidates_in(session: AsyncSession, case: Case) -> list[Candidate]:
    """Give who matched, best first, and who did not."""
    rows = await candidates_of(session, case.consult.id)
    people = await practitioners_by_ids(session, case.actor, [row.practitioner_id for row in rows])
    return [
        Candidate(formal_name(person), person.specialty, row.rank, kept_reasons(row))
        for row in rows
        if (person := people.get(row.practitioner_id))
    ]


def _accounts(case: Case, state: State, rings: Iterable[ConsultRing]) -> set[UUID]:
    found = {case.consult.requester_id, case.consult.accepted_by, *(ring.account_id for ring in rings)}
    found |= {ring.suggested_id for ring in rings}
    if isinstance(state, Ringing):
        found |= {*state.plan.covering, *(one for path in state.plan.paths for at in path.steps for one in at.people)}
    return {one for one in found if one}


def _ladder(state: Ringing, names: dict[UUID, str]) -> Iterable[Rung]:
    path = state.plan.paths[state.path]
    for place, at in enumerate(path.steps):
        people = tuple(names[one] for one in at.people if one in state.plan.covering and one in names)
        turn = "live" if place == state.step else "over" if place < state.step else "next"
        yield Rung(place + 1, people, at.whom is StepKind.EVERYONE, at.seconds, turn)


def _asked(rings: Iterable[ConsultRing], names: dict[UUID, str], keyring: Keyring) -> Iterable[Asked]:
    """Give who was rung, each once, in the order in which they were rung first."""
    said: dict[UUID, list[Said]] = {}
    for ring in rings:
        if ring.ended_at:
            now, before = _said(ring, ring.ended_at, names, keyring), said.setdefault(ring.account_id, [])
            if before and replace(before[-1], at=now.at, times=1) == now:
                now = replace(now, times=before.pop().times + 1)
            before.append(now)
    return (Asked(names.get(account_id, ""), tuple(each)) for account_id, each in said.items())


def _said(ring: ConsultRing, at: datetime, names: dict[UUID, str], keyring: Keyring) -> Said:
    suggested = names.get(ring.suggested_id, "") if ring.suggested_id else ""
    return Said(at, STOPPED.get(ring.why, ""), ring.reason, opened_remark(keyring, ring), suggested)


def _offer(promise: Promise, names: dict[UUID, str], state: Ringing) -> Offer:
    return Offer(promise.number, names.get(promise.account, ""), promise.at, promise.account == state.awaited)
