"""How soon an answer is needed."""

from server.consults.urgency_rules import Urgency, is_more_urgent, waits_for_duty


def test_only_what_is_needed_soon_asks_for_somebody_on_duty() -> None:
    assert [urgency for urgency in Urgency if waits_for_duty(urgency)] == [Urgency.NOW, Urgency.SOON]


def test_now_comes_before_soon_before_today_before_this_week() -> None:
    assert is_more_urgent(Urgency.NOW, Urgency.SOON)
    assert is_more_urgent(Urgency.TODAY, Urgency.WEEK)
    assert not is_more_urgent(Urgency.TODAY, Urgency.TODAY)
    assert not is_more_urgent(Urgency.WEEK, Urgency.NOW)
