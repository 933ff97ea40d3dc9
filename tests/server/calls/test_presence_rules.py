"""What is shown of a person: a call before anything, then whether they are there, then what they say of themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from server.calls.presence_rules import Choice, PresenceFacts, Shown, back_at, minutes_since, shown_state
from tests.cast import TEN

BUSY, AWAY = Choice(Shown.BUSY), Choice(Shown.AWAY)


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        (PresenceFacts(), Shown.OFFLINE),
        (PresenceFacts(online=True), Shown.AVAILABLE),
        (PresenceFacts(online=True, idle=True), Shown.AWAY),
        (PresenceFacts(online=True, choice=BUSY), Shown.BUSY),
        (PresenceFacts(online=True, idle=True, choice=BUSY), Shown.BUSY),
        (PresenceFacts(online=True, choice=AWAY), Shown.AWAY),
        (PresenceFacts(choice=BUSY), Shown.OFFLINE),
        (PresenceFacts(in_call=True), Shown.IN_CALL),
        (PresenceFacts(online=True, in_call=True, idle=True, choice=AWAY), Shown.IN_CALL),
    ],
)
def test_a_person_is_shown_by_what_is_known(facts: PresenceFacts, shown: Shown) -> None:
    assert shown_state(facts, TEN) is shown


def test_a_choice_holds_until_its_end_and_no_longer() -> None:
    choice = Choice(Shown.BUSY, TEN)
    assert shown_state(PresenceFacts(online=True, choice=choice), TEN - timedelta(seconds=1)) is Shown.BUSY
    assert shown_state(PresenceFacts(online=True, choice=choice), TEN) is Shown.AVAILABLE


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("14:00", datetime(2026, 11, 24, 21, 0, tzinfo=UTC)),
        ("10:00", datetime(2026, 11, 25, 17, 0, tzinfo=UTC)),
        ("09:30", datetime(2026, 11, 25, 16, 30, tzinfo=UTC)),
        ("later", None),
        ("25:00", None),
        ("14:00+02:00", None),
    ],
)
def test_back_at_is_the_next_time_that_the_clock_of_the_clinic_shows_that(text: str, moment: datetime | None) -> None:
    assert back_at(text, TEN, "America/Denver") == moment


def test_back_at_is_not_past_in_the_hour_that_the_clocks_show_again() -> None:
    again = datetime(2026, 11, 1, 8, 10, tzinfo=UTC)  # ten past one in Denver, for the second time
    assert back_at("01:40", again, "America/Denver") == again + timedelta(minutes=30)


def test_nobody_was_seen_in_the_future() -> None:
    assert minutes_since(TEN - timedelta(minutes=12, seconds=59), TEN) == 12
    assert minutes_since(TEN + timedelta(minutes=3), TEN) == 0
