"""Perfect negotiation of one peer-to-peer link, as a pure machine: link + event -> link + effects.

It knows no WebRTC object and no socket; `static/rtc/link.js` is the same machine for the browser, and both are held to
the playbooks in `tests/golden/link`. The pattern is that of W3C WebRTC ("Perfect negotiation example") and RFC 9429
section 4.1, with three additions, because offers here may be lost while somebody is away from signaling:

- only the impolite side makes the *first* offer, so the fixed m-lines are created once, by one side;
- an unanswered offer is sent again (`Overdue`), word for word;
- every description and candidate names the connection it belongs to (`instance`), so that those of a connection that
  has since been replaced are recognised.

The caller must perform the effects of one link strictly one after another, in order, waiting for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

ANSWER_WAIT_MS = 5000
"""Milliseconds after which an offer without an answer is sent again."""

KEPT_CANDIDATES = 64
"""So many candidates are held for a description that has not come, and of our own kept for sending again."""

Kind = Literal["offer", "answer"]
Signaling = Literal["closed", "stable", "have-local-offer", "have-remote-offer"]
Candidate = dict[str, Any] | None
"""An RTCIceCandidateInit, or None for the end of candidates."""


@dataclass(frozen=True, slots=True)
class Link:
    """All the machine remembers. `seed` is a random id of this page load; instances are `seed.1`, `seed.2`, etc."""

    self_id: str
    peer_id: str
    seed: str
    count: int = 0
    offerer: bool = False
    signaling: Signaling = "closed"
    making_offer: bool = False
    remote: str | None = None
    offered: str = ""
    gathered: tuple[Candidate, ...] = ()
    held: tuple[tuple[str, Candidate], ...] = ()

    @property
    def polite(self) -> bool:
        """The larger participant id yields when two offers meet."""
        return self.self_id > self.peer_id

    @property
    def instance(self) -> str:
        """The id of the current RTCPeerConnection."""
        return f"{self.seed}.{self.count}"

    @property
    def name(self) -> str:
        """The link's name in message bodies."""
        return f"p2p:{self.peer_id}"

    @property
    def offering(self) -> bool:
        """An offer of ours is being made or waits for its answer."""
        return self.making_offer or self.signaling == "have-local-offer"


# What happens to a link.


@dataclass(frozen=True, slots=True)
class Open:
    """The peer is in the room and a link to it is wanted."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The peer came back as another page load: its old connection is gone."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The connection `instance` cannot go on: a description was not accepted, or the connection closed by itself."""

    instance: str


@dataclass(frozen=True, slots=True)
class Restart:
    """The media path should be found again: ICE failed, or signaling came back and the link is not connected."""


@dataclass(frozen=True, slots=True)
class NegotiationNeeded:
    """The event of the same name of the connection `instance`."""

    instance: str


@dataclass(frozen=True, slots=True)
class Local:
    """setLocalDescription() has succeeded on `instance`; `sdp` is that of its localDescription now."""

    instance: str
    kind: Kind
    sdp: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The connection `instance` found a local candidate."""

    instance: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Overdue:
    """ANSWER_WAIT_MS have passed since the last `AwaitAnswer` of `instance`."""

    instance: str


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """The peer's offer, made by its connection `instance`."""

    instance: str
    sdp: str


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """The peer's answer from its connection `instance` to the offer of our connection `re`."""

    instance: str
    re: str
    sdp: str


@dataclass(frozen=True, slots=True)
class CandidateReceived:
    """A candidate of the peer's connection `instance`."""

    instance: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class CloseLink:
    """The peer left, or the call is over."""


Event = (
    Open
    | Reset
    | Broken
    | Restart
    | NegotiationNeeded
    | Local
    | Gathered
    | Overdue
    | OfferReceived
    | AnswerReceived
    | CandidateReceived
    | CloseLink
)

# What is to be done about it.


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """Close the connection there was, if any, and make one named `instance`.

    With `offerer`, create the fixed transceivers (audio, camera, screen), which leads to negotiationneeded; without,
    wait for the peer's offer and put the local tracks on the transceivers it brings.
    """

    instance: str
    offerer: bool


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close the connection."""


@dataclass(frozen=True, slots=True)
class SetLocal:
    """Call setLocalDescription() without argument, then feed `Local`. `kind` says what will come out of it."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class SetRemote:
    """Call setRemoteDescription(); an offer may roll back an offer of ours. On failure feed `Broken`."""

    kind: Kind
    sdp: str


