"""Every message of the wire protocol as a frozen model; PROTOCOL.md shows an example of each. Pure.

`room`, `from` and `pos` of a client's message are read and forgotten: the server stamps its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, Self, TypedDict

from pydantic import Field, StringConstraints

from signaling.model import Id, Model
from signaling.quality import QualityBody

VERSION: Final = 1
SUBPROTOCOLS: Final = ("curbside.v1",)
"""WebSocket subprotocols that the server speaks, the best first. Who offers none speaks version 1."""
MAX_FRAME_BYTES: Final = 64 * 1024

CLOSE_LEFT: Final = 1000
CLOSE_RESTARTING: Final = 1012
CLOSE_ENDED: Final = 4000
CLOSE_REMOVED: Final = 4001
CLOSE_REPLACED: Final = 4002
CLOSE_NO_TICKET: Final = 4003
CLOSE_REVOKED: Final = 4004
CLOSE_UNSUPPORTED: Final = 4005
CLOSE_TOO_MUCH: Final = 4008

Code = Literal[
    "malformed",
    "too_large",
    "unsupported_version",
    "unknown_type",
    "not_joined",
    "bad_ticket",
    "ticket_expired",
    "not_admitted",
    "unknown_recipient",
    "too_many",
    "not_allowed",
    "unavailable",
]
Role = Literal["patient", "practitioner", "frontdesk", "guest"]
Standing = Literal["waiting", "admitted"]

LinkName = Annotated[str, StringConstraints(pattern=r"^p2p:[!-~]{1,64}$")]
Sdp = Annotated[str, StringConstraints(min_length=1, max_length=MAX_FRAME_BYTES)]
ChatText = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
PositionText = Annotated[str, StringConstraints(pattern=r"^\d{1,15}-\d{1,6}$")]
"""The number of an entry in the room's log, and which of the messages that it led to."""
LongText = Annotated[str, StringConstraints(max_length=4096)]


_set: Final = object.__setattr__


class MediaState(Model):
    """What a participant is sending."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False


class Participant(Model):
    """A participant as the others in the room know them."""

    id: str
    name: str
    role: Role
    instance: str
    media: MediaState


class CandidateInit(Model):
    """W3C RTCIceCandidateInit."""

    candidate: LongText = ""
    sdp_mid: Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, alias="sdpMid")
    sdp_m_line_index: Annotated[int, Field(ge=0, le=65535)] | None = Field(default=None, alias="sdpMLineIndex")
    username_fragment: Annotated[str, StringConstraints(max_length=256)] | None = Field(
        default=None, alias="usernameFragment"
    )


class Empty(Model):
    """The body of a message that says everything by its type."""


class Resume(Model):
    """How far somebody has heard a room: the `generation` of its last `welcome`, the last `pos` since or `position`."""

    generation: Id
    position: PositionText


class JoinBody(Model):
    """`instance` is a random id of the page load."""

    ticket: LongText
    instance: Id
    resume: Resume | None = None


class OfferBody(Model):
    """`instance` is the id of the sender's RTCPeerConnection."""

    link: LinkName
    instance: Id
    sdp: Sdp


class AnswerBody(Model):
    """`re` is the instance whose offer this answers."""

    link: LinkName
    instance: Id
    re: Id
    sdp: Sdp


class CandidateBody(Model):
    """A null candidate is the end of candidates."""

    link: LinkName
    instance: Id
    candidate: CandidateInit | None


class MediaBody(Model):
    """All three, always."""

    microphone: bool
    camera: bool
    screen: bool


class ChatBody(Model):
    """What a participant says."""

    text: ChatText


class ChatLineBody(Model):
    """What a participant said, once it is committed."""

    text: str
    name: str
    at: datetime


class WelcomeBody(Model):
    """`participants` are the others in the room; empty while waiting, and when resumed: then nothing was missed."""

    self: str
    standing: Standing
    participants: tuple[Participant, ...] = ()
    generation: str | None = None
    position: str | None = None
    resumed: bool = False


class JoinedBody(Model):
    """Who came, or came back as another page."""

    participant: Participant


class LeftBody(Model):
    """Whose place is empty now. Who is `lost` has not gone, but did not come back to signaling in time."""

    participant: str
    lost: bool = False


class RemovedBody(Model):
    """Why, as a word for the page to translate."""

    reason: str


class ChangedBody(Model):
    """What to fetch afresh. Never the content."""

    topic: str


class ErrorBody(Model):
    """`message` is for developers; pages go by `code`."""

    code: Code
    message: str
    re: str | None = None


def _is_none(value: object) -> bool:
    return value is None


