"""What is typed into the form of a consult, and shown there again."""

from datetime import date

from server.consults.question_form import question_values, read_question
from server.consults.question_rules import Medication, More, Patient, Pregnancy, Question, Risk, Score, more_name
from server.kit import Form

TYPED = {
    "reason": "Increase, or switch?",
    "tried": "Sleep hygiene",
    "medications": "Sertraline, 50 mg\nTrazodone",
    "scores": "PHQ-9 19\nGAD-7: 8",
    "risk": "thoughts",
    "risk_notes": "No plan",
    "allergies": "None known",
    "pregnancy": "no",
}
MARIA = Patient("Maria", "Alvarez", date(1992, 4, 17))


def test_a_line_is_a_medication_or_a_score() -> None:
    question = read_question(Form(TYPED), "adult_psychiatry", None)
    assert question.medications == (Medication("Sertraline", "50 mg"), Medication("Trazodone"))
    assert question.scores == (Score("PHQ-9", 19), Score("GAD-7", 8))
    assert (question.risk, question.pregnancy) == (Risk.THOUGHTS, Pregnancy.NO)


def test_what_was_typed_is_shown_again() -> None:
    question = read_question(Form(TYPED), "adult_psychiatry", None)
    again = question_values(question)
    assert {**again, "scores": TYPED["scores"]} == {**TYPED, "takes_none": ""}
    assert read_question(Form(again), "adult_psychiatry", None) == question


def test_what_the_kind_of_service_asks_for_is_said_next_to_its_field() -> None:
    form = Form({"reason": ""})
    read_question(form, "adult_psychiatry", None)
    assert set(form.errors) == {"reason", "tried", "medications", "risk"}


def test_a_score_without_a_number_is_wrong() -> None:
    form = Form({**TYPED, "scores": "PHQ-9"})
    read_question(form, "adult_psychiatry", None)
    assert set(form.errors) == {"scores"}


def test_an_unknown_code_counts_as_not_answered() -> None:
    question = read_question(Form({**TYPED, "risk": "?", "pregnancy": "?"}), "social_work", None)
    assert (question.risk, question.pregnancy) == (None, None)


def test_a_patient_who_is_not_to_be_named_is_not_named_unless_that_is_meant() -> None:
    form = Form({**TYPED, "reason": "What about Maria?"})
    read_question(form, "adult_psychiatry", MARIA)
    assert set(form.errors) == {"reason"}
    meant = Form({**TYPED, "reason": "What about Maria?", "anyway": "1"})
    read_question(meant, "adult_psychiatry", MARIA)
    assert meant.errors == {}


def test_an_empty_question_shows_empty_fields() -> None:
    assert set(question_values(Question()).values()) == {""}


def test_a_service_s_own_questions_are_read_and_what_is_left_empty_is_left_out() -> None:
    form = Form({**TYPED, more_name("Latest QTc?"): " 440 ms ", more_name("Who is at home?"): ""})
    question = read_question(form, "adult_psychiatry", None, ["Latest QTc?", "Who is at home?"])
    assert question.more == (More("Latest QTc?", "440 ms"),)


def test_an_answer_to_a_service_s_own_question_is_not_to_name_the_patient_either() -> None:
    name = more_name("Who is at home?")
    form = Form({**TYPED, name: "Maria's mother"})
    read_question(form, "adult_psychiatry", MARIA, ["Who is at home?"])
    assert set(form.errors) == {name}


def test_an_answer_to_a_service_s_own_question_may_not_go_on_for_ever() -> None:
    name = more_name("Who is at home?")
    form = Form({**TYPED, name: "a" * 4001})
    read_question(form, "adult_psychiatry", None, ["Who is at home?"])
    assert set(form.errors) == {name}
