"""What is said in a call needs no task, where the log needs no waiting, and nobody can tell the difference."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from signaling.hub import Hub
from signaling.limits import BURST
from tests.signaling.frames import random_frame
from tests.signaling.stage import Someone, Stage

pytestmark = pytest.mark.anyio

OFFER = {"link": "p2p:pcp", "instance": "pc.1", "sdp": "v=0"}


def offer(ref: str) -> str:
    return json.dumps({"v": 1, "id": ref, "to": "pcp", "type": "offer", "body": OFFER})


async def call(*, offering: bool) -> tuple[Stage, Someone, Someone]:
    """The practitioner and the patient in a call."""
    stage = Stage(offering=offering)
    pcp, patient = await stage.enters("pcp"), await stage.enters("patient")
    pcp.heard()
    patient.heard()
    return stage, pcp, patient


@pytest.mark.parametrize(("offering", "heard"), [(True, ["offer"]), (False, [])])
async def test_what_is_said_is_on_its_way_before_anything_else_is_done(offering: bool, heard: list[str]) -> None:
    stage, pcp, patient = await call(offering=offering)
    patient.wire.arrives(offer("m1"))
    assert pcp.types() == heard
    await stage.close()


async def test_what_comes_behind_something_that_waits_stays_behind_it() -> None:
    stage, pcp, patient = await call(offering=True)
    patient.wire.inbox.put_nowait(offer("m1"))
    patient.wire.arrives(offer("m2"))
    await patient.frame(offer("m3"))
    assert [message.id for message in pcp.heard()] == ["m1", "m2", "m3"]
    await stage.close()


async def test_nothing_is_offered_where_the_log_needs_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.backplane.memory.Memory.waits", True)
    monkeypatch.setattr(Hub, "_took", None)
    stage, pcp, patient = await call(offering=True)
    await patient.frame(offer("m1"))
    assert pcp.types() == ["offer"]
    await stage.close()


@pytest.mark.parametrize("offering", [True, False])
async def test_what_is_more_than_the_allowance_is_refused(offering: bool) -> None:
    stage, pcp, patient = await call(offering=offering)
    await stage.time.pass_by(3)
    pcp.heard()
    for number in range(BURST + 5):
        await patient.frame(offer(f"m{number}"))
    assert (len(pcp.heard()), patient.errors()) == (BURST, ["too_many"] * 5)
    await stage.close()


async def told(seed: int, *, offering: bool) -> list[tuple[int | None, list[dict[str, Any]]]]:
    """What each of three hears, one of whom waits, of frames that any of them may have sent; and how they ended."""
    chance, stage = Random(seed), Stage(offering=offering)
    everyone = [await stage.enters(*who) for who in (("pcp",), ("patient",), ("psychiatrist", "waiting"))]
    for _ in range(80):
        await chance.choice(everyone).frame(random_frame(chance))
        await stage.time.pass_by(chance.choice([0, 0.01, 1]))
    heard = [(someone.code, [_without_names(text) for text in someone.wire.texts]) for someone in everyone]
    await stage.close()
    return heard


def _without_names(text: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(text)
    return message | {"body": {**message["body"], "generation": None}}


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_is_sent_everybody_hears_the_same_by_the_short_way_and_the_long_one(seed: int) -> None:
    assert await told(seed, offering=True) == await told(seed, offering=False)
