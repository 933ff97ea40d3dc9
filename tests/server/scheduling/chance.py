"""Random schedules, made from a seed, around the days when clocks change: for properties and their oracle."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from server.kit.ids import ClinicId, PractitionerId
from server.scheduling.availability_rules import (
    BookingLimits,
    DateException,
    Holiday,
    Leave,
    Place,
    Schedule,
    Skipped,
    WeeklyRule,
    Window,
)
from server.scheduling.match_rules import Candidate, Licence
from server.scheduling.slot_rules import Busy, BusyKind, Visit
from server.scheduling.zone_rules import Meant

CHANGES = {
    "America/Denver": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Phoenix": (date(2026, 3, 8), date(2026, 11, 1)),  # stays as it is while its neighbours change
    "Europe/Madrid": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
    "Asia/Beirut": (date(2026, 3, 29), date(2026, 10, 24)),  # skips midnight, and repeats the hour before it
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),  # skips midnight, and repeats the hour after it
}
ZONES = tuple(CHANGES)
NORTH, SOUTH = ClinicId(UUID(int=1)), ClinicId(UUID(int=2))
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A practitioner, what is wanted of them, and where it is looked for."""

    schedule: Schedule
    visit: Visit
    busy: tuple[Busy, ...]
    now: datetime
    start: datetime
    end: datetime

    @property
    def window(self) -> Window:
        return Window.of(self.now, self.start, self.end)


def case(seed: int, hours: int = 10) -> Case:
    """A case whose window of some hours lies around a change of the clocks, or near it."""
    chance = Random(seed)
    zone = chance.choice(ZONES)
    day = chance.choice(CHANGES[zone])
    at = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    start = at + timedelta(minutes=chance.choice([0, 0, 0, -300, 7, 600]))
    visit = Visit(
        chance.choice([5, 10, 25, 30, 50, 60, 90]),
        chance.choice([None, NORTH]),
        in_person=chance.random() < 0.2,
        step=chance.choice([None, None, 20]),
    )
    now = start - timedelta(minutes=chance.choice([-90, 0, 15, 90, 300, 1440]), seconds=chance.choice([0, 0, 30]))
    busy = tuple(_busy(chance, start, hours) for _ in range(chance.randrange(4)))
    return Case(schedule(chance, zone, day), visit, busy, now, start, start + timedelta(hours=hours))


def schedule(chance: Random, zone: str, day: date) -> Schedule:
    """A schedule with hours, exceptions and free days around a date."""
    near = [day + DAY * chance.choice([-1, 0, 0, 0, 1]) for _ in range(8)]
    return Schedule(
        zone,
        tuple(_weekly(chance, zone, near[n]) for n in range(chance.randrange(1, 5))),
        tuple(_exception(chance, near[n]) for n in range(chance.choice([0, 0, 1, 2]))),
        tuple(Leave(near[4], near[4] + DAY * chance.randrange(2)) for _ in range(chance.choice([0, 0, 0, 0, 0, 1]))),
        tuple(Holiday(near[5]) for _ in range(chance.choice([0, 0, 0, 0, 1]))),
        BookingLimits(
            before=chance.choice([0, 0, 5, 15]),
            after=chance.choice([0, 0, 10]),
            notice=chance.choice([0, 0, 60, 200]),
            horizon=chance.choice([0, 1, 90, 90, 90]),
            daily_maximum=chance.choice([None, None, 1, 2, 3]),
            step=chance.choice([5, 10, 15, 30, 60]),
        ),
    )


def candidates(seed: int, hours: int = 10) -> tuple[list[Candidate], Case]:
    """Two to four practitioners around one change, the first one's zone and window, all of them around the clock."""
    chance = Random(seed)
    first = case(seed, hours)
    found = []
    for number in range(chance.randrange(2, 5)):
        other = case(seed + number, hours)
        day = first.start.date()
        made = other.schedule if number == 0 else schedule(chance, chance.choice(ZONES), day)
        around = WeeklyRule((day + DAY * chance.randrange(2)).weekday(), time(0), time(0), made.zone)
        found.append(
            Candidate(
                PractitionerId(UUID(int=number)),
                replace(made, weekly=(*made.weekly, around), leave=(), limits=replace(made.limits, horizon=90)),
                first.busy if number % 2 else (),
                chance.choice(["psychiatry", "psychiatry", "primary care"]),
                frozenset(chance.sample(["en", "es"], chance.randrange(1, 3))),
                frozenset({NORTH}),
                tuple(
                    Licence("MT", day + DAY * chance.choice([-1, 0, 1, 90])) for _ in range(chance.choice([0, 1, 1]))
                ),
            )
        )
    return found, first


def _at(chance: Random) -> time:
    return time(chance.choice([0, 1, 1, 2, 2, 3, 4, 7, 9, 22]), chance.choice([0, 0, 30, 30, 15, 45, 50]))


def _hours(chance: Random) -> tuple[time, time]:
    low, high = sorted((_at(chance), _at(chance)))
    return (low, high) if low < high and chance.random() < 0.7 else (low, time(0))


def _place(chance: Random) -> Place:
    return Place(chance.choice([None, None, None, NORTH, SOUTH]), video_only=chance.random() < 0.2)


def _weekly(chance: Random, zone: str, day: date) -> WeeklyRule:
    starts, ends = _hours(chance)
    return WeeklyRule(
        day.weekday(),
        starts,
        ends,
        chance.choice([zone, zone, zone, chance.choice(ZONES)]),
        _place(chance),
        chance.choice([None, None, None, day, day + DAY]),
        chance.choice([None, None, None, day, day - DAY]),
        chance.choice(list(Skipped)),
        chance.choice(list(Meant)),
    )


def _exception(chance: Random, day: date) -> DateException:
    if chance.random() < 0.4:
        return DateException(day)
    starts, ends = _hours(chance)
    meant = [None, None, *Meant]
    return DateException(day, starts, ends, _place(chance), chance.choice(meant), chance.choice(meant))


def _busy(chance: Random, start: datetime, hours: int) -> Busy:
    begins = start + timedelta(minutes=chance.randrange(-60, hours * 60), seconds=chance.choice([0, 0, 20]))
    length = timedelta(minutes=chance.choice([0, 10, 30, 60]), seconds=chance.choice([0, 0, 20]))
    kind = chance.choice(list(BusyKind))
    return Busy.of(begins, begins + length, kind, chance.choice([0, 5]), chance.choice([0, 10]))
