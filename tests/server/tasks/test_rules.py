"""What a task may become, and how it stands towards its due date."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from server.tasks.rules import OPEN, Due, Status, due, first_status, is_open, may_be_due, next_step

ME, OTHER, TODAY = uuid4(), uuid4(), date(2026, 11, 24)
DAY = timedelta(days=1)


def test_who_gives_a_task_to_themselves_has_accepted_it() -> None:
    assert first_status(ME, ME) is Status.ACCEPTED
    assert first_status(OTHER, ME) is Status.REQUESTED
    assert first_status(None, ME) is Status.REQUESTED
    assert first_status(None, None) is Status.REQUESTED


def test_its_owner_takes_a_task_on_and_then_begins_it() -> None:
    assert [next_step(status, ME, ME) for status in Status] == [Status.ACCEPTED, Status.IN_PROGRESS, None, None, None]


def test_nobody_else_says_how_far_it_is() -> None:
    assert {next_step(status, owner, ME) for status in Status for owner in (None, OTHER)} == {None}
    assert next_step(Status.REQUESTED, None, None) is None


@pytest.mark.parametrize(
    ("due_on", "stands"), [(TODAY - DAY, Due.OVERDUE), (TODAY, Due.TODAY), (TODAY + DAY, Due.LATER)]
)
def test_only_an_open_task_is_due(due_on: date, stands: Due) -> None:
    assert {due(status, due_on, TODAY) for status in OPEN} == {stands}
    assert {due(status, due_on, TODAY) for status in Status if not is_open(status)} == {Due.CLOSED}


def test_a_task_is_due_today_or_within_two_years() -> None:
    days = (-DAY, 0 * DAY, 732 * DAY, 733 * DAY)
    assert [may_be_due(TODAY + span, TODAY) for span in days] == [False, True, True, False]
