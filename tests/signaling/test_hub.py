"""The hub: tickets, limits, commands, failures of the application, and that nobody suffers from somebody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection

import pytest

from signaling.backplane import Memory
from signaling.tickets import Ticket
from tests.playbook import ticket_of
from tests.signaling.stage import Someone, Stage, lobby_ticket, settle

pytestmark = pytest.mark.anyio

OFFER = {"link": "p2p:pcp", "instance": "pc.1", "sdp": "v=0"}


# Tickets


async def test_a_ticket_opens_the_room(stage: Stage, pcp: Someone) -> None:
    patient = await stage.enters("patient")
    assert patient.types() == ["welcome"]
    assert pcp.types() == ["joined"]


async def test_who_shows_no_ticket_in_time_is_sent_away(stage: Stage) -> None:
    someone = stage.connects()
    await stage.time.pass_by(4)
    codes = [someone.code]
    await stage.time.pass_by(1)
    assert [*codes, someone.code] == [None, 4003]


async def test_who_has_shown_a_ticket_is_not_sent_away(stage: Stage, pcp: Someone) -> None:
    await stage.time.pass_by(60)
    assert pcp.code is None


async def test_anything_before_join_is_refused_and_the_connection_stays(stage: Stage) -> None:
    someone = stage.connects()
    await someone.says("offer", OFFER, to="pcp")
    assert (someone.errors(), someone.code) == (["not_joined"], None)
    await someone.joins(ticket_of("patient"))
    assert someone.types() == ["welcome"]


@pytest.mark.parametrize(("age", "code"), [(0, "bad_ticket"), (61, "ticket_expired")])
async def test_a_bad_or_old_ticket_closes_the_connection(stage: Stage, age: int, code: str) -> None:
    someone = stage.connects()
    token = stage.tickets.mint(ticket_of("patient")) if age else "forged"
    stage.time.now += stage.time.now.resolution * age * 1_000_000
    await someone.says("join", {"ticket": token, "instance": "page-1"})
    assert (someone.errors(), someone.code) == ([code], 4003)


async def test_a_bad_ticket_shown_later_costs_an_error_only(patient: Someone) -> None:
    await patient.says("join", {"ticket": "forged", "instance": "page-1"})
    assert (patient.errors(), patient.code) == (["bad_ticket"], None)


@pytest.mark.parametrize("other", [ticket_of("pcp"), ticket_of("patient", room="other")], ids=["participant", "room"])
async def test_a_connection_stays_with_its_participant_and_room(patient: Someone, other: Ticket) -> None:
    await patient.joins(other)
    assert (patient.errors(), patient.code) == (["not_allowed"], None)


async def test_a_waiting_patient_is_admitted_on_the_same_connection(stage: Stage, pcp: Someone) -> None:
    patient = await stage.enters("patient", "waiting")
    patient.heard()
    await stage.hub.admit("visit", "patient")
    await settle()
    assert patient.types() == ["admitted"]
    await patient.joins(ticket_of("patient"))
    (welcome,) = patient.heard()
    assert (welcome.body.standing, [p.id for p in welcome.body.participants]) == ("admitted", ["pcp"])


# Talking


async def test_an_offer_reaches_the_peer(patient: Someone, pcp: Someone) -> None:
    await patient.says("offer", OFFER, to="pcp")
    (offer,) = pcp.heard()
    assert (offer.type, offer.sender, offer.body.sdp) == ("offer", "patient", "v=0")


async def test_chat_is_acknowledged_only_when_the_application_has_it(
    stage: Stage, patient: Someone, pcp: Someone
) -> None:
    stage.application.open.clear()
    await patient.says("chat", {"text": "hello"}, ref="c1")
    assert patient.types() == pcp.types() == []
    stage.application.open.set()
    await settle()
    assert [m.id for m in patient.heard()] == ["c1"]
    assert [m.body.text for m in pcp.heard()] == ["hello"]


async def test_chat_messages_keep_their_order(stage: Stage, patient: Someone, pcp: Someone) -> None:
    stage.application.open.clear()
    for number in range(5):
        await patient.says("chat", {"text": str(number)}, ref=f"c{number}")
    stage.application.open.set()
    await settle()
    assert [m.body.text for m in pcp.heard()] == ["0", "1", "2", "3", "4"]


async def test_a_slow_commit_delays_no_offer(stage: Stage, patient: Someone, pcp: Someone) -> None:
    stage.application.open.clear()
    await patient.says("chat", {"text": "hello"})
    await patient.says("offer", OFFER, to="pcp")
    assert pcp.types() == ["offer"]


async def test_heartbeats_go_to_the_call_every_two_seconds_and_not_to_the_waiting(stage: Stage, pcp: Someone) -> None:
    waiting = await stage.enters("patient", "waiting")
    before = len(pcp.wire.texts)
    await stage.time.pass_by(10)
    assert [json.loads(text)["type"] for text in pcp.wire.texts[before:]] == ["heartbeat"] * 5
    assert waiting.types() == ["welcome"]
    assert len(waiting.wire.texts) == 1


# Presence


async def test_a_lost_connection_is_told_after_the_grace(stage: Stage, patient: Someone, pcp: Someone) -> None:
    await patient.vanishes()
    await stage.time.pass_by(9)
    assert pcp.types() == []
    await stage.time.pass_by(1)
    assert pcp.types() == ["left"]
    assert stage.application.told() == [("joined", "pcp"), ("joined", "patient"), ("left", "patient")]


async def test_a_reload_comes_back_without_admission(stage: Stage, patient: Someone, pcp: Someone) -> None:
    await patient.vanishes()
    back = await stage.enters("patient", page="page-2")
    assert back.types() == ["welcome"]
    assert pcp.types() == ["joined"]
    await stage.time.pass_by(60)
    assert ("left", "patient") not in stage.application.told()


async def test_a_second_tab_replaces_the_first(stage: Stage, patient: Someone) -> None:
    second = await stage.enters("patient", page="page-2")
    await settle()
    assert (patient.code, second.code) == (4002, None)
    await stage.time.pass_by(60)
    assert ("left", "patient") not in stage.application.told()


async def test_leaving_closes_the_connection(stage: Stage, patient: Someone, pcp: Someone) -> None:
    await patient.says("leave")
    assert patient.code == 1000
    assert pcp.types() == ["left"]
    assert stage.application.told()[-1] == ("left", "patient")


# Commands


async def test_ending_the_visit_closes_everyone(stage: Stage, patient: Someone, pcp: Someone) -> None:
    await stage.hub.end("visit")
    await stage.hub.end("visit")
    await settle()
    assert (patient.types(), patient.code, pcp.code) == (["ended"], 4000, 4000)


async def test_removing_closes_one(stage: Stage, patient: Someone, pcp: Someone) -> None:
    await stage.hub.remove("visit", "patient", "wrong_person")
    await settle()
    assert (patient.types(), patient.code) == (["removed"], 4001)
    assert (pcp.types(), pcp.code) == (["left"], None)


async def test_revoking_a_session_closes_all_its_connections_at_once(
    stage: Stage, patient: Someone, pcp: Someone
) -> None:
    lobby = stage.connects()
    await lobby.joins(lobby_ticket("patient"))
    await stage.hub.revoke("session-patient")
    await settle()
    assert (patient.code, lobby.code, pcp.code) == (4004, 4004, None)
    assert pcp.types() == ["left"]


async def test_a_ticket_of_a_revoked_session_opens_nothing(stage: Stage) -> None:
    token = stage.tickets.mint(ticket_of("patient"))
    await stage.hub.revoke("session-patient")
    someone = stage.connects()
    await someone.says("join", {"ticket": token, "instance": "page-1"})
    assert (someone.errors(), someone.code) == (["bad_ticket"], 4003)


async def test_revocations_are_remembered_as_long_as_tickets_live(stage: Stage) -> None:
    await stage.hub.revoke("session-patient")
    await stage.time.pass_by(301)
    await stage.hub.revoke("session-pcp")
    assert set(stage.hub._revoked) == {"session-pcp"}


class Known:
    """The application's knowledge of sessions; `hook` is awaited while it looks."""

    def __init__(self, *live: str) -> None:
        self.keys = set(live)
        self.asked: list[set[str]] = []
        self.hook: Callable[[], Awaitable[None]] | None = None

    async def live(self, keys: Collection[str]) -> Collection[str]:
        self.asked.append(set(keys))
        found = self.keys & set(keys)
        if self.hook:
            await self.hook()
        return found