class Envelope(Model):
    """What every message carries. `from` is called `sender` in Python."""

    v: Annotated[int, Field(ge=VERSION, le=VERSION)] = VERSION
    id: Id
    room: LongText | None = None
    sender: LongText | None = Field(default=None, validation_alias="from", serialization_alias="from")
    to: Id | None = None
    epoch: Annotated[int, Field(ge=0, lt=2**31)] = 0
    pos: LongText | None = Field(default=None, exclude_if=_is_none)

    def to_json(self) -> str:
        """Give the text of the frame."""
        text: bytes = self.__pydantic_serializer__.to_json(self, by_alias=True)  # half the time of `model_dump_json`
        return text.decode()

    def to_json_at(self, position: str) -> str:
        """Give the text of the frame with its place in the room's log."""
        return f'{self.to_json()[:-1]},"pos":"{position}"}}'


def chosen_subprotocol(offered: Sequence[str]) -> str | None:
    """Give the best subprotocol that a client and the server both speak; version 1 is spoken by who offers none."""
    return next((name for name in SUBPROTOCOLS if name in offered or not offered), None)


class Stamp(TypedDict):
    """What the server writes on every message of its own."""

    id: str
    room: str
    to: str | None


class Directed(Envelope):
    """A message for one participant."""

    to: Id

    def stamped(self, room: str, sender: str) -> Self:
        """Give the message as the server relays it. Like `model_copy`, which takes three times as long."""
        copied = object.__new__(type(self))
        _set(copied, "__dict__", {**self.__dict__, "room": room, "sender": sender, "pos": None})
        _set(copied, "__pydantic_fields_set__", self.__pydantic_fields_set__)
        _set(copied, "__pydantic_extra__", None)
        _set(copied, "__pydantic_private__", None)
        return copied


class Join(Envelope):
    """The first message of a connection, and again with a new ticket after admission."""

    type: Literal["join"] = "join"
    body: JoinBody


class Offer(Directed):
    """An SDP offer."""

    type: Literal["offer"] = "offer"
    body: OfferBody


class Answer(Directed):
    """An SDP answer."""

    type: Literal["answer"] = "answer"
    body: AnswerBody


class Candidate(Directed):
    """An ICE candidate."""

    type: Literal["candidate"] = "candidate"
    body: CandidateBody


class Media(Envelope):
    """What the sender is sending now."""

    type: Literal["media"] = "media"
    body: MediaBody


class Chat(Envelope):
    """A chat message on its way to the server; `id` makes it idempotent."""

    type: Literal["chat"] = "chat"
    body: ChatBody


class Quality(Envelope):
    """How the sender's links are. Never relayed, and lost without harm."""

    type: Literal["quality"] = "quality"
    body: QualityBody


class Leave(Envelope):
    """The sender goes, and means it."""

    type: Literal["leave"] = "leave"
    body: Empty


class Welcome(Envelope):
    """The answer to `join`."""

    type: Literal["welcome"] = "welcome"
    body: WelcomeBody


class Joined(Envelope):
    """Somebody came."""

    type: Literal["joined"] = "joined"
    body: JoinedBody


class Left(Envelope):
    """Somebody went."""

    type: Literal["left"] = "left"
    body: LeftBody


class ChatLine(Envelope):
    """A committed chat message; to its sender it is the acknowledgement."""

    type: Literal["chat"] = "chat"
    body: ChatLineBody


class Admitted(Envelope):
    """To somebody waiting: fetch a new ticket and join again."""

    type: Literal["admitted"] = "admitted"
    body: Empty = Empty()


class Removed(Envelope):
    """To somebody who was removed."""

    type: Literal["removed"] = "removed"
    body: RemovedBody


class Ended(Envelope):
    """The visit is over for everyone."""

    type: Literal["ended"] = "ended"
    body: Empty = Empty()


class Changed(Envelope):
    """Something a page shows is no longer so."""

    type: Literal["changed"] = "changed"
    body: ChangedBody


class Heartbeat(Envelope):
    """The server is there."""

    type: Literal["heartbeat"] = "heartbeat"
    body: Empty = Empty()


class Error(Envelope):
    """Something the receiver sent was not accepted."""

    type: Literal["error"] = "error"
    body: ErrorBody


ClientMessage = Join | Offer | Answer | Candidate | Media | Chat | Quality | Leave
Relayed = Offer | Answer | Candidate
ServerMessage = (
    Welcome
    | Joined
    | Left
    | Media
    | Offer
    | Answer
    | Candidate
    | ChatLine
    | Admitted
    | Removed
    | Ended
    | Changed
    | Heartbeat
    | Error
)
