"""Pure: which specialists may take a case, in which order, and why each one may or may not.

Presence never excludes anybody: it only ranks. A licence counts where the patient is, on the clinic's day. The order
is total: those not tried yet, coverage tier, licence (held before excepted before unknown), language, presence, duty,
load, who was asked least recently, then the id. Words for the reasons are in `matching_words`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from server.consults.service_rules import LicenceRule, Mode, Situation, Urgency, rule_at, waits_for_duty
from server.kit.ids import AccountId, ClinicId, PractitionerId

PRESENCE = ("available", "away", "busy", "in-call", "offline")
"""What colleagues see of a person, most reachable first."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of a profession in a state, valid through a day."""

    state: str
    profession: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a case asks for. `patient_state` and `patient_age` are None where they are not known, or de-identified.

    `professions` may answer, every one when it is empty; `zone` is the clinic's; `tried` were asked in vain.
    """

    service: UUID
    clinic: ClinicId
    urgency: Urgency
    mode: Mode
    requester: AccountId
    zone: str
    patient_present: bool = False
    patient_state: str | None = None
    patient_age: int | None = None
    language: str = "en"
    professions: frozenset[str] = frozenset()
    tried: frozenset[AccountId] = frozenset()


@dataclass(frozen=True, slots=True)
class Specialist:
    """A practitioner as matching sees them. `tiers` are the services that they cover for the clinic of the case."""

    practitioner: PractitionerId
    account: AccountId | None
    name: str
    profession: str
    tiers: tuple[tuple[UUID, int], ...] = ()
    licences: tuple[Licence, ...] = ()
    languages: frozenset[str] = frozenset({"en"})
    min_age: int | None = None
    max_age: int | None = None
    presence: str = "offline"
    on_duty: bool = False
    open_cases: int = 0
    capacity: int = 5
    last_asked_at: datetime | None = None
    asked_today: int = 0


class Why(StrEnum):
    """Why somebody is a match."""

    TIER = "tier"
    LICENCE = "licence"
    EXCEPTED = "excepted"
    RULE_UNKNOWN = "rule-unknown"
    STATE_UNKNOWN = "state-unknown"
    LANGUAGE = "language"
    OTHER_LANGUAGE = "other-language"
    PRESENCE = "presence"
    ON_DUTY = "on-duty"
    OFF_DUTY = "off-duty"
    LOAD = "load"
    ASKED_TODAY = "asked-today"
    TRIED = "tried"


class WhyNot(StrEnum):
    """Why somebody is none."""

    NO_ACCOUNT = "no-account"
    REQUESTER = "requester"
    NOT_COVERING = "not-covering"
    PROFESSION = "profession"
    STATE_MISSING = "state-missing"
    NO_LICENCE = "no-licence"
    LICENCE_EXPIRED = "licence-expired"
    AGE = "age"
    CAPACITY = "capacity"
    OFF_DUTY = "off-duty"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason and its values: a state, language, profession or presence; a number of how many; a day; a source."""

    code: Why | WhyNot
    what: str = ""
    number: int = 0
    most: int = 0
    on: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who may take the case, and why."""

    specialist: Specialist
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Somebody who may not, and everything that speaks against it."""

    specialist: Specialist
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Those who may take a case, best first, and those who may not, by name."""

    ranked: tuple[Match, ...]
    excluded: tuple[Exclusion, ...]


_reason = lru_cache(maxsize=4096)(Reason)  # a thousand specialists share most of them


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a case asks of a licence: `required` for a profession, and by which rule."""

    required: bool
    rule: LicenceRule | None


def match(case: CaseFacts, specialists: Iterable[Specialist], rules: Iterable[LicenceRule], now: datetime) -> Matching:
    """Rank those who may take a case, and say of everyone why or why not."""
    today = now.astimezone(ZoneInfo(case.zone)).date()
    known, asked = tuple(rules), dict[str, _Asked]()
    ranked: list[tuple[tuple[object, ...], Match]] = []
    excluded: list[Exclusion] = []
    for one in specialists:
        if (of_profession := asked.get(one.profession)) is None:
            of_profession = asked[one.profession] = _asked(case, one.profession, known, today)
        licence = _licence(one, case.patient_state)
        if against := _against(case, one, of_profession, licence, today):
            excluded.append(Exclusion(one, tuple(against)))
        else:
            key, reasons = _for(case, one, of_profession, licence, today)
            ranked.append((key, Match(one, reasons)))
    ranked.sort(key=lambda pair: pair[0])
    excluded.sort(key=lambda none: (none.specialist.name, none.specialist.practitioner))
    return Matching(tuple(pair[1] for pair in ranked), tuple(excluded))


