"""Mail is sent at least once, in order, with one Message-ID, whatever is down and whoever crashes. On a real server."""

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import anyio
import pytest
from sqlmodel import col, select, update

from server.db import Database
from server.kit.ids import OrganizationId, new_id
from server.outbox import (
    Calendar,
    Mail,
    OutboxMessage,
    actions,
    queue_mail,
    send_due_hooks,
    send_due_mail,
    send_due_pushes,
)
from server.outbox.actions import Hook, Push, queue_hook, queue_push
from server.outbox.transport import deliver, mail_file
from server.settings import Settings
from tests.server.outbox.post import PostOffice

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def clinic(database: Database, tmp_path: Path, office: PostOffice) -> AsyncIterator["World"]:
    """The cast with a mail server, on both kinds of database."""
    from tests.cast import opened_world

    async with opened_world(
        database, tmp_path, smtp_url=office.url, mail_from="Cedar Creek <no-reply@c.test>"
    ) as world:
        yield world


async def queue(world: "World", subject: str = "Your visit", recipient: str = "m.alvarez@example.org") -> UUID:
    mail = Mail(
        OrganizationId(world.clinic.organization_id), new_id(), recipient, subject, "Open https://example.org/v/x ñ\n"
    )
    async with world.deps.database.write() as session:
        return queue_mail(session, world.deps, mail)


async def row(world: "World", row_id: UUID) -> OutboxMessage:
    async with world.deps.database.read() as session:
        return await session.get_one(OutboxMessage, row_id)


async def send_all(world: "World") -> int:
    sent = 0
    while await send_due_mail(world.deps):
        sent += 1
    return sent


class Crash(BaseException):
    """The process is gone: nothing after it runs."""


async def test_queued_mail_arrives_as_it_was_written(clinic: "World", office: PostOffice) -> None:
    await queue(clinic)
    assert await send_due_mail(clinic.deps) is True
    (mail,) = office.taken
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "m.alvarez@example.org",
        "Cedar Creek <no-reply@c.test>",
        "Your visit",
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().strip() == "Open https://example.org/v/x ñ"
    assert office.recipients == ["m.alvarez@example.org"]


async def test_queued_mail_is_sent_once(clinic: "World", office: PostOffice) -> None:
    await queue(clinic)
    assert [await send_due_mail(clinic.deps) for _ in range(3)] == [True, False, False]
    assert len(office.taken) == 1


async def test_the_message_id_names_the_row_and_our_own_host(clinic: "World", office: PostOffice) -> None:
    row_id = await queue(clinic)
    await send_all(clinic)
    assert office.taken[0]["Message-ID"] == f"<{row_id}@127.0.0.1>"


async def test_an_invitation_travels_with_its_mail_and_is_sealed_and_wiped(clinic: "World", office: PostOffice) -> None:
    invitation = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Visit at Cedar Creek\r\nEND:VCALENDAR\r\n"
    organization_id = OrganizationId(clinic.clinic.organization_id)
    mail = Mail(organization_id, new_id(), "m@example.org", "s", "b", Calendar("REQUEST", invitation))
    async with clinic.deps.database.write() as session:
        row_id = queue_mail(session, clinic.deps, mail)
    waiting = await row(clinic, row_id)
    assert waiting.calendar_method == "REQUEST"
    assert b"Cedar" not in (waiting.calendar or b"Cedar")
    await send_all(clinic)
    plain, calendar = office.taken[0].iter_parts()
    assert plain.get_content().strip() == "b"
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar.get_payload(decode=True) == invitation.encode()
    assert (await row(clinic, row_id)).calendar is None


async def test_the_date_is_when_the_mail_was_queued(clinic: "World", office: PostOffice) -> None:
    await queue(clinic)
    queued = clinic.clock.now
    clinic.clock.pass_(minutes=3)
    await send_all(clinic)
    assert office.taken[0]["Date"].datetime == queued


