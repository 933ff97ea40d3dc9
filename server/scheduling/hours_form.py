"""A schedule as a form: what it says as fields, and what somebody typed as a schedule again, wrong fields named.

Lists are rows of fields, `weekly-0-starts`, and a few empty rows at the end to add to; a row that is left empty, or
whose `drop` is ticked, is none.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from typing import TypeVar
from uuid import UUID

from server.kit import N_, Form
from server.kit.forms import read_time
from server.kit.ids import ClinicId
from server.scheduling.availability_form_rules import (
    LATEST,
    Code,
    End,
    Kind,
    Part,
    Question,
    problems,
    questions,
    rule_asks,
)
from server.scheduling.availability_rules import (
    BookingLimits,
    DateException,
    Leave,
    Place,
    Schedule,
    Skipped,
    WeeklyRule,
)
from server.scheduling.zone_rules import Meant

Value = TypeVar("Value")

EMPTY_ROWS = 2
MOST_ROWS = 60
STEPS = (5, 10, 15, 20, 30, 60)
ANYWHERE, VIDEO = "any", "video"
PARTS = (Part.WEEKLY, Part.EXCEPTIONS, Part.LEAVE)

WORDS: Mapping[Code, str] = {
    Code.END_BEFORE_START: N_("The end is not after the start."),
    Code.UNTIL_BEFORE_FROM: N_("The last day is before the first."),
    Code.DATE_TOO_FAR: N_("Choose a date that is nearer."),
    Code.UNKNOWN_ZONE: N_("Choose a time zone."),
    Code.RULES_OVERLAP: N_("These hours overlap others of the same day."),
    Code.EXCEPTIONS_OVERLAP: N_("These hours overlap others of the same date."),
    Code.EXCEPTION_CONTRADICTED: N_("The same date is closed above."),
    Code.EXCEPTION_OUTSIDE: N_("This date is within time away."),
    Code.TIME_UNANSWERED: N_("The clocks change that day. Choose below which time is meant."),
    Code.NEGATIVE: N_("Enter a whole number, 0 or more."),
    Code.STEP_UNEVEN: N_("Choose one."),
    Code.HORIZON_TOO_FAR: N_("At most 730 days."),
    Code.NOTICE_PAST_HORIZON: N_("The notice is longer than one can book ahead."),
    Code.NO_VISITS: N_("At least one visit a day, or leave it empty."),
}
"""What is said for each problem, next to the row that has it."""

_WEEKDAYS = frozenset("0123456")
_FIELDS = {
    Part.WEEKLY: ("weekday", "starts", "ends", "place", "from", "until"),
    Part.EXCEPTIONS: ("day", "starts", "ends", "place", "starts_meant", "ends_meant"),
    Part.LEAVE: ("first", "last"),
}
_ASKED = {End.STARTS: "starts_meant", End.ENDS: "ends_meant"}
_ANSWERS: Mapping[Kind, tuple[str, type[Skipped] | type[Meant]]] = {
    Kind.SKIPPED: ("skipped", Skipped),
    Kind.REPEATED: ("repeated", Meant),
}


def fields_of(schedule: Schedule) -> dict[str, str]:
    """Give a schedule as the form's fields."""
    found = {"zone": schedule.zone, **_limits_of(schedule.limits)}
    for index, rule in enumerate(schedule.weekly):
        _put(found, Part.WEEKLY, index, _rule_fields(rule))
    for index, exception in enumerate(schedule.exceptions):
        _put(found, Part.EXCEPTIONS, index, _exception_fields(exception))
    for index, leave in enumerate(schedule.leave):
        _put(found, Part.LEAVE, index, {"first": leave.first.isoformat(), "last": leave.last.isoformat()})
    return found


def rows_of(values: Mapping[str, str], part: Part) -> range:
    """Give the numbers of the rows that the form shows for a part: those that are filled in, and some to add to."""
    filled = [index for index in range(MOST_ROWS) if is_filled(values, part, index)]
    return range(min(MOST_ROWS, (filled[-1] + 1 if filled else 0) + EMPTY_ROWS))


def is_filled(values: Mapping[str, str], part: Part, index: int) -> bool:
    """Tell whether somebody filled in a row; a weekday or a place alone is none."""
    told = [field for field in _FIELDS[part] if field not in {"weekday", "place", "starts_meant", "ends_meant"}]
    return any(values.get(name(part, index, field)) for field in told)


