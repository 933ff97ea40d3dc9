"""Whoever is told often is told at once, then with what else came meanwhile, and never stays without the last word."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.calls.pace import Pace
from server.kit.ids import new_id
from tests.cast import StillClock

HERE, THERE = new_id(), new_id()


def test_the_first_word_is_told_at_once() -> None:
    pace = Pace(StillClock())
    assert pace.may_tell(HERE)
    assert pace.may_tell(THERE)


def test_what_comes_within_a_second_is_told_together_when_it_is_over() -> None:
    clock = StillClock()
    pace = Pace(clock)
    assert [pace.may_tell(HERE) for _ in range(5)] == [True, *[False] * 4]
    assert not pace.due()
    clock.pass_(seconds=1)
    assert set(pace.due()) == {HERE}
    assert not pace.due()


def test_a_word_while_another_waits_does_not_overtake_it() -> None:
    clock = StillClock()
    pace = Pace(clock)
    for _ in range(2):
        pace.may_tell(HERE)
    clock.pass_(seconds=5)
    assert not pace.may_tell(HERE)
    assert set(pace.due()) == {HERE}


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    clock = StillClock()
    pace = Pace(clock)
    pace.may_tell(HERE)
    clock.pass_(hours=-1)
    assert pace.may_tell(HERE)


@given(st.lists(st.one_of(st.just("word"), st.just("look"), st.floats(0, 2)), max_size=60))
def test_nobody_is_told_twice_within_a_second_and_the_last_word_is_always_told(steps: Sequence[str | float]) -> None:
    clock = StillClock()
    pace, told, owed = Pace(clock), [], False
    for step in [*steps, 1.0, "look"]:
        if isinstance(step, float):
            clock.pass_(seconds=step)
            continue
        owed = owed or step == "word"
        if pace.may_tell(HERE) if step == "word" else HERE in pace.due():
            told.append(clock.now)
            owed = False
    assert not owed
    assert all((later - earlier).total_seconds() >= 1 for earlier, later in pairwise(told))
