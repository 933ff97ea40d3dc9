"""What takes whose time, and what may be changed until when."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.kit.ids import new_id
from server.scheduling.booking_rules import (
    CANCEL_REASONS,
    MOVABLE,
    TAKES_TIME,
    Buffers,
    CancelReason,
    Claim,
    Status,
    claim_of,
    claims_of,
    patient_may_change,
    ran_out,
)
from tests.cast import TEN

MINUTE = timedelta(minutes=1)
spans = st.tuples(st.integers(0, 12), st.integers(1, 6)).map(
    lambda at: Claim(TEN + at[0] * MINUTE, TEN + sum(at) * MINUTE)
)


def test_an_appointment_takes_its_own_time_and_what_is_kept_free_around_it() -> None:
    assert claim_of(TEN, 20, Buffers(5, 10)) == Claim(TEN - 5 * MINUTE, TEN + 30 * MINUTE)
    assert claim_of(TEN, 20, Buffers()) == Claim(TEN, TEN + 20 * MINUTE)


def test_each_practitioner_of_a_joint_visit_keeps_their_own_time_around_it() -> None:
    one, other = new_id(), new_id()
    assert claims_of(TEN, 20, {one: Buffers(), other: Buffers(before=15)}) == {
        one: Claim(TEN, TEN + 20 * MINUTE),
        other: Claim(TEN - 15 * MINUTE, TEN + 20 * MINUTE),
    }


@settings(max_examples=60)
@given(spans, spans)
def test_two_spans_overlap_when_they_have_a_minute_in_common(one: Claim, other: Claim) -> None:
    minutes = [{span.start + n * MINUTE for n in range((span.end - span.start) // MINUTE)} for span in (one, other)]
    assert one.overlaps(other) is bool(minutes[0] & minutes[1])
    assert one.overlaps(other) is other.overlaps(one)


def test_a_hold_runs_out_at_its_time_and_nothing_else_does() -> None:
    assert ran_out("pending", TEN, TEN)
    assert not ran_out("pending", TEN + MINUTE, TEN)
    assert not ran_out("pending", None, TEN)
    assert not ran_out("booked", TEN, TEN + MINUTE)


@pytest.mark.parametrize(("minutes_before", "may"), [(121, True), (120, True), (119, False), (-5, False)])
def test_a_patient_changes_alone_until_the_clinic_s_notice_begins(minutes_before: int, may: bool) -> None:
    assert patient_may_change(TEN, TEN - minutes_before * MINUTE, 120) is may


def test_what_may_be_moved_takes_time_and_what_is_over_does_not() -> None:
    assert MOVABLE - {Status.NO_SHOW} < TAKES_TIME
    assert not TAKES_TIME & {Status.CANCELLED, Status.FULFILLED, Status.NO_SHOW}


def test_every_reason_to_cancel_has_words_but_the_one_that_nobody_chooses() -> None:
    assert set(CancelReason) - set(CANCEL_REASONS) == {CancelReason.RAN_OUT}
