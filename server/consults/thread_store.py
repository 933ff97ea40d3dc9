"""Queries of the thread of a case, which was found for the reader before. What people wrote and sent is opened here."""

import base64
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.answer_tables import ConsultAttachment, ConsultAttachmentPart, ConsultMessage
from server.consults.case_store import Case
from server.directory import formal_names
from server.kit import Keyring, NotFound, field_name

MESSAGE, ATTACHMENT, PART = "consult_message", "consult_attachment", "consult_attachment_part"
_CONTENT: Any = ConsultAttachment.content


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message, without its content; `size` in bytes."""

    id: UUID
    name: str = field(repr=False)
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One message: who wrote what and when, with its files."""

    id: UUID
    author: str
    is_own: bool
    body: str = field(repr=False)
    sent_at: datetime
    files: Sequence[Attached]


@dataclass(frozen=True, slots=True)
class File:
    """A file with its content."""

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)


async def thread_of(session: AsyncSession, keyring: Keyring, case: Case) -> list[Entry]:
    """Give what was written in a case, the first message first."""
    query = select(ConsultMessage).where(ConsultMessage.consult_id == case.consult.id)
    rows = (await session.exec(query.order_by(col(ConsultMessage.sent_at), col(ConsultMessage.id)))).all()
    names = await formal_names(session, case.actor, {row.account_id for row in rows})
    files = await _files(session, keyring, case.consult.id)
    return [
        Entry(
            row.id,
            names.get(row.account_id, ""),
            row.account_id == case.actor.account_id,
            keyring.open(row.body, field_name(MESSAGE, row.id, "body")) if row.body else "",
            row.sent_at,
            files[row.id],
        )
        for row in rows
    ]


async def attachment_by_id(session: AsyncSession, keyring: Keyring, case: Case, attachment_id: UUID | None) -> File:
    """Give a file of a case with its content. Raises NotFound."""
    query = select(ConsultAttachment).where(
        ConsultAttachment.id == attachment_id, ConsultAttachment.consult_id == case.consult.id
    )
    row = (await session.exec(query)).first()
    if row is None:
        raise NotFound
    name = keyring.open(row.name, field_name(ATTACHMENT, row.id, "name"))
    content = _opened(keyring, row.content, field_name(ATTACHMENT, row.id, "content"))
    more = select(ConsultAttachmentPart).where(ConsultAttachmentPart.attachment_id == row.id)
    parts = (await session.exec(more.order_by(col(ConsultAttachmentPart.position)))).all()
    rest = (_opened(keyring, part.content, field_name(PART, part.id, "content")) for part in parts)
    return File(name, row.media_type, b"".join((content, *rest)))


async def count_attachments(session: AsyncSession, consult_id: UUID) -> int:
    """Count the files of a case."""
    query = select(func.count(col(ConsultAttachment.id))).where(ConsultAttachment.consult_id == consult_id)
    return (await session.exec(query)).one()


async def loose_parts(session: AsyncSession, before: datetime) -> Sequence[UUID]:
    """Give the parts from before a moment whose file was never kept, of any organization; at most 1,000."""
    part, whole = ConsultAttachmentPart, select(ConsultAttachment.id)
    query = select(part.id).where(part.kept_at < before, col(part.attachment_id).not_in(whole)).limit(1000)
    return (await session.exec(query)).all()


async def message_by_id(session: AsyncSession, message_id: UUID) -> ConsultMessage | None:
    """Give a message by the key of the form that sent it."""
    return await session.get(ConsultMessage, message_id)


def seal_body(keyring: Keyring, message_id: UUID, text: str) -> bytes | None:
    """Seal what somebody wrote; None for nothing."""
    return keyring.seal(text, field_name(MESSAGE, message_id, "body")) if text else None


def seal_name(keyring: Keyring, attachment_id: UUID, name: str) -> bytes:
    """Seal the name of a file."""
    return keyring.seal(name, field_name(ATTACHMENT, attachment_id, "name"))


def seal_content(keyring: Keyring, attachment_id: UUID, content: bytes) -> bytes:
    """Seal the first part of a file."""
    return keyring.seal(base64.b64encode(content).decode(), field_name(ATTACHMENT, attachment_id, "content"))


def seal_part(keyring: Keyring, part_id: UUID, content: bytes) -> bytes:
    """Seal a later part of a file."""
    return keyring.seal(base64.b64encode(content).decode(), field_name(PART, part_id, "content"))


def _opened(keyring: Keyring, sealed: bytes, field: bytes) -> bytes:
    return base64.b64decode(keyring.open(sealed, field))


async def _files(session: AsyncSession, keyring: Keyring, consult_id: UUID) -> dict[UUID, list[Attached]]:
    """Read of each file everything but its content."""
    query = select(ConsultAttachment).where(ConsultAttachment.consult_id == consult_id)
    rows = await session.exec(query.options(defer(_CONTENT)).order_by(col(ConsultAttachment.id)))
    found: dict[UUID, list[Attached]] = defaultdict(list)
    for row in rows.all():
        name = keyring.open(row.name, field_name(ATTACHMENT, row.id, "name"))
        found[row.message_id].append(Attached(row.id, name, row.media_type, row.size))
    return found