def session_of(who: str) -> str:
    return ticket_of(who).session


async def test_a_ticket_of_a_session_that_is_over_or_unknown_opens_nothing(stage: Stage) -> None:
    hub = stage.another_hub(sessions=Known(session_of("pcp")))
    known, unknown = await stage.enters("pcp", hub=hub), await stage.enters("patient", hub=hub)
    assert known.types() == ["welcome"]
    assert unknown.errors() == ["bad_ticket"]
    await stage.time.pass_by(5)
    assert (known.code, unknown.code) == (None, 4003)
    await hub.close()


async def test_a_session_that_is_revoked_while_it_is_looked_up_stays_outside(stage: Stage) -> None:
    sessions = Known(session_of("pcp"))
    hub = stage.another_hub(sessions=sessions)
    sessions.hook = lambda: hub.revoke(session_of("pcp"))
    assert (await stage.enters("pcp", hub=hub)).errors() == ["bad_ticket"]
    await hub.close()


async def test_a_look_at_the_sessions_closes_those_that_are_over_and_no_others(stage: Stage) -> None:
    sessions = Known(session_of("pcp"), session_of("patient"))
    hub = stage.another_hub(sessions=sessions)
    pcp, patient = await stage.enters("pcp", hub=hub), await stage.enters("patient", hub=hub)
    await hub.check_sessions()
    assert (pcp.code, patient.code) == (None, None)
    sessions.keys.discard(session_of("patient"))
    await hub.check_sessions()
    await settle()
    assert (pcp.code, patient.code) == (None, 4004)
    assert sessions.asked[-1] == {session_of("pcp"), session_of("patient")}
    await hub.close()


