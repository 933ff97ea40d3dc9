"""A ring goes to all that somebody is reached on, says nothing of the case, and is not sent once it is over."""

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from server.kit.ids import OrganizationId, new_id
from server.outbox import (
    Kind,
    PushSubscription,
    RingChannel,
    queue_code,
    queue_notice,
    queue_ring,
    queue_test,
    send_due_hooks,
    send_due_mail,
    send_due_pushes,
    send_due_texts,
)
from tests.server.outbox.phones import Gateway
from tests.server.outbox.post import PostOffice
from tests.server.outbox.push_service import PushService
from tests.server.outbox.reached import browsers, channel, messages, ring, ring_of, ring_over, statuses, subscribed

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_a_ring_reaches_the_browser_encrypted_and_names_nobody(clinic: "World", service: PushService) -> None:
    device = service.device()
    await subscribed(clinic, device)
    ringing = ring_of(clinic)
    assert await ring(clinic, ringing) == 1
    assert [await send_due_pushes(clinic.deps) for _ in range(2)] == [True, False]
    (told,) = service.read(device)
    assert told == {
        "kind": "ring",
        "tag": str(ringing.consult_id),
        "title": "Curbside",
        "body": "A colleague asks for a consult.",
        "ended": "This request is over. There is nothing to do.",
        "open": "Open",
        "path": f"/consults/{ringing.consult_id}",
        "ends": int(ringing.not_after.timestamp() * 1000),
    }
    assert str(ringing.consult_id).encode() not in service.pushed[0].body


async def test_every_browser_and_every_channel_in_use_is_rung(clinic: "World", service: PushService) -> None:
    for name in ("1", "2"):
        await subscribed(clinic, service.device(name))
    await channel(clinic, Kind.SMS, "406-555-0177")
    await channel(clinic, Kind.SMS, "406-555-0178", confirmed_at=None)
    await channel(clinic, Kind.SMS, "406-555-0179", active=False)
    assert await ring(clinic, ring_of(clinic)) == 3


async def test_nobody_else_is_rung(clinic: "World", service: PushService) -> None:
    await subscribed(clinic, service.device(), "pcp")
    await channel(clinic, Kind.SMS, "406-555-0177", "pcp")
    assert await ring(clinic, ring_of(clinic)) == 0
    assert await messages(clinic) == []


async def test_a_ring_of_a_transaction_that_fails_is_none(clinic: "World", service: PushService) -> None:
    await subscribed(clinic, service.device())

    async def fail() -> None:
        async with clinic.deps.database.write() as session:
            await queue_ring(session, clinic.deps, ring_of(clinic))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await messages(clinic) == []
    assert not clinic.deps.pushes_waiting.is_set()


async def test_the_senders_are_woken_once_the_rows_are_durable(clinic: "World", service: PushService) -> None:
    await subscribed(clinic, service.device())
    await channel(clinic, Kind.WEBHOOK, service.hook)
    await ring(clinic, ring_of(clinic))
    assert clinic.deps.pushes_waiting.is_set()
    assert clinic.deps.hooks_waiting.is_set()


async def test_a_phone_gets_a_text_with_the_way_to_the_consult(clinic: "World", phones: Gateway) -> None:
    await channel(clinic, Kind.SMS, "406-555-0177")
    ringing = ring_of(clinic)
    await ring(clinic, ringing)
    await send_due_texts(clinic.deps)
    (sent,) = phones.sent.values()
    url = f"http://127.0.0.1:8000/consults/{ringing.consult_id}"
    assert sent["text"] == f"A colleague asks for a consult. Open it in Curbside: {url}"


async def test_a_pager_gets_a_mail_in_its_owners_language(clinic: "World", office: PostOffice) -> None:
    await channel(clinic, Kind.PAGER, "brandt@pager.test", language="es")
    await ring(clinic, ring_of(clinic))
    await send_due_mail(clinic.deps)
    (mail,) = office.taken
    assert mail["To"] == "brandt@pager.test"
    assert "Un colega" in mail["Subject"]


async def test_a_notice_reaches_all_that_is_rung_in_the_language_of_each(
    clinic: "World", service: PushService, phones: Gateway
) -> None:
    device, ringing = service.device(), ring_of(clinic)
    await subscribed(clinic, device, language="es")
    await channel(clinic, Kind.SMS, "406-555-0177")
    await channel(clinic, Kind.WEBHOOK, service.hook)
    async with clinic.deps.database.write() as session:
        words = "A written answer is due soon."
        assert await queue_notice(session, clinic.deps, ringing, words, "/consults/1/thread") == 3
    for send in (send_due_pushes, send_due_texts, send_due_hooks):
        await send(clinic.deps)
    (told,) = service.read(device)
    assert (told["kind"], told["body"]) == ("notice", "Una respuesta por escrito vence pronto.")
    assert (told["path"], told["tag"] == str(ringing.consult_id)) == ("/consults/1/thread", False)
    (sent,) = phones.sent.values()
    assert sent["text"] == f"{words} http://127.0.0.1:8000/consults/1/thread"
    hooked = json.loads(service.pushed[-1].body)
    assert (hooked["type"], hooked["url"]) == ("notice", "http://127.0.0.1:8000/consults/1/thread")


