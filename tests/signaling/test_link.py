"""The link machine: held to the shared playbooks, and shown to come to an agreement through every kind of trouble."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling import link as machine
from signaling.link import KEPT_CANDIDATES, Link, step

BOOKS = sorted(Path(__file__).parents[1].joinpath("golden", "link").glob("*.json"))
EVENTS: dict[str, Any] = {
    "open": machine.Open,
    "reset": machine.Reset,
    "close": machine.CloseLink,
    "negotiationneeded": machine.NegotiationNeeded,
    "local": machine.Local,
    "gathered": machine.Gathered,
    "offer": machine.OfferReceived,
    "answer": machine.AnswerReceived,
    "candidate": machine.CandidateReceived,
    "overdue": machine.Overdue,
    "restart": machine.Restart,
    "broken": machine.Broken,
}


def written(effect: machine.Effect) -> dict[str, Any]:
    """An effect as the playbooks write it."""
    do = re.sub(r"(?<!^)([A-Z])", r"-\1", type(effect).__name__).lower()
    return {"do": do, **{field.name: getattr(effect, field.name) for field in dataclasses.fields(effect)}}


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_it_follows_the_playbook(path: Path) -> None:
    book = json.loads(path.read_text())
    link = Link(book["initial"]["self"], book["initial"]["peer"], book["initial"]["seed"])
    for number, line in enumerate(book["steps"]):
        event = dict(line["event"])
        link, effects = step(link, EVENTS[event.pop("type")](**event))
        assert [written(effect) for effect in effects] == line["effects"], f"step {number}: {line['event']}"
    facts = {"signaling": link.signaling, "polite": link.polite, "instance": link.instance, "remote": link.remote}
    assert {**facts, "makingOffer": link.making_offer} == book["final"]


def test_there_are_playbooks() -> None:
    assert len(BOOKS) >= 15


def test_candidates_without_a_description_are_kept_up_to_a_bound() -> None:
    link, _ = step(Link("bert", "anna", "b"), machine.Open())
    for number in range(KEPT_CANDIDATES + 10):
        link, _ = step(link, machine.CandidateReceived("a.1", {"candidate": str(number)}))
    link, effects = step(link, machine.OfferReceived("a.1", "offer"))
    added = [effect.candidate for effect in effects if isinstance(effect, machine.AddCandidate)]
    assert len(added) == KEPT_CANDIDATES
    assert added[-1] == {"candidate": str(KEPT_CANDIDATES + 9)}


def test_an_answer_does_not_follow_a_connection_that_is_gone() -> None:
    link, _ = step(Link("bert", "anna", "b"), machine.Open())
    link, _ = step(link, machine.OfferReceived("a.1", "offer"))
    link, _ = step(link, machine.Reset())
    assert step(link, machine.Local("b.1", "answer", "late")) == (link, ())


class FakeConnection:
    """What an RTCPeerConnection does with descriptions, as far as agreement goes. A pair of those is a session."""

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self.state = "stable"
        self.made = 0
        self.offer = ""
        self.session: tuple[str, str] | None = None
        self.remote_owner = ""
        self.restarting = False

    def set_local(self) -> tuple[machine.Kind, str]:
        """setLocalDescription() without argument."""
        self.made += 1
        self.restarting = False  # whatever is described now has new credentials
        if self.state == "have-remote-offer":
            self.session = (self.offer, f"{self.instance} answers {self.made} to {self.offer}")
            self.state = "stable"
            return "answer", self.session[1]
        self.state = "have-local-offer"
        self.offer = f"{self.instance} offers {self.made}"
        return "offer", self.offer

    def set_remote(self, kind: machine.Kind, sdp: str) -> None:
        """setRemoteDescription(), with the implicit rollback."""
        owner = sdp.split()[0]
        if self.remote_owner not in ("", owner):
            raise ValueError("the description is of another connection than the one before")
        if kind == "offer":
            self.state, self.offer = "have-remote-offer", sdp
        elif self.state != "have-local-offer" or not sdp.endswith(f"to {self.offer}"):
            raise ValueError("not the answer to this offer")
        else:
            self.state, self.session = "stable", (self.offer, sdp)
        self.remote_owner = owner


class End:
    """One end of a link: the machine, its connection, and what is still to be performed."""

    def __init__(self, me: str, peer: str) -> None:
        self.link = Link(me, peer, me[0])
        self.connection: FakeConnection | None = None
        self.todo: deque[machine.Effect] = deque()
        self.away = False
        self.sent: deque[machine.Event] = deque()
        self.timer = ""

    def feed(self, event: machine.Event) -> None:
        """Give the machine an event."""
        self.link, effects = step(self.link, event)
        self.todo.extend(effects)

    def perform(self) -> None:
        """Perform the next effect, if there is one."""
        if not self.todo:
            return
        match self.todo.popleft():
            case machine.OpenConnection(instance, offerer):
                self._open(instance, offerer)
            case machine.SetLocal():
                self._describe()
            case machine.SetRemote(kind, sdp):
                self._accept(kind, sdp)
            case machine.RestartIce():
                self._restart_ice()
            case machine.AwaitAnswer(instance):
                self.timer = instance
            case machine.SendToPeer(kind, body):
                self.sent.append(_received(kind, body))

    def needs_negotiation(self) -> None:
        """The browser's event, which fires in the stable state only."""
        if self.connection and self.connection.state == "stable":
            self.feed(machine.NegotiationNeeded(self.connection.instance))

    def _restart_ice(self) -> None:
        """restartIce(): what cannot be negotiated now is asked for on the way back to stable."""
        if self.connection:
            self.connection.restarting = True
            self.needs_negotiation()

    def breaks(self) -> None:
        """The connection cannot go on."""
        if self.connection:
            self.feed(machine.Broken(self.connection.instance))

    def goes(self) -> None:
        """Signaling is lost."""
        self.away = True

    def comes_back(self) -> None:
        """Signaling is there again."""
        self.away = False
        self.feed(machine.Restart())

    def _open(self, instance: str, offerer: bool) -> None:
        self.connection = FakeConnection(instance)
        if offerer:
            self.needs_negotiation()

    def _describe(self) -> None:
        assert self.connection
        kind, sdp = self.connection.set_local()
        self.feed(machine.Local(self.connection.instance, kind, sdp))
        self.feed(machine.Gathered(self.connection.instance, {"candidate": sdp}))

    def _accept(self, kind: machine.Kind, sdp: str) -> None:
        assert self.connection
        try:
            self.connection.set_remote(kind, sdp)
        except ValueError:
            self.feed(machine.Broken(self.connection.instance))
        if self.connection.restarting:
            self.needs_negotiation()

    def overdue(self) -> None:
        """The time of the last AwaitAnswer is up."""
        self.feed(machine.Overdue(self.timer))


