"""The minutes of a consult: each counts once, and an edit keeps what was before."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.consults.clock_rules import Edit, Interval, Kind, Source, Span, Totals, edited, totals, without_overlap
from server.kit import Invalid
from server.kit.ids import AccountId

START = datetime(2026, 6, 1, 16, tzinfo=UTC)
PSYCHIATRIST, PCP = AccountId(UUID(int=1)), AccountId(UUID(int=2))
TALK, READ = Kind.DISCUSSION, Kind.REVIEW


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def spent(kind: Kind, start: float, end: float, account: AccountId = PSYCHIATRIST) -> Interval:
    return Interval(UUID(int=9), account, kind, at(start), at(end), Source.CALL if kind is TALK else Source.PAGE)


def minutes(*intervals: Interval) -> list[tuple[Kind, float, float]]:
    def minute(moment: datetime) -> float:
        return (moment - START).total_seconds() / 60

    return [(span.kind, minute(span.started), minute(span.ended)) for span in without_overlap(intervals)]


def test_times_that_overlap_or_touch_count_once() -> None:
    assert minutes(spent(READ, 0, 5), spent(READ, 3, 8), spent(READ, 8, 9), spent(READ, 1, 2)) == [(READ, 0, 9)]


def test_what_is_discussion_and_review_at_once_is_discussion() -> None:
    assert minutes(spent(READ, 0, 20), spent(TALK, 5, 10), spent(TALK, 15, 25)) == [
        (READ, 0, 5),
        (TALK, 5, 10),
        (READ, 10, 15),
        (TALK, 15, 25),
    ]


def test_review_within_a_discussion_is_nothing_of_its_own() -> None:
    assert minutes(spent(READ, 5, 9), spent(TALK, 0, 10)) == [(TALK, 0, 10)]


def test_an_empty_time_is_none() -> None:
    assert minutes(spent(READ, 5, 5), spent(TALK, 6, 4)) == []


def test_each_person_has_their_own_total() -> None:
    found = totals([spent(TALK, 0, 10), spent(TALK, 0, 10, PCP), spent(READ, 8, 14)])
    assert found == {
        PSYCHIATRIST: Totals(timedelta(minutes=10), timedelta(minutes=4)),
        PCP: Totals(timedelta(minutes=10)),
    }
    assert (found[PSYCHIATRIST].minutes, found[PSYCHIATRIST].discussion_minutes) == (14, 10)


def test_a_minute_that_is_only_begun_does_not_count() -> None:
    assert totals([spent(TALK, 0, 4.99)])[PSYCHIATRIST].minutes == 4
    both = totals([spent(TALK, 0, 2.5), spent(READ, 10, 12.5)])[PSYCHIATRIST]
    assert both.minutes == 5


def test_the_part_of_discussion_is_of_the_whole_time() -> None:
    assert totals([spent(TALK, 0, 6), spent(READ, 6, 10)])[PSYCHIATRIST].discussion_share == 0.6
    assert Totals().discussion_share == 0


def test_an_edit_keeps_what_was_and_why() -> None:
    after = edited(spent(TALK, 0, 10), at(1), at(8), PSYCHIATRIST, " talked with somebody else ", at(60))
    assert (after.started, after.ended) == (at(1), at(8))
    assert after.edits == (Edit(PSYCHIATRIST, at(60), "talked with somebody else", (at(0), at(10))),)
    again = edited(after, at(1), at(9), PSYCHIATRIST, "typed wrongly", at(61))
    assert [edit.was for edit in again.edits] == [(at(0), at(10)), (at(1), at(8))]


@pytest.mark.parametrize(
    ("start", "end", "reason", "fields"),
    [
        (5, 4, "why", {"ended"}),
        (0, 721, "why", {"ended"}),
        (1000, 1001, "why", {"ended"}),
        (0, 5, "  ", {"reason"}),
        (0, 5, "x" * 501, {"reason"}),
        (5, 4, "", {"ended", "reason"}),
    ],
)
def test_an_edit_that_cannot_be_says_what_is_wrong(start: int, end: int, reason: str, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        edited(spent(TALK, 0, 10), at(start), at(end), PSYCHIATRIST, reason, at(800))
    assert set(refused.value.errors) == fields


moments = st.integers(0, 60)
some = st.lists(st.builds(spent, st.sampled_from(Kind), moments, moments), max_size=10)


@settings(max_examples=200, deadline=None)
@given(some)
def test_every_minute_counts_once_and_by_the_right_name(intervals: list[Interval]) -> None:
    spans = without_overlap(intervals)
    for minute in range(60):
        kinds = [one.kind for one in intervals if one.started <= at(minute + 0.5) < one.ended]
        expected = TALK if TALK in kinds else READ if kinds else None
        assert names(spans, at(minute + 0.5)) == ([expected] if expected else [])


def names(spans: tuple[Span, ...], moment: datetime) -> list[Kind]:
    return [span.kind for span in spans if span.started <= moment < span.ended]