async def test_a_ring_that_is_over_is_not_sent_any_more(clinic: "World", service: PushService, phones: Gateway) -> None:
    await subscribed(clinic, service.device())
    await channel(clinic, Kind.SMS, "406-555-0177")
    await ring(clinic, ring_of(clinic, seconds=90))
    clinic.clock.pass_(seconds=90)
    assert [await send_due_pushes(clinic.deps) for _ in range(2)] == [True, False]
    assert [await send_due_texts(clinic.deps) for _ in range(2)] == [True, False]
    assert (service.pushed, phones.asked) == ([], [])
    assert {(row.status, row.body) for row in await messages(clinic)} == {("late", None)}


async def test_who_was_rung_is_told_that_it_is_over(clinic: "World", service: PushService) -> None:
    device = service.device()
    await subscribed(clinic, device)
    await channel(clinic, Kind.WEBHOOK, service.hook)
    ringing = ring_of(clinic)
    await ring(clinic, ringing)
    for send in (send_due_pushes, send_due_hooks):
        await send(clinic.deps)
    await ring_over(clinic, ringing)
    for send in (send_due_pushes, send_due_hooks):
        await send(clinic.deps)
    assert [told["kind"] for told in service.read(device)] == ["ring", "over"]
    assert [json.loads(pushed.body)["type"] for pushed in service.pushed if pushed.path == "/hook"] == ["ring", "over"]


async def test_whom_the_ring_had_not_reached_hears_nothing_at_all(clinic: "World", service: PushService) -> None:
    await subscribed(clinic, service.device())
    await channel(clinic, Kind.SMS, "406-555-0177")
    ringing = ring_of(clinic)
    await ring(clinic, ringing)
    await ring_over(clinic, ringing)
    await send_due_pushes(clinic.deps)
    await send_due_texts(clinic.deps)
    assert (service.pushed, await statuses(clinic)) == ([], ["late", "late"])


async def test_one_persons_end_leaves_the_others_ringing(clinic: "World", service: PushService) -> None:
    mine, theirs = service.device("1"), service.device("2")
    await subscribed(clinic, mine)
    await subscribed(clinic, theirs, "pcp")
    consult_id = new_id()
    for name in ("psychiatrist", "pcp"):
        await ring(clinic, ring_of(clinic, name, consult_id))
    await ring_over(clinic, ring_of(clinic, "psychiatrist", consult_id))
    while await send_due_pushes(clinic.deps):
        pass
    assert (service.read(mine), len(service.read(theirs))) == ([], 1)


async def test_the_end_does_not_overtake_a_ring_that_is_on_its_way(clinic: "World", service: PushService) -> None:
    device = service.device()
    await subscribed(clinic, device)
    ringing = ring_of(clinic)
    await ring(clinic, ringing)
    service.held = asyncio.Event()
    first = asyncio.create_task(send_due_pushes(clinic.deps))
    await service.asked.wait()
    await ring_over(clinic, ringing)
    assert await send_due_pushes(clinic.deps) is False
    service.held.set()
    await first
    assert await send_due_pushes(clinic.deps) is True
    assert [told["kind"] for told in service.read(device)] == ["ring", "over"]


async def test_a_message_lies_sealed_and_is_wiped_once_it_is_sent(clinic: "World", service: PushService) -> None:
    device = service.device()
    await subscribed(clinic, device)
    await ring(clinic, ring_of(clinic))
    (waiting,) = await messages(clinic)
    assert b"colleague" not in (waiting.body or b"colleague")
    (browser,) = await browsers(clinic)
    assert device.keys.auth.encode() not in browser.auth
    assert b"127.0.0.1" not in browser.endpoint
    await send_due_pushes(clinic.deps)
    assert [(row.status, row.body) for row in await messages(clinic)] == [("sent", None)]


async def test_a_test_message_leads_to_the_page_it_was_asked_for_on(clinic: "World", service: PushService) -> None:
    device = service.device()
    wanted = await subscribed(clinic, device)
    async with clinic.deps.database.write() as session:
        row = await session.get_one(PushSubscription, wanted)
        queue_test(session, clinic.deps, OrganizationId(clinic.clinic.organization_id), row)
    await send_due_pushes(clinic.deps)
    (told,) = service.read(device)
    assert (told["kind"], told["path"]) == ("test", "/account/notifications")


@pytest.mark.parametrize(
    ("kind", "address"), [(Kind.SMS, "406-555-0177"), (Kind.PAGER, "brandt@pager.test"), (Kind.WEBHOOK, "")]
)
async def test_a_code_goes_to_the_channel_that_it_proves(
    clinic: "World", service: PushService, phones: Gateway, office: PostOffice, kind: Kind, address: str
) -> None:
    wanted = await channel(clinic, kind, address or service.hook, code_ends_at=ring_of(clinic).not_after)
    async with clinic.deps.database.write() as session:
        row = await session.get_one(RingChannel, wanted)
        queue_code(session, clinic.deps, OrganizationId(clinic.clinic.organization_id), row, "012345")
    for send in (send_due_texts, send_due_mail, send_due_hooks):
        await send(clinic.deps)
    said = [str(sent) for sent in phones.sent.values()]
    said += [mail.get_content() for mail in office.taken]
    said += [pushed.body.decode() for pushed in service.pushed]
    assert ["012345" in words for words in said] == [True]