async def test_of_mail_that_was_sent_only_the_address_is_kept_and_that_sealed(clinic: "World") -> None:
    row_id = await queue(clinic)
    await send_all(clinic)
    sent = await row(clinic, row_id)
    assert (sent.status, sent.sent_at, sent.subject, sent.body) == ("sent", clinic.clock.now, None, None)
    assert b"alvarez" not in sent.recipient


async def test_no_text_lies_open_while_it_waits(clinic: "World") -> None:
    waiting = await row(clinic, await queue(clinic))
    assert not any(b"visit" in (sealed or b"") for sealed in (waiting.recipient, waiting.subject, waiting.body))


async def test_what_was_taken_back_is_never_sent(clinic: "World", office: PostOffice) -> None:
    async def change_and_break() -> None:
        async with clinic.deps.database.write() as session:
            mail = Mail(OrganizationId(clinic.clinic.organization_id), new_id(), "m@example.org", "s", "b")
            queue_mail(session, clinic.deps, mail)
            raise RuntimeError("the page broke")

    with pytest.raises(RuntimeError):
        await change_and_break()
    assert await send_all(clinic) == 0
    assert office.taken == []


async def test_the_oldest_mail_goes_first(clinic: "World", office: PostOffice) -> None:
    for subject in ("first", "second", "third"):
        await queue(clinic, subject)
        clinic.clock.pass_(seconds=1)
    await send_all(clinic)
    assert [mail["Subject"] for mail in office.taken] == ["first", "second", "third"]


async def test_refused_mail_is_put_off_and_sent_later(clinic: "World", office: PostOffice) -> None:
    row_id, office.refusing = await queue(clinic), True
    assert await send_all(clinic) == 1
    put_off = await row(clinic, row_id)
    assert (put_off.status, put_off.attempts, put_off.leased_until) == ("queued", 1, None)
    office.refusing = False
    clinic.clock.pass_(seconds=29)
    assert await send_all(clinic) == 0
    clinic.clock.pass_(seconds=1)
    assert await send_all(clinic) == 1
    assert [mail["Message-ID"] for mail in office.taken] == [f"<{row_id}@127.0.0.1>"]


async def test_while_the_mail_server_is_down_mail_waits(database: Database, tmp_path: Path) -> None:
    from tests.cast import opened_world

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"smtp://127.0.0.1:{free.getsockname()[1]}"
    async with opened_world(database, tmp_path, smtp_url=nobody) as world:
        row_id = await queue(world)
        assert await send_all(world) == 1
        assert (await row(world, row_id)).status == "queued"


async def test_mail_that_is_refused_eight_times_has_failed_for_good(clinic: "World", office: PostOffice) -> None:
    row_id, office.refusing = await queue(clinic), True
    for _ in range(8):
        assert await send_due_mail(clinic.deps) is True
        clinic.clock.pass_(hours=1)
    failed = await row(clinic, row_id)
    assert (failed.status, failed.attempts) == ("failed", 8)
    office.refusing = False
    assert await send_all(clinic) == 0


async def test_mail_that_cannot_even_be_written_does_not_hold_up_the_rest(clinic: "World", office: PostOffice) -> None:
    broken = await queue(clinic, "broken")
    async with clinic.deps.database.write() as session:
        await session.exec(update(OutboxMessage).where(col(OutboxMessage.id) == broken).values(body=b"no seal"))
    await queue(clinic, "whole")
    await send_all(clinic)
    assert [mail["Subject"] for mail in office.taken] == ["whole"]
    assert ((await row(clinic, broken)).status, (await row(clinic, broken)).attempts) == ("queued", 1)