@dataclass(frozen=True, slots=True)
class AddCandidate:
    """Call addIceCandidate(); a failure means nothing, the candidate may belong to an offer that was passed over."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class RestartIce:
    """Call restartIce(), which leads to negotiationneeded."""


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """Feed `Overdue` for `instance` after `ms`; a timer still running for this link is replaced."""

    instance: str
    ms: int = ANSWER_WAIT_MS


@dataclass(frozen=True, slots=True)
class SendToPeer:
    """Send a message of `type` with `body` to the peer."""

    type: Literal["offer", "answer", "candidate"]
    body: dict[str, Any]


Effect = OpenConnection | CloseConnection | SetLocal | SetRemote | AddCandidate | RestartIce | AwaitAnswer | SendToPeer
Step = tuple[Link, tuple[Effect, ...]]


def step(link: Link, event: Event) -> Step:
    """Fold one event into the link; a closed link hears only `Open`."""
    if link.signaling == "closed":
        return _reopen(link, offerer=not link.polite) if isinstance(event, Open) else (link, ())
    return _lifecycle(link, event)


def _lifecycle(link: Link, event: Event) -> Step:
    match event:
        case Open():
            return link, ()
        case Reset():
            return _reopen(link, offerer=not link.polite)
        case Broken():
            # The peer cannot know, so this side offers, whatever its politeness.
            return _reopen(link, offerer=True) if event.instance == link.instance else (link, ())
        case Restart():
            return _restart(link)
        case CloseLink():
            return Link(link.self_id, link.peer_id, link.seed, link.count), (CloseConnection(),)
        case _:
            return _own(link, event)


def _own(
    link: Link,
    event: NegotiationNeeded | Local | Gathered | Overdue | OfferReceived | AnswerReceived | CandidateReceived,
) -> Step:
    match event:
        case OfferReceived():
            return _offer(link, event)
        case AnswerReceived():
            return _answer(link, event)
        case CandidateReceived():
            return _candidate(link, event)
        case NegotiationNeeded() | Local() | Gathered() | Overdue():
            return _of_connection(link, event) if event.instance == link.instance else (link, ())
        case _:
            assert_never(event)


def _of_connection(link: Link, event: NegotiationNeeded | Local | Gathered | Overdue) -> Step:
    match event:
        case NegotiationNeeded():
            return _negotiate(link)
        case Local():
            return _local(link, event)
        case Gathered():
            return _gathered(link, event.candidate)
        case Overdue():
            return link, _offer_again(link)
        case _:
            assert_never(event)


def _reopen(link: Link, *, offerer: bool) -> Step:
    fresh = Link(
        link.self_id, link.peer_id, link.seed, link.count + 1, offerer=offerer, signaling="stable", held=link.held
    )
    return fresh, (OpenConnection(fresh.instance, offerer),)


def _restart(link: Link) -> Step:
    # The candidates of an offer that waits may be those of a network that is gone: it is sent again, and since the path
    # is to be found again a fresh one follows its answer.
    again = _offer_again(link)
    return link, (RestartIce(), *again) if link.remote is not None else again


def _negotiate(link: Link) -> Step:
    # When not stable nothing is lost: the browser fires negotiationneeded again when stable, if still needed.
    may_offer = link.offerer or link.remote is not None
    if link.signaling != "stable" or link.making_offer or not may_offer:
        return link, ()
    return replace(link, making_offer=True), (SetLocal("offer"),)


def _local(link: Link, event: Local) -> Step:
    if event.kind == "offer" and link.making_offer:
        made = replace(link, making_offer=False, signaling="have-local-offer", offered=event.sdp, gathered=())
        return made, _offer_again(made)
    if event.kind == "answer" and link.signaling == "have-remote-offer":
        body = {"link": link.name, "instance": link.instance, "re": link.remote, "sdp": event.sdp}
        return replace(link, signaling="stable"), (SendToPeer("answer", body),)
    return link, ()  # an offer that was given up for the peer's while it was being made


def _offer_again(link: Link) -> tuple[Effect, ...]:
    if link.signaling != "have-local-offer":
        return ()
    offer = SendToPeer("offer", {"link": link.name, "instance": link.instance, "sdp": link.offered})
    return (offer, AwaitAnswer(link.instance), *(_send_candidate(link, found) for found in link.gathered))


def _gathered(link: Link, candidate: Candidate) -> Step:
    kept = (*link.gathered, candidate)[-KEPT_CANDIDATES:]
    return replace(link, gathered=kept), (_send_candidate(link, candidate),)


def _send_candidate(link: Link, candidate: Candidate) -> SendToPeer:
    return SendToPeer("candidate", {"link": link.name, "instance": link.instance, "candidate": candidate})


def _offer(link: Link, event: OfferReceived) -> Step:
    if link.offering and not link.polite:
        # Ours wins: the polite side gives its own up for it, and gets it again: it may have been away when it was sent.
        return link, () if link.making_offer else _offer_again(link)
    if link.signaling == "have-remote-offer" and event.instance == link.remote:
        return link, ()  # the same offer again; its answer is on the way
    return _accept_offer(link, event)


def _accept_offer(link: Link, event: OfferReceived) -> Step:
    opened: tuple[Effect, ...] = ()
    if _needs_fresh_connection(link, event.instance):
        link, opened = _reopen(link, offerer=False)
    link = replace(link, signaling="have-remote-offer", making_offer=False)
    link, described = _describe(link, SetRemote("offer", event.sdp), event.instance)
    return link, (*opened, *described, SetLocal("answer"))


def _needs_fresh_connection(link: Link, instance: str) -> bool:
    # A connection that has made its own m-lines, or belongs to an older connection of the peer, cannot take this offer.
    return link.offerer if link.remote is None else link.remote != instance


def _answer(link: Link, event: AnswerReceived) -> Step:
    if link.signaling != "have-local-offer" or event.re != link.instance:
        return link, ()
    if link.remote is not None and link.remote != event.instance:
        return _reopen(link, offerer=True)  # the peer answered from a new connection: ours has lost its other end
    return _describe(replace(link, signaling="stable"), SetRemote("answer", event.sdp), event.instance)


def _describe(link: Link, remote: SetRemote, instance: str) -> Step:
    ready = tuple(AddCandidate(candidate) for owner, candidate in link.held if owner == instance)
    return replace(link, remote=instance, held=()), (remote, *ready)


def _candidate(link: Link, event: CandidateReceived) -> Step:
    if event.instance == link.remote:
        return link, (AddCandidate(event.candidate),)
    held = (*link.held, (event.instance, event.candidate))[-KEPT_CANDIDATES:]
    return replace(link, held=held), ()
