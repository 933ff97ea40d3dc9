"""When two were in a call together, and since when a page is read: examples, and what holds for all."""

from datetime import datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from server.consults.call_time_rules import KEPT_UP, Stretch, Talk, read_since, talk_id, talks
from tests.cast import TEN


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def met(ones: list[Stretch], others: list[Stretch]) -> list[tuple[float, float, bool]]:
    found = talks(ones, others, at(0), at(60))
    return [
        ((one.started - TEN) / timedelta(minutes=1), (one.ended - TEN) / timedelta(minutes=1), one.running)
        for one in found
    ]


def test_a_talk_is_when_both_are_there() -> None:
    assert met([(at(1), at(10))], [(at(4), at(20))]) == [(4, 10, False)]
    assert met([(at(1), at(4))], [(at(4), at(20))]) == []


def test_a_talk_that_lasts_goes_on_until_now() -> None:
    assert met([(at(1), None)], [(at(4), None)]) == [(4, 60, True)]
    assert met([(at(1), None)], [(at(4), at(9))]) == [(4, 9, False)]


def test_what_was_before_the_case_was_taken_is_none() -> None:
    assert met([(at(-30), at(10))], [(at(-20), at(20))]) == [(0, 10, False)]


def test_who_comes_back_talks_on() -> None:
    assert met([(at(1), at(5)), (at(6), at(9))], [(at(2), at(12))]) == [(2, 5, False), (6, 9, False)]


def test_who_goes_on_by_another_connection_talks_on() -> None:
    assert met([(at(1), at(5)), (at(5), at(9))], [(at(0), at(6)), (at(6), at(30))]) == [(1, 9, False)]
    assert met([(at(1), at(5)), (at(5), None)], [(at(0), None)]) == [(1, 60, True)]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_a_talk_is_never_longer_than_either_was_there(pairs: list[tuple[int, int]]) -> None:
    ones: list[Stretch] = [(at(min(pair)), at(max(pair))) for pair in pairs]
    for start, end, running in met(ones, [(at(10), at(50))]):
        assert (10 <= start < end <= 50, running) == (True, False)


def test_a_talk_keeps_its_name_and_each_has_another() -> None:
    case, mine, theirs = uuid4(), uuid4(), uuid4()
    talk, same = Talk(at(0), at(5), running=True), Talk(at(0), at(9), running=False)
    assert talk_id(case, mine, talk) == talk_id(case, mine, same)
    assert talk_id(case, mine, talk) != talk_id(case, theirs, talk)


def test_a_page_that_was_just_heard_of_was_read_since() -> None:
    assert read_since(TEN, None, at(1)) == (TEN, True)
    assert read_since(TEN, at(-5), at(1)) == (TEN, True)


def test_after_a_pause_a_new_time_begins() -> None:
    assert read_since(None, None, TEN) == (TEN, False)
    assert read_since(TEN, None, TEN + KEPT_UP * 2) == (TEN + KEPT_UP * 2, False)


def test_nobody_reads_two_cases_at_once() -> None:
    assert read_since(TEN, at(0.5), at(1)) == (at(0.5), False)