async def test_a_crash_before_the_result_is_kept_sends_the_same_message_again_after_the_lease(
    clinic: "World", office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = await queue(clinic)

    async def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_finish", crash)
        with pytest.raises(Crash):
            await send_due_mail(clinic.deps)
    clinic.clock.pass_(seconds=60)
    assert await send_all(clinic) == 0  # whoever took it may still be at it
    clinic.clock.pass_(seconds=1)
    assert await send_all(clinic) == 1
    assert [mail["Message-ID"] for mail in office.taken] == [f"<{row_id}@127.0.0.1>"] * 2
    assert (await row(clinic, row_id)).status == "sent"


async def test_a_crash_before_anything_is_sent_loses_nothing(
    clinic: "World", office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(clinic)

    async def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(actions, "deliver", crash)
        with pytest.raises(Crash):
            await send_due_mail(clinic.deps)
    clinic.clock.pass_(seconds=61)
    await send_all(clinic)
    assert len(office.taken) == 1


async def test_who_comes_back_too_late_does_not_queue_again_what_another_has_sent(
    clinic: "World", office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = await queue(clinic)

    async def hang(*_: object) -> None:
        clinic.clock.pass_(seconds=61)
        monkeypatch.setattr(actions, "deliver", deliver)
        assert await send_due_mail(clinic.deps) is True
        raise TimeoutError

    monkeypatch.setattr(actions, "deliver", hang)
    await send_due_mail(clinic.deps)
    assert (await row(clinic, row_id)).status == "sent"
    assert len(office.taken) == 1


async def test_two_senders_at_once_send_each_message_once(clinic: "World", office: PostOffice) -> None:
    for number in range(6):
        await queue(clinic, str(number))
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(send_all, clinic)
    assert sorted(mail["Subject"] for mail in office.taken) == [str(number) for number in range(6)]


async def test_without_a_mail_server_mail_waits_for_one(site: "World") -> None:
    row_id = await queue(site)
    assert await send_all(site) == 1
    assert (await row(site, row_id)).status == "queued"


async def test_the_demo_keeps_mail_in_a_file(database: Database, tmp_path: Path) -> None:
    from tests.cast import opened_world

    async with opened_world(database, tmp_path, demo="1") as world:
        row_id = await queue(world)
        await send_all(world)
        assert b"m.alvarez@example.org" in mail_file(world.deps.settings, str(row_id)).read_bytes()
        async with world.deps.database.read() as session:
            assert (await session.exec(select(OutboxMessage.status))).all() == ["sent"]


@pytest.mark.parametrize(
    ("public_url", "host"),
    [("https://visits.example.org:8443", "visits.example.org"), ("http://[::1]:8000", "[IPv6:::1]"), ("", "localhost")],
)
async def test_the_message_id_follows_the_public_address(site: "World", public_url: str, host: str) -> None:
    row_id = await queue(site)
    settings = Settings(data=site.deps.settings.data, public_url=public_url)
    kept: list[EmailMessage] = []

    async def keep(_: Settings, message: EmailMessage, __: str) -> None:
        kept.append(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "deliver", keep)
        await send_due_mail(replace(site.deps, settings=settings))
    assert kept[0]["Message-ID"] == f"<{row_id}@{host}>"


async def test_what_is_of_no_use_any_more_is_not_sent(clinic: "World", office: PostOffice) -> None:
    until = clinic.clock.now
    mail = Mail(OrganizationId(clinic.clinic.organization_id), new_id(), "m@example.org", "s", "b", not_after=until)
    async with clinic.deps.database.write() as session:
        row_id = queue_mail(session, clinic.deps, mail)
    assert await send_all(clinic) == 1
    assert office.taken == []
    late = await row(clinic, row_id)
    assert (late.status, late.subject, late.body) == ("late", None, None)


async def test_what_is_for_a_browser_or_a_webhook_that_is_gone_is_given_up(clinic: "World") -> None:
    home, until = OrganizationId(clinic.clinic.organization_id), clinic.clock.now + timedelta(minutes=1)
    async with clinic.deps.database.write() as session:
        pushed = queue_push(session, clinic.deps, Push(home, new_id(), new_id(), "{}", until))
        hooked = queue_hook(session, clinic.deps, Hook(home, new_id(), new_id(), "{}", until))
    assert (clinic.deps.pushes_waiting.is_set(), clinic.deps.hooks_waiting.is_set()) == (True, True)
    for send in (send_due_pushes, send_due_hooks):
        assert [await send(clinic.deps) for _ in range(2)] == [True, False]
    assert [(await row(clinic, row_id)).status for row_id in (pushed, hooked)] == ["failed", "failed"]