def _asked(case: CaseFacts, profession: str, rules: Iterable[LicenceRule], today: date) -> _Asked:
    """Ask for a licence where no rule is known and the patient is there; between colleagues it is only flagged."""
    situation = Situation.PATIENT_PRESENT if case.patient_present else Situation.PEER_ONLY
    if case.patient_state is None:
        return _Asked(case.patient_present, None)
    rule = rule_at(rules, case.patient_state, profession, situation, today)
    return _Asked(case.patient_present if rule is None else rule.licence_required, rule)


def _licence(one: Specialist, state: str | None) -> date | None:
    """Give the last day of the licence that somebody has or had in a state, in their own profession."""
    last = None
    for licence in one.licences:
        if (
            licence.state == state
            and licence.profession == one.profession
            and (last is None or licence.expires_on > last)
        ):
            last = licence.expires_on
    return last


def _against(case: CaseFacts, one: Specialist, asked: _Asked, licence: date | None, today: date) -> list[Reason]:
    """Give everything that speaks against somebody: first who they are, then whether they can just now."""
    found = _not_theirs(case, one)
    if asked.required and (licence is None or licence < today):
        found.append(_unlicensed(case.patient_state, licence))
    if case.patient_age is not None and not _sees(one, case.patient_age):
        found.append(_reason(WhyNot.AGE, number=case.patient_age))
    if one.open_cases >= one.capacity:
        found.append(_reason(WhyNot.CAPACITY, "", one.open_cases, one.capacity))
    if not one.on_duty and waits_for_duty(case.urgency):
        found.append(_reason(WhyNot.OFF_DUTY))
    return found


def _not_theirs(case: CaseFacts, one: Specialist) -> list[Reason]:
    found = []
    if one.account is None:
        found.append(_reason(WhyNot.NO_ACCOUNT))
    if one.account == case.requester:
        found.append(_reason(WhyNot.REQUESTER))
    if _tier(one, case.service) is None:
        found.append(_reason(WhyNot.NOT_COVERING))
    if case.professions and one.profession not in case.professions:
        found.append(_reason(WhyNot.PROFESSION, one.profession))
    return found


def _unlicensed(state: str | None, licence: date | None) -> Reason:
    if state is None:
        return _reason(WhyNot.STATE_MISSING)
    if licence is None:
        return _reason(WhyNot.NO_LICENCE, state)
    return _reason(WhyNot.LICENCE_EXPIRED, state, on=licence)


def _for(
    case: CaseFacts, one: Specialist, asked: _Asked, licence: date | None, today: date
) -> tuple[tuple[object, ...], tuple[Reason, ...]]:
    """Give the place of somebody who may take the case, and what speaks for them."""
    tier = _tier(one, case.service) or 0
    right, licensed = _licensed(case.patient_state, asked, licence, today)
    speaks = case.language in one.languages
    tried = one.account in case.tried
    matters = case.patient_present and not speaks
    key = (
        tried,
        tier,
        right,
        matters,
        PRESENCE.index(one.presence),
        not one.on_duty,
        one.open_cases / one.capacity,
        one.last_asked_at or NEVER,
        one.practitioner,
    )
    reasons = [_reason(Why.TIER, "", tier), licensed]
    if speaks or matters:
        reasons.append(_reason(Why.LANGUAGE if speaks else Why.OTHER_LANGUAGE, case.language))
    reasons.append(_reason(Why.PRESENCE, one.presence))
    reasons.append(_reason(Why.ON_DUTY if one.on_duty else Why.OFF_DUTY))
    reasons.append(_reason(Why.LOAD, "", one.open_cases, one.capacity))
    if one.asked_today:
        reasons.append(_reason(Why.ASKED_TODAY, "", one.asked_today))
    if tried:
        reasons.append(_reason(Why.TRIED))
    return key, tuple(reasons)


def _licensed(state: str | None, asked: _Asked, licence: date | None, today: date) -> tuple[int, Reason]:
    """Say by what right somebody answers; the lower, the better."""
    if state is None:
        return 2, _reason(Why.STATE_UNKNOWN)
    if licence is not None and licence >= today:
        return 0, _reason(Why.LICENCE, state, 0, 0, licence)
    if asked.rule is None:
        return 2, _reason(Why.RULE_UNKNOWN, state)
    return 1, _reason(Why.EXCEPTED, state, source=asked.rule.source)


def _tier(one: Specialist, service: UUID) -> int | None:
    for covered, tier in one.tiers:
        if covered == service:
            return tier
    return None


def _sees(one: Specialist, age: int) -> bool:
    return (one.min_age is None or age >= one.min_age) and (one.max_age is None or age <= one.max_age)
