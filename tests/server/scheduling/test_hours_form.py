"""A schedule as a form: what is kept comes back as it was, and what was typed wrong is said at its row."""

from datetime import date, time
from typing import Any

import pytest

from server.kit import Form, Invalid
from server.kit.ids import ClinicId, new_id
from server.scheduling.availability_form_rules import Code, Kind, Part
from server.scheduling.availability_rules import (
    BookingLimits,
    DateException,
    Leave,
    Place,
    Schedule,
    Skipped,
    WeeklyRule,
)
from server.scheduling.hours_form import MOST_ROWS, WORDS, asked, asked_weekly, fields_of, read_schedule, rows_of
from server.scheduling.zone_rules import Meant
from tests.cast import ZONE

CLINIC = ClinicId(new_id())
TODAY = date(2026, 11, 24)
WHOLE = Schedule(
    zone=ZONE,
    weekly=(
        WeeklyRule(0, time(9), time(12, 30), ZONE, Place(CLINIC)),
        WeeklyRule(6, time(13), time(0), ZONE, Place(video_only=True), date(2026, 1, 1), date(2027, 1, 1)),
    ),
    exceptions=(
        DateException(date(2026, 11, 27)),
        DateException(date(2027, 11, 7), time(1, 30), time(6), Place(), Meant.LATER),
    ),
    leave=(Leave(date(2026, 12, 1), date(2026, 12, 14)),),
    limits=BookingLimits(before=5, after=10, notice=120, horizon=60, daily_maximum=12, step=10),
)


def read(fields: dict[str, str]) -> Schedule:
    return read_schedule(Form(fields), [CLINIC], [ZONE], TODAY)


def wrong(**changes: str) -> dict[str, str]:
    """Give what is wrong with the whole schedule after changes; fields are named with _ for -."""
    typed = {**fields_of(WHOLE), **{name.replace("_", "-", 2): value for name, value in changes.items()}}
    with pytest.raises(Invalid) as raised:
        read(typed)
    return raised.value.errors


def test_a_schedule_comes_back_as_it_was() -> None:
    assert read(fields_of(WHOLE)) == WHOLE


def test_a_schedule_that_says_nothing_is_read_as_such() -> None:
    assert read(fields_of(Schedule(ZONE))) == Schedule(ZONE)


def test_rows_that_are_left_empty_or_dropped_are_none() -> None:
    fields = {**fields_of(WHOLE), "weekly-2-weekday": "3", "weekly-0-drop": "1", "leave-0-drop": "1"}
    found = read(fields)
    assert (found.weekly, found.leave) == (WHOLE.weekly[1:], ())


def test_the_form_has_a_few_more_rows_than_are_filled_in_but_not_without_end() -> None:
    assert [len(rows_of(fields_of(WHOLE), part)) for part in (Part.WEEKLY, Part.EXCEPTIONS, Part.LEAVE)] == [4, 4, 3]
    assert len(rows_of({f"leave-{MOST_ROWS - 1}-first": "2026-12-01"}, Part.LEAVE)) == MOST_ROWS


@pytest.mark.parametrize(
    ("changes", "row", "words"),
    [
        ({"weekly_0_ends": "08:00"}, "weekly-0", "The end is not after the start."),
        ({"weekly_0_starts": "nine"}, "weekly-0", "Enter a time, like 14:30."),
        ({"weekly_0_starts": "09:00+02:00"}, "weekly-0", "Enter a time, like 14:30."),
        ({"weekly_0_weekday": "²"}, "weekly-0", "Choose a weekday."),
        ({"weekly_0_ends": ""}, "weekly-0", "Enter a time, like 14:30."),
        ({"weekly_0_weekday": "7"}, "weekly-0", "Choose a weekday."),
        ({"weekly_0_place": "elsewhere"}, "weekly-0", "Choose where."),
        ({"weekly_1_until": "2025-01-01"}, "weekly-1", "The last day is before the first."),
        (
            {"weekly_1_weekday": "0", "weekly_1_starts": "12:00"},
            "weekly-0",
            "These hours overlap others of the same day.",
        ),
        ({"exceptions_0_starts": "09:00"}, "exceptions-0", "Enter both times, or none to be closed that day."),
        ({"exceptions_0_day": "soon"}, "exceptions-0", "Choose a day."),
        ({"exceptions_0_day": "2026-12-02"}, "exceptions-0", "This date is within time away."),
        ({"leave_0_last": "9999-12-31"}, "leave-0", "Choose a date that is nearer."),
        ({"leave_0_last": ""}, "leave-0", "Choose the first and the last day."),
        ({"leave_0_last": "2026-11-30"}, "leave-0", "The last day is before the first."),
        ({"before": "-5"}, "before", "Enter a whole number, 0 or more."),
        ({"horizon": "731"}, "horizon", "At most 730 days."),
        ({"notice": "1440", "horizon": "1"}, "notice", "The notice is longer than one can book ahead."),
        ({"daily_maximum": "0"}, "daily-maximum", "At least one visit a day, or leave it empty."),
        ({"step": "7"}, "step", "Choose one."),
        ({"zone": "Mars/Olympus"}, "zone", "Choose a time zone."),
    ],
)
def test_what_is_wrong_is_said_at_its_row(changes: dict[str, Any], row: str, words: str) -> None:
    if "daily_maximum" in changes:  # the one field whose own name has a _
        with pytest.raises(Invalid) as raised:
            read({**fields_of(WHOLE), **changes})
        assert raised.value.errors["daily_maximum"] == words
    else:
        assert wrong(**changes)[row] == words


