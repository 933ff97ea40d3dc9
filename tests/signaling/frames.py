"""Random frames: some of them right, most nearly so, some made to break a parser. The seed decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

GOLDEN = Path(__file__).parents[1] / "golden" / "protocol"
EXAMPLES: list[dict[str, Any]] = list(json.loads((GOLDEN / "client.json").read_text()).values())
SERVER_TYPES: list[str] = list(json.loads((GOLDEN / "server.json").read_text()))

ODD: list[Any] = [
    *[None, True, False, 0, -1, 1.5, 2**31, 10**30],
    *["", " ", "x" * 70, "\x00", "\u202e", "é" * 10, "p2p:", "p2p:nobody"],
    *[[], ["p2p:pcp"], {}, {"a": {"b": [{}]}}, [[[[[]]]]]],
    *["pcp", "patient", "visit", "../..", "<script>", "' OR 1=1 --"],
]

BREAKERS: list[str | bytes] = [
    *["", "null", "[]", "{}", "{}{}", '"', "\x00", "NaN", "-Infinity", "\ufeff{}"],
    *["[" * 20_000, '{"a":' * 20_000, "9" * 5000, "é" * 40_000],
    *[b"", b"\xff\xfe", b"{}"],
    '{"v":1,"id":"m","type":"chat","body":{"text":"\\ud800"}}',
    '{"v":1,"v":2,"id":"m","id":"n","type":"leave","body":{}}',
    '{"v":1,"id":"m","type":"chat","body":{"text":"' + "x" * 70_000 + '"}}',
    '{"v":1e999,"id":"m","type":"leave","body":{}}',
    '{"__proto__":{"v":1},"constructor":1,"type":"__init__"}',
]


def random_frame(chance: Random) -> str | bytes:
    """One frame that a hostile or broken client might send. It never leaves the room of its own accord."""
    make = chance.choice([_right, _mutated, _mutated, _mutated, _cut, _breaking, _mistyped])
    return make(chance)


def _message(chance: Random) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(json.dumps(chance.choice(EXAMPLES[:-1])))
    message["id"] = f"m{chance.randrange(10**9)}"
    if message["to"]:
        message["to"] = chance.choice(["pcp", "psychiatrist", "patient", "nobody"])
    return message


def _right(chance: Random) -> str:
    message = _message(chance)
    message["from"], message["room"] = chance.choice([None, "pcp", "psychiatrist"]), chance.choice([None, "other"])
    return json.dumps(message)


def _mutated(chance: Random) -> str:
    message = _message(chance)
    for _ in range(chance.randrange(1, 4)):
        place = chance.choice([message, message["body"]]) if isinstance(message.get("body"), dict) else message
        change: Callable[[dict[str, Any], Random], None] = chance.choice([_replace, _remove, _add])
        change(place, chance)
    return json.dumps(message)


def _replace(place: dict[str, Any], chance: Random) -> None:
    if place:
        place[chance.choice(sorted(place))] = deepcopy(chance.choice(ODD))  # what is changed next may be inside it


def _remove(place: dict[str, Any], chance: Random) -> None:
    if place:
        del place[chance.choice(sorted(place))]


def _add(place: dict[str, Any], chance: Random) -> None:
    place[chance.choice(["standing", "role", "epoch", "extra", "x" * 300, ""])] = deepcopy(chance.choice(ODD))


def _cut(chance: Random) -> str:
    text = json.dumps(_message(chance))
    return text[: chance.randrange(len(text))]


def _mistyped(chance: Random) -> str:
    return json.dumps({**_message(chance), "type": chance.choice([*SERVER_TYPES, "dance", "", None, 7])})


def _breaking(chance: Random) -> str | bytes:
    return chance.choice(BREAKERS)
