"""Writing in the thread of a case: a message with its files, once for each form, told to the other side."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.answer_tables import ConsultAttachment, ConsultMessage
from server.consults.attachment_rules import MediaType, Sent, kept_name, media_type_of, trouble_with
from server.consults.case_rules import Status
from server.consults.case_store import Case, acting_account, case_by_id
from server.consults.ring_actions import Desk, keep_event, tell_both
from server.consults.thread_store import count_attachments, message_by_id, seal_body, seal_content, seal_name
from server.kit import N_, Gone, Invalid, Keyring, NotFound
from server.kit.ids import new_id
from server.web import Deps

OVER = N_("This case was taken back.")
NOTHING = N_("Write something, or attach a file.")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to write. `key` becomes its id, so that a form sent twice writes once."""

    key: UUID
    body: str = field(repr=False)
    files: Sequence[Sent] = ()


@dataclass(frozen=True, slots=True)
class _Sealed:
    id: UUID
    name: bytes
    media_type: MediaType
    size: int
    content: bytes


async def write_message(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, new: NewMessage) -> None:
    """Write in a case as who asked or who took it; the same key writes once.

    Raises NotFound, Forbidden for anybody else, Gone when it was taken back, and Invalid for files that are not wanted.
    """
    async with deps.database.read() as session:
        case = await _writing(session, actor, consult_id)
        _check(new, await count_attachments(session, case.consult.id))
    files = await asyncio.to_thread(_sealed, deps.keyring, new.files)
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
        content=one.content,
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


def _sealed(keyring: Keyring, files: Sequence[Sent]) -> list[_Sealed]:
    return [_seal(keyring, one, kind) for one in files if (kind := media_type_of(one.content))]


def _seal(keyring: Keyring, one: Sent, media_type: MediaType) -> _Sealed:
    id_ = new_id()
    name, content = seal_name(keyring, id_, kept_name(one.name, media_type)), seal_content(keyring, id_, one.content)
    return _Sealed(id_, name, media_type, len(one.content), content)
