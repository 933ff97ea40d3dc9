"""Tables of rooms, the seats in them, and what was written there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class Room(SQLModel, table=True):
    """A place where people meet. Nobody joins after `ended_at`."""

    __tablename__ = "room"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    opened_at: datetime = moment_field()
    ended_at: datetime | None = moment_field(optional=True)


class Seat(SQLModel, table=True):
    """One person's place in a room. `standing` is waiting or admitted, and is the truth: tickets only copy it.

    `connection` names the live connection, None while there is none.
    """

    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("room_id", "account_id"), UniqueConstraint("room_id", "patient_id"))

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    room_id: UUID = ref_field("room.id")
    account_id: UUID | None = ref_field("account.id", optional=True)
    patient_id: UUID | None = ref_field("patient.id", optional=True)
    role: str = Field(max_length=20)
    name: str = Field(max_length=120)
    standing: str = Field(max_length=20)
    taken_at: datetime = moment_field()
    connection: str | None = Field(default=None, max_length=64)
    left_at: datetime | None = moment_field(optional=True)


class SeatStay(SQLModel, table=True):
    """That somebody was connected in a room, admitted, from `came_at` until `left_at`, None while they are."""

    __tablename__ = "seat_stay"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    room_id: UUID = ref_field("room.id")
    seat_id: UUID = ref_field("seat.id")
    connection: str = Field(max_length=64)
    came_at: datetime = moment_field()
    left_at: datetime | None = moment_field(optional=True)


class ChatMessage(SQLModel, table=True):
    """One message of a room's chat. `client_id` is the sender's own id, so that sending again adds nothing."""

    __tablename__ = "chat_message"
    __table_args__ = (UniqueConstraint("seat_id", "client_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    room_id: UUID = ref_field("room.id")
    seat_id: UUID = ref_field("seat.id")
    client_id: str = Field(max_length=64)
    text: bytes = sealed_field()
    sent_at: datetime = moment_field()


class Node(SQLModel, table=True):
    """A running server process, by the id of its hub, which begins the names of its connections.

    `leased_until` is on the database's clock. Once it is past, and the grace too, another node takes the row away and
    with it what the node held.
    """

    __tablename__ = "node"

    id: str = Field(primary_key=True, max_length=16)
    started_at: datetime = moment_field()
    leased_until: datetime = moment_field()


class PresenceConnection(SQLModel, table=True):
    """That pages of a member of staff are connected to a node, or were until `gone_at` (the database's clock)."""

    __tablename__ = "presence_connection"
    __table_args__ = (UniqueConstraint("account_id", "node_id"),)

    id: UUID = id_field()
    account_id: UUID = ref_field("account.id")
    node_id: str = Field(max_length=16, index=True)
    since: datetime = moment_field()
    gone_at: datetime | None = moment_field(optional=True)


class Availability(SQLModel, table=True):
    """What a member of staff says of themselves in an organization: available, busy or away, perhaps for a time."""

    __tablename__ = "availability"
    __table_args__ = (UniqueConstraint("account_id", "organization_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    account_id: UUID = ref_field("account.id")
    status: str = Field(max_length=10)
    until: datetime | None = moment_field(optional=True)
    set_at: datetime = moment_field()


class CallQuality(SQLModel, table=True):
    """How a link was for one seat over about five seconds, as its browser saw it. Shares are in thousandths.

    Written in batches; a sample may be missing. It goes when the technical data of visits goes.
    """

    __tablename__ = "call_quality"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    room_id: UUID = ref_field("room.id")
    seat_id: UUID = ref_field("seat.id", index=False)
    peer_id: UUID | None = ref_field("seat.id", optional=True, index=False)
    at: datetime = moment_field(index=True)
    rtt_ms: int | None = None
    loss: int
    jitter_ms: int | None = None
    frozen: int
    concealed: int | None = None
    bitrate_kbits: int | None = None
    first_frame_ms: int | None = None
    path: str | None = Field(default=None, max_length=20)


class CallEvent(SQLModel, table=True):
    """Something that happened to a seat's connection: a word of `signaling`, and how long it lasted where known."""

    __tablename__ = "call_event"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    room_id: UUID = ref_field("room.id")
    seat_id: UUID = ref_field("seat.id", index=False)
    peer_id: UUID | None = ref_field("seat.id", optional=True, index=False)
    at: datetime = moment_field(index=True)
    what: str = Field(max_length=20)
    lasted_ms: int | None = None
