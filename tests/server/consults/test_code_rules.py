"""Which code is suggested, why, and what stands against it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.consults.clock_rules import Totals
from server.consults.code_rules import (
    DEFAULT_CODES,
    SHIPPED,
    BillingFacts,
    Blocker,
    CodeRule,
    Draft,
    Evidence,
    Line,
    Role,
    in_force,
    suggest,
)
from server.consults.code_words import BLOCKERS, CODES, EVIDENCE

ON = date(2026, 6, 15)
SPOKEN = BillingFacts(
    Role.CONSULTANT,
    "psychiatrist",
    consented=True,
    reason_documented=True,
    written_report=True,
    verbal_report=True,
)
WRITTEN = replace(SPOKEN, verbal_report=False)
ASKED = BillingFacts(Role.REQUESTER, "physician", consented=True, reason_documented=True)


def spent(discussion: float, review: float = 0) -> Totals:
    return Totals(timedelta(minutes=discussion), timedelta(minutes=review))


def drafts(facts: BillingFacts, minutes: Totals, on: date = ON) -> tuple[Draft, ...]:
    return suggest(facts, minutes, DEFAULT_CODES, on)


def clear(facts: BillingFacts, minutes: Totals) -> list[str]:
    return [draft.rule.code for draft in drafts(facts, minutes) if draft.clear]


def blockers(facts: BillingFacts, code: str = "99447", minutes: Totals | None = None) -> tuple[Line, ...]:
    found = drafts(facts, minutes or spent(15))
    return next(draft.blockers for draft in found if draft.rule.code == code)


@pytest.mark.parametrize(
    ("minutes", "code"),
    [
        (5, "99446"),
        (10, "99446"),
        (10.9, "99446"),
        (11, "99447"),
        (20, "99447"),
        (21, "99448"),
        (30, "99448"),
        (31, "99449"),
        (95, "99449"),
    ],
)
def test_the_minutes_decide_the_code_of_a_talk(minutes: float, code: str) -> None:
    assert clear(SPOKEN, spent(minutes))[0] == code


def test_a_written_answer_alone_has_its_own_code_from_five_minutes() -> None:
    assert clear(WRITTEN, spent(0, 5)) == ["99451"]
    assert clear(WRITTEN, spent(0, 70)) == ["99451"]


def test_too_little_time_suggests_nothing_and_says_what_is_missing() -> None:
    found = drafts(SPOKEN, spent(4))
    assert {draft.rule.code for draft in found} == {"99446", "99451"}
    assert all(Line(Blocker.TOO_SHORT, 4, 5) in draft.blockers for draft in found)


@pytest.mark.parametrize(("minutes", "codes"), [(15, []), (16, ["99452"]), (30, ["99452"]), (31, [])])
def test_who_asked_has_a_code_for_sixteen_to_thirty_minutes(minutes: int, codes: list[str]) -> None:
    assert clear(ASKED, spent(minutes)) == codes


def test_the_evidence_is_said_line_by_line() -> None:
    assert drafts(SPOKEN, spent(9, 6))[0].evidence == (
        Line(Evidence.MINUTES, 15, 11),
        Line(Evidence.DISCUSSION, 9, 15),
        Line(Evidence.CONSENT),
        Line(Evidence.REASON),
        Line(Evidence.WRITTEN),
        Line(Evidence.VERBAL),
    )


def test_half_discussion_is_not_more_than_half() -> None:
    assert blockers(SPOKEN, minutes=spent(7.5, 7.5)) == (Line(Blocker.NOT_MOSTLY_DISCUSSION, 7, 15),)
    assert blockers(SPOKEN, minutes=spent(7.6, 7.4)) == ()


@pytest.mark.parametrize(
    ("facts", "blocker"),
    [
        ({"consented": False}, Blocker.CONSENT_MISSING),
        ({"reason_documented": False}, Blocker.REASON_MISSING),
        ({"written_report": False}, Blocker.WRITTEN_MISSING),
        ({"verbal_report": False}, Blocker.VERBAL_MISSING),
    ],
)
def test_what_is_not_on_record_blocks_a_code(facts: dict[str, Any], blocker: Blocker) -> None:
    assert blockers(replace(SPOKEN, **facts)) == (Line(blocker),)


@pytest.mark.parametrize(("days", "blocked"), [(0, True), (6, True), (7, False), (30, False), (-6, True)])
def test_a_consultant_has_one_code_in_seven_days(days: int, blocked: bool) -> None:
    day = ON - timedelta(days=days)
    expected = (Line(Blocker.BILLED_BEFORE, days=7, on=day, what="99451"),) if blocked else ()
    assert blockers(replace(SPOKEN, billed=(("99451", day),))) == expected


def test_who_asked_has_one_code_in_fourteen_days() -> None:
    before = replace(ASKED, billed=(("99452", ON - timedelta(days=13)),))
    assert [line.code for line in blockers(before, "99452", spent(20))] == [Blocker.BILLED_BEFORE]
    assert blockers(replace(ASKED, billed=(("99452", ON - timedelta(days=14)),)), "99452", spent(20)) == ()


@pytest.mark.parametrize(("days", "blocked"), [(0, True), (14, True), (15, False)])
def test_a_visit_with_the_consultant_in_the_two_weeks_around_blocks(days: int, blocked: bool) -> None:
    before, after = ON - timedelta(days=days), ON + timedelta(days=days)
    seen = (Line(Blocker.SEEN_BEFORE, days=14, on=before),) if blocked else ()
    planned = (Line(Blocker.SEEN_AFTER, days=14, on=after),) if blocked else ()
    assert blockers(replace(SPOKEN, seen_last=before)) == seen
    assert blockers(replace(SPOKEN, next_visit=after)) == planned


def test_visits_with_the_consultant_do_not_block_who_asked() -> None:
    assert clear(replace(ASKED, seen_last=ON, next_visit=ON), spent(20)) == ["99452"]


def test_who_came_into_the_visit_is_told_so_and_who_asked_is_not() -> None:
    assert blockers(replace(SPOKEN, met=True)) == (Line(Blocker.IN_VISIT),)
    assert clear(replace(ASKED, met=True), spent(20)) == ["99452"]


def test_psychologists_have_their_own_codes_at_medicare_only_and_a_coder_confirms_them() -> None:
    psychologist = replace(SPOKEN, profession="psychologist", payer="medicare")
    found = drafts(psychologist, spent(25))
    assert [draft.rule.code for draft in found] == ["G0548", "G0550"]
    assert Line(Evidence.GENERAL) in found[0].evidence
    assert drafts(replace(psychologist, payer=""), spent(25)) == ()


def test_a_row_holds_from_its_first_day_through_its_last() -> None:
    rule = CodeRule("99451", Role.CONSULTANT, 5, None, valid_from=ON, valid_to=ON)
    for days, there in ((-1, 0), (0, 1), (1, 0)):
        assert len(suggest(SPOKEN, spent(9), [rule], ON + timedelta(days=days))) == there


def test_what_is_clear_comes_before_what_is_blocked() -> None:
    assert [draft.rule.code for draft in drafts(WRITTEN, spent(3, 12))] == ["99451", "99447"]


def test_each_code_and_line_has_words() -> None:
    assert set(CODES) == {rule.code for rule in DEFAULT_CODES}
    assert set(EVIDENCE) == set(Evidence)
    assert set(BLOCKERS) == set(Blocker)


def test_an_own_rule_goes_before_what_was_shipped_from_its_day_through_its_last() -> None:
    own = replace(SHIPPED["99446"], own=True, once_per_days=30, valid_from=ON, valid_to=ON + timedelta(days=1))
    for days, expected in ((-1, SHIPPED["99446"]), (0, own), (1, own), (2, SHIPPED["99446"])):
        rules = {rule.code: rule for rule in in_force([own], ON + timedelta(days=days))}
        assert rules["99446"] == expected
        assert len(rules) == len(DEFAULT_CODES)


def test_of_two_own_rules_the_newer_holds() -> None:
    old, new = (
        replace(SHIPPED["99446"], own=True, once_per_days=days, valid_from=ON - timedelta(days=days)) for days in (9, 3)
    )
    for table in ([old, new], [new, old]):
        assert new in in_force(table, ON)
        assert old not in in_force(table, ON)


def test_a_code_that_is_not_used_is_not_suggested() -> None:
    unused = replace(SHIPPED["99447"], own=True, used=False, valid_from=ON)
    table = in_force([unused], ON)
    assert "99447" not in {draft.rule.code for draft in suggest(SPOKEN, spent(15), table, ON)}
    assert "99447" in {draft.rule.code for draft in suggest(SPOKEN, spent(15), in_force([], ON), ON)}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 120), st.integers(0, 120), st.booleans())
def test_a_clear_code_always_keeps_its_own_rule(discussion: int, review: int, spoken: bool) -> None:
    minutes = spent(discussion, review)
    for draft in drafts(replace(SPOKEN, verbal_report=spoken), minutes):
        if draft.clear:
            assert draft.rule.least <= minutes.minutes <= (draft.rule.most or minutes.minutes)
            assert draft.rule.discussion_share is None or discussion > review
