"""The question of a case between its form and its value: a line for each medication and score, words for the rest."""

import re
from collections.abc import Mapping, Sequence

from server.consults.question_rules import (
    LONGEST,
    Medication,
    More,
    Patient,
    Pregnancy,
    Question,
    Risk,
    Score,
    identifying,
    more_name,
    problems,
)
from server.kit import Form
from server.kit.forms import N_

FIELDS: Mapping[str, str] = {
    "reason": N_("Your question"),
    "tried": N_("Tried so far"),
    "medications": N_("Medications"),
    "scores": N_("Scores"),
    "risk": N_("Risk"),
    "allergies": N_("Allergies"),
    "pregnancy": N_("Pregnancy"),
}
RISKS: Mapping[str, str] = {
    Risk.NONE: N_("Asked, none"),
    Risk.THOUGHTS: N_("Thoughts of harm"),
    Risk.PLAN: N_("A plan"),
    Risk.RECENT_ATTEMPT: N_("A recent attempt"),
    Risk.NOT_ASKED: N_("Not asked yet"),
}
PREGNANCIES: Mapping[str, str] = {
    Pregnancy.NO: N_("Not pregnant"),
    Pregnancy.PREGNANT: N_("Pregnant"),
    Pregnancy.POSTPARTUM: N_("Gave birth lately"),
    Pregnancy.POSSIBLE: N_("Possible"),
    Pregnancy.UNKNOWN: N_("Not known"),
}
NAMED = N_("This names the patient. Take the name or date of birth out, or send it as it is.")
# Longer than any rule allows, so that what is too long is said by the rules, in one way.
_ANY = 20_000
_SCORE = re.compile(r"(.+?)[\s:=]+(\d{1,4}(?:\.\d)?)")


def read_question(form: Form, kind: str, hidden: Patient | None, own: Sequence[str] = ()) -> Question:
    """Read the question for a kind of service, and what a service asks in its `own` words.

    `hidden` is a patient whom it must not name, unless that is meant.
    """
    question = Question(
        reason=form.optional("reason", _ANY),
        tried=form.optional("tried", _ANY),
        medications=tuple(_medication(line) for line in _lines(form, "medications")),
        takes_none=form.ticked("takes_none"),
        scores=_scores(form),
        risk=Risk(form.values["risk"]) if form.values.get("risk") in list(Risk) else None,
        risk_notes=form.optional("risk_notes", _ANY),
        allergies=form.optional("allergies", _ANY),
        pregnancy=Pregnancy(form.values["pregnancy"]) if form.values.get("pregnancy") in list(Pregnancy) else None,
        more=_more(form, own),
    )
    for name, message in problems(question, kind).items():
        form.wrong(name, message)
    if hidden is not None and not form.ticked("anyway"):
        for name, _ in identifying(question, hidden):
            form.wrong(name, NAMED)
    return question


def question_values(question: Question) -> dict[str, str]:
    """Give a question as the form shows it."""
    return {
        "reason": question.reason,
        "tried": question.tried,
        "medications": "\n".join(_medication_line(one) for one in question.medications),
        "takes_none": "1" if question.takes_none else "",
        "scores": "\n".join(f"{one.instrument} {one.value:g}" for one in question.scores),
        "risk": question.risk or "",
        "risk_notes": question.risk_notes,
        "allergies": question.allergies,
        "pregnancy": question.pregnancy or "",
    }


def _more(form: Form, questions: Sequence[str]) -> tuple[More, ...]:
    answers = ((asked, form.optional(more_name(asked), LONGEST)) for asked in questions)
    return tuple(More(asked, answer) for asked, answer in answers if answer)


def _lines(form: Form, name: str) -> list[str]:
    return [line.strip() for line in form.optional(name, _ANY).splitlines() if line.strip()]


def _medication(line: str) -> Medication:
    name, _, dose = line.partition(",")
    return Medication(name.strip(), dose.strip())


def _medication_line(one: Medication) -> str:
    return f"{one.name}, {one.dose}" if one.dose else one.name


def _scores(form: Form) -> tuple[Score, ...]:
    found = []
    for line in _lines(form, "scores"):
        if read := _SCORE.fullmatch(line):
            found.append(Score(read[1].strip(), float(read[2])))
        else:
            form.wrong("scores", N_("Write a name and a number on each line, like PHQ-9 19."))
    return tuple(found)
