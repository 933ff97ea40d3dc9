"""What of an iCalendar feed says when somebody is busy; other lines, and events of other times, are not read at all.

Pure. A parser takes 1 ms for an event with all its lines, and ten years of somebody's life are thousands. It also means
that titles, notes and guests of somebody's own calendar go nowhere.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_DAY = re.compile(r":(\d{4})(\d\d)(\d\d)(?:T|$)")
_COMPONENTS = frozenset({"VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT", "VFREEBUSY"})
_REPEATS = frozenset({"RRULE", "RDATE", "RECURRENCE-ID"})
_NAMES = _REPEATS | {
    *("VERSION", "CALSCALE", "X-WR-TIMEZONE", "UID", "SEQUENCE", "DTSTART", "DTEND", "DURATION", "EXDATE", "STATUS"),
    *("TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY", "TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO"),
}
_MARGIN = timedelta(days=2)  # days are the owner's, whatever zone that is
_LONGEST_LINE = 100_000


def lean(text: str, first: date, last: date) -> str:
    """Give the feed's lines that matter from `first` to `last`, unfolded; an event that may matter is kept."""
    return "\r\n".join((*_kept(_LINE.split(_FOLD.sub("", text)), first - _MARGIN, last + _MARGIN), ""))


def _kept(lines: list[str], first: date, last: date) -> Iterator[str]:
    skipped, event = 0, None
    for line in lines:
        found = _NAME.match(line)
        name = found[0].upper() if found else ""
        component = line.partition(":")[2].strip().upper() if name in {"BEGIN", "END"} else ""
        if component and component not in _COMPONENTS:
            skipped = max(0, skipped + (1 if name == "BEGIN" else -1))
        elif skipped or not (component or name in _NAMES) or len(line) > _LONGEST_LINE:
            continue
        elif (name, component) == ("BEGIN", "VEVENT") and event is None:
            event = [line]
        elif event is None:
            yield line
        else:
            event.append(line)
            if (name, component) == ("END", "VEVENT"):
                yield from event if _may_matter(event, first, last) else ()
                event = None


def _may_matter(event: list[str], first: date, last: date) -> bool:
    named = {found[0].upper(): line for line in event if (found := _NAME.match(line))}
    if not _REPEATS.isdisjoint(named):
        return True
    start, end = _day(named.get("DTSTART", "")), _day(named.get("DTEND", ""))
    return not (start and start > last) and not (end and end < first)


def _day(line: str) -> date | None:
    """Give the day that a line names, as its digits are; None where it names none."""
    found = _DAY.search(line)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
