"""The answer of a case: what must be mended, what is signed, and what the requester makes of it."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from server.consults.answer_rules import (
    DUE_DAYS,
    MISSING,
    Answer,
    Choice,
    Decision,
    Item,
    ItemKind,
    Signed,
    TaskFacts,
    decide,
    open_items,
    problems,
    read_answer,
    sign,
    summary,
    task_of,
    write_answer,
)
from server.consults.answer_words import CHOICES, KINDS, TASKS
from server.kit import Conflict, Invalid
from server.kit.ids import AccountId

NOW = datetime(2026, 6, 1, 16, tzinfo=UTC)
ON = date(2026, 6, 1)
PSYCHIATRIST, PCP = AccountId(UUID(int=1)), AccountId(UUID(int=2))
MEDICATION = Item("a", ItemKind.MEDICATION, "venlafaxine XR", "37.5 mg", "by mouth", "daily", "blood pressure")
FOLLOW_UP = Item("b", ItemKind.FOLLOW_UP, "PHQ-9", days=28)
PROTOCOL = Item("c", ItemKind.PROTOCOL_LINK, "Depression", link="https://example.org/depression")
ANSWER = Answer("Two adequate trials. Switch class.", (MEDICATION, FOLLOW_UP, PROTOCOL))


def decision(choice: Choice, item: str = "a", reason: str = "", change: str = "") -> Decision:
    return Decision(item, choice, PCP, NOW, reason, change)


ACCEPTED = decision(Choice.ACCEPTED)


def test_a_whole_answer_can_be_signed_and_is_then_as_it_is() -> None:
    signed: Any = sign(ANSWER, PSYCHIATRIST, NOW)
    assert signed == Signed(ANSWER, PSYCHIATRIST, NOW)
    with pytest.raises(FrozenInstanceError):
        signed.answer.impression = "else"


def test_an_answer_without_items_is_an_answer() -> None:
    assert problems(Answer("Go on as you do.")) == {}


def test_an_empty_answer_is_not_signed() -> None:
    with pytest.raises(Invalid) as refused:
        sign(Answer(" ", (Item("a", ItemKind.MEDICATION),)), PSYCHIATRIST, NOW)
    assert set(refused.value.errors) == {"impression", "a.what", "a.dose"}


@pytest.mark.parametrize("kind", ItemKind)
def test_each_kind_says_what_is_missing(kind: ItemKind) -> None:
    assert problems(Answer("so", (Item("x", kind),)))["x.what"] == MISSING[kind]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (replace(MEDICATION, dose=""), "a.dose"),
        (replace(MEDICATION, route="x" * 201), "a.route"),
        (replace(MEDICATION, monitoring="x" * 4001), "a.monitoring"),
        (replace(FOLLOW_UP, days=None), "b.days"),
        (replace(FOLLOW_UP, days=-1), "b.days"),
        (replace(FOLLOW_UP, days=731), "b.days"),
        (replace(PROTOCOL, link=""), "c.link"),
        (replace(PROTOCOL, link="http://example.org"), "c.link"),
        (replace(PROTOCOL, link="javascript:alert(1)"), "c.link"),
        (replace(PROTOCOL, link="https://"), "c.link"),
        (replace(PROTOCOL, link="https://[oops"), "c.link"),
        (replace(PROTOCOL, link="https://bank.example@example.org"), "c.link"),
        (replace(PROTOCOL, link="https://example.org/a b"), "c.link"),
        (replace(PROTOCOL, link="https://example.org/" + "x" * 500), "c.link"),
        (replace(MEDICATION, link="http://example.org"), "a.link"),
    ],
)
def test_what_is_wrong_with_an_item_is_said_at_its_field(item: Item, field: str) -> None:
    assert set(problems(Answer("so", (item,)))) == {field}


def test_an_answer_has_its_limits() -> None:
    many = tuple(replace(MEDICATION, key=str(number)) for number in range(21))
    assert set(problems(Answer("so", many))) == {"items"}
    assert set(problems(Answer("so", (MEDICATION, MEDICATION)))) == {"items"}
    assert set(problems(Answer("x" * 4001))) == {"impression"}


SIGNED = sign(ANSWER, PSYCHIATRIST, NOW)


def test_an_item_is_accepted_without_a_word() -> None:
    assert decide(SIGNED, [], ACCEPTED) == ACCEPTED
    assert open_items(SIGNED, [ACCEPTED]) == (FOLLOW_UP, PROTOCOL)


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        (decision(Choice.DECLINED), {"reason"}),
        (decision(Choice.MODIFIED), {"reason", "change"}),
        (decision(Choice.MODIFIED, change="half the dose"), {"reason"}),
        (decision(Choice.MODIFIED, reason="frail"), {"change"}),
        (decision(Choice.DECLINED, reason="x" * 4001), {"reason"}),
        (decision(Choice.ACCEPTED, item="z"), {"item"}),
    ],
)
def test_a_decision_that_lacks_something_is_refused(wish: Decision, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        decide(SIGNED, [], wish)
    assert set(refused.value.errors) == fields


def test_an_item_is_decided_once() -> None:
    with pytest.raises(Conflict):
        decide(SIGNED, [ACCEPTED], decision(Choice.DECLINED, reason="no"))
    other = decision(Choice.DECLINED, "b", "no")
    assert decide(SIGNED, [ACCEPTED], other) == other


def test_an_accepted_item_becomes_a_task() -> None:
    what = "venlafaxine XR 37.5 mg, by mouth, daily (blood pressure)"
    assert task_of(MEDICATION, ACCEPTED, ON, date(2026, 6, 3)) == TaskFacts(
        "a", ItemKind.MEDICATION, what, date(2026, 6, 4)
    )


def test_of_a_modified_item_the_change_is_the_task() -> None:
    wish = decision(Choice.MODIFIED, reason="frail", change=" half the dose ")
    task = task_of(MEDICATION, wish, ON, ON)
    assert task is not None
    assert task.what == "half the dose"


def test_a_declined_item_becomes_none() -> None:
    assert task_of(MEDICATION, decision(Choice.DECLINED, reason="no"), ON, ON) is None


def test_a_follow_up_counts_from_the_signature_and_is_not_due_before_it_is_decided() -> None:
    early = task_of(FOLLOW_UP, ACCEPTED, ON, date(2026, 6, 3))
    late = task_of(FOLLOW_UP, ACCEPTED, ON, date(2026, 7, 15))
    assert early is not None
    assert late is not None
    assert (early.due_on, late.due_on) == (date(2026, 6, 29), date(2026, 7, 15))


def test_an_item_is_summed_up_with_what_it_has() -> None:
    assert summary(PROTOCOL) == "Depression"
    assert summary(replace(MEDICATION, route="", monitoring=" ")) == "venlafaxine XR 37.5 mg, daily"


def test_each_kind_has_words_and_a_day() -> None:
    assert set(KINDS) == set(TASKS) == set(DUE_DAYS) == set(ItemKind)
    assert set(CHOICES) == set(Choice)


items = st.builds(
    Item, st.text(max_size=5), st.sampled_from(ItemKind), st.text(max_size=9), days=st.none() | st.integers()
)


@settings(max_examples=100, deadline=None)
@given(st.builds(Answer, st.text(max_size=20), st.lists(items, max_size=4).map(tuple)))
def test_an_answer_is_read_as_it_was_written_and_never_signed_with_a_problem(answer: Answer) -> None:
    assert read_answer(write_answer(answer)) == answer
    if problems(answer):
        with pytest.raises(Invalid):
            sign(answer, PSYCHIATRIST, NOW)


def test_an_answer_of_another_version_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_answer(write_answer(ANSWER).replace('"version":1', '"version":2'))
