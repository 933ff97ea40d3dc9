"""Nodes over one real Redis: a room on several of them, what is cut off is heard later, and nothing is told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from signaling import BackplaneCommands, RedisBackplane
from signaling.backplane.scripts import BEAT, BURY, NODES, inbox_key, room_key
from tests import redis
from tests.signaling.nodes import KEY, WAIT, Node, Page, Person, Rows, eventually, nodes
from tests.signaling.server import now

pytestmark = pytest.mark.anyio

MEDIA = {"microphone": True, "camera": True, "screen": False}


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def own_redis() -> Iterator[redis.Server]:
    """Run a Redis that the test may end."""
    with redis.running() as server:
        yield server


async def call(one: Node, other: Node, room: str) -> tuple[Person, Person]:
    """The practitioner on one node, the patient on the other, in a room of their own."""
    like = Page(room)
    pcp = await one.enters("pcp", like=like)
    await pcp.hears("welcome")
    patient = await other.enters("patient", like=like)
    (welcome,) = await patient.hears("welcome")
    assert [p.id for p in welcome.body.participants] == ["pcp"]
    await pcp.hears("joined")
    return pcp, patient


async def test_two_people_on_two_nodes_are_in_one_room(redis_url: str, rows: Rows) -> None:
    async with nodes(redis_url, rows) as (one, other):
        pcp, patient = await call(one, other, "two-nodes")
        for number in range(70):  # beyond the room that is kept every 64 entries
            patient.offers("pcp", f"v={number}")
            await asyncio.sleep(0.035) if number % 25 == 24 else None
        heard = await pcp.hears(*["offer"] * 60)
        assert [m.body.sdp for m in heard] == [f"v={number}" for number in range(60)]
        await one.hub.end("two-nodes")
        assert await pcp.closed() == await patient.closed() == 4000


async def test_who_comes_back_on_another_node_hears_exactly_what_was_missed(redis_url: str, rows: Rows) -> None:
    async with nodes(redis_url, rows, 3) as (one, other, third):
        pcp, patient = await call(one, other, "moved")
        patient.vanishes()
        pcp.offers("patient", "v=1")
        pcp.says("chat", {"text": "Are you there?"})
        pcp.says("media", MEDIA)
        await pcp.hears("chat")
        back = await third.enters("patient", like=patient)
        welcome, *missed = await back.hears("welcome", "offer", "chat", "media")
        assert (welcome.body.resumed, welcome.body.participants) == (True, ())
        assert missed[0].body.sdp == "v=1"
        back.offers("pcp")
        await pcp.hears("offer")
        assert pcp.left_over() == back.left_over() == []
        assert ("left", "patient") not in rows.facts


async def test_nothing_is_lost_or_told_twice_over_links_that_are_cut(redis_url: str, rows: Rows) -> None:
    async with nodes(redis_url, rows) as (one, other), Redis.from_url(redis_url) as operator:
        pcp, patient = await call(one, other, "cut")
        for number in range(20):
            await operator.client_kill_filter(_type="normal", skipme=True)
            patient.offers("pcp", f"v={number}")
            await asyncio.sleep(0)
        heard = await pcp.hears(*["offer"] * 20)
        assert [m.body.sdp for m in heard] == [f"v={number}" for number in range(20)]
        assert patient.left_over() == []


async def test_a_dead_node_s_people_have_the_grace_and_then_have_left(
    redis_url: str, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.recovery.GRACE", timedelta(milliseconds=100))
    async with nodes(redis_url, rows) as (one, _), Redis.from_url(redis_url) as operator:
        dead = await Node(redis_url, rows).start()
        pcp, _ = await call(one, dead, "dead-node")
        lonely = await dead.enters("psychiatrist", like=Page("lonely"))
        await lonely.hears("welcome")
        await dead.dies()
        await operator.zadd(NODES, {dead.hub.id: 0})  # its lease of five seconds is over
        (left,) = await pcp.hears("left")
        assert left.body.participant == "patient"
        await rows.told(("left", "patient"), ("left", "psychiatrist"))
        gone = [(fact.room, fact.participant) for fact in rows.story if fact.what == "node_lost"]
        own = sorted(fact for fact in gone if fact[0] in {"dead-node", "lonely"})
        assert own == [("dead-node", "patient"), ("lonely", "psychiatrist")]  # by one of the two, once


async def test_a_node_that_is_long_about_the_rooms_of_a_dead_one_keeps_its_own_lease(
    redis_url: str, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.backplane.redis.BEAT_SECONDS", 0.05)
    begun, never = asyncio.Event(), asyncio.Event()

    async def is_long(*_: object) -> None:
        begun.set()
        await never.wait()

    async with nodes(redis_url, rows, 1) as (one,), Redis.from_url(redis_url) as operator:
        monkeypatch.setattr(one.hub, "lost", is_long)
        await operator.zadd(NODES, {"dead": 0})
        async with asyncio.timeout(WAIT):
            await begun.wait()
        await operator.zadd(NODES, {one.hub.id: 1})

        async def is_sure() -> bool:
            return (await operator.zscore(NODES, one.hub.id) or 0) > 1

        await eventually(is_sure)
        assert await operator.zscore(NODES, "dead") is not None  # it is still about that one's rooms
        await operator.zrem(NODES, "dead")


async def test_a_node_that_was_paused_is_back_and_nobody_noticed(redis_url: str, rows: Rows) -> None:
    async with nodes(redis_url, rows) as (one, paused), Redis.from_url(redis_url) as operator:
        pcp, patient = await call(one, paused, "paused")
        hub = paused.hub.id
        await operator.delete(
            inbox_key(hub), f"curbside:follows:{hub}"
        )  # what another node does when the lease is over
        await operator.srem(room_key("paused") + ":nodes", hub)
        await operator.zrem(NODES, hub)
        await one.hub.lost(hub, ["paused"])
        pcp.offers("patient", "v=1")
        welcome, offer = await patient.hears("welcome", "offer")
        assert (welcome.body.resumed, offer.body.sdp) == (True, "v=1")
        patient.offers("pcp", "v=2")
        (answer,) = await pcp.hears("offer")
        assert answer.body.sdp == "v=2"
        assert ("left", "patient") not in rows.facts
        told = [fact.what for fact in rows.story if (fact.room, fact.participant) == ("paused", "patient")]
        assert told[1:] in ([], ["node_lost", "reconnected"])  # it may be back before it was missed


async def test_a_node_that_did_not_hear_that_it_was_forgotten_learns_of_it_all_the_same(
    redis_url: str, rows: Rows
) -> None:
    async with nodes(redis_url, rows) as (one, paused), Redis.from_url(redis_url) as operator:
        pcp, patient = await call(one, paused, "unheard")
        hub = paused.hub.id
        await operator.zadd(NODES, {hub: 0})
        await operator.eval(BURY.text, 0, hub)
        await operator.eval(BEAT.text, 0, hub, "its own")  # the answer to which was lost on the way
        pcp.offers("patient", "v=1")
        (offer,) = await patient.hears("offer")
        assert offer.body.sdp == "v=1"


async def test_a_redis_that_comes_back_empty_disturbs_nobody(own_redis: redis.Server, rows: Rows) -> None:
    async with nodes(own_redis.url, rows) as (one, other):
        rows.places["psychiatrist"] = "waiting"
        pcp, patient = await call(one, other, "emptied")
        waiting = await other.enters("psychiatrist", "waiting", like=Page("emptied"))
        await waiting.hears("welcome")
        pcp.says("media", MEDIA)
        await patient.hears("media")
        own_redis.stop()
        own_redis.start()
        for person, peer in ((pcp, "patient"), (patient, "pcp")):
            (welcome,) = await person.hears("welcome")
            (there,) = welcome.body.participants
            assert (welcome.body.resumed, there.id, there.media.camera) == (False, peer, peer == "pcp")
        patient.offers("pcp")
        await pcp.hears("offer")
        patient.vanishes()
        pcp.offers("patient")
        back = await one.enters("patient", like=patient)
        await back.hears("welcome", "offer")
        await waiting.hears("welcome")
        assert pcp.left_over() == waiting.left_over() == []
        assert not [who for kind, who in rows.facts if kind == "left"]


async def test_what_was_decided_while_the_log_was_lost_holds_by_the_rows(own_redis: redis.Server, rows: Rows) -> None:
    async with nodes(own_redis.url, rows) as (one, other):
        pcp, patient = await call(one, other, "decided")
        waiting = await other.enters("psychiatrist", "waiting", like=Page("decided"))
        await waiting.hears("welcome")
        rows.places |= {"patient": "removed"}  # and the word of it was lost with the log
        own_redis.stop()
        own_redis.start()
        await pcp.hears("welcome", "left")
        assert await patient.closed() == 4001
        await waiting.hears("welcome", "admitted")


async def test_a_command_given_while_redis_is_away_is_carried_out_when_it_is_back(
    own_redis: redis.Server, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("redis", "writer"):
        monkeypatch.setattr(f"signaling.backplane.{module}.PATIENCE", 0.3)
    async with nodes(own_redis.url, rows) as (one, other):
        pcp, patient = await call(one, other, "away")
        own_redis.stop()
        patient.offers("pcp")
        await patient.hears("error")
        await one.hub.end("away")
        own_redis.start()
        assert await pcp.closed() == await patient.closed() == 4000


async def test_an_outage_of_redis_is_told_once_and_its_end_however_many_frames_fail_in_it(
    own_redis: redis.Server, rows: Rows
) -> None:
    async with nodes(own_redis.url, rows, 1) as (one,):
        pcp = await one.enters("pcp", like=Page("away"))
        await pcp.hears("welcome")
        with capture_logs() as logs:
            own_redis.stop()
            for _ in range(3):
                pcp.offers("patient")
            errors = await pcp.hears(*["error"] * 3)
            own_redis.start()
            await one.links.get()
            async with Redis.from_url(own_redis.url) as operator:
                await operator.client_kill_filter(_type="normal", skipme=True)
            await one.links.get()
            pcp.says("chat", {"text": "Here I am"})
            while (await pcp.hears_any()).type != "chat":
                pass
    assert {error.body.code for error in errors} == {"unavailable"}
    told = [(line["log_level"], line["event"]) for line in logs if line["log_level"] != "debug"]
    assert told == [("warning", "cut off"), ("info", "no longer cut off")]


async def test_a_node_that_shuts_down_hands_over_and_nobody_noticed(redis_url: str, rows: Rows) -> None:
    async with nodes(redis_url, rows) as (one, other):
        pcp, patient = await call(one, other, "drained")
        await other.close()
        assert await patient.closed() == 1012
        pcp.offers("patient")
        back = await one.enters("patient", like=patient)
        await back.hears("welcome", "offer")
        back.offers("pcp")
        await pcp.hears("offer")
        assert pcp.left_over() == []


async def test_a_process_without_a_hub_gives_commands_to_all(redis_url: str, rows: Rows) -> None:
    async with nodes(redis_url, rows) as (one, other):
        backplane = RedisBackplane(redis_url, KEY)
        await backplane.start()
        commands = BackplaneCommands(backplane, now)
        pcp = await one.enters("pcp", like=Page("apart"))
        patient = await other.enters("patient", "waiting", like=Page("apart"))
        await pcp.hears("welcome")
        await patient.hears("welcome")
        for _ in range(2):
            await commands.admit("apart", "patient")
            await commands.changed("apart", "today")
        await eventually(lambda: patient.outbox.qsize() == 4)
        assert sorted(patient.left_over()) == ["admitted", "admitted", "changed", "changed"]
        await commands.revoke("session-pcp")
        assert await pcp.closed() == 4004
        await commands.remove("apart", "patient", "wrong_person")
        assert await patient.closed() == 4001
        late = await one.enters("psychiatrist", like=Page("apart"))
        await late.hears("welcome")
        await commands.end("apart")
        assert await late.closed() == 4000
        await backplane.stop()


async def test_nothing_in_redis_can_be_read(redis_url: str, rows: Rows) -> None:
    async with nodes(redis_url, rows) as (one, other), Redis.from_url(redis_url) as operator:
        pcp, patient = await call(one, other, "sealed")
        for person in (pcp, patient) * 31:
            person.says("media", MEDIA)
        patient.says("chat", {"text": "my secret"})
        patient.offers("pcp", "v=0 fingerprint")
        await one.hub.changed("sealed", "today")
        await other.hub.revoke("session-nobody")
        await eventually(lambda: rows.chat)
        await eventually(lambda: operator.hexists(room_key("sealed"), "next"))
        stored = b"".join([await operator.dump(key) or b"" for key in await operator.keys("curbside:*")])
        assert len(stored) > 10_000
        for name in (b"Alvarez", b"Okafor", b"secret", b"fingerprint", b"session-", b"today", b"practitioner"):
            assert name not in stored
