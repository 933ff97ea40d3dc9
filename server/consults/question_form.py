"""The question of a case, between its form and its JSON: what is asked, what was tried, and what is to be known."""

import json
from collections.abc import Mapping

from server.kit import Form
from server.kit.forms import N_

FIELDS: Mapping[str, str] = {
    "reason": N_("Your question"),
    "tried": N_("Tried so far"),
    "medications": N_("Medications"),
    "scores": N_("Scores, like PHQ-9 19"),
    "risk": N_("Risk"),
    "allergies": N_("Allergies"),
    "pregnancy": N_("Pregnancy"),
}
LONGEST = 2000


def read_question(form: Form) -> str:
    """Read the question from a form, as JSON; an empty one is wrong."""
    values = {name: form.optional(name, LONGEST) for name in FIELDS}
    if not values["reason"]:
        form.wrong("reason", N_("Write what you want to know."))
    return json.dumps({"v": 1, **{name: text for name, text in values.items() if text}})


def question_values(text: str) -> dict[str, str]:
    """Give what a question says, by field, as a form shows it again."""
    kept = json.loads(text)
    return {name: str(kept[name]) for name in FIELDS if kept.get(name)}
