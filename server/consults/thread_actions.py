"""Writing in the thread of a case: a message with its files, once for each form, told to the other side."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.answer_tables import ConsultAttachment, ConsultAttachmentPart, ConsultMessage
from server.consults.attachment_rules import MediaType, Sent, kept_name, media_type_of, parts_of, trouble_with
from server.consults.case_rules import Status
from server.consults.case_store import Case, acting_account, case_by_id
from server.consults.ring_actions import Desk, keep_event, tell_both
from server.consults.thread_store import (
    count_attachments,
    loose_parts,
    message_by_id,
    seal_body,
    seal_content,
    seal_name,
    seal_part,
)
from server.kit import N_, Gone, Invalid, NotFound
from server.kit.ids import new_id
from server.web import Deps

OVER = N_("This case was taken back.")
NOTHING = N_("Write something, or attach a file.")
LONGEST_UPLOAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to write. `key` becomes its id, so that a form sent twice writes once."""

    key: UUID
    body: str = field(repr=False)
    files: Sequence[Sent] = ()


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A file whose content is sealed, all parts after the first being kept already."""

    id: UUID
    name: bytes
    media_type: MediaType
    size: int
    first: bytes


async def write_message(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, new: NewMessage) -> None:
    """Write in a case as who asked or who took it; the same key writes once.

    Raises NotFound, Forbidden for anybody else, Gone when it was taken back, and Invalid for files that are not wanted.
    """
    async with deps.database.read() as session:
        case = await _writing(session, actor, consult_id)
        _check(new, await count_attachments(session, case.consult.id))
    files = [
        await _kept(deps, case, one, media_type) for one in new.files if (media_type := media_type_of(one.content))
    ]
    async with deps.database.write() as session:
        await _write(session, deps, live, actor, consult_id, new, files)


async def _write(
    session: AsyncSession,
    deps: Deps,
    live: Live,
    actor: Actor,
    consult_id: UUID | None,
    new: NewMessage,
    files: Sequence[_Sealed],
) -> None:
    case = await _writing(session, actor, consult_id, lock=True)
    if await _was_written(session, actor, consult_id, new.key):
        return
    consult, author = case.consult, acting_account(case)
    _check(new, await count_attachments(session, consult.id))
    body = seal_body(deps.keyring, new.key, new.body)
    session.add(_message(case, new.key, author, body, deps.now()))
    session.add_all([_attachment(case, new.key, one) for one in files])
    desk = Desk(session, deps, live, consult)
    keep_event(desk, "message", author, files=len(files))
    subject = Subject("Communication", new.key, consult.patient_id)
    note(session, deps.now(), case.actor, "write_in_case", subject, case.why)
    tell_both(desk)


def _message(case: Case, key: UUID, author: UUID, body: bytes | None, now: datetime) -> ConsultMessage:
    consult = case.consult
    return ConsultMessage(
        id=key,
        organization_id=consult.organization_id,
        consult_id=consult.id,
        account_id=author,
        body=body,
        sent_at=now,
    )


def _attachment(case: Case, message_id: UUID, one: _Sealed) -> ConsultAttachment:
    return ConsultAttachment(
        id=one.id,
        organization_id=case.consult.organization_id,
        consult_id=case.consult.id,
        message_id=message_id,
        name=one.name,
        media_type=one.media_type,
        size=one.size,
        content=one.first,
    )


async def _writing(session: AsyncSession, actor: Actor, consult_id: UUID | None, *, lock: bool = False) -> Case:
    case = await case_by_id(session, actor, Action.HOLD_CONSULT, consult_id, lock=lock)
    if case.consult.status == Status.CLOSED:
        raise Gone(OVER)
    return case


async def _was_written(session: AsyncSession, actor: Actor, consult_id: UUID | None, key: UUID) -> bool:
    """Tell whether this form was sent before. Raises NotFound when somebody else sent it, or for another case."""
    row = await message_by_id(session, key)
    if row is None:
        return False
    if (row.consult_id, row.account_id) != (consult_id, actor.account_id):
        raise NotFound
    return True


def _check(new: NewMessage, already: int) -> None:
    if not new.body and not new.files:
        raise Invalid({"body": NOTHING}, {"body": new.body})
    if trouble := trouble_with(new.files, already):
        raise Invalid({"files": trouble}, {"body": new.body})


async def _kept(deps: Deps, case: Case, file: Sent, media_type: MediaType) -> _Sealed:
    """Keep a file but for its first part, each part in a transaction of its own."""
    id_, (first, *more) = new_id(), parts_of(file.content)
    for position, part in enumerate(more, 1):
        part_id = new_id()
        content = await asyncio.to_thread(seal_part, deps.keyring, part_id, part)
        async with deps.database.write() as session:
            session.add(
                ConsultAttachmentPart(
                    id=part_id,
                    organization_id=case.consult.organization_id,
                    attachment_id=id_,
                    position=position,
                    content=content,
                    kept_at=deps.now(),
                )
            )
    name = seal_name(deps.keyring, id_, kept_name(file.name, media_type))
    return _Sealed(id_, name, media_type, len(file.content), seal_content(deps.keyring, id_, first))


async def drop_loose_parts(deps: Deps) -> bool:
    """Drop the parts of files that never became one, an hour after; False, for the next look has a time of its own."""
    async with deps.database.read() as session:
        loose = await loose_parts(session, deps.now() - LONGEST_UPLOAD)
    for part_id in loose:
        async with deps.database.write() as session:
            await session.exec(delete(ConsultAttachmentPart).where(col(ConsultAttachmentPart.id) == part_id))
    return False
