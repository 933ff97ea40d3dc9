"""Reading frames: every frame is either a message or a refusal with the right code, and never anything else."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.frames import CLIENT_TYPES, Refusal, parse
from tests.signaling.frames import random_frame

GOLDEN = Path(__file__).parents[1] / "golden" / "protocol"
BAD: list[dict[str, Any]] = json.loads((GOLDEN / "bad_frames.json").read_text())
TEXT = st.text('{}[]:,"\\01aevé\x00\ud800')
LEAVE = {"v": 1, "id": "m1", "type": "leave", "body": {}}


def refusal_of(frame: str | bytes) -> Refusal:
    """What is said about a frame that is not accepted."""
    with pytest.raises(Refusal) as caught:
        parse(frame)
    return caught.value


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["why"])
def test_a_bad_frame_is_refused_by_its_code(bad: dict[str, Any]) -> None:
    refusal = refusal_of(bad["frame"])
    assert (refusal.code, refusal.re) == (bad["code"], bad["re"])


@pytest.mark.parametrize(
    "frame",
    [
        "[" * 30_000,
        '{"v":1,"id":"m1","type":"leave","body":' + '{"a":' * 5000 + "1" + "}" * 5000 + "}",
        '{"v":' + "9" * 20_000 + "}",
        '{"v":1,"id":"m1","epoch":1e400,"type":"leave","body":{}}',
        "\ud800",
        '{"v":1,"id":"\ud800","type":"leave","body":{}}',
        "\x00",
    ],
    ids=["nested lists", "nested bodies", "huge number", "infinity", "lone surrogate", "surrogate in the id", "NUL"],
)
def test_json_that_breaks_parsers_is_malformed(frame: str) -> None:
    assert refusal_of(frame).code in {"malformed", "unsupported_version"}


def test_binary_frames_are_malformed() -> None:
    assert refusal_of(json.dumps(LEAVE).encode()).code == "malformed"


@pytest.mark.parametrize("frame", ["x" * 65_537, "é" * 32_769, "\ud800" * 30_000])
def test_size_is_counted_in_bytes(frame: str) -> None:
    assert refusal_of(frame).code == "too_large"


def test_a_frame_of_exactly_the_limit_is_read() -> None:
    frame = json.dumps(LEAVE)
    assert parse(frame + " " * (65_536 - len(frame))).type == "leave"


def test_of_a_key_given_twice_the_last_counts() -> None:
    assert parse('{"v":1,"id":"first","id":"last","type":"chat","type":"leave","body":{}}').id == "last"


def test_what_is_wrong_is_said_without_repeating_what_was_written() -> None:
    refusal = refusal_of(json.dumps({**LEAVE, "type": "chat", "body": {"text": 12, "secret": "M. Alvarez"}}))
    assert refusal.message == "body.text: string_type"


def test_the_place_of_a_fault_is_cut_short() -> None:
    assert len(refusal_of(json.dumps({**LEAVE, "x" * 500: 1})).message) < 120


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.one_of(TEXT, st.binary(), st.dictionaries(TEXT, st.none() | st.floats() | TEXT).map(json.dumps)))
def test_anything_at_all_is_refused_politely(frame: str | bytes) -> None:
    assert refusal_of(frame).code in {"malformed", "unknown_type", "too_large"}


@pytest.mark.parametrize("seed", range(5))
def test_random_frames_are_read_or_refused(seed: int) -> None:
    chance = Random(seed)
    outcomes: set[str] = set()
    for _ in range(100):
        try:
            outcomes.add(parse(random_frame(chance)).type)
        except Refusal as refusal:
            outcomes.add(refusal.code)
    assert {"malformed", "unknown_type"} <= outcomes
    assert outcomes & CLIENT_TYPES
