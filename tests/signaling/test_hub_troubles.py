"""The hub in trouble: limits, clients that misbehave, an application or backplane that fails. Nobody else suffers."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from structlog.testing import capture_logs

from signaling import Refused
from signaling.backplane import Memory, TopicChanged
from signaling.connection import MAX_OUTBOX
from signaling.events import Event
from signaling.limits import BURST, MAX_ERRORS
from tests.playbook import ticket_of
from tests.signaling.stage import Someone, Stage, settle

pytestmark = pytest.mark.anyio

OFFER = {"link": "p2p:pcp", "instance": "pc.1", "sdp": "v=0"}

# Limits


async def test_too_many_messages_are_dropped_and_then_the_connection(
    stage: Stage, patient: Someone, pcp: Someone
) -> None:
    for _ in range(BURST + MAX_ERRORS):
        await patient.says("media", {"microphone": True, "camera": True, "screen": False})
    errors = patient.errors()
    assert errors == ["too_many"] * MAX_ERRORS
    assert patient.code == 4008
    assert pcp.code is None


async def test_twenty_errors_close_the_connection(patient: Someone, pcp: Someone) -> None:
    for _ in range(MAX_ERRORS - 1):
        await patient.frame("nonsense")
    codes = [patient.code]
    await patient.frame("nonsense")
    assert [*codes, patient.code] == [None, 4008]
    assert len(patient.errors()) == MAX_ERRORS
    assert pcp.types() == []


async def test_errors_of_the_room_count_too(stage: Stage) -> None:
    patient = await stage.enters("patient", "waiting")
    for _ in range(MAX_ERRORS):
        await patient.says("offer", OFFER, to="pcp")
    assert patient.code == 4008


async def test_a_client_that_does_not_read_is_dropped_and_delays_nobody(
    stage: Stage, patient: Someone, pcp: Someone
) -> None:
    third = await stage.enters("psychiatrist")
    patient.heard()
    patient.wire.reading.clear()
    for _ in range(MAX_OUTBOX + 10):
        await stage.time.pass_by(0.1)
        await pcp.says("media", {"microphone": True, "camera": True, "screen": False})
    assert len(third.heard()) >= MAX_OUTBOX
    patient.wire.reading.set()
    await settle()
    assert patient.code == 4008


async def test_a_client_that_never_reads_again_is_let_go(stage: Stage, patient: Someone, pcp: Someone) -> None:
    patient.wire.reading.clear()
    await pcp.says("chat", {"text": "x" * 4000})
    await stage.hub.revoke("session-patient")
    await stage.time.pass_by(5)
    assert patient.task.done()
    assert len(stage.hub._connections) == 1


async def test_what_a_client_sends_while_it_is_being_closed_is_not_heard(
    stage: Stage, patient: Someone, pcp: Someone
) -> None:
    patient.wire.reading.clear()
    await stage.hub.revoke("session-patient")
    await settle()
    pcp.heard()
    await patient.says("offer", OFFER, to="pcp")
    await patient.frame("nonsense")
    assert pcp.types() == []
    patient.wire.reading.set()
    await settle()
    assert (patient.types(), patient.code) == ([], 4004)


# Failures


async def test_a_failing_application_costs_an_error_and_the_fact_comes_again(stage: Stage, pcp: Someone) -> None:
    stage.application.failing = RuntimeError("database is gone")
    patient = await stage.enters("patient")
    assert patient.types() == ["welcome", "error"]
    assert pcp.types() == ["joined"]
    stage.application.failing = None
    await stage.time.pass_by(1)
    assert ("joined", "patient") in stage.application.told()


async def test_a_fact_that_is_tried_again_delays_no_chat(stage: Stage, pcp: Someone) -> None:
    stage.application.failing = RuntimeError("database is gone")
    patient = await stage.enters("patient")
    stage.application.failing = None
    await patient.says("chat", {"text": "hello"})
    assert pcp.types() == ["joined", "chat"]
    assert ("joined", "patient") not in stage.application.told()


async def test_a_fact_that_fails_for_long_is_given_up(stage: Stage) -> None:
    stage.application.failing = RuntimeError("database is gone")
    pcp = await stage.enters("pcp")
    with capture_logs() as logs:
        await stage.time.pass_by(30)
    assert "fact given up" in [line["event"] for line in logs]
    assert pcp.code is None


async def test_a_chat_message_that_cannot_be_committed_is_unavailable(
    stage: Stage, patient: Someone, pcp: Someone
) -> None:
    stage.application.failing = RuntimeError("database is gone")
    await patient.says("chat", {"text": "hello"}, ref="c1")
    (error,) = patient.heard()
    assert (error.body.code, error.body.re, pcp.types()) == ("unavailable", "c1", [])
    stage.application.failing = None
    await patient.says("chat", {"text": "hello"}, ref="c1")
    assert (patient.types(), pcp.types()) == (["chat"], ["chat"])


async def test_a_chat_message_the_application_refuses_is_not_allowed(stage: Stage, patient: Someone) -> None:
    stage.application.failing = Refused("visit is over")
    await patient.says("chat", {"text": "hello"})
    assert patient.errors() == ["not_allowed"]


async def test_more_chat_than_can_wait_is_unavailable(stage: Stage, patient: Someone) -> None:
    stage.application.open.clear()
    for number in range(260):
        await patient.says("chat", {"text": "hello"}, ref=f"c{number}")
        await stage.time.pass_by(0.05)
    assert set(patient.errors()) == {"unavailable"}


class Broken(Memory):
    """A backplane that takes nothing."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def append(self, *_: object) -> None:
        raise self.error