def test_a_time_that_the_clocks_show_twice_is_asked_about_and_the_answer_is_kept() -> None:
    fields = fields_of(WHOLE) | {"exceptions-1-starts_meant": ""}
    with pytest.raises(Invalid) as raised:
        read(fields)
    assert raised.value.errors == {"exceptions-1": WORDS[Code.TIME_UNANSWERED]}
    assert asked(Form(fields), ZONE) == {"exceptions-1-starts_meant": Kind.REPEATED}
    assert read(fields | {"exceptions-1-starts_meant": "later"}).exceptions[1].starts_meant is Meant.LATER


def test_nothing_is_asked_about_a_time_that_cannot_be_read() -> None:
    assert (
        asked(Form({"exceptions-0-day": "2027-03-14", "exceptions-0-starts": "2", "exceptions-0-ends": "x"}), ZONE)
        == {}
    )


def test_every_problem_has_words() -> None:
    assert set(WORDS) == set(Code)


# Weekly hours that meet a change of the clocks: on Sunday, March 14, and Sunday, November 7, 2027

SUNDAY = {"zone": ZONE, "weekly-0-weekday": "6", "weekly-0-place": "any"} | {
    key: value for key, value in fields_of(Schedule(ZONE)).items() if key != "zone"
}


def nights(starts: str, ends: str, **changes: str) -> dict[str, str]:
    return {**SUNDAY, "weekly-0-starts": starts, "weekly-0-ends": ends, **changes}


def asks(fields: dict[str, str]) -> dict[str, tuple[Kind, date]]:
    found = asked_weekly(Form(fields), ZONE, TODAY)
    return {field: (one.kind, one.day) for field, one in found.items()}


SPRING, FALL = (Kind.SKIPPED, date(2027, 3, 14)), (Kind.REPEATED, date(2027, 11, 7))


@pytest.mark.parametrize(
    ("starts", "ends", "asked_about"),
    [
        ("09:00", "17:00", {}),
        ("00:30", "03:30", {}),
        ("02:30", "06:00", {"weekly-0-skipped": SPRING}),
        ("00:00", "02:30", {"weekly-0-skipped": SPRING}),
        ("01:30", "06:00", {"weekly-0-repeated": FALL}),
        ("01:30", "02:30", {"weekly-0-skipped": SPRING, "weekly-0-repeated": FALL}),
        ("02:15", "02:45", {}),
        ("01:15", "01:45", {"weekly-0-repeated": FALL}),
    ],
)
def test_weekly_hours_ask_only_where_an_end_of_them_meets_a_change(
    starts: str, ends: str, asked_about: dict[str, tuple[Kind, date]]
) -> None:
    assert asks(nights(starts, ends)) == asked_about


@pytest.mark.parametrize(
    "changes",
    [
        {"weekly-0-weekday": "5"},
        {"weekly-0-until": "2027-03-13"},
        {"weekly-0-from": "2027-03-15", "weekly-0-until": "2027-06-30"},
        {"weekly-0-drop": "1"},
        {"weekly-0-starts": "half past two"},
        {"weekly-0-from": "9999-12-31"},
        {"weekly-0-from": "soon"},
    ],
)
def test_hours_that_do_not_hold_on_that_day_or_make_no_sense_ask_nothing(changes: dict[str, str]) -> None:
    assert asks(nights("02:30", "06:00", **changes)) == {}


def test_hours_that_hold_from_far_ahead_ask_about_the_changes_then() -> None:
    far = nights("02:30", "06:00", **{"weekly-0-from": "2031-01-01"})
    assert asks(far) == {"weekly-0-skipped": (Kind.SKIPPED, date(2031, 3, 9))}


@pytest.mark.parametrize("answer", ["", "odd", "earlier"])
def test_without_an_answer_hours_that_meet_a_change_are_not_kept(answer: str) -> None:
    with pytest.raises(Invalid) as raised:
        read(nights("02:30", "06:00", **{"weekly-0-skipped": answer}))
    assert raised.value.errors == {"weekly-0": WORDS[Code.TIME_UNANSWERED]}


def test_the_answers_are_kept_and_shown_again() -> None:
    fields = nights("01:30", "02:30", **{"weekly-0-skipped": "close", "weekly-0-repeated": "later"})
    (rule,) = read(fields).weekly
    assert (rule.skipped, rule.repeated) == (Skipped.CLOSE, Meant.LATER)
    assert {"weekly-0-skipped": "close", "weekly-0-repeated": "later"}.items() <= fields_of(read(fields)).items()


def test_hours_that_overlap_are_both_named() -> None:
    fields = nights(
        "09:00", "12:00", **{f"weekly-1-{k}": v for k, v in (("weekday", "6"), ("starts", "11:00"), ("ends", "13:00"))}
    )
    with pytest.raises(Invalid) as raised:
        read(fields)
    assert raised.value.errors == dict.fromkeys(("weekly-0", "weekly-1"), WORDS[Code.RULES_OVERLAP])