async def test_with_nobody_connected_no_session_is_looked_up(stage: Stage) -> None:
    sessions = Known()
    hub = stage.another_hub(sessions=sessions)
    await hub.check_sessions()
    assert sessions.asked == []
    await hub.close()


async def test_a_change_wakes_the_audience_and_nobody_else(stage: Stage, pcp: Someone) -> None:
    inside, outside = stage.connects(), stage.connects()
    await inside.joins(lobby_ticket("frontdesk", "organization:1"))
    await outside.joins(lobby_ticket("outsider", "organization:2"))
    inside.heard()
    outside.heard()
    await stage.hub.changed("organization:1", "waiting")
    await settle()
    (changed,) = inside.heard()
    assert (changed.room, changed.body.topic) == ("person:frontdesk", "waiting")
    assert outside.types() == pcp.types() == []


async def test_a_change_in_a_room_wakes_everyone_there_also_the_waiting(stage: Stage, pcp: Someone) -> None:
    waiting = await stage.enters("patient", "waiting")
    waiting.heard()
    await stage.hub.changed("visit", "late")
    await settle()
    assert (pcp.types(), waiting.types()) == (["changed"], ["changed"])


async def test_a_new_ticket_changes_the_audiences(stage: Stage) -> None:
    lobby = stage.connects()
    await lobby.joins(lobby_ticket("frontdesk", "organization:1"))
    await lobby.joins(lobby_ticket("frontdesk", "organization:2"))
    lobby.heard()
    await stage.hub.changed("organization:1", "before")
    await stage.hub.changed("organization:2", "after")
    await settle()
    assert [message.body.topic for message in lobby.heard()] == ["after"]