def _received(kind: str, body: dict[str, Any]) -> machine.Event:
    fields = {name: value for name, value in body.items() if name != "link"}
    event: machine.Event = EVENTS[kind](**fields)
    return event


class Pair:
    """Two ends and the signaling between them: in order, but what is sent to somebody away is lost."""

    def __init__(self) -> None:
        self.ends = (End("anna", "bert"), End("bert", "anna"))

    def deliver(self, to: int) -> None:
        """Hand over the next message to an end."""
        sender = self.ends[1 - to]
        if sender.sent:
            event = sender.sent.popleft()
            if not self.ends[to].away:
                self.ends[to].feed(event)

    def moves(self) -> Iterator[None]:
        """Let everything happen that is under way."""
        for _ in range(500):
            if not any(end.todo or end.sent for end in self.ends):
                return
            for index, end in enumerate(self.ends):
                end.perform()
                self.deliver(index)
            yield
        raise AssertionError("the two talk without end")

    def agree(self) -> bool:
        """Both ends are connected to each other by the same session."""
        one, other = (end.connection for end in self.ends)
        settled = all(end.link.signaling == "stable" and not end.link.making_offer for end in self.ends)
        return bool(one and other and settled and one.session and one.session == other.session)


TROUBLES: dict[str, Callable[[End], None]] = {
    "perform": End.perform,
    "away": End.goes,
    "back": End.comes_back,
    "restart": lambda end: end.feed(machine.Restart()),
    "overdue": End.overdue,
    "needed": End.needs_negotiation,
    "broken": End.breaks,
}


def trouble(pair: Pair, what: str, whom: int) -> None:
    """One thing that happens on the way."""
    if what == "deliver":
        pair.deliver(whom)
    elif what == "page":
        _another_page(pair, whom)
    else:
        TROUBLES[what](pair.ends[whom])


def _another_page(pair: Pair, whom: int) -> None:
    old, peer = pair.ends[whom], pair.ends[1 - whom]
    fresh = End(old.link.self_id, old.link.peer_id)
    fresh.link = dataclasses.replace(fresh.link, seed=old.link.seed + "'")
    pair.ends = (fresh, peer) if whom == 0 else (peer, fresh)
    peer.sent.clear()
    fresh.feed(machine.Open())
    peer.feed(machine.Reset())


def settle(pair: Pair) -> None:
    """Everybody is there and nothing is lost any more; ICE failures are noticed and offers repeated."""
    for end in pair.ends:
        end.away = False
    for _ in range(8):
        for _ in pair.moves():
            pass
        if pair.agree():
            return
        for end in pair.ends:
            end.overdue()
            end.feed(machine.Restart())


KINDS = ("perform", "perform", "deliver", "deliver", "away", "back", "restart", "overdue", "needed", "broken", "page")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1)), max_size=40))
def test_both_ends_agree_after_any_trouble(story: list[tuple[str, int]]) -> None:
    pair = Pair()
    for end in pair.ends:
        end.feed(machine.Open())
    for what, whom in story:
        trouble(pair, what, whom)
    settle(pair)
    assert pair.agree()


@pytest.mark.parametrize("seed", range(15))
def test_long_stories_end_well_too(seed: int) -> None:
    chance = Random(seed)
    pair = Pair()
    for end in pair.ends:
        end.feed(machine.Open())
    for _ in range(150):
        trouble(pair, chance.choice(KINDS), chance.randrange(2))
    settle(pair)
    assert pair.agree()


def test_an_undisturbed_start_needs_one_offer_and_one_answer() -> None:
    pair = Pair()
    for end in pair.ends:
        end.feed(machine.Open())
    settle(pair)
    made = [end.connection.made for end in pair.ends if end.connection]
    assert pair.agree()
    assert made == [1, 1]
