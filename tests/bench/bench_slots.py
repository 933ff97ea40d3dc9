"""How fast free times are found: four weeks of many practitioners, over a change of the clocks.

Each practitioner has ten weekly rules, leave, holidays and 60 appointments. `recurring-ical-events` stands beside the
expansion alone: the same weekly hours as VEVENTs with an RRULE in a zone, read from text before the clock runs. Both
answers are compared before anything is measured. Milliseconds are the processor's: nothing in it waits.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import islice
from random import Random
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from server.kit.ids import PractitionerId
from server.scheduling.availability_rules import BookingLimits, Holiday, Leave, Schedule, WeeklyRule, Window, open_hours
from server.scheduling.match_rules import Candidate, Licence, Need
from server.scheduling.search_rules import Group, joint, soonest, starts_of
from server.scheduling.slot_rules import Busy, Starts, Visit, minutes_in, moments
from server.scheduling.zone_rules import moment_of
from tests.bench import bookings
from tests.bench.report import Row

BUDGET_MS = 25
PEER = "recurring-ical-events"
ZONES = ("America/Denver", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe")
START, WEEKS = datetime(2026, 10, 19, tzinfo=UTC), 4  # Madrid changes on October 25, Denver on November 1
WINDOW = Window.of(START, START, START + timedelta(weeks=WEEKS))
NEED = Need(Visit(30), "America/Denver", "psychiatry", "en", "MT")
DAYS = ("MO", "TU", "WE", "TH", "FR")
AGAIN = 15


def measure() -> list[Row]:
    """Measure a hundred practitioners and a thousand, and the peer on the hundred."""
    hundred, thousand = practitioners(100), practitioners(1000)
    feeds = [icalendar.Calendar.from_ical(feed_of(one.schedule)) for one in hundred]
    if (ours := expanded(hundred)) != (theirs := expanded_by_peer(feeds)):
        raise RuntimeError(f"not the same hours: {len(ours)} and {len(theirs)}")
    groups = [Group(tuple(hundred[:50]), NEED), Group(tuple(hundred[50:]), NEED)]
    free, peer = f"free starts, 100 × {WEEKS} weeks: {free_minutes(hundred):,}", _of(lambda: expanded_by_peer(feeds), 3)
    return [
        Row(free, _of(lambda: free_minutes(hundred)), "ms", BUDGET_MS),
        Row("the same, each as a datetime", _of(lambda: free_moments(hundred)), "ms"),
        Row("the same, 1,000 practitioners", _of(lambda: free_minutes(thousand), 5), "ms"),
        Row("first 20 of 100, soonest first", _of(lambda: first_of(hundred)), "ms"),
        Row("first 20 of 1,000, soonest first", _of(lambda: first_of(thousand), 5), "ms"),
        Row("first 20 joint, any of 50 and any of 50", _of(lambda: list(islice(joint(groups, WINDOW), 20))), "ms"),
        Row("weekly hours of 100, as datetimes", _of(lambda: expanded(hundred)), "ms", peer=PEER, peer_value=peer),
        *bookings.measure(),
    ]


def practitioners(count: int) -> list[Candidate]:
    """Practitioners whose days differ, and who are busy differently; the same ones at every call."""
    return [_practitioner(number, Random(number)) for number in range(count)]


def free_minutes(candidates: list[Candidate]) -> int:
    """Find every free start, one by one, as the minute it is."""
    return sum(len(list(minutes_in(_starts(one)))) for one in candidates)


def free_moments(candidates: list[Candidate]) -> int:
    """Find every free start as a datetime."""
    return sum(len(list(moments(_starts(one)))) for one in candidates)


def first_of(candidates: list[Candidate]) -> int:
    """Read the first page of a search."""
    return len(list(islice(soonest(candidates, NEED, WINDOW), 20)))


def expanded(candidates: list[Candidate]) -> list[tuple[datetime, datetime]]:
    """Expand weekly hours into moments; neighbours are not put together, as the peer does not."""
    return sorted(
        (moment_of(start), moment_of(end))
        for one in candidates
        for start, end in open_hours(_bare(one.schedule), WINDOW)
    )


def expanded_by_peer(feeds: list[icalendar.Calendar]) -> list[tuple[datetime, datetime]]:
    """Let recurring-ical-events do the same."""
    end = START + timedelta(weeks=WEEKS)
    return sorted(
        (event.start.astimezone(UTC), event.end.astimezone(UTC))
        for feed in feeds
        for event in recurring_ical_events.of(feed).between(START, end)
    )


def feed_of(schedule: Schedule) -> str:
    """Write weekly hours as a calendar, each rule as an event of the week before that repeats."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Curbside//bench//EN"]
    for number, rule in enumerate(schedule.weekly):
        day = date(2026, 10, 12) + timedelta(days=rule.weekday)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}@bench",
            "DTSTAMP:20261001T000000Z",
            f"DTSTART;TZID={rule.zone}:{day:%Y%m%d}T{rule.starts:%H%M%S}",
            f"DTEND;TZID={rule.zone}:{day:%Y%m%d}T{rule.ends:%H%M%S}",
            f"RRULE:FREQ=WEEKLY;BYDAY={DAYS[rule.weekday]}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _practitioner(number: int, chance: Random) -> Candidate:
    zone = ZONES[number % len(ZONES)]
    weekly = []
    for weekday in range(5):
        begins = chance.choice([7, 8, 9])
        weekly.append(WeeklyRule(weekday, clock_time(begins), clock_time(12), zone))
        weekly.append(WeeklyRule(weekday, clock_time(13), clock_time(begins + 9, 30), zone))
    schedule = Schedule(
        zone,
        tuple(weekly),
        leave=(Leave(date(2026, 10, 28), date(2026, 10, 28 + number % 3)),),
        holidays=(Holiday(date(2026, 11, 11), "Veterans Day"), Holiday(date(2026, 11, 26), "Thanksgiving")),
        limits=BookingLimits(5, 5, notice=120, daily_maximum=10),
    )
    busy = tuple(_appointment(chance, zone) for _ in range(60))
    return Candidate(
        PractitionerId(UUID(int=number)),
        schedule,
        busy,
        "psychiatry",
        frozenset({"en"}),
        licences=(Licence("MT", date(2026, 11, 10 + number % 15)),),
    )


def _appointment(chance: Random, zone: str) -> Busy:
    local = datetime(2026, 10, 19, 9, tzinfo=ZoneInfo(zone)) + timedelta(
        days=chance.randrange(7 * WEEKS), minutes=15 * chance.randrange(30)
    )
    start = local.astimezone(UTC)
    return Busy.of(start, start + timedelta(minutes=chance.choice([15, 30, 45])), before=5, after=5)


def _bare(schedule: Schedule) -> Schedule:
    return Schedule(schedule.zone, schedule.weekly)


def _starts(candidate: Candidate) -> Starts:
    return starts_of(candidate, NEED, WINDOW)


def _of(work: Callable[[], object], times: int = AGAIN) -> float:
    """Median of some runs; the first, which reads the zones, is not counted."""
    work()
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append((time.process_time() - began) * 1000)
    return median(taken)
