"""The answer of a case between its form and what `answer_rules` knows. Pure: a draft is what was typed, whole or not.

Fields are named `impression`, and `<key>.<field>` for each item; `items` lists the keys in order.
"""

import json
from collections.abc import Mapping

from server.consults.answer_rules import LONGEST, LONGEST_KEY, MOST_ITEMS, Answer, Item, ItemKind
from server.kit.forms import N_

FIELDS: Mapping[ItemKind, tuple[str, ...]] = {
    ItemKind.MEDICATION: ("what", "dose", "route", "frequency", "monitoring"),
    ItemKind.THERAPY: ("what",),
    ItemKind.TEST: ("what",),
    ItemKind.SAFETY_PLAN: ("what",),
    ItemKind.REFERRAL: ("what",),
    ItemKind.FOLLOW_UP: ("what", "days"),
    ItemKind.PROTOCOL_LINK: ("what", "link"),
}
NOT_DAYS = N_("Give a number of days from 0 to 730.")
TOO_MANY = N_("These are too many recommendations.")


def keys_in(values: Mapping[str, str]) -> list[str]:
    """Give the keys of the items in their order, each once; what is no item's is left out."""
    keys = dict.fromkeys(key for key in values.get("items", "").split() if key.isalnum() and len(key) <= LONGEST_KEY)
    return [key for key in keys if values.get(f"{key}.kind") in set(ItemKind)][:MOST_ITEMS]


def typed(values: Mapping[str, str]) -> dict[str, str]:
    """Give of what was posted what belongs to an answer, cut where it is longer than anything may be."""
    keys = keys_in(values)
    names = ["impression"]
    for key in keys:
        names += [f"{key}.kind", *(f"{key}.{name}" for name in FIELDS[ItemKind(values[f"{key}.kind"])])]
    found = {name: values[name][: LONGEST + 1] for name in names if values.get(name)}
    return {**found, "items": " ".join(keys)}


def with_item(values: Mapping[str, str], kind: str) -> dict[str, str]:
    """Give a draft with one more item, still empty; as it was for a kind that there is not, and when it is full."""
    keys = keys_in(values)
    if kind not in set(ItemKind) or len(keys) >= MOST_ITEMS:
        return dict(values)
    numbers = [int(key) for key in keys if key.isdecimal()]
    key = str(max(numbers, default=0) + 1)
    return {**values, "items": " ".join([*keys, key]), f"{key}.kind": kind}


def without_item(values: Mapping[str, str], key: str) -> dict[str, str]:
    """Give a draft without one of its items."""
    left = " ".join(one for one in keys_in(values) if one != key)
    return typed({**values, "items": left})


def answer_in(values: Mapping[str, str]) -> tuple[Answer, dict[str, str]]:
    """Read an answer from what was typed, with what cannot be read at all by field."""
    errors: dict[str, str] = {}
    items = []
    for key in keys_in(values):
        kind = ItemKind(values[f"{key}.kind"])
        said = {name: values.get(f"{key}.{name}", "") for name in FIELDS[kind]}
        days = said.pop("days", "")
        if days and not (days.isascii() and days.isdecimal() and len(days) <= 4):
            errors[f"{key}.days"] = NOT_DAYS
            days = ""
        items.append(Item(key, kind, days=int(days) if days else None, **said))
    return Answer(values.get("impression", ""), tuple(items)), errors


def write_draft(values: Mapping[str, str]) -> str:
    """Write what was typed as JSON."""
    return json.dumps({"draft": 1, "typed": typed(values)})


def read_draft(row: str) -> dict[str, str]:
    """Read what `write_draft` wrote."""
    return {str(name): str(text) for name, text in json.loads(row)["typed"].items()}
