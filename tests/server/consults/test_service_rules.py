"""Who is on duty, who covers which clinic, when a licence is needed: by example."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.consults.service_rules import (
    Cover,
    Direction,
    Duty,
    Kind,
    LicenceRule,
    Situation,
    Standing,
    Step,
    StepKind,
    Urgency,
    is_more_urgent,
    is_on_duty,
    longest_wait,
    rule_at,
    tiers_at,
    waits_for_duty,
)
from server.kit.ids import new_id

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
DAY = date(2026, 11, 24)
NORTH, SOUTH, LENA, TOMAS = (new_id() for _ in range(4))


def test_advice_of_primary_care_is_medical_and_all_other_is_behavioral() -> None:
    medical = {kind for kind in Kind if kind.direction is Direction.MEDICAL}
    assert medical == {Kind.PRIMARY_CARE, Kind.OTHER_MEDICAL}


@pytest.mark.parametrize("at_work", [True, False])
def test_who_says_nothing_is_on_duty_by_their_hours(at_work: bool) -> None:
    assert is_on_duty(Standing(), NOW, at_work=at_work) is at_work


@pytest.mark.parametrize("at_work", [True, False])
@pytest.mark.parametrize("until", [None, SOON])
@pytest.mark.parametrize(("duty", "is_on"), [(Duty.ON, True), (Duty.OFF, False)])
def test_their_own_word_goes_before_their_hours(duty: Duty, is_on: bool, until: datetime | None, at_work: bool) -> None:
    assert is_on_duty(Standing(duty, until), NOW, at_work=at_work) is is_on


@pytest.mark.parametrize("duty", [Duty.ON, Duty.OFF])
def test_once_their_word_is_over_the_hours_count_again(duty: Duty) -> None:
    assert is_on_duty(Standing(duty, NOW), NOW, at_work=True)
    assert not is_on_duty(Standing(duty, NOW), NOW, at_work=False)


def test_somebody_stands_in_the_best_tier_in_which_they_cover_the_clinic() -> None:
    covers = [Cover(LENA, 3), Cover(LENA, 1, NORTH), Cover(TOMAS, 2, SOUTH), Cover(LENA, 2, NORTH)]
    assert tiers_at(covers, NORTH) == {LENA: 1}
    assert tiers_at(covers, SOUTH) == {LENA: 3, TOMAS: 2}
    assert tiers_at(covers, None) == {LENA: 1, TOMAS: 2}


def rule(required: bool, state: str = "", profession: str = "", since: date = DAY, **more: Any) -> LicenceRule:
    words = {"valid_to": None, "own": True, "situation": Situation.PEER_ONLY, **more}
    return LicenceRule(state, profession, licence_required=required, valid_from=since, **words)


def needed(*rules: LicenceRule, on: date = DAY) -> bool | None:
    found = rule_at(rules, "MT", "physician", Situation.PEER_ONLY, on)
    return found.licence_required if found else None


def test_without_a_rule_nothing_is_known() -> None:
    assert needed() is None
    assert needed(rule(True, situation=Situation.PATIENT_PRESENT), rule(True, "WY"), rule(True, "", "nurse")) is None


def test_the_rule_closest_to_the_state_then_to_the_profession_holds() -> None:
    assert needed(rule(True), rule(False, "", "physician")) is False
    assert needed(rule(True, "MT"), rule(False, "", "physician", DAY - timedelta(days=9))) is True
    assert needed(rule(False), rule(True, "MT", own=False)) is True


def test_an_own_rule_goes_before_one_that_came_with_curbside() -> None:
    assert needed(rule(False, own=False), rule(True, since=DAY - timedelta(days=99))) is True


def test_of_two_alike_the_newer_holds_from_its_first_day_on() -> None:
    rules = rule(True, since=DAY - timedelta(days=9)), rule(False)
    assert needed(*rules, on=DAY - timedelta(days=1)) is True
    assert needed(*rules) is False


def test_of_two_as_new_the_one_that_asks_for_a_licence_holds() -> None:
    assert needed(rule(False), rule(True)) is needed(rule(True), rule(False)) is True


def test_a_rule_holds_through_its_last_day() -> None:
    ending = rule(True, valid_to=DAY)
    assert needed(ending) is True
    assert needed(ending, on=DAY + timedelta(days=1)) is None


def test_a_path_rings_all_its_steps_again_for_each_restart() -> None:
    steps = [Step(StepKind.EVERYONE, 30), Step(StepKind.EVERYONE, 60)]
    assert longest_wait(steps, 0) == 90
    assert longest_wait(steps, 2) == 270


def test_only_what_is_needed_soon_asks_for_somebody_on_duty() -> None:
    assert [urgency for urgency in Urgency if waits_for_duty(urgency)] == [Urgency.NOW, Urgency.SOON]


def test_now_comes_before_soon_before_today_before_this_week() -> None:
    assert is_more_urgent(Urgency.NOW, Urgency.SOON)
    assert is_more_urgent(Urgency.TODAY, Urgency.WEEK)
    assert not is_more_urgent(Urgency.TODAY, Urgency.TODAY)
    assert not is_more_urgent(Urgency.WEEK, Urgency.NOW)