async def test_who_is_gone_is_in_no_audience(stage: Stage) -> None:
    lobby = stage.connects()
    await lobby.joins(lobby_ticket("frontdesk", "organization:1"))
    await lobby.vanishes()
    await stage.hub.changed("organization:1", "waiting")
    assert len(stage.hub._connections) == 0
    assert stage.hub._connections.audience("organization:1") == ()
    assert stage.hub._connections.session("session-frontdesk") == ()


# Lobbies


async def test_a_lobby_may_be_open_in_many_tabs_and_only_listens(stage: Stage) -> None:
    tabs = [stage.connects() for _ in range(3)]
    for tab in tabs:
        await tab.joins(lobby_ticket("pcp"))
    assert [(tab.types(), tab.code) for tab in tabs] == [(["welcome"], None)] * 3
    assert stage.application.facts == []


@pytest.mark.parametrize(("kind", "body"), [("chat", {"text": "hello"}), ("offer", OFFER)])
async def test_nothing_can_be_said_in_a_lobby(stage: Stage, kind: str, body: dict[str, str]) -> None:
    tab, other = stage.connects(), stage.connects()
    for someone in (tab, other):
        await someone.joins(lobby_ticket("pcp"))
        someone.heard()
    await tab.says(kind, body, to="pcp")
    assert (tab.errors(), other.types()) == (["not_allowed"], [])


async def test_a_lobby_can_be_left(stage: Stage) -> None:
    tab = stage.connects()
    await tab.joins(lobby_ticket("pcp"))
    await tab.says("leave")
    assert tab.code == 1000


# The end


async def test_closing_the_hub_closes_everyone_with_a_restart(stage: Stage, patient: Someone, pcp: Someone) -> None:
    lobby = stage.connects()
    await lobby.joins(lobby_ticket("pcp"))
    await stage.hub.close()
    assert {someone.code for someone in (patient, pcp, lobby)} == {1012}
    assert ("left", "patient") not in stage.application.told()
    assert stage.time.running == 0


async def test_a_closed_hub_serves_nobody(stage: Stage) -> None:
    await stage.hub.close()
    someone = stage.connects()
    await settle()
    assert someone.code == 1012


async def test_closing_waits_only_so_long_for_clients_that_do_not_read(
    stage: Stage, patient: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.hub.CLOSE_WAIT_SECONDS", 0.01)
    patient.wire.reading.clear()
    await stage.hub.close()
    assert patient.code is None
    patient.wire.reading.set()


async def test_a_cancelled_connection_is_dropped(stage: Stage, patient: Someone, pcp: Someone) -> None:
    patient.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await patient.task
    await stage.time.pass_by(10)
    assert pcp.types() == ["left"]


async def test_an_empty_room_leaves_nothing_behind(stage: Stage, patient: Someone, pcp: Someone) -> None:
    await patient.says("leave")
    await pcp.says("leave")
    await stage.time.pass_by(301)
    assert len(stage.hub._rooms) == 0
    assert stage.time.running == 0


async def test_two_hubs_on_one_backplane_serve_one_room(stage: Stage) -> None:
    backplane = Memory()
    here, there = stage.another_hub(backplane=backplane), stage.another_hub(backplane=backplane)
    pcp, patient = await stage.enters("pcp", hub=here), await stage.enters("patient", hub=there)
    await patient.says("offer", OFFER, to="pcp")
    await patient.says("chat", {"text": "hello"})
    await here.revoke("session-patient")
    await settle()
    assert pcp.types() == ["welcome", "joined", "offer", "chat", "left"]
    assert patient.code == 4004
    assert stage.application.commits == 1
    assert stage.application.told() == [("joined", "pcp"), ("joined", "patient"), ("left", "patient")]
    await there.close()
    await here.close()
