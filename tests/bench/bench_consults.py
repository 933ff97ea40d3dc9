"""How fast a case finds its specialists: who may take it, in which order, and why or why not."""

import time
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median
from uuid import UUID

from server.consults.matching_rules import PRESENCE, CaseFacts, Licence, Specialist, match
from server.consults.service_rules import LicenceRule, Mode, Situation, Urgency
from server.kit.ids import AccountId, ClinicId, PractitionerId
from tests.bench.report import Row
from tests.bench.ringing import frame_rows, ring_rows

MATCHING_BUDGET_MS = 5
NOW = datetime(2026, 6, 1, 16, tzinfo=UTC)
SERVICES = tuple(UUID(int=900 + number) for number in range(6))
STATES = ("MT", "WY", "ID", "CO", "UT")
PROFESSIONS = ("physician", "psychologist", "social worker")
CASE = CaseFacts(
    SERVICES[0],
    ClinicId(UUID(int=800)),
    Urgency.SOON,
    Mode.VIDEO,
    AccountId(UUID(int=1)),
    "America/Denver",
    patient_present=True,
    patient_state="MT",
    patient_age=34,
    language="es",
)
RULES = [
    LicenceRule(state, profession, situation, situation is Situation.PATIENT_PRESENT, date(year, 1, 1))
    for state in STATES
    for profession in PROFESSIONS
    for situation in Situation
    for year in (2024, 2026)
]
AGAIN = 25


def measure() -> list[Row]:
    """Measure the matching of a thousand specialists, half of whom may take the case; then asking and accepting."""
    thousand = [specialist(number, Random(number)) for number in range(1000)]
    rows = [Row("matching 1,000 specialists", _milliseconds(thousand), "ms", MATCHING_BUDGET_MS)]
    return rows + ring_rows() + frame_rows()


def specialist(number: int, chance: Random) -> Specialist:
    """Make somebody; the same one at every call."""
    profession = chance.choice(PROFESSIONS)
    return Specialist(
        PractitionerId(UUID(int=1000 + number)),
        AccountId(UUID(int=1000 + number)),
        f"Specialist {number}",
        profession,
        tiers=tuple((service, chance.randint(1, 3)) for service in chance.sample(SERVICES, 5)),
        licences=tuple(Licence(state, profession, date(2027, 1, 1)) for state in chance.sample(STATES, 4)),
        languages=frozenset(chance.sample(("en", "es", "fr"), 2)),
        presence=chance.choice(PRESENCE),
        on_duty=chance.random() < 0.8,
        open_cases=chance.randint(0, 5),
        last_asked_at=NOW - timedelta(minutes=chance.randint(0, 9000)),
        asked_today=chance.randint(0, 4),
    )


def _milliseconds(specialists: list[Specialist]) -> float:
    taken = []
    for _ in range(AGAIN):
        before = time.process_time()
        match(CASE, specialists, RULES, NOW)
        taken.append((time.process_time() - before) * 1000)
    return median(taken)
