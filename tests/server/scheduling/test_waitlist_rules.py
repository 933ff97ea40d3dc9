"""Who is offered a time that became free: whom it fits, who waits longest first, and never two at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scheduling.waitlist_rules import (
    LATEST_ANSWER,
    SHORTEST_HOLD,
    Freed,
    Misfit,
    Wish,
    held_until,
    misfits,
    whose_turn,
)

PCP, OTHER, CLINIC = uuid4(), uuid4(), uuid4()
NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # a Tuesday, ten in the morning in Denver
START = NOW + timedelta(days=1)
FREED = Freed(PCP, "Primary care", CLINIC, START, START + timedelta(minutes=20))
WISH = Wish(
    uuid4(),
    NOW - timedelta(days=3),
    "America/Denver",
    CLINIC,
    PCP,
    "",
    20,
    frozenset(range(5)),
    time(8),
    time(18),
    date(2026, 12, 31),
    120,
)


def test_what_fits_in_everything_is_offered() -> None:
    assert misfits(WISH, FREED, NOW) == frozenset()


@pytest.mark.parametrize(
    ("change", "misfit"),
    [
        ({"practitioner": OTHER}, Misfit.WHO),
        ({"practitioner": None, "specialty": "Psychiatry"}, Misfit.WHO),
        ({"practitioner": None, "specialty": ""}, Misfit.WHO),
        ({"clinic": uuid4()}, Misfit.CLINIC),
        ({"minutes": 30}, Misfit.LENGTH),
        ({"weekdays": frozenset({0, 1})}, Misfit.DAY),
        ({"earliest": time(10, 1)}, Misfit.HOUR),
        ({"latest": time(10)}, Misfit.HOUR),
        ({"last_day": date(2026, 11, 24)}, Misfit.TOO_LATE),
        ({"notice_minutes": 1441}, Misfit.NOTICE),
        ({"before": START}, Misfit.NOT_EARLIER),
    ],
)
def test_in_what_a_time_does_not_fit_is_said(change: dict[str, Any], misfit: Misfit) -> None:
    assert misfits(replace(WISH, **change), FREED, NOW) == {misfit}


def test_anybody_of_the_specialty_will_do_when_nobody_is_named() -> None:
    assert misfits(replace(WISH, practitioner=None, specialty="Primary care"), FREED, NOW) == frozenset()


def test_days_and_times_are_the_patient_s_own() -> None:
    madrid = replace(WISH, zone="Europe/Madrid")  # six in the evening there
    assert misfits(madrid, FREED, NOW) == {Misfit.HOUR}


def waiting(*days: int) -> list[Wish]:
    return [replace(WISH, id=uuid4(), since=NOW - timedelta(days=day)) for day in days]


def test_who_waits_longest_comes_first_and_nobody_is_asked_twice_or_while_engaged() -> None:
    short, long, longer, longest = waiting(1, 2, 3, 4)
    turns = whose_turn([short, long, longer, longest], FREED, {longest.id}, {longer.id}, NOW)
    assert turns == [long, short]


@given(
    st.lists(st.integers(0, 5), max_size=8).map(lambda days: waiting(*days)),
    st.lists(st.sampled_from(["accept", "decline", "expire"]), max_size=12),
)
def test_a_time_has_one_holder_at_once_and_goes_round_in_order_until_somebody_takes_it(
    wishes: list[Wish], answers: list[str]
) -> None:
    asked: list[UUID] = []
    for answer in answers:
        turns = whose_turn(wishes, FREED, asked, (), NOW)
        if not turns:
            break
        holder = turns[0]
        left = [wish for wish in wishes if wish.id not in asked]
        assert all((holder.since, holder.id) <= (wish.since, wish.id) for wish in left)
        asked.append(holder.id)
        if answer == "accept":
            break
    assert len(asked) == len(set(asked)) <= len(wishes)
    if len(answers) >= len(wishes) and "accept" not in answers:
        assert len(asked) == len(wishes)


@given(st.integers(-600, 3000), st.integers(5, 1440))
def test_every_offer_ends_before_its_time_begins_and_leaves_time_to_answer(ahead: int, minutes: int) -> None:
    starts_at = NOW + timedelta(minutes=ahead)
    until = held_until(starts_at, minutes, NOW)
    if until is None:
        assert starts_at - LATEST_ANSWER < NOW + SHORTEST_HOLD
    else:
        assert NOW + SHORTEST_HOLD <= until <= min(NOW + timedelta(minutes=minutes), starts_at - LATEST_ANSWER)
