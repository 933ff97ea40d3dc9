"""When somebody is busy by their own calendar, read from an iCalendar feed (RFC 5545). Pure, and wary of what it reads.

A feed may come from anybody. This counts before it expands, but a rule may still be long to work out, and icalendar
remembers the zones that a feed defines, for all later feeds of the process: `kit/feed_process.py` reads each feed in a
process of its own, with an end to its time and memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, vBroken
from recurring_ical_events import of

from server.kit.feed_lines import lean

MOST_EVENTS = 10_000
MOST_SPANS = 5_000
_MOST_A_DAY = 24
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_DAY = timedelta(days=1)

Span = tuple[datetime, datetime]


class FeedTrouble(StrEnum):
    """Why a feed gives nothing. What a person reads of each is up to who shows it."""

    ADDRESS = "address"
    INSIDE = "inside"
    SILENT = "silent"
    GONE = "gone"
    PRIVATE = "private"
    ANSWER = "answer"
    TOO_LARGE = "too_large"
    NO_CALENDAR = "no_calendar"
    TOO_MUCH = "too_much"
    TOO_OFTEN = "too_often"


class FeedRefused(Exception):
    """A feed that gives nothing, and why."""

    def __init__(self, trouble: FeedTrouble) -> None:
        """Keep why."""
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Busy:
    """The busy spans in UTC, in order and apart from each other.

    `unread` events could not be understood and are not in here; `guessed` ones name a zone that nobody knows, and were
    read as local.
    """

    spans: tuple[Span, ...] = ()
    unread: int = 0
    guessed: int = 0


def busy_spans(content: bytes, start: datetime, end: datetime, zone: str) -> Busy:
    """Give the busy spans of a feed from `start` to `end`; `zone` is where its owner's days and floating times are.

    Events that are cancelled or leave their time free do not count. Raises FeedRefused.
    """
    text = lean(content.decode("utf-8-sig", "replace"), start.date(), end.date())
    if text.upper().count("BEGIN:VEVENT") > MOST_EVENTS:
        raise FeedRefused(FeedTrouble.TOO_MUCH)
    reader = _Reader(start, end, ZoneInfo(zone))
    for calendar in _calendars(text):
        reader.read(calendar)
    return Busy(tuple(merged(reader.found)), reader.unread, reader.guessed)


def merged(spans: list[Span]) -> Iterator[Span]:
    """Give spans in order, those that touch as one."""
    ordered = sorted(spans)
    if not ordered:
        return
    since, until = ordered[0]
    for start, end in ordered[1:]:
        if start > until:
            yield since, until
            since = start
            until = end
        until = max(until, end)
    yield since, until


def _calendars(text: str) -> list[Calendar]:
    if "BEGIN:VCALENDAR" not in text.upper():
        raise FeedRefused(FeedTrouble.NO_CALENDAR)
    try:
        found: list[Calendar] = Calendar.from_ical(text, multiple=True)
    except Exception as error:  # what a parser says of hostile text may be anything
        raise FeedRefused(FeedTrouble.NO_CALENDAR) from error
    return found


class _Reader:
    """Gathers the busy spans of calendars, and counts what could not be read."""

    def __init__(self, start: datetime, end: datetime, zone: ZoneInfo) -> None:
        self._start, self._end, self._zone = start, end, zone
        self.found: list[Span] = []
        self.unread = self.guessed = 0

    def read(self, calendar: Calendar) -> None:
        """Add what one calendar says. Raises FeedRefused when it repeats too often or holds too much."""
        self._leave_out_broken(calendar)
        events = calendar.walk("VEVENT")
        for event in events:
            _refuse_too_often(event)
            self.guessed += _names_an_unknown_zone(event)
        for series in self._series(calendar, events):
            try:
                for occurrence in series.between(self._start - _DAY, self._end + _DAY):
                    self._add_event(occurrence.as_component(False))
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
                self.unread += 1
        for periods in calendar.walk("VFREEBUSY"):
            self._add_periods(periods)

    def _leave_out_broken(self, calendar: Calendar) -> None:
        whole = [part for part in calendar.subcomponents if not _is_broken(part)]
        self.unread += len(calendar.subcomponents) - len(whole)
        calendar.subcomponents = whole

    def _series(self, calendar: Calendar, events: list[Component]) -> list[Any]:
        """Give the series of events; one that is wrong in itself is left out and counted."""
        try:
            query = of(calendar, skip_bad_series=True)
        except Exception as error:  # what a parser says of hostile text may be anything
            raise FeedRefused(FeedTrouble.NO_CALENDAR) from error
        named = {str(event.get("UID", number)) for number, event in enumerate(events)}
        self.unread += max(0, len(named) - len(query.series))
        return list(query.series)

    def _add_event(self, event: Any) -> None:
        if not _leaves_free(event):
            self._add(self._moment(event["DTSTART"].dt), self._moment(event["DTEND"].dt))

    def _add_periods(self, component: Any) -> None:
        listed = component.get("FREEBUSY", [])
        for period in listed if isinstance(listed, list) else [listed]:
            if period.params.get("FBTYPE", "BUSY") != "FREE":
                start, end = period.dt
                since = self._moment(start)
                self._add(since, since + end if isinstance(end, timedelta) else self._moment(end))

    def _add(self, since: datetime, until: datetime) -> None:
        since, until = max(since, self._start), min(until, self._end)
        if since < until:
            self.found.append((since, until))
        if len(self.found) > MOST_SPANS:
            raise FeedRefused(FeedTrouble.TOO_MUCH)

    def _moment(self, value: date) -> datetime:
        """Give a moment in UTC: a day begins at midnight of the owner, and a floating time is the owner's."""
        if not isinstance(value, datetime):
            value = datetime.combine(value, time())
        return (value if value.tzinfo else value.replace(tzinfo=self._zone)).astimezone(UTC)


def _is_broken(component: Any) -> bool:
    """Tell whether a line of it could not be parsed: icalendar keeps such a line, and raises when it is used."""
    found = (value if isinstance(value, list) else [value] for value in component.values())
    return any(isinstance(value, vBroken) for values in found for value in values)


def _leaves_free(event: Any) -> bool:
    said = {str(event.get(name, "")).upper() for name in ("TRANSP", "STATUS", "X-MICROSOFT-CDO-BUSYSTATUS")}
    return not said.isdisjoint({"TRANSPARENT", "CANCELLED", "FREE"})


def _refuse_too_often(event: Any) -> None:
    """Nobody is busy anew every hour; who says so wants the server busy."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        a_day = prod(max(1, len(rule.get(part, []))) for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        frequencies = {str(frequency).upper() for frequency in rule.get("FREQ", [])}
        if frequencies & _TOO_OFTEN or a_day > _MOST_A_DAY:
            raise FeedRefused(FeedTrouble.TOO_OFTEN)


def _names_an_unknown_zone(event: Any) -> bool:
    start = event.get("DTSTART")
    value = getattr(start, "dt", None)
    return isinstance(value, datetime) and value.tzinfo is None and "TZID" in start.params
