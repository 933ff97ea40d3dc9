"""The rooms of a hub beside those of another one: following, resuming, and agreeing again after trouble."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from signaling import Hub
from signaling.backplane import Memory, Past
from signaling.connection import MAX_OUTBOX
from signaling.events import Connected, Event, NodeLost
from signaling.sent import KEPT_MAILS
from tests.playbook import ticket_of
from tests.signaling.stage import Someone, Stage, settle

pytestmark = pytest.mark.anyio

OFFER = {"link": "p2p:pcp", "instance": "pc.1", "sdp": "v=0"}
MEDIA = {"microphone": True, "camera": True, "screen": False}


class Two:
    """Two hubs, with the practitioner on one and the patient on the other."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.backplane = stage, Busy()
        self.here, self.there = (stage.another_hub(backplane=self.backplane) for _ in range(2))

    async def meet(self) -> tuple[Someone, Someone]:
        pcp, patient = await self.stage.enters("pcp", hub=self.here), await self.stage.enters("patient", hub=self.there)
        self.place = pcp.heard()[0].body, patient.heard()[0].body
        return pcp, patient

    async def comes_back(self, who: str, hub: Hub, generation: str, position: str) -> Someone:
        someone = self.stage.connects(hub)
        await self.joins(someone, who, generation, position)
        return someone

    async def joins(self, someone: Someone, who: str, generation: str, position: str) -> None:
        resume = {"generation": generation, "position": position}
        ticket = self.stage.tickets.mint(ticket_of(who))
        await someone.says("join", {"ticket": ticket, "instance": "page-1", "resume": resume}, ref="j1")


