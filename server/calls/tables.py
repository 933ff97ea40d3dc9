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
