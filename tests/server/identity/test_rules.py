"""What sessions and one-time links are good for at a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.identity.rules import (
    AFTERGLOW,
    MAX_WRONG_ANSWERS,
    PLANNABLE,
    Belonging,
    LinkState,
    acting_organization,
    browser_is_known,
    link_state,
    may_plan,
    one_time_state,
)
from tests.cast import TEN

OPENS, CLOSES = TEN - timedelta(minutes=30), TEN + timedelta(minutes=80)
BEFORE, AFTER = OPENS - timedelta(seconds=1), CLOSES + timedelta(hours=3)
INSTANT = timedelta(microseconds=1)
IDLE = timedelta(minutes=30)
HOME, AWAY = UUID(int=2), UUID(int=1)

moments = st.integers(-600, 600).map(lambda minutes: TEN + timedelta(minutes=minutes))
few = settings(max_examples=40)


@dataclass
class Link:
    opens_at: datetime = OPENS
    closes_at: datetime = CLOSES
    held_open: bool = False
    closed_at: datetime | None = None
    revoked_at: datetime | None = None
    wrong_answers: int = 0


@dataclass
class Session:
    seen_at: datetime = TEN
    ends_at: datetime = TEN + timedelta(hours=12)
    ended_at: datetime | None = None


def links() -> st.SearchStrategy[Link]:
    some_time = st.none() | moments
    return st.builds(Link, moments, moments, st.booleans(), some_time, some_time, st.integers(0, 9))


@pytest.mark.parametrize(
    ("link", "now", "state"),
    [
        (Link(), TEN, LinkState.USABLE),
        (Link(), BEFORE, LinkState.EARLY),
        (Link(), OPENS, LinkState.USABLE),
        (Link(), CLOSES - INSTANT, LinkState.USABLE),
        (Link(), CLOSES, LinkState.EXPIRED),
        (Link(held_open=True), AFTER, LinkState.USABLE),
        (Link(held_open=True), BEFORE, LinkState.USABLE),
        (Link(held_open=True, wrong_answers=5), TEN, LinkState.LOCKED),
        (Link(wrong_answers=4), TEN, LinkState.USABLE),
        (Link(wrong_answers=5), TEN, LinkState.LOCKED),
        (Link(wrong_answers=5), AFTER, LinkState.LOCKED),
        (Link(closed_at=TEN), TEN, LinkState.ENDED),
        (Link(closed_at=TEN, held_open=True), AFTER, LinkState.ENDED),
        (Link(closed_at=TEN, wrong_answers=9), TEN, LinkState.ENDED),
        (Link(revoked_at=TEN), TEN, LinkState.REPLACED),
        (Link(revoked_at=TEN, closed_at=TEN, wrong_answers=5), AFTER, LinkState.REPLACED),
    ],
)
def test_a_link_is_good_for_what_the_table_says(link: Link, now: datetime, state: LinkState) -> None:
    assert link_state(link, now) is state


@few
@given(links(), moments)
def test_a_closed_or_replaced_or_locked_link_never_opens(link: Link, now: datetime) -> None:
    spoilt = link.closed_at or link.revoked_at or link.wrong_answers >= MAX_WRONG_ANSWERS
    assert not (spoilt and link_state(link, now) is LinkState.USABLE)


@few
@given(links(), moments)
def test_a_link_that_is_not_held_opens_only_inside_its_window(link: Link, now: datetime) -> None:
    link.held_open = False
    assert link_state(link, now) is not LinkState.USABLE or link.opens_at <= now < link.closes_at


@few
@given(moments, moments)
def test_an_overrun_never_closes_an_admitted_visit(opens_at: datetime, now: datetime) -> None:
    assert link_state(Link(opens_at, opens_at, held_open=True), now) is LinkState.USABLE


@few
@given(links(), moments, moments)
def test_a_link_that_has_run_out_stays_so(link: Link, one: datetime, other: datetime) -> None:
    gone = {LinkState.EXPIRED, LinkState.ENDED, LinkState.REPLACED, LinkState.LOCKED}
    earlier, later = sorted((one, other))
    assert link_state(link, earlier) not in gone or link_state(link, later) in gone


@pytest.mark.parametrize(
    ("link", "now", "known"),
    [
        (Link(), TEN, True),
        (Link(wrong_answers=5), TEN, True),
        (Link(), CLOSES + timedelta(hours=2), True),
        (Link(), CLOSES + AFTERGLOW, False),
        (Link(held_open=True), CLOSES + AFTERGLOW, True),
        (Link(closed_at=TEN), TEN + AFTERGLOW - INSTANT, True),
        (Link(closed_at=TEN), TEN + AFTERGLOW, False),
        (Link(closed_at=TEN, held_open=True), TEN + AFTERGLOW, False),
    ],
)
def test_a_holder_is_known_while_the_visit_may_go_on_and_some_hours_longer(
    link: Link, now: datetime, known: bool
) -> None:
    assert browser_is_known(link, now) is known


@pytest.mark.parametrize(
    ("link", "now", "plans"),
    [
        (Link(), BEFORE - timedelta(days=30), True),
        (Link(), CLOSES + PLANNABLE - INSTANT, True),
        (Link(), CLOSES + PLANNABLE, False),
        (Link(closed_at=TEN), TEN + PLANNABLE - INSTANT, True),
        (Link(closed_at=TEN), TEN + PLANNABLE, False),
        (Link(wrong_answers=4), TEN, True),
        (Link(wrong_answers=5), TEN, False),
        (Link(revoked_at=TEN), TEN, False),
    ],
)
def test_a_link_plans_before_it_opens_and_for_a_month_after_its_end(link: Link, now: datetime, plans: bool) -> None:
    assert may_plan(link, now) is plans


def test_a_session_acts_in_the_organization_that_the_account_joined_first() -> None:
    assert acting_organization([Belonging(HOME, "pcp"), Belonging(AWAY, "pcp")]) == HOME


def test_an_account_without_membership_acts_nowhere() -> None:
    assert acting_organization([]) is None


@dataclass
class OneTimeLink:
    ends_at: datetime = TEN
    used_at: datetime | None = None
    revoked_at: datetime | None = None


@pytest.mark.parametrize(
    ("link", "now", "state"),
    [
        (OneTimeLink(), TEN - INSTANT, LinkState.USABLE),
        (OneTimeLink(), TEN, LinkState.EXPIRED),
        (OneTimeLink(revoked_at=BEFORE), BEFORE, LinkState.REPLACED),
        (OneTimeLink(used_at=BEFORE), BEFORE, LinkState.ENDED),
        (OneTimeLink(used_at=BEFORE, revoked_at=BEFORE), AFTER, LinkState.ENDED),
    ],
)
def test_a_link_that_works_once_is_usable_until_it_was_used_replaced_or_too_old(
    link: OneTimeLink, now: datetime, state: LinkState
) -> None:
    assert one_time_state(link, now) is state