async def test_a_failing_backplane_is_unavailable_to_each_told_once_and_nothing_breaks(stage: Stage) -> None:
    backplane = Broken(ConnectionError("redis is gone"))
    hub = stage.another_hub(backplane=backplane)
    patient = stage.connects(hub)
    with capture_logs() as logs:
        for _ in range(20):
            patient = await stage.enters("patient", hub=hub)
            await patient.vanishes()
            assert patient.errors() == ["unavailable"]
    told = [(line["log_level"], line["event"], line["doing"]) for line in logs if line["log_level"] != "debug"]
    assert told == [("warning", "cut off", "a frame")]
    assert patient.task.done()
    assert patient.task.exception() is None


async def test_what_nobody_expects_is_an_error_each_time(stage: Stage) -> None:
    hub = stage.another_hub(backplane=Broken(RuntimeError("a mistake of ours")))
    patient = stage.connects(hub)
    with capture_logs() as logs:
        for _ in range(2):
            await patient.joins(ticket_of("patient"))
    assert patient.errors() == ["unavailable", "unavailable"]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["frame failed", "frame failed"]


async def test_the_log_says_no_names_tickets_or_texts(stage: Stage) -> None:
    with capture_logs() as logs:
        patient = await stage.enters("patient")
        stage.application.failing = ValueError("M. Alvarez said: my secret")
        await patient.says("chat", {"text": "my secret"})
        await patient.frame('{"my secret"')
        await patient.says("leave")
    said = json.dumps(logs, default=str)
    assert logs
    assert not [word for word in ("Alvarez", "secret", "eyJ") if word in said]


async def test_a_session_that_joins_again_and_again_has_to_wait_and_others_do_not(stage: Stage, pcp: Someone) -> None:
    patients = [stage.connects() for _ in range(61)]
    for one in patients:
        await one.joins(ticket_of("patient"))
    assert [one.errors() for one in patients[59:]] == [[], ["too_many"]]
    assert pcp.code is None


class Busy(Memory):
    """Something changes in each room just before somebody's coming is in its log."""

    async def append(self, room: str, at: datetime, event: Event, generation: str | None = None) -> None:
        await self.announce(TopicChanged(room, "presence"))
        await super().append(room, at, event, generation)


async def test_nobody_hears_of_a_change_before_their_welcome(stage: Stage) -> None:
    hub = stage.another_hub(backplane=Busy())
    first = await stage.enters("pcp", hub=hub)
    assert first.types() == ["welcome"]
    await stage.enters("patient", hub=hub)
    assert first.types() == ["changed", "joined"]
    await hub.close()
