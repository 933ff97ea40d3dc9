"""Who may take a case and why: what the matching is asked with, and its answer as it is kept with the case."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, func, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls import presence_of
from server.consults.case_rules import Status
from server.consults.case_tables import Consult, ConsultCandidate, ConsultRing
from server.consults.matching_rules import (
    CaseFacts,
    Licence,
    Matching,
    Reason,
    Specialist,
    Why,
    WhyNot,
    match,
)
from server.consults.own_rule_store import as_rule, kept_rules
from server.consults.service_rules import Mode, Situation, Urgency, tiers_at
from server.consults.service_store import coverage_rows, on_duty, profiles_of
from server.consults.service_tables import ConsultService
from server.directory import Clinic, PractitionerLicence, formal_name, practitioners_by_ids
from server.kit.ids import AccountId, ClinicId, PractitionerId, new_id
from server.scheduling import languages_of
from server.web import Deps

DAY = timedelta(hours=24)
CAPACITY = 5
"""Of who keeps no profile."""


async def matching_of(
    session: AsyncSession, deps: Deps, actor: Actor, consult: Consult, service: ConsultService, clinic: Clinic
) -> Matching:
    """Ask the matching about a case of the actor's organization."""
    specialists = await _specialists(session, deps, actor, service, clinic)
    rules = [as_rule(row) for row in await kept_rules(session, actor.organization_id)]
    return match(_facts(consult, service, clinic), specialists, rules, deps.now())


async def keep_matching(session: AsyncSession, consult: Consult, matching: Matching) -> None:
    """Keep with the case what the matching said, in one statement: a thousand may cover a service."""
    ranked = [(one.specialist, rank, one.reasons) for rank, one in enumerate(matching.ranked, 1)]
    rows = [
        {
            "id": new_id(),
            "organization_id": consult.organization_id,
            "consult_id": consult.id,
            "practitioner_id": specialist.practitioner,
            "rank": rank,
            "reasons": [_written(reason) for reason in reasons],
        }
        for specialist, rank, reasons in [*ranked, *((one.specialist, None, one.reasons) for one in matching.excluded)]
    ]
    if rows:
        await (await session.connection()).execute(insert(ConsultCandidate), rows)


def covering_in(matching: Matching) -> tuple[AccountId, ...]:
    """Give the accounts of those who may take the case, best first; last who is only off duty, and may come on it."""
    ranked = [one.specialist for one in matching.ranked]
    later = [none.specialist for none in matching.excluded if {why.code for why in none.reasons} == {WhyNot.OFF_DUTY}]
    return tuple(one.account for one in (*ranked, *later) if one.account)


def accounts_in(matching: Matching) -> Mapping[UUID, AccountId]:
    """Give the accounts of all whom the matching saw, by practitioner."""
    people = [*(one.specialist for one in matching.ranked), *(none.specialist for none in matching.excluded)]
    return {one.practitioner: one.account for one in people if one.account}


def on_duty_in(matching: Matching) -> frozenset[AccountId]:
    """Give those of `covering_in` who take consults now."""
    people = [one.specialist for one in matching.ranked]
    return frozenset(one.account for one in people if one.account and one.on_duty)


def kept_reasons(candidate: ConsultCandidate) -> list[Reason]:
    """Read the reasons that were kept."""
    return [_read(row, ranked=candidate.rank is not None) for row in candidate.reasons]


def _written(reason: Reason) -> list[Any]:
    on = reason.on.isoformat() if reason.on else None
    return [reason.code, reason.what, reason.number, reason.most, on, reason.source]


def _read(row: Sequence[Any], *, ranked: bool) -> Reason:
    code, what, number, most, on, source = row
    day = date.fromisoformat(on) if on else None
    return Reason(Why(code) if ranked else WhyNot(code), what, number, most, day, source)


def _facts(consult: Consult, service: ConsultService, clinic: Clinic) -> CaseFacts:
    return CaseFacts(
        service.id,
        ClinicId(clinic.id),
        Urgency(consult.urgency),
        Mode(consult.mode),
        AccountId(consult.requester_id),
        clinic.time_zone,
        consult.situation == Situation.PATIENT_PRESENT,
        consult.patient_state or None,
        consult.patient_age,
        consult.language or "en",
        frozenset(service.professions),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked of an account lately: cases open with them, rings within a day, and the last ring."""

    open_cases: Mapping[UUID | None, int]
    today: Mapping[UUID, int]
    last: Mapping[UUID, Any]


async def _specialists(
    session: AsyncSession, deps: Deps, actor: Actor, service: ConsultService, clinic: Clinic
) -> list[Specialist]:
    """Give everybody who covers the service for any clinic; who does not for this one is left out with that reason."""
    covers = await coverage_rows(session, actor.organization_id, service.id)
    tiers = tiers_at(covers, clinic.id)
    people = await practitioners_by_ids(session, actor, {cover.practitioner_id for cover in covers})
    profiles = await profiles_of(session, list(people.values()))
    there = await on_duty(session, list(people.values()), profiles, deps.now())
    presence = await presence_of(session, deps, actor, [one.account_id for one in people.values() if one.account_id])
    licences, languages = await _licences(session, list(people)), await languages_of(session, list(people))
    asked = await _asked(session, deps, [one.account_id for one in people.values() if one.account_id])
    found = []
    for id_, one in people.items():
        profile, account = profiles.get(id_), one.account_id
        found.append(
            Specialist(
                PractitionerId(id_),
                AccountId(account) if account else None,
                formal_name(one),
                one.profession,
                ((service.id, tiers[id_]),) if id_ in tiers else (),
                licences[id_],
                languages[id_] or frozenset({"en"}),
                profile.min_age if profile else None,
                profile.max_age if profile else None,
                presence[account].value if account else "offline",
                id_ in there,
                asked.open_cases.get(account, 0),
                profile.capacity if profile else CAPACITY,
                asked.last.get(account) if account else None,
                asked.today.get(account, 0) if account else 0,
            )
        )
    return found


async def _licences(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, tuple[Licence, ...]]:
    query = select(PractitionerLicence).where(col(PractitionerLicence.practitioner_id).in_(ids))
    rows = (await session.exec(query)).all()
    return {
        id_: tuple(Licence(row.state, row.profession, row.expires_on) for row in rows if row.practitioner_id == id_)
        for id_ in ids
    }


async def _asked(session: AsyncSession, deps: Deps, accounts: Collection[UUID]) -> _Asked:
    """Count over all organizations: a person's day has room once."""
    taken = (
        select(Consult.accepted_by, func.count(col(Consult.id)))
        .where(col(Consult.accepted_by).in_(accounts), col(Consult.status).in_((Status.ACCEPTED, Status.WRITTEN)))
        .group_by(col(Consult.accepted_by))
    )
    rings = (
        select(ConsultRing.account_id, func.max(ConsultRing.started_at), func.count(col(ConsultRing.id)))
        .where(col(ConsultRing.account_id).in_(accounts), col(ConsultRing.started_at) > deps.now() - DAY)
        .group_by(col(ConsultRing.account_id))
    )
    lately = (await session.exec(rings)).all()
    return _Asked(
        dict((await session.exec(taken)).all()),
        {account: count for account, _, count in lately},
        {account: last for account, last, _ in lately},
    )