def read_schedule(form: Form, clinics: Collection[UUID], zones: Collection[str], today: date) -> Schedule:
    """Read a whole schedule. Raises Invalid, with what is wrong at its row."""
    indexes: dict[Part, list[int]] = {part: _filled(form, part) for part in PARTS}
    zone = form.choice("zone", zones, N_("Choose a time zone."))
    schedule = Schedule(
        zone=zone,
        weekly=tuple(_rule(form, index, zone, clinics) for index in indexes[Part.WEEKLY]),
        exceptions=tuple(_exception(form, index, clinics) for index in indexes[Part.EXCEPTIONS]),
        leave=tuple(_leave(form, index) for index in indexes[Part.LEAVE]),
        limits=_limits(form),
    )
    form.check()
    for problem in problems(schedule, today):
        rows = indexes.get(problem.part, [])
        both = [index for index in (problem.index, problem.other) if index is not None and index < len(rows)]
        for place in [name(problem.part, rows[index]) for index in both] or [_limit_of(problem.code)]:
            form.wrong(place, WORDS[problem.code])
    form.check()
    for field, asks in asked_weekly(form, zone, today).items():
        if form.values.get(field) not in set(_ANSWERS[asks.kind][1]):
            form.wrong(field.rpartition("-")[0], WORDS[Code.TIME_UNANSWERED])
    form.check()
    return schedule


def asked_weekly(form: Form, zone: str, today: date) -> dict[str, Question]:
    """Tell which weekly hours meet a change of the clocks, by the field that takes the answer."""
    found: dict[str, Question] = {}
    for index in _filled(form, Part.WEEKLY):
        typed = Form({**form.values, name(Part.WEEKLY, index, "place"): ANYWHERE})
        rule = _rule(typed, index, zone, ())
        if name(Part.WEEKLY, index) in typed.errors or (rule.valid_from and rule.valid_from > LATEST):
            continue  # what was typed there is wrong and said already
        for kind, question in rule_asks(rule, today).items():
            found[name(Part.WEEKLY, index, _ANSWERS[kind][0])] = question
    return found


def asked(form: Form, zone: str) -> dict[str, Kind]:
    """Tell which times of exceptions the clocks skip or repeat, by the field that takes the answer."""
    found: dict[str, Kind] = {}
    for index in _filled(form, Part.EXCEPTIONS):
        day, starts, ends = (
            form.values.get(name(Part.EXCEPTIONS, index, field), "") for field in _FIELDS[Part.EXCEPTIONS][:3]
        )
        try:
            typed = DateException(date.fromisoformat(day), _time_of(starts), _time_of(ends))
            for question in questions(typed, zone):
                found[name(Part.EXCEPTIONS, index, _ASKED[question.end])] = question.kind
        except (ValueError, OSError):  # what was typed there is wrong and said already
            continue
    return found


def name(part: Part, index: int, field: str = "") -> str:
    """Name a row, or one field of it."""
    return f"{part}-{index}-{field}" if field else f"{part}-{index}"


def place_value(place: Place) -> str:
    """Give a place as the form's choice of it."""
    return VIDEO if place.video_only else str(place.clinic) if place.clinic else ANYWHERE


def _put(found: dict[str, str], part: Part, index: int, fields: Mapping[str, str]) -> None:
    found.update({name(part, index, field): value for field, value in fields.items()})


def _rule_fields(rule: WeeklyRule) -> dict[str, str]:
    return {
        "weekday": str(rule.weekday),
        "starts": f"{rule.starts:%H:%M}",
        "ends": f"{rule.ends:%H:%M}",
        "place": place_value(rule.place),
        "from": rule.valid_from.isoformat() if rule.valid_from else "",
        "until": rule.valid_until.isoformat() if rule.valid_until else "",
        "skipped": rule.skipped.value,
        "repeated": rule.repeated.value,
    }


def _exception_fields(exception: DateException) -> dict[str, str]:
    return {
        "day": exception.day.isoformat(),
        "starts": f"{exception.starts:%H:%M}" if exception.starts else "",
        "ends": f"{exception.ends:%H:%M}" if exception.ends else "",
        "place": place_value(exception.place),
        "starts_meant": exception.starts_meant or "",
        "ends_meant": exception.ends_meant or "",
    }


