"""What the hub tells of how calls go: reports of clients, the story of a room, and what is counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from signaling import Happened, LinkQuality, Measured, Unmeasured
from signaling.backplane import Memory
from tests.signaling.stage import Someone, Stage, lobby_ticket

pytestmark = pytest.mark.anyio

LINK = {
    "peer": "pcp",
    "rtt": 48.5,
    "loss": 0.01,
    "jitter": None,
    "frozen": 0.0,
    "concealed": None,
    "path": "relay-udp",
    "bitrate": 900,
    "firstFrame": 412,
}
REPORT: dict[str, Any] = {
    "links": [LINK],
    "incidents": [{"what": "interrupted", "peer": "pcp", "ago": 900, "lasted": 1400}],
}


class Counted(Unmeasured):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()

    def joined(self, kind: str, seconds: float) -> None:
        self.seen["joined", kind] += 1

    def join_refused(self, code: str) -> None:
        self.seen["refused", code] += 1

    def closed(self, kind: str, ending: str) -> None:
        self.seen[f"closed {kind}", ending] += 1

    def reconnected(self, how: str) -> None:
        self.seen["reconnected", how] += 1

    def received(self, type_: str) -> None:
        self.seen["received", type_] += 1

    def sent(self, type_: str) -> None:
        self.seen["sent", type_] += 1

    def link(self, quality: LinkQuality) -> None:
        self.seen["link", quality.path or "unknown"] += 1


def reports(stage: Stage) -> list[Measured]:
    return [fact for fact in stage.application.story if isinstance(fact, Measured)]


async def test_a_report_reaches_the_application_and_no_other_participant(
    stage: Stage, patient: Someone, pcp: Someone
) -> None:
    pcp.wire.texts.clear()
    await patient.says("quality", REPORT)
    (fact,) = reports(stage)
    assert (fact.room, fact.participant, fact.links[0].rtt, fact.incidents[0].lasted) == (
        "visit",
        "patient",
        48.5,
        1400,
    )
    assert pcp.wire.texts == []


async def test_a_report_that_comes_too_soon_is_dropped_without_a_word(stage: Stage, patient: Someone) -> None:
    await patient.says("quality", REPORT)
    patient.wire.texts.clear()
    await patient.says("quality", REPORT)
    assert (len(reports(stage)), patient.wire.texts) == (1, [])
    await stage.time.pass_by(5)
    await patient.says("quality", REPORT)
    assert len(reports(stage)) == 2


async def test_nothing_is_taken_from_somebody_waiting(stage: Stage) -> None:
    waiting = await stage.enters("patient", "waiting")
    await waiting.says("quality", REPORT)
    assert stage.application.story == []


async def test_an_application_that_fails_costs_the_report_only(stage: Stage, patient: Someone) -> None:
    stage.application.story = None  # type: ignore[assignment] # nothing can be appended to it
    await patient.says("quality", REPORT)
    stage.application.story = []
    await stage.time.pass_by(5)
    await patient.says("quality", REPORT)
    assert len(reports(stage)) == 1


async def test_of_two_hubs_each_tells_the_story_of_its_own_connections_once(stage: Stage) -> None:
    shared = Memory()
    one, other = (stage.another_hub(backplane=shared) for _ in range(2))
    await stage.enters("pcp", hub=one)
    patient = await stage.enters("patient", hub=other)
    await patient.vanishes()
    await stage.enters("patient", hub=one)
    story = [(fact.participant, fact.what) for fact in stage.application.story if isinstance(fact, Happened)]
    assert story == [("pcp", "joined"), ("patient", "joined"), ("patient", "lost"), ("patient", "reconnected")]
    await one.close()
    await other.close()


async def test_what_happens_is_counted_by_words_of_closed_sets(stage: Stage) -> None:
    counted = Counted()
    hub = stage.another_hub(measures=counted)
    patient = await stage.enters("patient", hub=hub)
    await patient.says("quality", REPORT)
    await patient.says("nonsense")
    await patient.says("leave")
    lobby = stage.connects(hub)
    await lobby.joins(lobby_ticket("pcp"))
    assert hub.census() == {"call": 0, "lobby": 1, "unjoined": 0}
    assert hub.rooms() == 1
    await lobby.vanishes()
    refused = stage.connects(hub)
    await refused.says("join", {"ticket": "no ticket", "instance": "page"})
    for seen, times in {
        ("joined", "call"): 1,
        ("joined", "lobby"): 1,
        ("refused", "bad_ticket"): 1,
        ("link", "relay-udp"): 1,
        ("received", "invalid"): 1,
        ("received", "quality"): 1,
        ("sent", "welcome"): 2,
        ("closed call", "left"): 1,
        ("closed lobby", "lost"): 1,
        ("closed unjoined", "no_ticket"): 1,
    }.items():
        assert counted.seen[seen] == times, seen
    await hub.close()
