"""Who may take a case, in which order, and why or why not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.consults.matching_rules import (
    PRESENCE,
    CaseFacts,
    Licence,
    Matching,
    Reason,
    Specialist,
    Why,
    WhyNot,
    match,
)
from server.consults.matching_words import WHY, WHY_NOT
from server.consults.service_rules import LicenceRule, Mode, Situation, Urgency
from server.kit.ids import AccountId, ClinicId, PractitionerId

NOW = datetime(2026, 6, 1, 16, tzinfo=UTC)
TODAY = date(2026, 6, 1)
SERVICE, OTHER = UUID(int=901), UUID(int=902)
PCP = AccountId(UUID(int=1))
CASE = CaseFacts(
    SERVICE,
    ClinicId(UUID(int=800)),
    Urgency.SOON,
    Mode.VIDEO,
    PCP,
    "America/Denver",
    patient_present=True,
    patient_state="MT",
    patient_age=34,
    language="es",
)
MD = "physician"


def specialist(number: int = 10, **facts: Any) -> Specialist:
    """Make somebody whom the case suits in everything."""
    one = Specialist(
        PractitionerId(UUID(int=number)),
        AccountId(UUID(int=number)),
        f"Specialist {number}",
        MD,
        tiers=((OTHER, 2), (SERVICE, 1)),
        licences=(Licence("MT", MD, date(2027, 1, 31)),),
        languages=frozenset({"en", "es"}),
        presence="available",
        on_duty=True,
        open_cases=1,
    )
    return replace(one, **facts)


def rule(required: bool = False, **facts: Any) -> LicenceRule:
    made = LicenceRule("MT", MD, Situation.PATIENT_PRESENT, required, date(2026, 1, 1), None, "MCA 37-3-102")
    return replace(made, **facts)


def matched(one: Specialist, case: CaseFacts = CASE, *rules: LicenceRule) -> Matching:
    return match(case, [one], rules, NOW)


def why_not(one: Specialist, case: CaseFacts = CASE, *rules: LicenceRule) -> tuple[Reason, ...]:
    found = matched(one, case, *rules)
    return found.excluded[0].reasons if found.excluded else ()


def codes(one: Specialist, case: CaseFacts = CASE, *rules: LicenceRule) -> set[Why | WhyNot]:
    return {reason.code for reason in matched(one, case, *rules).ranked[0].reasons}


def order(*specialists: Specialist, case: CaseFacts = CASE) -> list[int]:
    return [found.specialist.practitioner.int for found in match(case, specialists, (), NOW).ranked]


def test_who_suits_is_a_match_with_every_reason() -> None:
    assert matched(specialist(asked_today=2)).ranked[0].reasons == (
        Reason(Why.TIER, number=1),
        Reason(Why.LICENCE, "MT", on=date(2027, 1, 31)),
        Reason(Why.LANGUAGE, "es"),
        Reason(Why.PRESENCE, "available"),
        Reason(Why.ON_DUTY),
        Reason(Why.LOAD, number=1, most=5),
        Reason(Why.ASKED_TODAY, number=2),
    )


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"account": None}, Reason(WhyNot.NO_ACCOUNT)),
        ({"account": PCP}, Reason(WhyNot.REQUESTER)),
        ({"tiers": ((OTHER, 1),)}, Reason(WhyNot.NOT_COVERING)),
        ({"licences": ()}, Reason(WhyNot.NO_LICENCE, "MT")),
        ({"licences": (Licence("WY", MD, date(2027, 1, 1)),)}, Reason(WhyNot.NO_LICENCE, "MT")),
        ({"licences": (Licence("MT", "psychologist", date(2027, 1, 1)),)}, Reason(WhyNot.NO_LICENCE, "MT")),
        (
            {"licences": (Licence("MT", MD, date(2026, 5, 31)), Licence("MT", MD, date(2025, 5, 31)))},
            Reason(WhyNot.LICENCE_EXPIRED, "MT", on=date(2026, 5, 31)),
        ),
        ({"min_age": 35}, Reason(WhyNot.AGE, number=34)),
        ({"max_age": 33}, Reason(WhyNot.AGE, number=34)),
        ({"open_cases": 5}, Reason(WhyNot.CAPACITY, number=5, most=5)),
        ({"capacity": 0, "open_cases": 0}, Reason(WhyNot.CAPACITY)),
        ({"on_duty": False}, Reason(WhyNot.OFF_DUTY)),
    ],
)
def test_what_speaks_against_somebody_is_said(facts: dict[str, Any], reason: Reason) -> None:
    assert why_not(specialist(**facts)) == (reason,)


def test_a_service_may_ask_for_a_profession() -> None:
    case = replace(CASE, professions=frozenset({"psychologist"}))
    assert why_not(specialist(), case) == (Reason(WhyNot.PROFESSION, MD),)
    assert why_not(specialist(), replace(CASE, professions=frozenset({MD}))) == ()


def test_everything_that_speaks_against_somebody_is_said_at_once() -> None:
    one = specialist(tiers=(), licences=(), on_duty=False, open_cases=9)
    assert [reason.code for reason in why_not(one)] == [
        WhyNot.NOT_COVERING,
        WhyNot.NO_LICENCE,
        WhyNot.CAPACITY,
        WhyNot.OFF_DUTY,
    ]


@pytest.mark.parametrize("urgency", [Urgency.TODAY, Urgency.WEEK])
def test_what_has_time_may_go_to_somebody_off_duty(urgency: Urgency) -> None:
    assert Why.OFF_DUTY in codes(specialist(on_duty=False), replace(CASE, urgency=urgency))


@pytest.mark.parametrize("presence", PRESENCE)
def test_presence_excludes_nobody(presence: str) -> None:
    assert Reason(Why.PRESENCE, presence) in matched(specialist(presence=presence)).ranked[0].reasons


def test_an_age_that_is_not_known_excludes_nobody() -> None:
    assert why_not(specialist(max_age=17), replace(CASE, patient_age=None)) == ()
    assert why_not(specialist(min_age=34, max_age=34)) == ()


# licences


def test_a_licence_counts_through_its_last_day_at_the_clinic() -> None:
    one = specialist(licences=(Licence("MT", MD, TODAY),))
    assert match(CASE, [one], (), datetime(2026, 6, 2, 5, 59, tzinfo=UTC)).ranked
    assert match(CASE, [one], (), datetime(2026, 6, 2, 6, tzinfo=UTC)).excluded


def test_a_rule_may_except_a_consultant_from_the_licence() -> None:
    found = matched(specialist(licences=()), CASE, rule())
    assert Reason(Why.EXCEPTED, "MT", source="MCA 37-3-102") in found.ranked[0].reasons


def test_without_a_rule_a_licence_is_asked_for_when_the_patient_is_there() -> None:
    other_situation = rule(situation=Situation.PEER_ONLY)
    assert why_not(specialist(licences=()), CASE, other_situation) == (Reason(WhyNot.NO_LICENCE, "MT"),)


def test_between_colleagues_an_unknown_rule_is_only_flagged() -> None:
    peers = replace(CASE, patient_present=False)
    assert Why.RULE_UNKNOWN in codes(specialist(licences=()), peers)
    assert why_not(specialist(licences=()), peers, rule(True, situation=Situation.PEER_ONLY))


def test_without_a_state_no_licence_is_checked_between_colleagues() -> None:
    assert Why.STATE_UNKNOWN in codes(specialist(licences=()), replace(CASE, patient_present=False, patient_state=None))


def test_with_the_patient_there_the_state_must_be_known() -> None:
    assert why_not(specialist(), replace(CASE, patient_state=None)) == (Reason(WhyNot.STATE_MISSING),)


# order


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"tiers": ((SERVICE, 1),), "presence": "offline"}, {"tiers": ((SERVICE, 2),)}),
        ({"presence": "offline"}, {"languages": frozenset({"en"})}),
        ({"presence": "available", "open_cases": 4}, {"presence": "away", "open_cases": 0}),
        ({"presence": "busy"}, {"presence": "in-call"}),
        ({"presence": "in-call"}, {"presence": "offline"}),
        ({"open_cases": 1, "capacity": 4, "last_asked_at": NOW}, {"open_cases": 2, "capacity": 4}),
        ({"last_asked_at": None}, {"last_asked_at": NOW - timedelta(days=3)}),
        ({"last_asked_at": NOW - timedelta(days=3)}, {"last_asked_at": NOW}),
        ({}, {}),
    ],
)
def test_the_better_match_comes_first(better: dict[str, Any], worse: dict[str, Any]) -> None:
    one, other = specialist(10, **better), specialist(11, **worse)
    assert order(one, other) == order(other, one) == [10, 11]


def test_a_licence_that_is_held_comes_before_an_exception() -> None:
    excepted, held = specialist(10, licences=()), specialist(11, presence="offline")
    found = match(CASE, [excepted, held], [rule()], NOW)
    assert [one.specialist for one in found.ranked] == [held, excepted]


def test_who_is_on_duty_comes_first_when_it_has_time() -> None:
    case = replace(CASE, urgency=Urgency.TODAY)
    assert order(specialist(10, on_duty=False), specialist(11), case=case) == [11, 10]


def test_who_was_asked_in_vain_comes_last() -> None:
    case = replace(CASE, tried=frozenset({AccountId(UUID(int=10))}))
    assert order(specialist(10), specialist(11, tiers=((SERVICE, 3),)), case=case) == [11, 10]
    assert Why.TRIED in codes(specialist(10), case)


def test_between_colleagues_the_language_of_the_patient_does_not_matter() -> None:
    case = replace(CASE, patient_present=False)
    english = specialist(10, languages=frozenset({"en"}))
    assert order(english, specialist(11), case=case) == [10, 11]
    assert not {Why.LANGUAGE, Why.OTHER_LANGUAGE} & codes(english, case)
    assert Why.OTHER_LANGUAGE in codes(english)


def test_the_excluded_are_listed_by_name() -> None:
    found = match(CASE, [specialist(12, on_duty=False), specialist(11, on_duty=False)], (), NOW)
    assert [one.specialist.name for one in found.excluded] == ["Specialist 11", "Specialist 12"]


people = st.lists(
    st.builds(
        specialist,
        st.integers(2, 60),
        tiers=st.sampled_from([(), ((SERVICE, 1),), ((SERVICE, 2),)]),
        presence=st.sampled_from(PRESENCE),
        on_duty=st.booleans(),
        open_cases=st.integers(0, 6),
        last_asked_at=st.sampled_from([None, NOW, NOW - timedelta(hours=1)]),
    ),
    unique_by=lambda one: one.practitioner,
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(people, st.sampled_from(Urgency), st.randoms())
def test_everybody_is_ranked_or_excluded_in_one_order_however_they_come(
    specialists: list[Specialist], urgency: Urgency, chance: Random
) -> None:
    case = replace(CASE, urgency=urgency)
    found = match(case, specialists, (), NOW)
    chance.shuffle(mixed := list(specialists))
    assert match(case, mixed, (), NOW) == found
    placed = [
        *((one.specialist, one.reasons) for one in found.ranked),
        *((no.specialist, no.reasons) for no in found.excluded),
    ]
    assert sorted(one.practitioner for one, _ in placed) == sorted(one.practitioner for one in specialists)
    assert all(reasons for _, reasons in placed)


@settings(max_examples=50, deadline=None)
@given(people, people)
def test_who_ranks_before_whom_does_not_depend_on_the_others(some: list[Specialist], more: list[Specialist]) -> None:
    alone = order(*some)
    known = {one.practitioner for one in some}
    with_others = order(*some, *(one for one in more if one.practitioner not in known))
    assert [number for number in with_others if number in alone] == alone


def test_each_reason_has_words() -> None:
    assert set(WHY) == set(Why)
    assert set(WHY_NOT) == set(WhyNot)