def _limits_of(limits: BookingLimits) -> dict[str, str]:
    return {
        "before": str(limits.before),
        "after": str(limits.after),
        "notice": str(limits.notice // 60),
        "horizon": str(limits.horizon),
        "daily_maximum": str(limits.daily_maximum or ""),
        "step": str(limits.step),
    }


def _filled(form: Form, part: Part) -> list[int]:
    return [
        index
        for index in range(MOST_ROWS)
        if is_filled(form.values, part, index) and not form.ticked(name(part, index, "drop"))
    ]


def _rule(form: Form, index: int, zone: str, clinics: Collection[UUID]) -> WeeklyRule:
    row = name(Part.WEEKLY, index)
    weekday = form.values.get(name(Part.WEEKLY, index, "weekday"), "")
    if weekday not in _WEEKDAYS:
        form.wrong(row, N_("Choose a weekday."))
    valid = [
        _optional(form, Part.WEEKLY, index, field, date.fromisoformat, N_("Choose a day."))
        for field in ("from", "until")
    ]
    return WeeklyRule(
        int(weekday) if weekday in _WEEKDAYS else 0,
        _time(form, Part.WEEKLY, index, "starts") or time(),
        _time(form, Part.WEEKLY, index, "ends") or time(),
        zone,
        _place(form, Part.WEEKLY, index, clinics),
        valid[0],
        valid[1],
        Skipped(_answer(form, index, Kind.SKIPPED) or Skipped.SHORTEN),
        Meant(_answer(form, index, Kind.REPEATED) or Meant.EARLIER),
    )


def _answer(form: Form, index: int, kind: Kind) -> str:
    """Give what was chosen for a kind of change; empty where nothing was, or nothing that there is to choose."""
    field, answers = _ANSWERS[kind]
    typed = form.values.get(name(Part.WEEKLY, index, field), "")
    return typed if typed in set(answers) else ""


def _exception(form: Form, index: int, clinics: Collection[UUID]) -> DateException:
    row = name(Part.EXCEPTIONS, index)
    day = _optional(form, Part.EXCEPTIONS, index, "day", date.fromisoformat, N_("Choose a day."))
    if day is None:
        form.wrong(row, N_("Choose a day."))
    starts, ends = (
        _optional(form, Part.EXCEPTIONS, index, field, _time_of, N_("Enter a time, like 14:30."))
        for field in ("starts", "ends")
    )
    if (starts is None) != (ends is None):
        form.wrong(row, N_("Enter both times, or none to be closed that day."))
    meant = [form.values.get(name(Part.EXCEPTIONS, index, field), "") for field in ("starts_meant", "ends_meant")]
    answers = [Meant(answer) if answer in set(Meant) else None for answer in meant]
    return DateException(day or date.min, starts, ends, _place(form, Part.EXCEPTIONS, index, clinics), *answers)


def _leave(form: Form, index: int) -> Leave:
    first, last = (
        _optional(form, Part.LEAVE, index, field, date.fromisoformat, N_("Choose a day."))
        for field in ("first", "last")
    )
    if first is None or last is None:
        form.wrong(name(Part.LEAVE, index), N_("Choose the first and the last day."))
    return Leave(first or date.min, last or first or date.min)


def _limits(form: Form) -> BookingLimits:
    words = N_("Enter a whole number, 0 or more.")
    before, after = (form.whole(field, 0, 240, words) for field in ("before", "after"))
    notice = form.whole("notice", 0, 24 * 60, words)
    horizon = form.whole("horizon", 0, 730, N_("At most 730 days."))
    most = form.values.get("daily_maximum", "")
    limit = form.whole("daily_maximum", 1, 100, WORDS[Code.NO_VISITS]) if most else None
    step = form.choice("step", [str(step) for step in STEPS])
    return BookingLimits(before or 0, after or 0, (notice or 0) * 60, horizon or 0, limit, int(step or 15))


def _limit_of(code: Code) -> str:
    return {Code.NOTICE_PAST_HORIZON: "notice", Code.HORIZON_TOO_FAR: "horizon", Code.STEP_UNEVEN: "step"}.get(
        code, "zone"
    )


def _time(form: Form, part: Part, index: int, field: str) -> time | None:
    found = _optional(form, part, index, field, _time_of, N_("Enter a time, like 14:30."))
    if found is None:
        form.wrong(name(part, index), N_("Enter a time, like 14:30."))
    return found


def _optional(form: Form, part: Part, index: int, field: str, read: Callable[[str], Value], words: str) -> Value | None:
    typed = form.values.get(name(part, index, field), "")
    if not typed:
        return None
    try:
        return read(typed)
    except ValueError:
        form.wrong(name(part, index), words)
        return None


def _time_of(typed: str) -> time:
    found = read_time(typed)
    if found is None:
        raise ValueError(typed)
    return found


def _place(form: Form, part: Part, index: int, clinics: Collection[UUID]) -> Place:
    chosen = form.values.get(name(part, index, "place"), ANYWHERE)
    if chosen == VIDEO:
        return Place(video_only=True)
    clinic = next((clinic for clinic in clinics if str(clinic) == chosen), None)
    if clinic is None and chosen != ANYWHERE:
        form.wrong(name(part, index), N_("Choose where."))
    return Place(ClinicId(clinic) if clinic else None)
