"""The question of a case: what it lacks, what is prefilled, and whether it names the patient."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from server.consults.question_rules import (
    LONGEST,
    MISSING,
    REQUIRED,
    Medication,
    More,
    Named,
    Patient,
    Pregnancy,
    Question,
    Risk,
    Score,
    identifying,
    prefilled,
    problems,
    read_question,
    required,
    write_question,
)

ALVAREZ = Patient("María José", "O’Brien-Álvarez", date(1992, 4, 17))
FULL = Question(
    "Which step after two SSRIs?",
    "Sertraline 200 mg, then escitalopram 20 mg, eight weeks each",
    (Medication("escitalopram", "20 mg daily"),),
    scores=(Score("PHQ-9", 19, date(2026, 5, 28)),),
    risk=Risk.THOUGHTS,
    risk_notes="No plan, has a safety plan",
    allergies="None known",
    pregnancy=Pregnancy.NO,
)


@pytest.mark.parametrize("kind", [*REQUIRED, "a kind of tomorrow"])
def test_an_empty_question_is_refused_field_by_field(kind: str) -> None:
    assert problems(Question(), kind) == {name: MISSING[name] for name in required(kind)}
    assert "reason" in required(kind)


@pytest.mark.parametrize("kind", [*REQUIRED, "a kind of tomorrow"])
def test_a_whole_question_may_be_asked_of_everybody(kind: str) -> None:
    assert problems(FULL, kind) == {}


def test_spaces_are_no_answer() -> None:
    assert set(problems(replace(FULL, reason=" \n "), "social_work")) == {"reason"}


def test_no_medication_is_an_answer_too() -> None:
    assert problems(replace(FULL, medications=(), takes_none=True), "adult_psychiatry") == {}
    assert set(problems(replace(FULL, takes_none=True), "adult_psychiatry")) == {"medications"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": "x" * (LONGEST + 1)}, "reason"),
        ({"risk_notes": "x" * (LONGEST + 1)}, "risk_notes"),
        ({"medications": (Medication(" "),)}, "medications"),
        ({"medications": (Medication("x", "y" * 121),)}, "medications"),
        ({"medications": (Medication("x"),) * 31}, "medications"),
        ({"scores": (Score("", 3),)}, "scores"),
        ({"scores": (Score("PHQ-9", -1),)}, "scores"),
        ({"scores": (Score("PHQ-9", float("nan")),)}, "scores"),
        ({"scores": (Score("PHQ-9", 3),) * 21}, "scores"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(change: dict[str, Any], field: str) -> None:
    assert set(problems(replace(FULL, **change), "social_work")) == {field}


def test_the_next_question_begins_with_what_lasts() -> None:
    begun = prefilled(FULL)
    assert (begun.tried, begun.medications, begun.scores, begun.allergies) == (
        FULL.tried,
        FULL.medications,
        FULL.scores,
        FULL.allergies,
    )


def test_reason_risk_and_pregnancy_are_asked_anew() -> None:
    begun = prefilled(FULL)
    assert (begun.reason, begun.risk, begun.risk_notes, begun.pregnancy) == ("", None, "", None)


@pytest.mark.parametrize("text", ["Ask maria about", "Mrs. ALVAREZ takes", "O’Brien said", "(José)"])
def test_a_name_in_a_text_is_found_whatever_its_case_and_accents(text: str) -> None:
    assert identifying(replace(FULL, tried=text), ALVAREZ) == (("tried", Named.NAME),)


@pytest.mark.parametrize(
    "text",
    ["born 4/17/1992", "04-17-92", "17.4.1992", "1992-04-17", "April 17, 1992", "17 Apr 1992", "17 de abril de 1992"],
)
def test_a_date_of_birth_is_found_however_it_is_written(text: str) -> None:
    assert identifying(replace(FULL, reason=text), ALVAREZ) == (("reason", Named.BIRTH_DATE),)


@pytest.mark.parametrize("text", ["Mariana", "seen 4/18/1992", "99/99/9999", "120/80/60", "in 1992", "May 1992", ""])
def test_other_words_and_days_are_none_of_the_patient(text: str) -> None:
    assert identifying(replace(FULL, reason=text), ALVAREZ) == ()


def test_a_name_is_found_in_lists_too() -> None:
    question = replace(FULL, medications=(Medication("Maria’s tea"),), scores=(Score("Alvarez scale", 1),))
    assert identifying(question, ALVAREZ) == (("medications", Named.NAME), ("scores", Named.NAME))


questions = st.builds(
    Question,
    st.text(max_size=40),
    medications=st.lists(st.builds(Medication, st.text(max_size=9)), max_size=3).map(tuple),
    scores=st.lists(st.builds(Score, st.text(max_size=9), st.floats(0, 99)), max_size=3).map(tuple),
    risk=st.none() | st.sampled_from(Risk),
    pregnancy=st.none() | st.sampled_from(Pregnancy),
    more=st.lists(st.builds(More, st.text(max_size=9), st.text(max_size=9)), max_size=2).map(tuple),
)


@settings(max_examples=100, deadline=None)
@given(questions)
def test_a_question_is_read_as_it_was_written(question: Question) -> None:
    assert read_question(write_question(question)) == question


def test_a_question_of_another_version_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_question(write_question(FULL).replace('"version":1', '"version":2'))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_searched_for_the_patient(text: str) -> None:
    assert all(field == "reason" for field, _ in identifying(Question(text), ALVAREZ))
