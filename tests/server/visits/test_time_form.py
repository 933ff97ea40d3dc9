"""Reading a day and a time as somebody typed them."""

import pytest

from server.kit import Form
from server.visits.time_form import read_start
from tests.cast import TEN, ZONE


@pytest.mark.parametrize("typed", ["10:05", "10:05:00"])
def test_a_time_is_read_with_or_without_seconds(typed: str) -> None:
    form = Form({"date": "2026-11-24", "time": typed})
    start = read_start(form, ZONE, TEN)
    assert start is not None
    assert start.isoformat() == "2026-11-24T17:05:00+00:00"
    assert form.errors == {}


@pytest.mark.parametrize(
    ("day", "at", "wrong"),
    [
        ("9999-01-01", "10:00", {"date"}),
        ("2026-11-24", "25:00", {"time"}),
        ("", "", {"date", "time"}),
        ("2027-03-14", "2:30", {"time"}),
        ("2026-11-24", "9:58", {"time"}),
    ],
)
def test_what_cannot_be_is_said_at_its_field(day: str, at: str, wrong: set[str]) -> None:
    form = Form({"date": day, "time": at})
    read_start(form, ZONE, TEN)
    assert set(form.errors) == wrong