class Busy(Memory):
    """Takes nobody's coming while it is not `open`, and gives no log while it does not `answer`.

    Right behind the next coming, `then` happens.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open, self.answer = asyncio.Event(), asyncio.Event()
        self.open.set()
        self.answer.set()
        self.then: Event | None = None

    async def append(self, room: str, at: datetime, event: Event, generation: str | None = None) -> None:
        coming = isinstance(event, Connected)
        if coming:
            await self.open.wait()
        await super().append(room, at, event, generation)
        if coming and self.then is not None:
            then, self.then = self.then, None
            await super().append(room, at, then, generation)

    async def follow(self, hub: str, room: str, now: datetime) -> Past:
        past = await super().follow(hub, room, now)
        await self.answer.wait()
        return past

    async def discard(self, room: str, generation: str, number: int) -> None:
        await self.answer.wait()
        for hub in tuple(self._readers):
            await self.unfollow(hub, room)  # and the log is kept: it went on


class Slow(Memory):
    """Takes the next entry while its hubs follow everything anew, and says only afterwards that it has it."""

    def __init__(self) -> None:
        super().__init__()
        self.next_is_slow = False

    async def append(self, room: str, at: datetime, event: Event, generation: str | None = None) -> None:
        followers = self._logs[room].followers if room in self._logs else {}
        held = dict(followers)
        if self.next_is_slow:
            followers.clear()
        await super().append(room, at, event, generation)
        if self.next_is_slow:
            self.next_is_slow = False
            for reader in held.values():
                reader.linked(forgotten=True)
            await settle()


@pytest.fixture
async def two(stage: Stage) -> AsyncIterator[Two]:
    two = Two(stage)
    yield two
    await two.here.close()
    await two.there.close()


async def test_who_comes_back_on_another_hub_hears_what_was_missed_and_nobody_hears_of_it(two: Two) -> None:
    pcp, patient = await two.meet()
    await patient.vanishes()
    await pcp.says("offer", OFFER, to="patient")
    await pcp.says("media", MEDIA)
    _, welcome = two.place
    back = await two.comes_back("patient", two.here, welcome.generation, welcome.position)
    (again, *missed) = back.heard()
    assert (again.body.resumed, [m.type for m in missed]) == (True, ["offer", "media"])
    assert pcp.types() == []
    await two.stage.time.pass_by(60)
    assert ("left", "patient") not in two.stage.application.told()
    assert len(two.there._rooms) == 0, "nobody of it is there any more"


async def test_who_joins_again_on_the_same_connection_is_told_nothing_twice(two: Two) -> None:
    pcp, patient = await two.meet()
    await pcp.says("offer", OFFER, to="patient")
    await two.joins(patient, "patient", two.place[1].generation, two.place[1].position)  # said before that came
    assert patient.types() == ["offer", "welcome"]


@pytest.mark.parametrize(("generation", "position"), [("another", "2-0"), ("", "999-0"), ("", "0-0")])
async def test_who_comes_back_with_what_is_not_known_begins_anew(two: Two, generation: str, position: str) -> None:
    _, patient = await two.meet()
    await patient.vanishes()
    back = await two.comes_back("patient", two.here, generation or two.place[1].generation, position)
    (welcome,) = back.heard()
    assert (welcome.body.resumed, [p.id for p in welcome.body.participants]) == (False, ["pcp"])


async def test_a_client_that_was_too_slow_hears_the_rest_when_it_is_back(two: Two) -> None:
    pcp, patient = await two.meet()
    patient.wire.reading.clear()
    for number in range(MAX_OUTBOX + 2):
        await two.stage.time.pass_by(0.05)
        await pcp.says("media", MEDIA, ref=f"m{number}")
    patient.wire.reading.set()
    await settle()
    assert patient.code == 4008
    last = [json.loads(text) for text in patient.wire.texts if "pos" in text][-1]
    for number in range(3):
        await pcp.says("media", MEDIA, ref=f"n{number}")
    back = await two.comes_back("patient", two.here, two.place[1].generation, last["pos"])
    (welcome, *rest) = back.heard()
    assert not welcome.body.resumed, "more than is kept"
    assert rest == []
    await back.vanishes()
    await pcp.says("media", MEDIA, ref="m-last")
    again = await two.comes_back("patient", two.there, welcome.body.generation, welcome.body.position)
    assert [m.id for m in again.heard()[1:]] == ["m-last"]


async def test_a_heartbeat_says_how_far_everything_was_heard(two: Two) -> None:
    pcp, _ = await two.meet()
    await two.stage.time.pass_by(2)
    beat = json.loads(pcp.wire.texts[-1])
    place = two.here._rooms.get("visit")
    assert place is not None
    assert (beat["type"], beat["pos"]) == ("heartbeat", str(place.sent.end(place.room.seq)))


async def test_a_backplane_that_comes_back_empty_disturbs_nobody(two: Two) -> None:
    pcp, patient = await two.meet()
    two.backplane.forget()
    await settle()
    for someone, peer in ((pcp, "patient"), (patient, "pcp")):
        (welcome,) = someone.heard()
        assert (welcome.type, welcome.body.resumed) == ("welcome", False)
        assert [p.id for p in welcome.body.participants] == [peer]
    await patient.says("offer", OFFER, to="pcp")
    assert pcp.types() == ["offer"]
    assert {kind for kind, _ in two.stage.application.told()} == {"joined"}


async def test_what_is_sent_when_the_log_is_lost_arrives_all_the_same(two: Two) -> None:
    pcp, patient = await two.meet()
    two.backplane._logs.clear()  # and nobody was told yet
    await patient.says("offer", OFFER, to="pcp")
    two.here.linked(forgotten=True)
    await settle()
    await pcp.says("offer", OFFER, to="patient")
    assert patient.types() == ["welcome", "offer"]


async def test_the_rows_decide_who_stays_when_the_log_was_lost(two: Two) -> None:
    pcp, patient = await two.meet()
    two.stage.application.places |= {"patient": "removed"}
    two.backplane.forget()
    await settle()
    assert (patient.code, pcp.types()) == (4001, ["welcome", "left"])
    two.stage.application.places |= {"pcp": "ended"}
    two.backplane.forget()
    await settle()
    assert pcp.code == 4000


async def test_an_older_ticket_opens_no_younger_room_against_the_rows(two: Two) -> None:
    ticket = two.stage.tickets.mint(ticket_of("patient"))
    await two.stage.time.pass_by(1)
    two.stage.application.places["patient"] = "ended"
    someone = two.stage.connects(two.here)
    await someone.says("join", {"ticket": ticket, "instance": "page-1"})
    await settle()
    assert (someone.errors(), someone.code) == (["bad_ticket"], 4003)
    assert two.stage.application.told() == []


async def test_a_hub_that_was_thought_lost_is_back_and_nobody_noticed(two: Two) -> None:
    pcp, patient = await two.meet()
    await two.here.lost(two.there.id, ["visit"])
    await settle()
    assert (patient.types(), pcp.types()) == (["welcome"], [])
    await two.stage.time.pass_by(20)
    assert (patient.code, pcp.types()) == (None, [])


async def test_who_connected_elsewhere_while_a_hub_was_away_is_closed_there(two: Two) -> None:
    _, patient = await two.meet()
    place = two.there._rooms._places.pop("visit")
    await two.backplane.unfollow(two.there.id, "visit")  # paused: it reads nothing
    await two.stage.enters("patient", hub=two.here, page="page-2")
    assert patient.code is None
    two.there._rooms._places["visit"] = place
    two.there.linked(forgotten=True)
    await settle()
    assert patient.code == 4002


async def test_a_hub_that_missed_entries_hears_them_again(two: Two) -> None:
    pcp, patient = await two.meet()
    await two.backplane.unfollow(two.there.id, "visit")
    await pcp.says("offer", OFFER, to="patient")
    await two.backplane.follow(two.there.id, "visit", two.stage.time.now)
    assert patient.types() == []
    await pcp.says("media", MEDIA)
    assert patient.types() == ["offer", "media"]
    assert two.stage.application.told().count(("joined", "patient")) == 2, "told again, in case it was missed"


async def test_a_hub_that_nobody_hears_of_any_more_is_taken_over(two: Two) -> None:
    pcp, _ = await two.meet()
    for _ in range(5):
        two.here.alive({two.here.id})
        await two.backplane.unfollow(two.there.id, "visit")
    await settle()
    await two.stage.time.pass_by(10)
    assert pcp.types() == ["left"]
    assert two.stage.application.told()[-1] == ("left", "patient")


async def test_losing_a_hub_that_held_nobody_changes_nothing(two: Two) -> None:
    pcp, patient = await two.meet()
    await two.backplane.append("visit", two.stage.time.now, NodeLost("nobody"))
    await two.stage.time.pass_by(20)
    assert pcp.types() == patient.types() == []


async def test_a_page_that_another_one_replaced_does_not_go_on_where_it_was(two: Two) -> None:
    _, _ = await two.meet()
    await two.stage.enters("patient", hub=two.here, page="page-2")
    _, welcome = two.place
    back = await two.comes_back("patient", two.there, welcome.generation, welcome.position)
    assert back.heard()[0].body.resumed is False


async def test_who_missed_the_welcome_after_the_admission_is_told_who_is_there(two: Two) -> None:
    patient = await two.stage.enters("patient", "waiting", hub=two.here)
    waiting = patient.heard()[0].body
    await two.stage.enters("pcp", hub=two.there)
    await patient.joins(ticket_of("patient"))
    await patient.vanishes()
    back = await two.comes_back("patient", two.there, waiting.generation, waiting.position)
    (welcome,) = back.heard()
    assert [p.id for p in welcome.body.participants] == ["pcp"]


async def test_who_joins_while_the_hub_catches_up_is_welcomed_all_the_same(stage: Stage) -> None:
    backplane = Slow()
    hub = stage.another_hub(backplane=backplane)
    await stage.enters("pcp", hub=hub)
    patient = stage.connects(hub)
    for standing in ("waiting", "admitted"):
        backplane.next_is_slow = True
        await patient.joins(ticket_of("patient", standing))
        await settle()
        assert [m.body.standing for m in patient.heard() if m.type == "welcome"] == [standing]
    await hub.close()


async def test_who_is_welcomed_late_hears_everything_that_was_missed_and_nothing_before(two: Two) -> None:
    pcp, patient = await two.meet()
    await patient.vanishes()
    await two.backplane.unfollow(two.there.id, "visit")  # paused: it reads nothing
    await pcp.says("offer", OFFER, to="patient")
    back = await two.comes_back("patient", two.there, two.place[1].generation, two.place[1].position)
    two.backplane.open.clear()
    two.there.linked(forgotten=True)  # their coming is among what had happened before
    await settle()
    await two.stage.time.pass_by(2)
    await pcp.says("media", MEDIA)
    assert back.wire.texts == []
    two.backplane.open.set()
    await settle()
    assert back.types() == ["welcome", "offer", "media"]


async def test_who_missed_more_than_is_kept_is_told_so_however_long_that_takes(two: Two) -> None:
    pcp, patient = await two.meet()
    await two.backplane.unfollow(two.there.id, "visit")
    for number in range(2 * KEPT_MAILS + 1):
        await two.stage.time.pass_by(0.05)
        await pcp.says("media", MEDIA, ref=f"m{number}")
    two.backplane.open.clear()
    two.there.linked(forgotten=True)
    await two.stage.time.pass_by(2)
    two.backplane.open.set()
    await settle()
    (welcome,) = patient.heard()
    assert (welcome.type, welcome.body.resumed) == ("welcome", False)


async def test_a_connection_counted_as_lost_while_it_joins_has_its_place_all_the_same(two: Two) -> None:
    pcp, patient = await two.meet()
    await patient.vanishes()
    two.backplane.then = NodeLost(two.there.id)  # another node believes that this one is gone
    back = await two.comes_back("patient", two.there, two.place[1].generation, two.place[1].position)
    await two.stage.time.pass_by(20)
    await pcp.says("offer", OFFER, to="patient")
    assert (back.types()[-1], pcp.types()) == ("offer", [])


async def test_who_begins_anew_and_could_not_be_put_into_the_log_is_when_the_backplane_answers_again(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, patient = await two.meet()
    with monkeypatch.context() as away:
        away.setattr(two.backplane, "append", _unreached)
        await patient.joins(ticket_of("patient"))
    assert patient.errors() == ["unavailable"]
    two.there.linked(forgotten=False)
    await settle()
    assert patient.types() == ["welcome"]


async def test_a_hub_that_was_forgotten_while_it_began_to_follow_a_room_follows_it_again(two: Two) -> None:
    pcp = await two.stage.enters("pcp", hub=two.here)
    two.backplane.answer.clear()
    patient = await two.stage.enters("patient", hub=two.there)
    await two.backplane.unfollow(two.there.id, "visit")
    two.there.linked(forgotten=True)
    await settle()
    two.backplane.answer.set()
    await settle()
    await pcp.says("offer", OFFER, to="patient")
    assert patient.types()[-1] == "offer"


async def test_who_comes_while_a_room_is_being_forgotten_is_heard_and_hears(two: Two) -> None:
    pcp = await two.stage.enters("pcp", hub=two.here)
    await pcp.says("leave")
    two.backplane.answer.clear()
    await two.stage.time.pass_by(600)
    pcp = await two.stage.enters("pcp", hub=two.here)
    two.backplane.answer.set()
    await settle()
    assert pcp.types() == ["welcome"]
    await pcp.says("chat", {"text": "Are you there?"})
    assert pcp.types() == ["chat"]


async def test_a_room_that_could_not_be_followed_is_followed_when_the_backplane_answers_again(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    pcp, patient = await two.meet()
    with monkeypatch.context() as away:
        away.setattr(two.backplane, "follow", _unreached)
        two.backplane.forget()
        await settle()
    two.here.linked(forgotten=False)
    two.there.linked(forgotten=False)
    await settle()
    assert [m.type for m in (*pcp.heard(), *patient.heard())] == ["welcome", "welcome"]


async def _unreached(*_: object) -> None:
    raise ConnectionError("gone")
