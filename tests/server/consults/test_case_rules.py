"""What a row says of a state, and until when a written answer is due."""

from datetime import UTC, date, datetime

import pytest

from server.consults.case_rules import Status, status_of, written_due, years_old
from server.consults.ring_state import Accepted, Closed, Ending, Plan, Ringing, State, WhyWritten, Written
from server.consults.service_rules import Urgency
from server.kit.ids import AccountId, new_id

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
NOBODY: frozenset[AccountId] = frozenset()
NOW_URGENT = Urgency.NOW


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (Ringing(Plan((), ()), NOW_URGENT, NOBODY, NOW), Status.RINGING),
        (Accepted(AccountId(new_id()), NOW_URGENT, NOBODY, 1), Status.ACCEPTED),
        (Written(WhyWritten.CHOSEN, NOW_URGENT, NOBODY, 0), Status.WRITTEN),
        (Closed(Ending.ANSWERED), Status.ANSWERED),
        (Closed(Ending.CANCELLED), Status.CLOSED),
    ],
    ids=["ringing", "accepted", "written", "answered", "cancelled"],
)
def test_a_row_names_where_a_case_is(state: State, status: Status) -> None:
    assert status_of(state) is status


def test_somebody_is_as_old_as_their_last_birthday_says() -> None:
    born = date(1992, 4, 17)
    assert [years_old(born, date(2026, 4, day)) for day in (16, 17)] == [33, 34]


def test_a_written_answer_is_due_after_the_hours_of_the_service() -> None:
    assert written_due(NOW, 24) == datetime(2026, 11, 25, 17, tzinfo=UTC)
