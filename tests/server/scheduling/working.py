"""Hours and moments for tests: a schedule in Denver, rules in a line, moments as they are read there."""

from datetime import UTC, date, datetime, time
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
    WeeklyRule,
    Window,
)
from server.scheduling.span_rules import Span
from server.scheduling.zone_rules import moment_of

DENVER, MADRID, LORD_HOWE = "America/Denver", "Europe/Madrid", "Australia/Lord_Howe"
SPRING, FALL = date(2026, 3, 8), date(2026, 11, 1)  # Sundays, on which Denver's clocks change
MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)
NORTH, SOUTH = ClinicId(UUID(int=1)), ClinicId(UUID(int=2))
ANYWHERE = Place()
PCP, PSYCHIATRIST, CARE_MANAGER = (PractitionerId(UUID(int=n)) for n in (11, 12, 13))


def at(day: date, hour: int, minute: int = 0, zone: str = DENVER, fold: int = 0) -> datetime:
    """The moment at which a clock in a zone shows this."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def weekly(day: date, starts: str, ends: str, zone: str = DENVER, place: Place = ANYWHERE) -> WeeklyRule:
    """Hours on a date's weekday, as "9:00" to "17:30"."""
    return WeeklyRule(day.weekday(), clock(starts), clock(ends), zone, place)


def working(
    *weekly: WeeklyRule,
    exceptions: tuple[DateException, ...] = (),
    leave: tuple[Leave, ...] = (),
    holidays: tuple[Holiday, ...] = (),
    limits: BookingLimits | None = None,
    zone: str = DENVER,
) -> Schedule:
    """A schedule in Denver whose visits may start every half hour."""
    return Schedule(zone, weekly, exceptions, leave, holidays, limits or BookingLimits(step=30))


def clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def day_of(day: date, zone: str = DENVER) -> Window:
    """A whole local day, looked at from the day before."""
    start = at(day, 0, zone=zone)
    return Window.of(at(date.fromordinal(day.toordinal() - 1), 0, zone=zone), start, at(next_day(day), 0, zone=zone))


def next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def shown(spans: list[Span], zone: str = DENVER) -> list[str]:
    """Spans as the clock on the wall shows their ends."""
    return ["–".join(f"{moment_of(end).astimezone(ZoneInfo(zone)):%H:%M}" for end in span) for span in spans]


def lengths(spans: list[Span]) -> list[int]:
    """How many minutes each one really takes."""
    return [end - start for start, end in spans]
